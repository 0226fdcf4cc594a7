"""Functions of a point's past, and conditions on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions import ExpressionError, Scope, compile_expression
from interlock.expressions.view import Sample
from interlock.model import Point, Truth, Value
from interlock.rules.state import State
from support.expression_house import HOUSE, NOON, ROME, good, house_targets, problems, stale

METER, WINDOW, COUNT = Point("meter.value"), Point("window.power"), Point("meter.count")
MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> datetime:
    return NOON - minutes * MINUTE


def seen(**pasts: Sequence[tuple[float, Value | None]]) -> State:
    """A state at noon that knows what points were so many minutes ago."""
    state = State(ROME, NOON)
    past = {
        Point(name.replace("__", ".")): [Sample(ago(minutes), value) for minutes, value in samples]
        for name, samples in pasts.items()
    }
    state.keep_past(dict.fromkeys(past, timedelta(hours=1)), past)
    return state


def value(text: str, state: State) -> Value | None:
    return compile_expression(text, HOUSE).evaluate(state).value


def reason(text: str, state: State) -> str:
    return compile_expression(text, HOUSE).evaluate(state).reason


STEPS = [(15.0, 10), (8.0, 20), (2.0, 50)]
"""In the last ten minutes: 2 of them at 10, 6 at 20, 2 at 50."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean_over('meter.value', '10m')", 24.0),
        ("mean_over('meter.value', '2m')", 50.0),
        ("min_over('meter.value', '10m')", 10.0),
        ("min_over('meter.value', '8m')", 20.0),
        ("max_over('meter.value', '10m')", 50.0),
        ("rate('meter.value', '10m')", 240.0),
        ("changes('meter.value', '10m')", 2),
        ("changes('meter.value', '8m')", 1),
        ("changes('meter.value', '1m')", 0),
    ],
)
def test_a_window_reaches_back_from_now(text: str, expected: Value) -> None:
    assert value(text, seen(meter__value=STEPS)) == pytest.approx(expected)


def test_on_time_is_how_long_a_switch_was_on() -> None:
    state = seen(window__power=[(12.0, True), (9.0, False), (6.0, True), (1.0, False)])
    assert value("on_time('window.power', '10m')", state) == 6 * MINUTE
    assert value("on_time('window.power', '20m') / '1m'", state) == 8


def test_unknown_time_is_left_out_of_a_mean() -> None:
    state = seen(meter__value=[(10.0, 10), (6.0, None), (2.0, 40)])
    assert value("mean_over('meter.value', '10m')", state) == pytest.approx(20)


def test_a_value_that_comes_back_after_an_unknown_is_no_change() -> None:
    state = seen(meter__value=[(10.0, 10), (6.0, None), (4.0, 10)])
    assert value("changes('meter.value', '10m')", state) == 0


def test_a_window_known_for_less_than_half_is_unknown() -> None:
    assert value("mean_over('meter.value', '10m')", seen(meter__value=[(5.0, 10)])) == 10
    state = seen(meter__value=[(4.9, 10)])
    assert value("mean_over('meter.value', '10m')", state) is None
    expected = "meter.value was known for 4m54s of the last 10m only"
    assert reason("mean_over('meter.value', '10m')", state) == expected


def test_a_point_without_a_past_is_unknown() -> None:
    state = seen()
    for name in ("mean_over", "min_over", "max_over", "rate", "changes"):
        expected = "meter.value was known for 0s of the last 10m only"
        assert reason(f"{name}('meter.value', '10m')", state) == expected


def test_the_length_of_a_window_can_be_a_point() -> None:
    state = seen(meter__value=STEPS)
    state.apply([good("meter.span", 2 * MINUTE), good("meter.label", "8m")], NOON)
    assert value("mean_over('meter.value', meter.span)", state) == 50
    assert value("min_over('meter.value', meter.label)", state) == 20
    state.apply([good("meter.span", timedelta())], NOON)
    assert "0s is no time to look back" in reason("mean_over('meter.value', meter.span)", state)
    state.apply([good("meter.span", timedelta(days=8))], NOON)
    assert "8d is longer than the 1d that a computed window can be" in reason(
        "mean_over('meter.value', meter.span)", state
    )


def test_what_must_be_kept_of_the_past_is_known_when_it_is_compiled() -> None:
    text = (
        "mean_over('meter.value', '10m') > max_over('meter.value', '2h') "
        "or changes('window.power', meter.span)"
    )
    compiled = compile_expression(text, HOUSE)
    assert compiled.windows == {METER: timedelta(hours=2), WINDOW: timedelta(days=1)}
    assert compiled.points == {METER, WINDOW, "meter.span"}
    assert compiled.reads_time


