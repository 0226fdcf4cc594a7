"""Functions of the calendar, the sun, rules, origins, durations and curves."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.expressions import Scope, compile_expression
from interlock.expressions.functions import Needs
from interlock.expressions.view import EmptyView, RuleFacts
from interlock.model import Point, Value
from interlock.public_holidays import parse_calendar
from interlock.rules.state import State
from interlock.sun import Place
from support.expression_house import HOUSE, NOON, ROME, good, house_targets, problems

SITE = Scope(house_targets(), rules=frozenset({"cool", "heat"}), has=frozenset(Needs))
MILAN = Place(45.464, 9.19)


@dataclass(frozen=True)
class Around:
    location: Place | None = MILAN
    holidays: object = parse_calendar("IT")
    facts: RuleFacts | None = None
    who: str | None = None

    def origin(self, point: Point) -> str | None:
        return self.who if point == "meter.value" else None

    def rule(self, rule: str) -> RuleFacts | None:
        return self.facts if rule == "cool" else None


FACTS = RuleFacts(last_fired=NOON - timedelta(minutes=20), count_today=3, is_on=True, is_running=False)


def value(text: str, around: Around | None = None, now: datetime = NOON, **points: Value) -> Value | None:
    state = State(ROME, now, around or Around())  # type: ignore[arg-type]
    state.apply([good(name.replace("__", "."), known, now) for name, known in points.items()], now)
    return compile_expression(text, SITE).evaluate(state).value


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "is_holiday", "is_workday"),
    [
        ("2026-12-24T12:00", False, True),
        ("2026-12-25T12:00", True, False),
        ("2026-12-24T22:59:59", False, True),
        ("2026-12-24T23:00", True, False),
        ("2026-07-18T12:00", False, False),
        ("2026-07-19T12:00", False, False),
        ("2026-07-17T12:00", False, True),
    ],
)
def test_a_day_is_that_of_the_sites_zone(now: str, is_holiday: bool, is_workday: bool) -> None:
    assert (value("is_holiday()", now=at(now)), value("is_workday()", now=at(now))) == (
        is_holiday,
        is_workday,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is_holiday('2026-12-25')", True),
        ("is_holiday('2026-12-24')", False),
        ("is_workday('2026-12-25')", False),
        ("is_workday(now() + '1d')", True),
        ("is_workday(date='2026-07-18')", False),
        ("is_holiday(meter.label)", True),
        ("is_holiday('soon')", None),
    ],
)
def test_another_date_can_be_asked_about(text: str, expected: bool | None) -> None:
    assert value(text, meter__label="2026-01-01") is expected


def test_the_sun_is_where_it_stands() -> None:
    assert value("sun.elevation") == pytest.approx(60, abs=0.1)
    assert value("sun.azimuth") == pytest.approx(134, abs=2)
    assert value("sun.is_up") is True
    assert value("sun.is_up", now=at("2026-07-14T23:00")) is False
    assert compile_expression("sun.elevation < 4", SITE).reads_time


@pytest.mark.parametrize(
    ("text", "marked", "message", "hint"),
    [
        (
            "sun.is_up",
            "sun.is_up",
            "this needs the site's location",
            "write for example 'location: {latitude: 45.464, longitude: 9.19}' in the section 'site'",
        ),
        (
            "is_workday()",
            "is_workday()",
            "this needs the site's holidays",
            "write for example 'holidays: IT' in the section 'site'",
        ),
        ("sun.elevatoin > 3", "sun.elevatoin", "'sun' has no 'elevatoin'", "did you mean 'elevation'?"),
        ("sun.x > 3", "sun.x", "'sun' has no 'x'", "it has elevation, azimuth, is_up"),
        ("sun", "sun", "'sun' has no value of its own", "it has elevation, azimuth, is_up"),
        ("rule('heet').is_on", "'heet'", "there is no rule 'heet'", "did you mean 'heat'?"),
        ("rule(meter.label).is_on", "meter.label", "a rule in quotes is expected here", ""),
        ("rule().is_on", "rule", "it is called rule('id')", ""),
        (
            "rule('heat').is_onn",
            "rule('heat').is_onn",
            "rule() has no 'is_onn'",
            "did you mean 'is_on'?",
        ),
        (
            "rule('heat')",
            "rule('heat')",
            "rule() has no value of its own",
            "write rule('id').last_fired, rule('id').count_today, rule('id').is_on, rule('id').is_running",
        ),
        (
            "origin('meter.value') == 'hand'",
            "'hand'",
            "origin('meter.value') can never be 'hand': it is rule, operator or device",
            "",
        ),
        ("curve(1, [])", "[]", "a list of pairs is expected here", "it is called curve(value, [[x, y], …])"),
        ("curve(1, 2)", "2", "a list of pairs is expected here", "it is called curve(value, [[x, y], …])"),
        (
            "curve(1, [[1, 2, 3]])",
            "[[1, 2, 3]]",
            "a list of pairs is expected here",
            "it is called curve(value, [[x, y], …])",
        ),
        ("curve(1, [[1, 2], [1, 3]])", "[1, 3]", "the points must rise: 1 comes behind 1", ""),
        ("curve(1, [[1, 'x']])", "[1, 'x']", "a number is expected here, and this is a word", ""),
        ("band(1, [['x', 1]])", "['x', 1]", "a number is expected here, and this is a word", ""),
    ],
)
def test_what_is_wrong_is_said(text: str, marked: str, message: str, hint: str) -> None:
    scope = replace(HOUSE, rules=frozenset({"cool", "heat"}))
    [problem] = problems(text, scope)
    assert problem.message == message
    assert text[problem.offset : problem.offset + problem.length] == marked
    assert problem.hint == hint


def test_where_the_view_knows_nothing_of_the_site_it_is_unknown() -> None:
    for text in ("sun.elevation", "is_holiday()", "rule('heat').is_on", "origin('meter.value')"):
        assert compile_expression(text, SITE).evaluate(EmptyView()).value is None


def test_a_rule_can_be_asked_how_it_stands() -> None:
    around = Around(facts=FACTS)
    assert value("rule('cool').last_fired", around) == NOON - timedelta(minutes=20)
    assert value("now() - rule('cool').last_fired > '15m'", around) is True
    assert value("rule('cool').count_today", around) == 3
    assert value("rule('cool').is_on", around) is True
    assert value("rule('cool').is_running", around) is False
    assert value("rule('heat').count_today", around) is None
    assert compile_expression("rule('cool').is_on", SITE).reads_time


def test_a_rule_that_never_fired_has_no_last_time() -> None:
    never = Around(facts=replace(FACTS, last_fired=None))
    assert value("rule('cool').last_fired", never) is None


def test_the_origin_of_a_value_is_a_word() -> None:
    assert value("origin('meter.value') == 'device'", Around(who="device")) is True
    assert value("origin('meter.count')", Around(who="device")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("meter.value * '1m'", timedelta(minutes=7, seconds=30)),
        ("'1m' * meter.value", timedelta(minutes=7, seconds=30)),
        ("meter.span * 2", timedelta(minutes=20)),
        ("meter.span / 2", timedelta(minutes=5)),
        ("meter.span / '1m'", 10),
        ("meter.span + '30s'", timedelta(minutes=10, seconds=30)),
        ("minutes(meter.value)", timedelta(minutes=7, seconds=30)),
        ("hours(2) + seconds(5)", timedelta(hours=2, seconds=5)),
        ("days(1) - hours(1)", timedelta(hours=23)),
        ("changed_for('meter.value') == meter.label", False),
        ("changed_for('meter.value') < meter.label", True),
        ("meter.span > meter.label", False),
        ("between(meter.clock, '22:00')", True),
    ],
)
def test_durations_and_times_are_computed_from_points(text: str, expected: Value) -> None:
    text = text.replace("meter.clock", "meter.label") if "clock" in text else text
    label = "07:30" if "between" in text else "10m"
    points: dict[str, Value] = {
        "meter__value": 7.5,
        "meter__span": timedelta(minutes=10),
        "meter__label": label,
    }
    assert value(text, **points) == expected
    sandboxed = compile_expression(text, SITE, in_sandbox=True)
    state = State(ROME, NOON)
    state.apply([good(name.replace("__", "."), known) for name, known in points.items()], NOON)
    assert sandboxed.evaluate(state).value == expected


@pytest.mark.parametrize(
    ("x", "expected"), [(-20, 55), (-10, 55), (2.5, 42.5), (15, 30), (15.1, 30), (100, 30)]
)
def test_a_curve_is_straight_between_its_points_and_level_beyond(x: float, expected: float) -> None:
    assert value("curve(meter.value, [[-10, 55], [15, 30]])", meter__value=x) == pytest.approx(expected)


def test_a_curve_of_three_points_bends_in_the_middle() -> None:
    text = "curve(meter.value, [[0, 0], [10, 100], [20, 0]])"
    assert [value(text, meter__value=x) for x in (0, 5, 10, 15, 20)] == [0, 50, 100, 50, 0]


def test_the_points_of_a_curve_can_be_points() -> None:
    text = "curve(0, [[-10, meter.value], [meter.count, 30]])"
    assert value(text, meter__value=50, meter__count=10) == 40
    assert value(text, meter__value=50, meter__count=-10) is None
    assert value(text, meter__value=50) is None


@pytest.mark.parametrize(("x", "expected"), [(-5, "cooling"), (0, "cooling"), (9.9, "cooling"), (10, "dry")])
def test_a_band_is_the_last_step_that_was_come_to(x: float, expected: str) -> None:
    assert value("band(meter.value, [[0, 'cooling'], [10, 'dry']])", meter__value=x) == expected


def test_a_band_has_the_type_of_its_results() -> None:
    compiled = compile_expression("band(meter.value, [[0, 'cooling'], [10, 'dry']])", SITE)
    assert compiled.type.choices == ("cooling", "dry")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scale(5, 0, 10, 0, 100)", 50),
        ("scale(12, 0, 10, 100, 0)", -20),
        ("scale(5, 3, 3, 0, 100)", None),
        ("sqrt(meter.value)", 3),
        ("sqrt(-meter.value)", None),
        ("dewpoint(25, 50) | round(2)", 13.85),
        ("dewpoint(20, 100) | round(6)", 20),
        ("dewpoint(20, meter.count)", None),
        ("absolute_humidity(20, 100) | round(1)", 17.2),
        ("absolute_humidity(0, 100) | round(2)", 4.85),
        ("absolute_humidity(25, 50) | round(1)", 11.5),
        ("absolute_humidity(20, 101 + meter.count)", None),
        ("enthalpy(25, 50) | round(1)", 50.2),
        ("enthalpy(0, 100) | round(1)", 9.4),
        ("enthalpy(30, 80) | round(0)", 85),
        ("enthalpy(70 + meter.count, 50)", None),
        ("dewpoint(70 + meter.count, 50)", None),
    ],
)
def test_numbers_for_air_and_signals(text: str, expected: float | None) -> None:
    found = compile_expression(f"meter.value * 0 + ({text})", SITE)
    state = State(ROME, NOON)
    state.apply([good("meter.value", 9), good("meter.count", 0)], NOON)
    assert found.evaluate(state).value == expected


def test_a_number_whose_unit_is_of_time_stands_for_a_duration() -> None:
    targets = dict(house_targets())
    hold = Point("meter.count")
    in_minutes = replace(targets[hold].capability, unit="min")
    targets[hold] = replace(targets[hold], capability=in_minutes)
    scope = Scope(targets)
    state = State(ROME, NOON)
    state.apply([good("meter.value", 1, NOON - timedelta(minutes=5)), good("meter.count", 4)], NOON)
    for text in ("changed_for('meter.value') > meter.count", "meter.count < changed_for('meter.value')"):
        assert compile_expression(text, scope).truth(state) is True
        assert compile_expression(text, scope, in_sandbox=True).truth(state) is True
    window = compile_expression("mean_over('meter.value', meter.count)", scope)
    assert window.windows == {"meter.value": timedelta(days=1)}
    assert [each.message for each in problems("changed_for('meter.value') > meter.count")] == [
        "a duration cannot be compared with a number"
    ]
