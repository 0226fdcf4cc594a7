"""A chart: which track stands in which panel, with which values."""

from datetime import timedelta
from typing import Any

from plotly.graph_objects import Figure as PlotlyFigure

from interlock.simulation.report import Chart, Mark, MarkKind, Sample, Series
from interlock.simulation.report import marks as marks_module
from interlock.simulation.report.axis import Axis, lasts, plain, rounded
from interlock.simulation.report.bands import Band, Colours, bands
from interlock.simulation.report.figure import Figure, Paper, figure_of
from interlock.simulation.report.lines import Line
from interlock.simulation.report.looks import FEW_BANDS, FIXED_STATES
from interlock.simulation.report.page import page_text
from support.report_page import BEGINS, ReadPage, minute, page_of, seen

AXIS = Axis(BEGINS, minute(60))


def drawn(*series: Series, marks: tuple[Mark, ...] = ()) -> Figure:
    return figure_of(Chart(title="", series=series, marks=marks), Paper(AXIS))


def tracks(figure: Figure, form: str) -> list[dict[str, Any]]:
    return [track for track in figure.tracks if track["form"] == form]


def numbers(*values: float | None, **more: Any) -> Series:
    samples = [(minute(10 * n), value) for n, value in enumerate(values)]
    return Series(**{"name": "room", "samples": samples} | more)


def line_of(series: Series) -> dict[str, Any]:
    return tracks(drawn(series), "line")[0]


def test_places_are_steps_that_do_not_add_up_rounding() -> None:
    third = timedelta(milliseconds=1) / 3
    assert AXIS.steps([minute(1), minute(1) + third, minute(1) + 2 * third, minute(-1)]) == [
        60,
        0,
        0.001,
        -120.001,
    ]
    assert AXIS.length == 3600
    assert lasts([(minute(0), minute(1.5)), (minute(0), minute(0) + timedelta(milliseconds=500))]) == [
        90,
        0.5,
    ]


def test_numbers_are_rounded_to_what_can_be_read() -> None:
    assert [rounded(n) for n in (21.428571, 21.0, 0.000123456, -1234567.8912, 0)] == [
        21.429,
        21,
        0.0001235,
        -1234567.891,
        0,
    ]


def test_only_what_runs_from_right_to_left_is_set_apart() -> None:
    assert plain("a<b> & c") == "a&lt;b&gt; &amp; c"
    assert plain("room.חלון") == "\u2068room.חלון\u2069"
    assert plain("غرفة") == "\u2068غرفة\u2069"


def test_a_line_goes_from_sample_to_sample_and_stops_at_a_gap() -> None:
    line = line_of(numbers(21, 22.5, None, 23, 24))
    assert (line["steps"], line["y"]) == ([0, 600, 600, 600, 600], [21, 22.5, None, 23, 24])
    assert (line["trace"]["line"]["shape"], line["yaxis"]) == ("linear", "y")


def test_what_is_held_goes_in_steps_until_the_gap_and_to_the_end() -> None:
    line = line_of(numbers(21, None, 23, is_held=True))
    assert (line["steps"], line["y"]) == ([0, 600, 0, 600, 2400], [21, 21, None, 23, 23])
    assert line["trace"]["line"]["shape"] == "hv"


def test_a_gap_is_hatched_until_the_next_number_or_the_end() -> None:
    [gaps] = tracks(drawn(numbers(None, 21, None, None, 23, None)), "gaps")
    assert (gaps["steps"], gaps["lasts"], gaps["yaxis"]) == ([0, 1200, 1800], [600, 1200, 600], "y101")
    assert gaps["trace"]["name"] == "room: unknown"


def test_where_nothing_is_unknown_nothing_is_hatched() -> None:
    figure = drawn(numbers(21, 22))
    assert tracks(figure, "gaps") == []
    assert [entry.label for entry in figure.legend] == ["room"]


def test_a_number_that_stands_alone_is_a_dot() -> None:
    _, dots = tracks(drawn(numbers(21, None, 22, 23, None, 24)), "line")
    assert (dots["steps"], dots["y"], dots["trace"]["mode"]) == ([0, 3000], [21, 24], "markers")


