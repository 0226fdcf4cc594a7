"""What the page draws of its values in a view of some seconds and pixels."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.report_page import run_script, seen

PAGE = {"begins": 1_784_023_200, "offsets": [[0, 7200, "CEST"]], "texts": ["fired", "room: on"]}


def line(y: list[float | None], step: float = 1) -> dict[str, Any]:
    return {
        "form": "line",
        "trace": {"name": "room"},
        "yaxis": "y2",
        "unit": " °C",
        "steps": [0, *[step] * (len(y) - 1)],
        "y": y,
    }


def lane(states: list[int], step: float, often: int | None = None) -> dict[str, Any]:
    looks = [{"name": name, "text": name} for name in ("off", "on", "often")]
    steps = [0, *[step] * (len(states) - 1)]
    held = {"states": states, "steps": steps, "until": step * len(states)}
    return {"form": "lane", "trace": {}, "yaxis": "y", "looks": looks, "often": often, "y": -1, **held}


def test_a_line_is_drawn_with_what_a_reader_sees_at_each_sample() -> None:
    assert seen(PAGE, line([21.5, None, 22], 60), [0, 120], 800) == [
        {
            "name": "room",
            "yaxis": "y2",
            "x": [0, 60, 120],
            "y": [21.5, None, 22],
            "text": [
                "21.5 °C<br>Tue 14 Jul 2026 12:00",
                "null °C<br>Tue 14 Jul 2026 12:01",
                "22 °C<br>Tue 14 Jul 2026 12:02",
            ],
        }
    ]


def test_a_line_is_drawn_from_the_sample_before_a_view_to_the_one_after_it() -> None:
    [trace] = seen(PAGE, line([1, 2, 3, 4, 5, 6], 10), [15, 35], 800)
    assert trace["x"] == [10, 20, 30, 40]


@given(st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=41, max_size=120))
@settings(deadline=None, max_examples=25)
def test_of_each_column_the_extremes_are_drawn(y: list[int | None]) -> None:
    [trace] = seen(PAGE, line([*y], 1), [0, len(y) - 1], 10)
    columns: dict[int, list[int | None]] = {}
    drawn: dict[int, list[int | None]] = {}
    for x, value in enumerate(y):
        columns.setdefault(x * 10 // (len(y) - 1), []).append(value)
    for x, value in zip(trace["x"], trace["y"], strict=True):
        drawn.setdefault(x * 10 // (len(y) - 1), []).append(value)
    assert {column: extremes(values) for column, values in drawn.items()} == {
        column: extremes(values) for column, values in columns.items()
    }
    assert len(trace["x"]) <= 6 * 11


def extremes(values: list[int | None]) -> tuple[object, ...]:
    known = [value for value in values if value is not None]
    return values[0], values[-1], min(known, default=None), max(known, default=None), None in values


def test_bands_are_cut_off_at_the_view_and_say_how_long_they_really_are() -> None:
    [off, on] = seen(PAGE, lane([0, 1, 0], 60), [30, 100], 800)
    assert off == {
        "name": "off",
        "text": "off",
        "yaxis": "y",
        "base": [30],
        "x": [30],
        "y": [-1],
        "customdata": ["Tue 14 Jul 2026 12:00 – Tue 14 Jul 2026 12:01<br>1 min"],
    }
    assert (on["base"], on["x"]) == ([60], [40])


def test_bands_too_narrow_to_be_seen_are_drawn_as_one_that_says_so() -> None:
    crowded = lane([0, 1] * 50, 1, often=2)
    [often] = seen(PAGE, crowded, [0, 100], 100)
    assert (often["name"], often["base"], often["x"]) == ("often", [0], [100])
    assert [trace["name"] for trace in seen(PAGE, crowded, [0, 10], 100)] == ["off", "on"]


def test_bands_drawn_as_one_tell_how_long_which_state_was_held() -> None:
    crowded = lane([0, 1, 0, 0], 1, often=2) | {"steps": [0, 1, 1, 1], "until": 4}
    [often] = seen(PAGE, crowded, [0, 4], 4)
    moment = "Tue 14 Jul 2026 12:00"
    assert often["customdata"] == [f"{moment} – {moment}:04<br>4 s<br>off 75 %<br>on 25 %"]


def test_a_lane_of_few_bands_shows_them_however_narrow() -> None:
    off, on = seen(PAGE, lane([0, 1] * 50, 1), [0, 100], 100)
    assert (len(off["base"]), len(on["base"])) == (50, 50)


def test_gaps_outside_a_view_are_not_drawn() -> None:
    gaps = {
        "form": "gaps",
        "trace": {"name": "room: unknown"},
        "yaxis": "y101",
        "steps": [0, 100],
        "lasts": [10, 20],
    }
    [trace] = seen(PAGE, gaps, [50, 110], 100)
    assert (trace["base"], trace["x"], trace["y"]) == ([100], [10], [0.5])
    assert seen(PAGE, gaps, [20, 90], 100) == []


def test_marks_that_would_lie_upon_each_other_are_one_that_counts_them() -> None:
    marks = {
        "form": "marks",
        "trace": {},
        "yaxis": "y",
        "steps": [60, 1, 1, 58],
        "said": [1, 0, 0, 0],
        "y": [5, 6, 7, 8],
    }
    [trace] = seen(PAGE, marks, [0, 600], 600)
    assert trace["x"] == [60, 120]
    assert trace["y"] == [5, 8]
    assert trace["text"] == [
        "room: on<br>and 2 more soon after<br>Tue 14 Jul 2026 12:01",
        "fired<br>Tue 14 Jul 2026 12:02",
    ]
    [close] = seen(PAGE, marks, [59.5, 62], 600)
    assert close["x"] == [60, 61, 62]


def test_places_are_summed_once() -> None:
    placed = run_script("placed", line([1, 2, 3], 5))
    assert placed["places"] == [0, 5, 10]
    assert "steps" not in placed