def test_the_past_of_every_member_of_a_group_is_kept() -> None:
    scope = Scope(house_targets(), groups={"meters": ("meter",)})
    compiled = compile_expression("max(mean_over('meters.value', '5m'))", scope)
    assert compiled.windows == {METER: timedelta(minutes=5)}


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([(15.0, True)], True),
        ([(10.0, True)], True),
        ([(9.0, True)], None),
        ([(15.0, False), (9.0, True)], False),
        ([(15.0, True), (9.0, False), (8.0, True)], False),
        ([(15.0, True), (9.0, None), (8.0, True)], None),
        ([(15.0, False), (10.0, True)], True),
        ([], None),
    ],
)
def test_is_true_for_asks_of_every_moment(
    past: Sequence[tuple[float, Value | None]], expected: Truth
) -> None:
    condition = compile_expression("is_true_for('window.power', '10m')", HOUSE)
    assert condition.truth(seen(window__power=past)) is expected


def test_is_true_for_takes_conditions_on_several_points() -> None:
    condition = compile_expression("is_true_for('meter.value > 15 or window.power', '10m')", HOUSE)
    state = seen(meter__value=[(20.0, 20), (6.0, 10)], window__power=[(20.0, False), (7.0, True)])
    assert condition.truth(state) is True
    late = seen(meter__value=[(20.0, 20), (8.0, 10)], window__power=[(20.0, False), (7.0, True)])
    assert condition.truth(late) is False
    assert condition.points == {METER, WINDOW}
    assert condition.windows == dict.fromkeys((METER, WINDOW), 10 * MINUTE)


def test_an_unknown_condition_on_the_past_says_so() -> None:
    text = "is_true_for('window.power', '10m')"
    assert reason(text, seen()) == "'window.power' was not known all that time"


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("mean_over('meter.value', '8d') > 1", "'8d'", "a window is longer than 0s and no longer than 7d"),
        ("mean_over('meter.value', '0s') > 1", "'0s'", "a window is longer than 0s and no longer than 7d"),
        ("mean_over('meter.value', 10) > 1", "10", "a duration is expected here, and this is a number"),
        (
            "mean_over('meter.value', 'x') > 1",
            "'x'",
            "'x' is no duration: write for example 30s, 5m, 1h30m or 2d",
        ),
        (
            "mean_over('window.power', '8m') > 1",
            "'window.power'",
            "a point that holds a number is expected here, and 'window.power' is on or off",
        ),
        (
            "on_time('meter.value', '8m') > '1m'",
            "'meter.value'",
            "a point that holds on or off is expected here, and 'meter.value' is a number",
        ),
        ("is_true_for(window.power, '8m')", "window.power", "an expression in quotes is expected here"),
        ("is_true_for('windw.power', '8m')", "windw.power", "there is no device 'windw'"),
        ("is_true_for('window.power and', '8m')", " ", "the expression ends too early"),
        ("is_true_for('meter.label', '8m')", "'meter.label'", "meter.label is a word and no condition"),
        ("is_true_for('true', '8m')", "'true'", "true is on or off and no condition"),
        ("is_true_for('1 > 0', '8m')", "'1 > 0'", "a condition on the past needs a point"),
        (
            "is_true_for('window.power and between(\"8:00\", \"9:00\")', '8m')",
            '\'window.power and between("8:00", "9:00")\'',
            "a condition on the past can only read the values of points",
        ),
        (
            "is_true_for('available(\"window.power\")', '8m')",
            "'available(\"window.power\")'",
            "a condition on the past can only read the values of points",
        ),
        (
            "is_true_for('trigger.value > 3', '8m')",
            "'trigger.value > 3'",
            "a condition on the past can only read the values of points",
        ),
    ],
)
def test_what_cannot_be_asked_of_the_past_is_reported(text: str, marked: str, message: str) -> None:
    found = problems(text)
    assert message in [each.message for each in found]
    place = next(each for each in found if each.message == message)
    assert (text + " ")[place.offset : place.offset + place.length] == marked or marked == " "


def test_the_state_keeps_no_more_than_the_window_needs() -> None:
    state = State(ROME, NOON)
    state.keep_past({METER: 10 * MINUTE}, {})
    for minute in range(300):
        at = NOON + minute * MINUTE
        state.apply([good("meter.value", minute, at), good("meter.count", minute, at)], at)
    kept = [sample.value for sample in state.samples(METER)]
    assert kept[-11:] == list(range(289, 300))
    # They are forgotten in blocks.
    assert len(kept) < 11 + 64
    assert list(state.samples(COUNT)) == []


