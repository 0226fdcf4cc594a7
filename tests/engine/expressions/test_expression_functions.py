"""The functions of expressions, and what they do without a value."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.expressions import BUILT_IN, Function, Parameter, Scope, compile_expression
from interlock.expressions.functions import parse_time, table
from interlock.expressions.types import NUMBER, TEXT, Kind
from interlock.model import Point, Quality, Reading, Value
from support.expression_house import (
    NOON,
    ROME,
    capability,
    compiled,
    good,
    house_targets,
    marked,
    reason,
    stale,
    value,
    view,
)

POINT = Point("meter.value")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min(meter.value, 3)", 3),
        ("min(meter.value)", 7.5),
        ("max(1, meter.value, 3)", 7.5),
        ("abs(-meter.value)", 7.5),
        ("meter.value | abs", 7.5),
        ("round(meter.value)", 8.0),
        ("round(6.5)", 6.0),
        ("round(meter.value * 1.111, 2)", 8.33),
        ("meter.value | round(digits=1)", 7.5),
        ("round(1234, -2)", 1200),
        ("round(12)", 12),
        ("clamp(meter.value, 1, 5)", 5),
        ("clamp(meter.value, 8, 9)", 8),
        ("clamp(meter.value, high=9, low=1)", 7.5),
        ("int(meter.value)", 7),
        ("'12.9' | int", 12),
        ("float('1.5') + 1", 2.5),
        ("meter.value | float", 7.5),
        ("meter.label | lower", "cellar"),
        ("upper(meter.label)", "CELLAR"),
    ],
)
def test_a_number_or_text_function_gives(text: str, expected: Value) -> None:
    result = value(text, meter__value=7.5, meter__label="Cellar")
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clamp(meter.value, 5, 1)", "it cannot be computed: the lower limit 5 is above the upper limit 1"),
        ("round(1, meter.value)", "it cannot be computed: 7.5 is no count of digits from -15 to 15"),
        ("round(1, meter.value + 8.5)", "it cannot be computed: 16.0 is no count of digits from -15 to 15"),
        ("round(1, -meter.value - 8.5)", "it cannot be computed: -16.0 is no count of digits from -15 to 15"),
        ("meter.label | float", "it cannot be computed: could not convert string to float: 'Cellar'"),
    ],
)
def test_a_function_without_a_result_says_why(text: str, expected: str) -> None:
    assert reason(text, meter__value=7.5, meter__label="Cellar") == expected


@pytest.mark.parametrize("text", ["round(1.05, meter.value + 7.5)", "round(1, -meter.value - 7.5)"])
def test_round_takes_fifteen_digits_either_way(text: str) -> None:
    assert value(text, meter__value=7.5) is not None


def test_available_is_known_where_the_point_is_not() -> None:
    assert value("available('meter.value')") is False
    assert value("available(' meter.value ')", meter__value=0.0) is True
    assert value("meter.value if available('meter.value') else 20") == 20


def test_a_point_in_quotes_counts_as_read() -> None:
    assert compiled("available('meter.value') and window.power").points == {POINT, Point("window.power")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("available('meter.value')", False),
        ("previous('meter.value') > 3", False),
        ("age('meter.value') > '1m'", True),
        ("changed_for('meter.value') > '1m'", True),
        ("now() > today_at('18:00')", True),
        ("today_at('18:00') > meter.start", True),
        ("between('22:00', '06:00')", True),
        ("meter.value > 3", False),
    ],
)
def test_what_can_change_by_itself_reads_time(text: str, expected: bool) -> None:
    assert compiled(text).reads_time is expected


def test_age_is_how_long_ago_the_value_was_observed() -> None:
    seen = view(now=NOON)
    seen.apply([good(POINT, 3.0, NOON - timedelta(minutes=7))], NOON)
    assert compiled("age('meter.value')").evaluate(seen).value == timedelta(minutes=7)


def test_age_goes_on_while_the_point_is_stale_and_at_fault() -> None:
    seen = view(now=NOON)
    seen.apply([good(POINT, 3.0, NOON - timedelta(minutes=20))], NOON)
    stale_one = stale(POINT, 3.0, timedelta(minutes=20), "no answer")
    fault = Reading(point=POINT, value=None, observed_at=NOON, quality=Quality.FAULT, reason="refused")
    for reading in (replace(stale_one, since=NOON - timedelta(minutes=10)), fault):
        seen.apply([reading], NOON)
        assert compiled("age('meter.value')").evaluate(seen).value == timedelta(minutes=20)


def test_age_counts_from_before_the_restart_until_the_first_reading() -> None:
    seen = view(now=NOON)
    seen.remember([good(POINT, 3.0, NOON - timedelta(hours=2))])
    assert compiled("age('meter.value')").evaluate(seen).value == timedelta(hours=2)
    seen.apply([good(POINT, 3.0)], NOON)
    assert compiled("age('meter.value')").evaluate(seen).value == timedelta()


def test_age_of_what_was_never_good_is_unknown() -> None:
    seen = view()
    fault = Reading(point=POINT, value=None, observed_at=NOON, quality=Quality.FAULT, reason="timed out")
    seen.apply([fault], NOON)
    found = compiled("age('meter.value') > '10m'").evaluate(seen)
    assert (found.value, found.reason) == (
        None,
        "meter.value is unknown: timed out since 2026-07-14 12:00:00",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age('meter.value')", "meter.value was never read"),
        ("changed_for('meter.value')", "meter.value was never read"),
        ("previous('meter.value')", "meter.value had no other value before"),
    ],
)
def test_a_function_of_a_point_that_was_never_read_is_unknown(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_previous_and_changed_for_follow_the_last_change() -> None:
    seen = view()
    for minutes, known in ((30, 1.0), (20, 2.0), (10, 2.0)):
        seen.apply([good(POINT, known, NOON - timedelta(minutes=minutes))], NOON)
    assert compiled("previous('meter.value')").evaluate(seen).value == 1.0
    assert compiled("changed_for('meter.value')").evaluate(seen).value == timedelta(minutes=20)


def test_previous_has_the_type_of_its_point() -> None:
    assert compiled("previous('living_ac.hvacmode') == 'Cooling'").text
    assert marked("previous('living_ac.hvacmode') == 'cold'")[0][0] == "'cold'"
    assert marked("previous('meter.value') == 'cold'")[0][0] == "'cold'"


def test_now_is_the_instant_of_the_view() -> None:
    assert value("now()") == NOON


def at_local(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize("text", ["today_at('18:00')", "today_at('18:00:00')", "today_at(' 18:00 ')"])
def test_today_at_is_local(text: str) -> None:
    assert value(text) == at_local(18)


def test_today_is_the_local_day() -> None:
    late = view(now=datetime(2026, 7, 14, 22, 30, tzinfo=UTC))
    assert compiled("today_at('18:00')").evaluate(late).value == at_local(18, day=15)


def test_today_at_in_the_hour_that_spring_leaves_out_is_right_after_it() -> None:
    spring = view(now=datetime(2026, 3, 29, 0, 0, tzinfo=UTC))
    assert compiled("today_at('02:30')").evaluate(spring).value == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_today_at_takes_a_text_that_is_computed() -> None:
    assert value("today_at(meter.label)", meter__label="7:05") == at_local(7, 5)
    assert reason("today_at(meter.label)", meter__label="seven") == (
        "it cannot be computed: 'seven' is no time of day: write for example 07:30"
    )


@pytest.mark.parametrize(
    ("start", "end", "moment", "expected"),
    [
        ("08:00", "17:00", (7, 59), False),
        ("08:00", "17:00", (8, 0), True),
        ("08:00", "17:00", (16, 59), True),
        ("08:00", "17:00", (17, 0), False),
        ("22:00", "06:00", (21, 59), False),
        ("22:00", "06:00", (22, 0), True),
        ("22:00", "06:00", (0, 0), True),
        ("22:00", "06:00", (5, 59), True),
        ("22:00", "06:00", (6, 0), False),
        ("22:00", "06:00", (12, 0), False),
        ("00:00", "00:00", (12, 0), True),
    ],
)
def test_between_runs_across_midnight(start: str, end: str, moment: tuple[int, int], expected: bool) -> None:
    assert compiled(f"between('{start}', '{end}')").truth(view(now=at_local(*moment))) is expected


@pytest.mark.parametrize("text", ["24:00", "7", "", "07:60", "x", "07:30+02:00", "0730"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day: write for example 07:30"):
        parse_time(text)


def _doubled(_view: object, number: float, word: str) -> float:
    return number * len(word)


def test_further_functions_can_be_added_to_a_scope() -> None:
    further = Function(
        name="times",
        description="",
        parameters=(
            Parameter(name="number", takes=frozenset({Kind.NUMBER})),
            Parameter(name="word", takes=frozenset({Kind.TEXT}), default="ab"),
        ),
        result=NUMBER,
        compute=_doubled,
    )
    scope = Scope(house_targets(), functions=table([*BUILT_IN, further]))
    texts = ("times(3)", "3 | times('abc')", "times(word='a', number=5)")
    assert [compile_expression(text, scope).evaluate(view()).value for text in texts] == [6, 9, 5]


def test_a_function_that_fails_makes_the_result_unknown() -> None:
    def broken(_view: object) -> str:
        raise LookupError("no such thing")

    further = Function(
        name="broken", description="", parameters=(), result=TEXT, compute=broken, reads_time=True
    )
    scope = Scope(house_targets(), functions=table([further]))
    found = compile_expression("broken() == 'a'", scope).evaluate(view())
    assert (found.value, found.reason) == (None, "it cannot be computed: no such thing")


def test_every_function_says_what_it_gives() -> None:
    assert [function.name for function in BUILT_IN if not function.description.endswith(".")] == []


def test_a_function_of_a_point_is_no_filter() -> None:
    filters = {function.name for function in BUILT_IN if function.is_filter}
    assert filters >= {"round", "abs", "int", "float", "lower", "upper", "clamp"}
    assert not filters & {"available", "age", "previous", "changed_for", "now"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("next_of(living_ac.hvacmode, ['cooling', 'dry', 'fan'])", "fan"),
        ("next_of(living_ac.hvacmode, ['cooling', 'dry'])", "cooling"),
        ("next_of(living_ac.hvacmode, ['fan', 'heating'])", "fan"),
        ("meter.value | next_of([0, 30, 100])", 100),
        ("next_of(meter.value, (30,))", 30),
        ("next_of(window.power, ['on', 'off'])", False),
    ],
)
def test_the_next_of_a_list_follows_and_begins_anew(text: str, expected: Value) -> None:
    assert value(text, living_ac__hvacmode="dry", meter__value=30.0, window__power=True) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "next_of(living_ac.hvacmode, ['coolin'])",
            (
                "'coolin'",
                "living_ac.hvacmode can never be 'coolin': it is cooling, heating, dry, fan or auto",
                "did you mean 'cooling'?",
            ),
        ),
        (
            "next_of(meter.value, 3)",
            ("3", "a list of values is expected here", "it is called next_of(value, [item, …])"),
        ),
        (
            "next_of(meter.value, [])",
            ("[]", "a list of values is expected here", "it is called next_of(value, [item, …])"),
        ),
    ],
)
def test_what_can_never_be_next_is_reported(text: str, problem: tuple[str, str, str]) -> None:
    assert marked(text) == [problem]


def test_the_next_of_a_choice_can_be_set_to_it() -> None:
    modes = capability("living_ac.hvacmode").choices
    assert compiled("next_of(living_ac.hvacmode, ['cooling', 'dry'])").type.choices == modes


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("07-14", "07-14", True),
        ("07-13", "07-15", True),
        ("07-15", "08-01", False),
        ("06-01", "07-13", False),
        ("12-01", "07-14", True),
        ("12-01", "07-13", False),
        ("07-14", "03-01", True),
        ("07-15", "03-01", False),
        ("02-29", "09-30", True),
    ],
)
def test_between_dates_holds_on_both_of_them_and_across_new_year(
    first: str, last: str, expected: bool
) -> None:
    assert value(f"between_dates('{first}', '{last}')") is expected


def test_between_dates_asks_for_the_local_day() -> None:
    late = view(now=datetime(2026, 7, 13, 22, 30, tzinfo=UTC))
    assert compiled("between_dates('07-14', '07-14')").evaluate(late).value is True


def test_between_dates_takes_points_and_refuses_what_is_no_day() -> None:
    assert value("between_dates(meter.label, '07-14')", meter__label="07-01") is True
    expected = "'July' is no day of the year: write for example 09-15"
    assert expected in reason("between_dates(meter.label, '07-14')", meter__label="July")
    assert marked("between_dates('13-01', 3)") == [
        ("'13-01'", "'13-01' is no day of the year: write for example 09-15", ""),
        ("3", "a day of the year is expected here, and this is a number", ""),
    ]


@pytest.mark.parametrize("function", ["age", "changed_for"])
@pytest.mark.parametrize(
    ("at_ms", "now_ms", "expected"),
    [
        (0, 60_000, "1m"),
        (700, 60_000, "1m"),
        (700, 61_600, "1m1s"),
        (700, 60_699, "1m"),
        (700, 59_999, "59s"),
        (900, 1_899, "999ms"),
        (900, 1_900, "1s"),
        (100, 400, "300ms"),
    ],
)
def test_lengths_of_time_count_the_seconds_of_the_clock(
    function: str, at_ms: int, now_ms: int, expected: str
) -> None:
    state = view()
    now = NOON + timedelta(milliseconds=now_ms)
    state.apply([good(POINT, 1, NOON + timedelta(milliseconds=at_ms))], now)
    assert compiled(f"{function}('meter.value') == '{expected}'").truth(state) is True


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-01-01", 1), ("2026-12-28", 53), ("2027-01-03", 53), ("2027-01-04", 1), ("2026-07-14", 29)],
)
def test_weeks_are_counted_from_monday_by_iso(day: str, expected: int) -> None:
    assert value(f"week('{day}')") == expected


def test_the_week_is_that_of_the_local_day() -> None:
    sunday_night = view(now=datetime(2026, 7, 12, 22, 30, tzinfo=UTC))
    assert compiled("week()").evaluate(sunday_night).value == 29
    assert compiled("week() % 2 == 0").truth(sunday_night) is False
