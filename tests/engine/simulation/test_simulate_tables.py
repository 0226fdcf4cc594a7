"""Results as tables for people and as a document for programs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.model import Outcome, Point
from interlock.simulation.plant.figures import Figures, UnitFigures, ZoneFigures
from interlock.simulation.report import Table
from interlock.simulation.results import Results
from interlock.simulation.results.command_figures import CommandFigures
from interlock.simulation.results.document import document_of
from interlock.simulation.results.outages import MessageFigures, Outage
from interlock.simulation.results.point_figures import PointFigures
from interlock.simulation.results.rule_figures import RuleFigures
from interlock.simulation.results.tables import tables_of
from interlock.simulation.results.unrest import Unrest
from support.journal_entries import START, minute

ROME = ZoneInfo("Europe/Rome")
NONE, MINUTE, HOUR, DAY = timedelta(), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MODE, SETPOINT, TEMPERATURE = Point("ac.mode"), Point("ac.setpoint"), Point("room.temperature")
NOTHING = Results(
    site="House",
    begins=START,
    ends=START + DAY,
    is_whole=True,
    seed=0,
    poll="",
    weather="made up",
    building=["zone living"],
    faults=[],
    wrong=[],
    rules=[],
    commands=[],
    points=[],
    controlled=[],
    unrest=[],
    connections=[],
    interlocks=[],
    service=[],
    messages=[],
    requests={},
    figures=Figures(since=START, until=START, zones={}, units={}),
)
STATES = PointFigures(
    point=MODE,
    states={"auto": 18 * HOUR, "cooling": 6 * HOUR},
    changes=2,
    known=DAY,
    unknown=NONE,
    longest_unknown=NONE,
)
NUMBERS = PointFigures(
    point=SETPOINT,
    unit="°C",
    states={},
    lowest=18.5,
    mean=20.25,
    highest=22,
    changes=3,
    known=DAY,
    unknown=2 * HOUR + 30.5 * MINUTE,
    longest_unknown=90 * MINUTE,
)
ZONE = ZoneFigures(
    lowest_c=18.04,
    highest_c=26.26,
    mean_c=21.5,
    cold_k_h=1.25,
    warm_k_h=0,
    occupied_cold_k_h=0,
    occupied_warm_k_h=0,
    occupied_h=12,
    window_open_h=0.5,
)
UNIT = UnitFigures(heating_kwh=0.0, cooling_kwh=12.34567, electric_kwh=4.1, fuel_kwh=0.0)
UNREST = Unrest(
    point=MODE, most=7, at=minute(90), times=9, by=["rule a", "rule b"], between=("auto", "cooling")
)
AWAY = Outage(
    name="house",
    count=2,
    total=3 * HOUR + 20 * timedelta(seconds=1),
    longest=90 * timedelta(seconds=1),
    reason="connection house: refused; asking again in 5 s, then more rarely",
)


def table(title: str, results: Results) -> Table:
    return next(each for each in tables_of(results, ROME) if each.title == title)


def rows(title: str, results: Results) -> list[tuple[str, ...]]:
    return [tuple(row) for row in table(title, results).rows]


def test_where_nothing_happened_the_rules_say_so() -> None:
    [rules] = tables_of(NOTHING, ROME)
    assert (rules.title, list(rules.rows), rules.if_empty) == ("rules", [], "no rule did anything")


def test_a_time_that_comes_twice_has_its_offset() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    results = replace(NOTHING, rules=[RuleFigures(rule="busy", fired=1, last_at=second)])
    assert rows("rules", results) == [("busy", "1", "2026-10-25 02:30+01:00")]


def test_rules_have_the_columns_in_which_there_is_something() -> None:
    busy = RuleFigures(
        rule="busy", fired=12, held_back=3, held_why="it is too often", first_at=minute(1), last_at=minute(90)
    )
    broken = RuleFigures(rule="broken", fired=1, failed=1, failure="broken off", last_at=minute(1))
    idle = RuleFigures(rule="idle", why_not="its trigger never came")
    results = replace(NOTHING, rules=[busy, broken, idle])
    rules = table("rules", results)
    assert list(rules.header) == ["rule", "fired", "held back", "failed", "last fired"]
    assert rows("rules", results) == [
        ("busy", "12", "3", "0", "2026-07-14 15:30"),
        ("broken", "1", "0", "1", "2026-07-14 14:01"),
    ]
    assert list(rules.emphasis) == [1]
    assert rows("rules that were held back", results) == [("busy", "it is too often")]
    assert rows("rules that never fired", results) == [("idle", "its trigger never came")]


@pytest.mark.parametrize(
    "figures",
    [
        RuleFigures(rule="a", otherwise=1),
        RuleFigures(rule="a", ended=1),
        RuleFigures(rule="a", held_back=1),
        RuleFigures(rule="a", failed=1),
    ],
)
def test_a_rule_that_did_anything_is_listed(figures: RuleFigures) -> None:
    assert [row[0] for row in rows("rules", replace(NOTHING, rules=[figures]))] == ["a"]


def test_unrest_strikes_the_eye() -> None:
    unrest = table("commanded back and forth", replace(NOTHING, unrest=[UNREST]))
    assert [tuple(row) for row in unrest.rows] == [
        ("ac.mode", "rule a and rule b fight: auto and cooling, 7 times within an hour", "2026-07-14 15:30")
    ]
    assert list(unrest.emphasis) == [0]
    assert unrest.explanation == "More than 4 times within an hour."


def test_commands_say_what_became_of_them_and_by_whom() -> None:
    one = CommandFigures(point=MODE, outcomes={Outcome.ACCEPTED: 3}, by={"rule a": 3})
    more = CommandFigures(
        point=SETPOINT,
        outcomes={Outcome.ACCEPTED: 2, Outcome.REFUSED: 1, Outcome.SUPPRESSED: 4},
        by={"rule a": 5, "a hand": 2},
    )
    results = replace(NOTHING, commands=[one, more])
    assert list(table("commands", results).header) == ["point", "sent", "otherwise", "by"]
    assert rows("commands", results) == [
        ("ac.mode", "3", "", "a"),
        ("ac.setpoint", "2", "1 refused, 4 withheld", "a 5, a hand 2"),
    ]
    only_sent = replace(NOTHING, commands=[one])
    assert rows("commands", only_sent) == [("ac.mode", "3", "a")]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.UNCERTAIN, "2 in doubt"),
        (Outcome.FAILED, "2 failed"),
        (Outcome.OUTRANKED, "2 outranked"),
        (Outcome.DEFERRED, "2 deferred"),
    ],
)
def test_what_was_not_simply_sent_is_named(outcome: Outcome, words: str) -> None:
    figures = CommandFigures(point=MODE, outcomes={outcome: 2}, by={"rule a": 2})
    assert rows("commands", replace(NOTHING, commands=[figures])) == [("ac.mode", words, "a")]


def test_commands_that_failed_say_why() -> None:
    fine = CommandFigures(point=MODE, outcomes={Outcome.ACCEPTED: 3}, by={"rule a": 3})
    bad = replace(fine, point=SETPOINT, outcomes={Outcome.REFUSED: 1}, reason="it is locked")
    results = replace(NOTHING, commands=[fine, bad])
    assert rows("commands that failed", results) == [("ac.setpoint", "it is locked")]


def test_faults_say_how_long_they_lasted() -> None:
    results = replace(NOTHING, wrong=[replace(AWAY, name="house offline", reason="")])
    assert list(table("faults", results).header) == ["fault", "times", "altogether", "longest"]
    assert rows("faults", results) == [("house offline", "2", "3h", "1m30s")]


def course(figures: PointFigures) -> str:
    [row] = rows("controlled points", replace(NOTHING, points=[figures], controlled=[figures.point]))
    return row[1]


def test_controlled_points_say_what_they_were() -> None:
    points = [STATES, NUMBERS, replace(STATES, point=TEMPERATURE)]
    results = replace(NOTHING, points=points, controlled=[MODE, SETPOINT])
    assert rows("controlled points", results) == [
        ("ac.mode", "auto 75.0 %, cooling 25.0 %", "2"),
        ("ac.setpoint", "18.5 to 22 °C, 20.2 on average", "3"),
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"auto": DAY}, "auto"),
        ({"auto": DAY - MINUTE, "off": MINUTE}, "auto > 99.9 %, off < 0.1 %"),
        (
            {"a": 12 * HOUR, "b": 6 * HOUR, "c": 3 * HOUR, "d": 3 * HOUR},
            "a 50.0 %, b 25.0 %, c 12.5 %, d 12.5 %",
        ),
        (
            {"a": 12 * HOUR, "b": 6 * HOUR, "c": 3 * HOUR, "d": 2 * HOUR, "e": HOUR},
            "a 50.0 %, b 25.0 %, c 12.5 %, and 2 more",
        ),
    ],
)
def test_shares_add_up_for_a_reader(states: dict[str, timedelta], expected: str) -> None:
    assert course(replace(STATES, states=states)) == expected


def test_a_number_that_stays_has_no_mean() -> None:
    assert course(replace(NUMBERS, lowest=20.0, highest=20.0)) == "20 °C"


def test_a_point_that_was_never_known_was_nothing() -> None:
    unknown = replace(STATES, known=NONE, states={})
    results = replace(NOTHING, points=[unknown], controlled=[MODE])
    assert [each.title for each in tables_of(results, ROME)] == ["rules"]


def test_comfort_and_energy_are_the_buildings() -> None:
    units = {"ac": UNIT, "lamp": replace(UNIT, cooling_kwh=0.01, electric_kwh=0.0)}
    figures = Figures(since=START, until=START + DAY, zones={"living": ZONE}, units=units)
    results = replace(NOTHING, figures=figures)
    assert rows("comfort", results) == [("living", "18.0", "21.5", "26.3", "1.2", "0.0", "0.5")]
    assert list(table("energy", results).header) == ["unit", "cooling kWh", "electricity kWh"]
    assert rows("energy", results) == [("ac", "12.3", "4.1")]


def test_points_that_were_lost_together_share_a_line() -> None:
    short = replace(NUMBERS, point=TEMPERATURE, unknown=59 * timedelta(seconds=1), longest_unknown=MINUTE / 2)
    points = [
        replace(NUMBERS, point=Point("b.value")),
        replace(NUMBERS, point=Point("a.value")),
        replace(NUMBERS, point=Point("c.value"), unknown=3 * HOUR),
        short,
    ]
    assert rows("unknown points", replace(NOTHING, points=points)) == [
        ("c.value", "3h", "1h30m"),
        ("a.value and 1 more", "2h30m", "1h30m"),
    ]


def test_what_was_away_says_why_without_what_was_done_about_it() -> None:
    service = Outage(name="service", count=1, total=5 * MINUTE, longest=5 * MINUTE)
    results = replace(NOTHING, connections=[AWAY], service=[service], interlocks=[replace(AWAY, name="both")])
    assert rows("away", results) == [
        ("service", "1", "5m", "5m", ""),
        ("house", "2", "3h", "1m30s", "refused"),
    ]
    assert rows("broken interlocks", results)[0][0] == "both"


def test_messages_show_the_commonest() -> None:
    told = MessageFigures(via="mail", count=10, texts={"a": 4, "b": 3, "c": 2, "d": 1})
    results = replace(NOTHING, messages=[told], requests={"POST": 2})
    assert rows("messages that would have been sent", results) == [
        ("mail", "4", "a"),
        ("mail", "3", "b"),
        ("mail", "2", "c"),
        ("http", "2", "POST requests"),
    ]


def test_programs_get_everything() -> None:
    rule = RuleFigures(rule="a", fired=1, unmet=2, first_at=minute(0), last_at=minute(60))
    command = CommandFigures(point=MODE, outcomes={Outcome.ACCEPTED: 1}, by={"rule a": 1}, reason="")
    results = replace(
        NOTHING,
        seed=4,
        poll="1m",
        faults=["random"],
        wrong=[replace(AWAY, name="house offline", reason="")],
        rules=[rule],
        commands=[command],
        points=[STATES, NUMBERS],
        controlled=[MODE],
        unrest=[UNREST],
        connections=[AWAY],
        messages=[MessageFigures(via="mail", count=1, texts={"hot": 1})],
        requests={"GET": 1},
        figures=Figures(since=START, until=START, zones={"living": ZONE}, units={"ac": UNIT}),
    )
    assert document_of(results, ROME) == {
        "site": "House",
        "from": "2026-07-14T14:00:00+02:00",
        "to": "2026-07-15T14:00:00+02:00",
        "is_whole": True,
        "seed": 4,
        "poll": "1m",
        "weather": "made up",
        "building": ["zone living"],
        "faults": ["random"],
        "went_wrong": {"house offline": {"count": 2, "total_s": 10820.0, "longest_s": 90.0, "reason": ""}},
        "rules": {
            "a": {
                "fired": 1,
                "else": 0,
                "finally": 0,
                "held_back": 0,
                "held_back_why": "",
                "skipped": 0,
                "failed": 0,
                "failure": "",
                "condition_false": 2,
                "condition_unknown": 0,
                "first_fired": "2026-07-14T14:00:00+02:00",
                "last_fired": "2026-07-14T15:00:00+02:00",
                "why_not": "",
            }
        },
        "commands": {
            "ac.mode": {
                **{each.value: 0 for each in Outcome},
                "accepted": 1,
                "by": {"rule a": 1},
                "reason": "",
            }
        },
        "points": {
            "ac.mode": {
                "states_s": {"auto": 64800.0, "cooling": 21600.0},
                "changes": 2,
                "known_s": 86400.0,
                "unknown_s": 0.0,
                "longest_unknown_s": 0.0,
            },
            "ac.setpoint": {
                "lowest": 18.5,
                "mean": 20.25,
                "highest": 22,
                "unit": "°C",
                "changes": 3,
                "known_s": 86400.0,
                "unknown_s": 9030.0,
                "longest_unknown_s": 5400.0,
            },
        },
        "controlled": ["ac.mode"],
        "back_and_forth": {
            "ac.mode": {
                "most_within_an_hour": 7,
                "worst_hour_ends": "2026-07-14T15:30:00+02:00",
                "times": 9,
                "by": ["rule a", "rule b"],
                "between": ["auto", "cooling"],
            }
        },
        "connections": {"house": {"count": 2, "total_s": 10820.0, "longest_s": 90.0, "reason": AWAY.reason}},
        "interlocks": {},
        "service": {},
        "messages": {"mail": {"count": 1, "texts": {"hot": 1}}},
        "requests": {"GET": 1},
        "zones": {
            "living": {
                "lowest_c": 18.04,
                "highest_c": 26.26,
                "mean_c": 21.5,
                "cold_k_h": 1.25,
                "warm_k_h": 0,
                "occupied_cold_k_h": 0,
                "occupied_warm_k_h": 0,
                "occupied_h": 12,
                "window_open_h": 0.5,
            }
        },
        "units": {"ac": {"heating_kwh": 0.0, "cooling_kwh": 12.346, "electric_kwh": 4.1, "fuel_kwh": 0.0}},
    }