def test_the_state_keeps_when_a_point_became_unknown() -> None:
    state = State(ROME, NOON)
    state.keep_past({METER: 10 * MINUTE}, {})
    state.apply([good("meter.value", 1, ago(3))], ago(3))
    state.apply([good("meter.value", 1, ago(2))], ago(2))
    state.apply([stale("meter.value", 1, MINUTE, "gone")], NOON)
    assert list(state.samples(METER)) == [Sample(ago(3), 1), Sample(ago(1), None)]


def test_samples_stay_in_order_when_the_clock_is_set_back() -> None:
    state = State(ROME, NOON)
    state.keep_past({METER: 60 * MINUTE}, {METER: [Sample(ago(30), 1), Sample(ago(5), 2)]})
    state.apply([good("meter.value", 3, ago(10))], ago(10))
    assert list(state.samples(METER)) == [Sample(ago(30), 1), Sample(ago(10), 3)]


steps = st.lists(
    st.tuples(st.integers(1, 3000), st.none() | st.integers(-50, 50)), max_size=12, unique_by=lambda x: x[0]
).map(lambda found: sorted(found, reverse=True))


@given(steps)
def test_a_mean_lies_between_the_extremes_and_weighs_each_second_alike(
    found: list[tuple[int, int | None]],
) -> None:
    state = seen(meter__value=[(second / 60, known) for second, known in found])
    mean = value("mean_over('meter.value', '20m')", state)
    seconds = [
        next((known for second, known in reversed(found) if second >= at), None) for at in range(1200, 0, -1)
    ]
    known = [each for each in seconds if each is not None]
    if len(known) < 600:
        assert mean is None
        return
    assert mean == pytest.approx(sum(known) / len(known), abs=1e-6)
    assert value("min_over('meter.value', '20m')", state) == min(known)
    assert value("max_over('meter.value', '20m')", state) == max(known)


@given(meter=steps, window=steps)
def test_is_true_for_says_what_asking_at_each_second_would(
    meter: list[tuple[int, int | None]], window: list[tuple[int, int | None]]
) -> None:
    def at(found: list[tuple[int, int | None]], second: int) -> int | None:
        return next((known for ago_s, known in reversed(found) if ago_s >= second), None)

    def held(second: int) -> Truth:
        warm, shut = at(meter, second), at(window, second)
        truths = (None if warm is None else warm > 0, None if shut is None else shut < 0)
        return True if True in truths else None if None in truths else False

    state = seen(
        meter__value=[(second / 60, known) for second, known in meter],
        meter__count=[(second / 60, known) for second, known in window],
    )
    truths = [held(second) for second in range(1200, -1, -1)]
    expected = False if False in truths else None if None in truths else True
    condition = compile_expression("is_true_for('meter.value > 0 or meter.count < 0', '20m')", HOUSE)
    assert condition.truth(state) is expected


def test_a_computed_window_longer_than_kept_raises_nothing_at_load() -> None:
    compile_expression("mean_over('meter.value', meter.span) > 1", HOUSE)
    with pytest.raises(ExpressionError, match="a duration is expected here, and this is a number"):
        compile_expression("mean_over('meter.value', meter.count) > 1", HOUSE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value_ago('meter.value', '10m')", 10),
        ("value_ago('meter.value', '8m')", 20),
        ("value_ago('meter.value', '2m')", 50),
        ("value_ago('meter.value', '1s')", 50),
        ("value_ago('meter.value', now() - now())", 50),
        ("value_ago('meter.value', '16m')", None),
    ],
)
def test_the_value_of_so_long_ago_is_told(text: str, expected: Value | None) -> None:
    assert value(text, seen(meter__value=STEPS)) == expected


def test_the_value_of_a_time_in_the_dark_is_unknown() -> None:
    state = seen(meter__value=[(10.0, 10), (6.0, None), (4.0, 20)])
    assert reason("value_ago('meter.value', '5m')", state) == "meter.value was not known 5m ago"
    assert "is no time to look back" in reason("value_ago('meter.value', now() - today_at('23:00'))", state)


@pytest.mark.parametrize(
    ("changed_s", "window", "expected"),
    [
        (-60.0, "1m", True),
        (-59.001, "1m", True),
        (-59.0, "1m", False),
        (-0.4, "400ms", True),
        (-0.4, "401ms", False),
        (-0.001, "1s", True),
    ],
)
def test_is_true_for_counts_the_seconds_of_the_clock(changed_s: float, window: str, expected: bool) -> None:
    state = seen(window__power=[(30.0, False), (-changed_s / 60, True)])
    assert value(f"is_true_for('window.power', '{window}')", state) is expected


def test_the_value_of_so_long_ago_counts_the_seconds_of_the_clock() -> None:
    state = seen(meter__value=[(30.0, 10), (59.1 / 60, 20)])
    assert value("value_ago('meter.value', '1m')", state) == 20
    assert value("value_ago('meter.value', '1m1s')", state) == 10
