"""When expressions can turn by time alone: never too late, and not each second where that can be foreseen."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions import Compiled, Scope, compile_expression
from interlock.expressions.functions import Function, Needs, guarded
from interlock.expressions.types import BOOLEAN
from interlock.expressions.view import EmptyView, Sample, View
from interlock.model import Point, Value
from interlock.rules.state import State
from interlock.sun import Place
from support.expression_house import NOON, ROME, good, house_targets

METER, WINDOW = Point("meter.value"), Point("window.power")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Milan:
    """Where the sun is asked about, and nothing else is known."""

    location = Place(45.464, 9.19)
    holidays = None

    def origin(self, point: Point) -> str | None:
        return None

    def rule(self, rule: str) -> None:
        return None


def compiled(text: str) -> Compiled:
    # Of a scope of its own: what one has foreseen is of its site's zone.
    return compile_expression(text, Scope(house_targets(), has=frozenset(Needs)))


def looks(
    expression: Compiled, state: State, until: datetime, seconds: Collection[int] = range(60)
) -> list[datetime]:
    """Let time pass second by second, and look when the expression says so; return when that was.

    What it comes to must not turn at any other second; of each minute it is compared at these. Why it is
    unknown may be said otherwise: for how long something was known.
    """
    found: list[datetime] = []
    came, turn = expression.evaluate(state).value, expression.turns_at(state)
    while state.now < until:
        state.now = state.now.replace(microsecond=0) + SECOND
        if turn is not None and turn <= state.now:
            found.append(state.now)
            came, turn = expression.evaluate(state).value, expression.turns_at(state)
        assert turn is None or turn > state.now
        assert state.now.second not in seconds or expression.evaluate(state).value == came, state.now
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def in_zone(zone: str, now: str) -> State:
    return State(ZoneInfo(zone), at(now), Milan())


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("now() > today_at('12:00')", "2026-07-14T09:00:00.2", "2026-07-14T10:00"),
        ("today_at('12:00') < now()", "2026-07-14T10:00", "2026-07-14T10:00:01"),
        ("now() > today_at('12:00')", "2026-07-14T10:00:01", "2026-07-14T22:00"),
        ("now() - today_at('12:00') > '1h'", "2026-07-14T09:00", "2026-07-14T09:00:01"),
        ("between('22:00', '06:00')", "2026-07-14T09:00:00.2", "2026-07-14T20:00"),
        ("between('22:00', '06:00')", "2026-07-14T20:00", "2026-07-15T04:00"),
        ("between('07:30:15', '18:00')", "2026-07-14T05:00", "2026-07-14T05:30:15"),
        ("between('22:00', meter.label)", "2026-07-14T09:00", None),
        ("is_workday()", "2026-07-14T09:00", "2026-07-14T22:00"),
        ("is_workday(meter.label)", "2026-07-14T09:00", None),
        ("is_holiday('2026-12-24')", "2026-07-14T09:00", "2026-07-14T22:00"),
        ("between_dates('10-15', '04-15')", "2026-07-14T21:59:59", "2026-07-14T22:00"),
        ("week() % 2 == 0", "2026-07-14T22:00", "2026-07-15T22:00"),
        ("now().hour >= 22", "2026-07-14T09:00:59", "2026-07-14T09:01"),
        ("now().minute == 3", "2026-07-14T09:00:59.9", "2026-07-14T09:01"),
        ("now().weekday() == 5", "2026-07-14T09:00:59", "2026-07-14T22:00"),
        ("now().day == 1", "2026-07-14T09:00:59", "2026-07-14T22:00"),
        ("now().second == 1", "2026-07-14T09:00:59", "2026-07-14T09:01"),
        ("meter.start.hour == 1", "2026-07-14T09:00:59", None),
        ("is_workday() and between('08:00', '18:00')", "2026-07-14T09:00", "2026-07-14T16:00"),
        ("is_workday() and now() > meter.start", "2026-07-14T09:00", "2026-07-14T22:00"),
        ("meter.value if is_workday() else 3", "2026-07-14T09:00", "2026-07-14T22:00"),
        ("sun.azimuth", "2026-07-14T09:00", "2026-07-14T09:00:01"),
        ("sun.elevation", "2026-07-14T09:00", "2026-07-14T09:00:01"),
        ("meter.value > 3", "2026-07-14T09:00", None),
        ("age('meter.value') > '5m'", "2026-07-14T09:00", None),
        ("changed_for('meter.value') > '5m'", "2026-07-14T09:00", None),
        ("mean_over('meter.value', '5m') > 3", "2026-07-14T09:00", None),
    ],
)
def test_an_expression_says_when_it_can_turn_next(text: str, now: str, expected: str | None) -> None:
    found = compiled(text).turns_at(in_zone("Europe/Rome", now))
    assert found == (None if expected is None else at(expected))


def test_what_is_foreseen_is_asked_again_once_it_has_come_or_the_clock_was_set_back() -> None:
    expression, turn = compiled("between('22:00', '06:00')"), []
    for now in ("2026-07-14T09:00", "2026-07-14T19:00", "2026-07-14T20:00", "2026-07-13T09:00"):
        turn.append(expression.turns_at(in_zone("Europe/Rome", now)))
    assert turn == [at(each) for each in ("2026-07-14T20:00",) * 2 + ("2026-07-15T04:00", "2026-07-13T20:00")]


BY_THE_CLOCK = [
    "between('23:30', '00:30')",
    "between('01:45', '02:15')",
    "between('02:30', '03:30')",
    "between('00:00:30', '23:00:30')",
    "now().hour",
    "now().minute",
    "now().day",
    "now().weekday()",
    "week() + now().day",
    "today_at('12:00')",
    "between_dates('11-01', '11-01')",
]
TURNING_CLOCKS = [
    ("Europe/Rome", "2026-03-28T22:30:00.4"),
    ("Europe/Rome", "2026-10-24T22:30"),
    ("America/Havana", "2026-11-01T03:30"),
    ("America/Havana", "2026-03-08T04:00"),
    ("America/Santiago", "2026-04-05T02:00"),
    ("America/Santiago", "2026-09-06T03:00"),
    ("Africa/Cairo", "2026-10-29T20:00"),
    ("Australia/Lord_Howe", "2026-04-04T14:00"),
    ("Australia/Lord_Howe", "2026-10-03T14:30"),
    ("America/St_Johns", "2010-11-07T01:30"),
    ("Pacific/Chatham", "2026-04-04T12:45"),
    ("Asia/Kathmandu", "2026-04-04T17:00"),
]


@pytest.mark.parametrize("text", BY_THE_CLOCK)
@pytest.mark.parametrize(("zone", "now"), TURNING_CLOCKS)
def test_nothing_turns_unforeseen_in_a_night_in_which_the_clocks_are_changed(
    zone: str, now: str, text: str
) -> None:
    state = in_zone(zone, now)
    found = looks(compiled(text), state, state.now + timedelta(hours=3), (0, 1, 30, 31, 59))
    assert len(found) <= 185


def test_a_time_of_day_with_seconds_is_exact_where_the_clocks_are_changed() -> None:
    state = in_zone("America/St_Johns", "2010-11-07T02:25")
    looks(compiled("between('00:00:30', '23:30:20')"), state, state.now + timedelta(hours=2))


def test_on_a_plain_day_the_clock_is_looked_at_only_when_a_time_comes() -> None:
    state = in_zone("Europe/Rome", "2026-07-14T06:00")
    found = looks(compiled("between('08:30', '09:15:10')"), state, at("2026-07-14T09:00"))
    assert found == [at("2026-07-14T06:30"), at("2026-07-14T07:15:10")]


@pytest.mark.parametrize("height", [-6, 0, 4, 30])
def test_the_sun_passes_a_height_within_a_few_seconds_of_looks(height: float) -> None:
    state = in_zone("Europe/Rome", "2026-07-14T02:30")
    found = looks(compiled(f"sun.elevation > {height}"), state, state.now + timedelta(hours=4))
    assert len(found) <= 8


def test_a_sun_that_does_not_come_so_far_is_looked_for_again() -> None:
    state = in_zone("Europe/Rome", "2026-07-14T02:30")
    assert compiled("80 < sun.elevation").turns_at(state) == at("2026-08-13T02:30")


@pytest.mark.parametrize("bearing", [0, 5, 110, 180, 250.5, 355, 360])
def test_the_sun_passes_a_bearing_within_a_hundred_looks_a_day(bearing: float) -> None:
    state = in_zone("Europe/Rome", "2026-06-21T00:00:00.3")
    found = looks(compiled(f"sun.azimuth > {bearing}"), state, state.now + timedelta(days=1), (0, 20, 40))
    assert len(found) <= 100


@given(
    latitude=st.floats(-90, 90),
    hours=st.integers(0, 366 * 24),
    bearing=st.floats(-10, 370),
    operator=st.sampled_from([">", "<=", "=="]),
)
def test_no_bearing_is_passed_unforeseen_wherever_one_stands(
    latitude: float, hours: int, bearing: float, operator: str
) -> None:
    class There(Milan):
        location = Place(latitude, 9.19)

    state = State(ROME, NOON + timedelta(hours=hours), There())
    looks(compiled(f"sun.azimuth {operator} {bearing}"), state, state.now + timedelta(hours=1), (0, 30))


LENGTHS = st.sampled_from(["0.5s", "1s", "1.5s", "7s", "10s", "1m", "90s"])
INSTANTS = st.integers(0, 100_000).map(lambda ms: NOON - timedelta(milliseconds=ms))


@given(
    function=st.sampled_from(["age", "changed_for"]),
    operator=st.sampled_from([">", ">=", "<", "<=", "==", "!="]),
    length=LENGTHS,
    since=INSTANTS,
    is_left=st.booleans(),
)
def test_a_length_of_time_is_foreseen_to_the_second(
    function: str, operator: str, length: str, since: datetime, is_left: bool
) -> None:
    state = State(ROME, since)
    state.apply([good(METER, 3.0, since)], since)
    state.now = NOON
    call = f"{function}('meter.value')"
    text = f"'{length}' {operator} {call}" if is_left else f"{call} {operator} '{length}'"
    found = looks(compiled(text), state, NOON + timedelta(seconds=100))
    assert function == "age" or len(found) <= 2


def test_what_is_old_is_looked_at_each_second_because_it_can_be_seen_again_unchanged() -> None:
    state = State(ROME, NOON)
    state.apply([good(METER, 3.0, NOON)], NOON)
    expression = compiled("age('meter.value') > '5m'")
    turns = [expression.turns_at(state)]
    for minutes in (4, 5, 6):
        state.now = NOON + minutes * MINUTE
        turns.append(expression.turns_at(state))
    assert turns == [
        NOON + 5 * MINUTE,
        NOON + 5 * MINUTE,
        NOON + 5 * MINUTE + SECOND,
        NOON + 6 * MINUTE + SECOND,
    ]


def holding(**values: Value) -> State:
    state = State(ROME, NOON)
    state.apply([good(Point(f"meter.{name}"), value, NOON) for name, value in values.items()], NOON)
    return state


def test_what_a_length_is_compared_with_may_be_computed() -> None:
    state = holding(value=90.0)
    expression = compiled("changed_for('meter.value') > seconds(meter.value)")
    assert expression.turns_at(state) == NOON + timedelta(seconds=90)
    state.apply([good(METER, 10.0, NOON + SECOND)], NOON + SECOND)
    assert expression.turns_at(state) == NOON + timedelta(seconds=11)


def test_what_the_sun_is_compared_with_may_become_another_at_any_time() -> None:
    state = State(ROME, NOON, Milan())
    expression, turns = compiled("sun.elevation > meter.value"), []
    for height in (0.0, 30.0):
        state.apply([good(METER, height, NOON)], NOON)
        turns.append(expression.turns_at(state))
    assert turns == [compiled(f"sun.elevation > {height}").turns_at(state) for height in (0, 30)]


def test_arguments_may_be_computed() -> None:
    state = holding(label="13:30")
    expression = compiled("between('08:00', meter.label)")
    assert expression.turns_at(state) == at("2026-07-14T11:30")
    state.apply([good(Point("meter.label"), "13:15", NOON + SECOND)], NOON + SECOND)
    assert expression.turns_at(state) == at("2026-07-14T11:15")


@given(
    text=st.sampled_from(
        [
            "changed_for('meter.value') > minutes(meter.value)",
            "minutes(meter.value / 7) >= age('meter.value')",
            "changed_for('meter.value') > changed_for('window.power')",
            "changed_for('meter.value') == seconds(1 if window.power else meter.value)",
            "now() >= meter.start",
            "meter.start + seconds(meter.value) == now()",
            "is_true_for('meter.value > 0', seconds(meter.value))",
        ]
    ),
    since=INSTANTS,
    value=st.sampled_from([0.5, 1.0, 30.0, 61.5]),
    start=INSTANTS,
)
def test_what_time_is_compared_with_may_be_computed(
    text: str, since: datetime, value: float, start: datetime
) -> None:
    state = State(ROME, since)
    state.keep_past({METER: timedelta(hours=1)}, {})
    points = {METER: value, WINDOW: value == 1, Point("meter.start"): start + MINUTE}
    state.apply([good(point, each, since) for point, each in points.items()], since)
    state.now = NOON
    looks(compiled(text), state, NOON + timedelta(seconds=100))


def test_expressions_that_differ_in_their_points_alone_turn_each_at_its_time() -> None:
    scope, state = Scope(house_targets(), has=frozenset(Needs)), State(ROME, NOON, Milan())
    actual = Point("living_thermostat.actualtemp")
    state.apply([good(METER, 0.0, NOON), good(actual, 30.0, NOON)], NOON)
    turns = [
        compile_expression(f"sun.elevation > {each}", scope).turns_at(state) for each in (METER, actual, 30)
    ]
    assert turns[0] != turns[1] == turns[2]


PASTS = st.lists(st.tuples(INSTANTS, st.sampled_from([None, 1.0, 2.0, 30.0])), min_size=1, max_size=5)


@given(
    text=st.sampled_from(
        [
            "is_true_for('meter.value > 1', '{0}')",
            "value_ago('meter.value', '{0}')",
            "min_over('meter.value', '{0}')",
            "max_over('meter.value', '{0}')",
            "max_over('meter.value', '{0}') > 3",
            "mean_over('meter.value', '{0}')",
            "mean_over('meter.value', '{0}') > 1.5",
            "2 >= mean_over('meter.value', '{0}')",
            "mean_over('meter.value', '{0}') > meter.value / 2",
            "mean_over('meter.value', '{0}') == 1",
            "rate('meter.value', '{0}')",
            "rate('meter.value', '{0}') > 100",
            "rate('meter.value', '{0}') <= 0",
            "rate('meter.value', '{0}') < -7.5 * meter.value",
            "changes('meter.value', '{0}')",
        ]
    ),
    length=LENGTHS,
    past=PASTS,
)
def test_what_looks_back_turns_only_when_it_is_foreseen(
    text: str, length: str, past: Sequence[tuple[datetime, Value | None]]
) -> None:
    samples = [Sample(when, value) for when, value in sorted(past, key=lambda each: each[0])]
    state = State(ROME, NOON)
    state.keep_past({METER: timedelta(hours=1)}, {METER: samples})
    looks(compiled(text.format(length)), state, NOON + timedelta(seconds=100))


COUNT = Point("meter.count")
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 100_000).map(lambda ms: NOON + timedelta(milliseconds=ms)),
        st.one_of(
            st.tuples(st.just(METER), st.sampled_from([0.0, 1.0, 20.3])),
            st.tuples(st.just(WINDOW), st.booleans()),
            st.tuples(st.just(COUNT), st.sampled_from([1, 5, 30])),
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(
    text=st.sampled_from(
        [
            "mean_over('meter.value', '20s') > meter.count",
            "mean_over('meter.value', '20s') <= 0.7",
            "mean_over('meter.value', '20s') > mean_over('meter.count', '20s')",
            "rate('meter.value', '30s') >= 100 * meter.count",
            "rate('meter.value', '30s')",
            "on_time('window.power', '20s') > seconds(meter.count)",
            "on_time('window.power', '20s')",
            "changed_for('meter.value') >= seconds(meter.count if window.power else 3)",
            "is_true_for('meter.value > 0', seconds(meter.count))",
        ]
    ),
    changes=CHANGES,
)
def test_nothing_turns_unforeseen_while_points_change(
    text: str, changes: Sequence[tuple[datetime, tuple[Point, Value]]]
) -> None:
    expression, state = compiled(text), State(ROME, NOON - SECOND)
    state.keep_past(dict.fromkeys((METER, WINDOW, COUNT), timedelta(hours=1)), {})
    for when, (point, value) in sorted(changes, key=lambda each: each[0]):
        looks(expression, state, when.replace(microsecond=0))
        state.apply([good(point, value, when)], max(when, state.now))
    looks(expression, state, state.now + MINUTE)


@pytest.mark.parametrize("function", ["min_over", "max_over", "changes"])
def test_the_extremes_of_a_window_are_looked_at_when_a_value_leaves_it(function: str) -> None:
    state = State(ROME, NOON)
    samples = [Sample(NOON - minutes * MINUTE, float(minutes)) for minutes in (30, 8, 3)]
    state.keep_past({METER: timedelta(hours=1)}, {METER: samples})
    found = looks(compiled(f"{function}('meter.value', '10m')"), state, NOON + 20 * MINUTE)
    assert {NOON + 2 * MINUTE, NOON + 7 * MINUTE} <= set(found)
    assert len(found) <= 6


def test_a_mean_is_looked_at_when_it_passes_what_it_is_compared_with() -> None:
    state = State(ROME, NOON)
    samples = [Sample(NOON - minutes * MINUTE, value) for minutes, value in ((100, 10.0), (30, 30.0))]
    state.keep_past({METER: timedelta(hours=2)}, {METER: samples})
    found = looks(compiled("mean_over('meter.value', '60m') > 25"), state, NOON + 29 * MINUTE)
    assert found == [NOON + 15 * MINUTE, NOON + 15 * MINUTE + SECOND]


@given(
    past=st.lists(st.tuples(INSTANTS, st.sampled_from([None, True, False])), min_size=1, max_size=5),
    operator=st.sampled_from([">", ">=", "<", "=="]),
    length=st.sampled_from(["10s", "1m"]),
    compared=LENGTHS,
    is_compared=st.booleans(),
)
def test_how_long_a_point_was_on_passes_nothing_unforeseen(
    past: Sequence[tuple[datetime, Value | None]],
    operator: str,
    length: str,
    compared: str,
    is_compared: bool,
) -> None:
    state = State(ROME, NOON)
    samples = [Sample(when, value) for when, value in sorted(past, key=lambda each: each[0])]
    state.keep_past({WINDOW: timedelta(hours=1)}, {WINDOW: samples})
    text = f"on_time('window.power', '{length}')" + (f" {operator} '{compared}'" if is_compared else "")
    looks(compiled(text), state, NOON + timedelta(seconds=100))


@pytest.mark.parametrize(
    "text",
    [
        "max_over('meter.value', '10m')",
        "changes('meter.value', '10m')",
        "mean_over('meter.value', '10m') > 3",
        "on_time('window.power', '10m') > '9m'",
    ],
)
@pytest.mark.parametrize("ago", [0, 1, 3])
def test_what_goes_unknown_is_looked_at_once_too_little_of_the_window_is_known(text: str, ago: int) -> None:
    state = State(ROME, NOON)
    gone = NOON - ago * MINUTE
    numbers = [Sample(NOON - 20 * MINUTE, 1.0), Sample(gone, None)]
    state.keep_past(
        {METER: timedelta(hours=1), WINDOW: timedelta(hours=1)},
        {METER: numbers, WINDOW: [Sample(NOON - 20 * MINUTE, True), Sample(gone, None)]},
    )
    found = looks(compiled(text), state, gone + 5 * MINUTE + 2 * SECOND)
    assert gone + 5 * MINUTE + SECOND in found
    assert len(found) <= 5


@pytest.mark.parametrize("value", [0.0, None])
def test_what_a_point_became_just_now_counts_among_the_extremes_a_second_later(value: float | None) -> None:
    state = State(ROME, NOON)
    samples = [Sample(NOON - 20 * MINUTE, 1.0), Sample(NOON, value)]
    state.keep_past({METER: timedelta(hours=1)}, {METER: samples})
    assert looks(compiled("min_over('meter.value', '1.5s')"), state, NOON + MINUTE)[0] == NOON + SECOND


def test_what_a_point_became_just_now_counts_for_the_mean() -> None:
    state = State(ROME, NOON)
    state.keep_past(
        {METER: timedelta(hours=1)}, {METER: [Sample(NOON - 20 * MINUTE, 1.0), Sample(NOON, 100.0)]}
    )
    looks(compiled("mean_over('meter.value', '10m') > 3"), state, NOON + MINUTE)


def test_a_condition_on_the_past_is_looked_at_when_a_change_is_so_long_ago() -> None:
    state = State(ROME, NOON)
    samples = [Sample(NOON - 3 * MINUTE, False), Sample(NOON - 2 * MINUTE, True)]
    state.keep_past({WINDOW: timedelta(hours=1)}, {WINDOW: samples})
    found = looks(compiled("is_true_for('window.power', '10m')"), state, NOON + 20 * MINUTE)
    first, second = NOON + 7 * MINUTE, NOON + 8 * MINUTE
    assert found == [first, first + SECOND, second, second + SECOND]


def test_a_condition_on_the_past_is_false_from_the_very_moment_at_which_it_ends() -> None:
    state = State(ROME, NOON)
    samples = [Sample(NOON - 20 * MINUTE, True), Sample(NOON, False)]
    state.keep_past({WINDOW: timedelta(hours=1)}, {WINDOW: samples})
    assert compiled("is_true_for('window.power', '10m')").evaluate(state).value is False


def test_what_a_stranger_foresees_is_not_relied_on() -> None:
    def compute(view: View) -> Value:
        return True

    stranger = Function(
        name="late",
        description="",
        parameters=(),
        result=BOOLEAN,
        compute=compute,
        reads_time=True,
        turns=lambda view: view.now + timedelta(days=1),
        passes=lambda view, constant: None,
    )
    ours = guarded(stranger, "a plugin")
    assert (ours.turns(EmptyView(now=NOON)), ours.passes) == (NOON + SECOND, None)
    assert replace(stranger, compute=ours.compute).turns(EmptyView(now=NOON)) == NOON + timedelta(days=1)
