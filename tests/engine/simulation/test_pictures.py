"""What the report of a simulation shows."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.history.records import ConnectionEvent, Firing
from interlock.model import Outcome, Point, Reading
from interlock.service.loading import Loaded
from interlock.simulation.coupling import plan_of
from interlock.simulation.equipment import Equipment
from interlock.simulation.faults import Fault, Kind, Turn
from interlock.simulation.faults.recurrence import Once, Stretch
from interlock.simulation.pictures import Pictures, choose_points
from interlock.simulation.plant.figures import Figures
from interlock.simulation.report import Chart, MarkKind, Page, Recording, Table
from interlock.simulation.results import Gatherer, Happening, ServiceEnd
from interlock.simulation.twin import equipment_of
from support.happenings import answered
from support.journal_entries import START, decision, minute
from support.small_house import AWAY, LAMP, MODE, POWER, TEMPERATURE, load_small_house

SETPOINT = Point("thermostat.setpoint")
WITHIN = Stretch(begins=START, ends=START + timedelta(hours=1), zone=ZoneInfo("Europe/Rome"))
NOTHING = Figures(since=START, until=START, zones={}, units={})


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load_small_house(tmp_path)


def chosen(loaded: Loaded, *patterns: str) -> Sequence[str]:
    return choose_points(loaded, plan_of(loaded.site), patterns)


def test_the_most_telling_points_are_shown(loaded: Loaded) -> None:
    assert chosen(loaded) == (TEMPERATURE, MODE, POWER, LAMP)


def test_patterns_choose_points(loaded: Loaded) -> None:
    assert chosen(loaded, "*.actualtemp", "lamp", "thermostat.actualtemp") == (TEMPERATURE, LAMP)
    assert chosen(loaded, "away.value") == (AWAY,)
    assert {point.partition(".")[0] for point in chosen(loaded, "ac.*")} == {"ac"}


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("thermostat.actualtmp", "; did you mean 'thermostat.actualtemp'?"),
        ("lmp", "; did you mean 'lamp'?"),
        ("*.zzz", ""),
    ],
)
def test_a_pattern_that_matches_nothing_is_an_error(pattern: str, hint: str, loaded: Loaded) -> None:
    with pytest.raises(ValueError) as error:
        chosen(loaded, pattern)
    message = f"no point of the site that has readings matches '{pattern}'{hint}"
    assert str(error.value) == message


def test_no_more_than_twenty_are_chosen_for_a_reader(tmp_path: Path) -> None:
    devices = "".join(f"  lamp{n}: {{type: flag}}\n" for n in range(30))
    rules = "rules:\n" + "".join(
        f"  - {{id: r{n}, triggers: [{{at: '06:30'}}], actions: [{{set: {{lamp{n}.value: on}}}}]}}\n"
        for n in range(30)
    )
    site = f"site: {{name: Lamps, timezone: Europe/Rome}}\ndevices:\n{devices}"
    loaded = load_small_house(tmp_path, rules, site)
    assert len(chosen(loaded)) == 20
    assert len(chosen(loaded, "lamp*")) == 30


def page(
    loaded: Loaded, points: Sequence[Point], *story: Happening, equipment: bool = False, is_whole: bool = True
) -> Page:
    """The page of a story that has one happening a minute."""
    pictures, gatherer = Pictures(loaded, points, WITHIN), Gatherer(loaded)
    for number, happening in enumerate(story):
        pictures.take(minute(number), happening)
        gatherer.take(minute(number), happening)
        if equipment:
            pictures.look(minute(number), _equipment(loaded, float(number)))
    results = gatherer.results(
        begins=WITHIN.begins,
        ends=WITHIN.ends,
        is_whole=is_whole,
        seed=3,
        poll="",
        weather="made up",
        building=["zone living", "  a lamp"],
        faults=["random"],
        figures=NOTHING,
    )
    return pictures.page(results)


def _equipment(loaded: Loaded, setpoint: float) -> Equipment:
    equipment = equipment_of(loaded.site)
    equipment.set_value(SETPOINT, 20 + setpoint)
    equipment.set_value(TEMPERATURE, 30)
    return equipment


def charts(of: Page) -> Sequence[Chart]:
    return [part for part in of.parts if isinstance(part, Chart)]


def samples(of: Page, point: Point) -> Sequence[tuple[int, object]]:
    """The values of a point, by the minute."""
    [series] = [each for chart in charts(of) for each in chart.series if each.name == point]
    assert isinstance(series.samples, Recording)
    return [(int((at - START) / timedelta(minutes=1)), value) for at, value in series.samples.samples()]


def seen(point: Point, value: float | str | bool) -> Reading:
    return Reading(point=point, value=value, observed_at=START)


def test_points_are_recorded_as_the_service_saw_them(loaded: Loaded) -> None:
    found = page(
        loaded,
        [TEMPERATURE, MODE],
        seen(TEMPERATURE, 21.0),
        seen(MODE, "auto"),
        Reading(point=TEMPERATURE, value=None, observed_at=START),
        seen(POWER, True),
        ServiceEnd(),
        ServiceEnd(is_last=True),
        equipment=True,
    )
    assert samples(found, TEMPERATURE) == [(0, 21.0), (2, None), (5, None)]
    assert samples(found, MODE) == [(1, "auto"), (4, None), (5, None)]


def test_the_last_value_lasts_to_the_end(loaded: Loaded) -> None:
    found = page(loaded, [TEMPERATURE], seen(TEMPERATURE, 21.0), ServiceEnd(is_last=True))
    assert samples(found, TEMPERATURE) == [(0, 21.0), (1, 21.0)]


def test_what_no_rule_reads_is_what_devices_hold(loaded: Loaded) -> None:
    found = page(loaded, [SETPOINT], ServiceEnd(), ServiceEnd(), equipment=True)
    assert (0, 20.0) in samples(found, SETPOINT)
    assert (1, 21.0) in samples(found, SETPOINT)


def test_temperatures_share_a_chart_and_devices_have_their_own(loaded: Loaded) -> None:
    found = page(loaded, [TEMPERATURE, MODE, SETPOINT, POWER, LAMP])
    assert [(chart.title, [each.name for each in chart.series]) for chart in charts(found)] == [
        ("temperatures", [TEMPERATURE, SETPOINT]),
        ("ac", [MODE, POWER]),
        ("lamp", [LAMP]),
    ]
    held = {each.name: each.is_held for chart in charts(found) for each in chart.series}
    assert held == {TEMPERATURE: False, SETPOINT: True, MODE: True, POWER: True, LAMP: True}
    assert charts(found)[0].series[0].unit == "°C"


def test_what_happened_is_marked_where_it_belongs(loaded: Loaded) -> None:
    fault = Fault(text="house offline", kind=Kind.OFFLINE, what="house", when=Once())
    found = page(
        loaded,
        [TEMPERATURE, MODE],
        Firing("1-1", decision(rule_id="cool")),
        answered(MODE, "cooling", START),
        answered(MODE, "auto", START, outcome=Outcome.FAILED, reason="no answer"),
        answered(MODE, "auto", START, outcome=Outcome.OUTRANKED),
        answered(LAMP, True, START),
        ConnectionEvent(START, "house", "away"),
        Turn(at=START, fault=fault, is_begin=True),
        Turn(at=START, fault=fault, is_begin=False),
    )
    temperatures, ac = charts(found)
    assert [(each.kind, each.text) for each in temperatures.marks] == [
        (MarkKind.FIRING, "rule cool: every 1m: living_thermostat.actualtemp > 26 is true"),
        (MarkKind.FAULT, "away"),
        (MarkKind.FAULT, "fault: house offline"),
    ]
    assert [(each.kind, each.text, each.series) for each in ac.marks] == [
        (MarkKind.COMMAND, "ac.hvacmode = cooling by rule cool-living-room", MODE),
        (MarkKind.FAULT, "ac.hvacmode = auto by rule cool-living-room: failed: no answer", MODE),
    ]


def test_the_page_says_what_it_is_about(loaded: Loaded) -> None:
    found = page(loaded, [TEMPERATURE])
    assert (found.title, found.begins, found.ends) == (
        "Small house: a simulation",
        WITHIN.begins,
        WITHIN.ends,
    )
    assert list(found.facts) == [
        ("time", "1h"),
        ("weather", "made up"),
        ("seed", "3"),
        ("fault", "random"),
    ]
    assert list(found.notes) == []
    last = found.parts[-1]
    assert isinstance(last, Table)
    assert (last.title, list(last.rows)) == ("the building", [("zone living",), ("a lamp",)])
    assert next(part.title for part in found.parts if isinstance(part, Table)) == "rules"


def test_the_page_of_a_part_says_that_it_is_one(loaded: Loaded) -> None:
    assert list(page(loaded, [TEMPERATURE], is_whole=False).notes) == ["It was ended before its time."]