def test_series_of_one_unit_share_a_panel() -> None:
    figure = drawn(
        numbers(1, 2, name="a", unit="°C"),
        numbers(1, 2, name="b", unit="kWh"),
        numbers(3, 4, name="c", unit="°C"),
    )
    assert [line["yaxis"] for line in tracks(figure, "line")] == ["y", "y2", "y"]
    assert [line["unit"] for line in tracks(figure, "line")] == [" °C", " kWh", " °C"]
    assert [note["text"] for note in figure.layout["annotations"]] == ["°C", "kWh"]  # type: ignore[union-attr, index, call-overload]
    assert len({line["trace"]["line"]["color"] for line in tracks(figure, "line")}) == 3


def states(*words: Any, name: str = "mode") -> Series:
    return Series(name=name, samples=[(minute(10 * n), word) for n, word in enumerate(words)])


def test_states_last_until_they_change_and_the_last_to_the_end() -> None:
    samples: list[Sample] = [
        (minute(0), "dry"),
        (minute(1), "dry"),
        (minute(2), None),
        (minute(5), True),
        (minute(70), False),
    ]
    assert list(bands(samples, minute(60))) == [
        Band("dry", minute(0), minute(2)),
        Band("unknown", minute(2), minute(5)),
        Band("on", minute(5), minute(60)),
    ]


def test_numbers_among_words_are_words() -> None:
    assert [
        band.state for band in bands([(minute(0), 1.5), (minute(1), "x"), (minute(2), False)], minute(60))
    ] == ["1.5", "x", "off"]


def test_a_lane_holds_its_states_and_their_looks() -> None:
    figure = drawn(numbers(1, 2, unit="°C"), states("dry", "cooling", "dry"), states(True, name="power"))
    mode, power = tracks(figure, "lane")
    assert (mode["steps"], mode["states"], mode["until"], mode["often"]) == (
        [0, 600, 600],
        [0, 1, 0],
        3600,
        None,
    )
    assert [look["name"] for look in mode["looks"]] == ["mode: dry", "mode: cooling"]
    assert (mode["yaxis"], power["yaxis"]) == ("y2", "y2")
    assert mode["y"] - power["y"] == 1
    assert power["looks"][0]["marker"]["color"] == FIXED_STATES["on"]
    assert [note["text"] for note in figure.layout["annotations"]] == ["°C", "mode", "power"]  # type: ignore[union-attr, index, call-overload]


def test_a_word_has_one_colour_in_all_charts() -> None:
    colours = Colours()
    assert colours.of("dry") != colours.of("cooling")
    assert colours.of("dry") == colours.of("dry")


def test_a_crowded_lane_may_say_that_it_changed_often() -> None:
    crowd = [(minute(60 * n / (FEW_BANDS + 1)), n % 2 == 0) for n in range(FEW_BANDS + 1)]
    figure = drawn(Series(name="power", samples=crowd))
    [lane] = tracks(figure, "lane")
    assert lane["looks"][lane["often"]]["text"] == "changed often"
    assert [entry.label for entry in figure.legend] == ["on", "off", "changed often"]
    assert tracks(drawn(Series(name="power", samples=crowd[:-1])), "lane")[0]["often"] is None


def mark(at: float, kind: MarkKind = MarkKind.COMMAND, series: str = "", text: str = "x") -> Mark:
    return Mark(at=minute(at), kind=kind, text=text, series=series)


def test_a_mark_stands_on_the_line_of_its_series() -> None:
    line = Line(numbers(20, 22, None, 24, name="room"), numbers(20, 22, None, 24).samples)  # type: ignore[arg-type]
    assert [line.height_at(minute(m)) for m in (-1, 0, 5, 10, 15, 25, 30, 50)] == [
        None,
        20,
        21,
        22,
        22,
        22,
        24,
        24,
    ]
    held = Line(numbers(20, 22, is_held=True), numbers(20, 22).samples)  # type: ignore[arg-type]
    assert held.height_at(minute(5)) == 20


def test_marks_stand_at_their_series_or_in_a_lane_of_their_kind() -> None:
    figure = drawn(
        numbers(20, 22, unit="°C"),
        states("dry"),
        marks=(
            mark(5, series="room"),
            mark(6, series="mode"),
            mark(7, MarkKind.FIRING),
            mark(8, MarkKind.FAULT, "gone"),
        ),
    )
    on_line, on_lane, firing, fault = tracks(figure, "marks")
    assert (on_line["yaxis"], on_line["y"], on_line["steps"]) == ("y", [21], [300])
    assert on_lane["yaxis"] == "y2"
    [lane] = tracks(figure, "lane")
    assert 0 < on_lane["y"][0] - lane["y"] < 0.5
    assert (firing["yaxis"], fault["yaxis"], firing["y"][0] - fault["y"][0]) == ("y3", "y3", 1)
    assert [note["text"] for note in figure.layout["annotations"]][-2:] == ["rules that fired", "faults"]  # type: ignore[union-attr, index, call-overload]
    assert [entry.label for entry in figure.legend][-3:] == ["commands", "rules that fired", "faults"]


def test_marks_come_in_order_of_time_and_say_what_they_belong_to() -> None:
    chart = Chart(
        title="",
        series=[numbers(1, 2)],
        marks=[mark(9, series="room", text="b"), mark(1, series="room", text="a")],
    )
    page = ReadPage(page_text(page_of(chart)))
    assert page.values["texts"] == ["room: a", "room: b"]
    assert page.tracks("marks")[0]["said"] == [0, 1]


def test_too_many_marks_of_a_kind_are_folded(monkeypatch: Any) -> None:
    monkeypatch.setattr(marks_module, "MOST_MARKS", 4)
    many = [mark(m, text=str(m)) for m in (1, 2, 16, 31, 59)]
    few = [mark(m, MarkKind.FIRING) for m in (1, 2)]
    assert [each.text for each in marks_module.folded([*many, *few], AXIS)] == [
        "1 (and 1 more soon after)",
        "16",
        "31",
        "59",
        "x",
        "x",
    ]


def test_panels_stand_one_under_the_other_and_fill_the_chart() -> None:
    layout = drawn(numbers(1, 2, unit="°C"), numbers(1, 2, name="b", unit="kWh"), states("a")).layout
    domains: list[Any] = [layout[axis]["domain"] for axis in ("yaxis", "yaxis2", "yaxis3")]  # type: ignore[index, call-overload]
    assert (domains[0][1], abs(round(domains[2][0], 9))) == (1, 0)
    assert domains[0][0] > domains[1][1] > domains[1][0] > domains[2][1]
    assert layout["xaxis"]["anchor"] == "y3"  # type: ignore[index, call-overload]
    assert layout["xaxis"]["range"] == [0, 3600]  # type: ignore[index, call-overload]


def test_plotly_takes_all_that_is_drawn() -> None:
    many: list[Sample] = [(minute(n / 10), n % 2 == 0) for n in range(300)]
    lines = [numbers(20, None, 22, unit="°C"), numbers(5, 6, name="set", is_held=True, unit="kWh")]
    lanes = [states("a", None), Series(name="power", samples=many)]
    chart = Chart(title="", series=[*lines, *lanes], marks=[mark(5, kind) for kind in MarkKind])
    page = ReadPage(page_text(page_of(chart))).values
    [values] = page["charts"]
    traces = [trace for track in values["tracks"] for trace in seen(page, track, [0, 3600], 800)]
    assert len(PlotlyFigure(data=traces, layout=values["layout"]).data) == len(traces)


def test_a_chart_of_nothing_and_a_series_without_samples_are_drawn_empty() -> None:
    assert drawn().tracks == []
    assert drawn().layout["height"] == drawn(numbers()).layout["height"]
    assert line_of(numbers())["y"] == line_of(numbers(is_held=True))["y"] == []
