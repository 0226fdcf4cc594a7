"""What a watch has to remember changes exactly when its past does, which is compared in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.model import Truth
from interlock.rules.memory import Memories, TriggerMemory
from interlock.rules.rule import Cause
from interlock.rules.state import Change, State
from interlock.rules.triggers import BecomesTrigger, JoinTrigger
from interlock.rules.watches.becomes import BecomesWatch
from interlock.rules.watches.change import ChangeWatch, LastingWatch
from interlock.rules.watches.join import JoinWatch
from interlock.rules.watches.watch import Waiting
from support.rule_house import MINUTE, POWER, ROME, START, becomes, change, is_on, rule

Seen = tuple[tuple[object, ...], TriggerMemory]

minutes = st.sampled_from([0, 1, 3])


def moved(state: State, minutes: int) -> State:
    state.now += minutes * MINUTE
    state.uptime += minutes * MINUTE
    return state


def seen(watch: Waiting) -> Seen:
    return watch.past, watch.memory


def assert_both_differ_together(found: Sequence[Seen]) -> None:
    for past, memory in found:
        assert [past == other for other, _ in found] == [memory == other for _, other in found]


@given(
    st.sampled_from([timedelta(), 2 * MINUTE]),
    st.sampled_from([timedelta(), MINUTE]),
    st.booleans(),
    st.lists(st.tuples(minutes, st.sampled_from([True, False, None]), st.booleans()), max_size=12),
)
def test_of_what_becomes_true(
    hold: timedelta, dip: timedelta, is_undone: bool, steps: list[tuple[int, Truth, bool]]
) -> None:
    trigger: BecomesTrigger = becomes(is_on(POWER), hold=hold, dip=dip, until=None)
    watch = BecomesWatch(rule("r", trigger), trigger, (0, 0), "r/0", TriggerMemory(text=str(POWER)))
    state, found = State(ROME, START), [seen(watch)]
    for passed, truth, ends in steps:
        came = watch.take(truth, moved(state, passed))
        watch.is_active = watch.is_active or (came and is_undone)
        if ends:
            watch.ends(state)
            watch.is_armed = not watch.is_armed
        found.append(seen(watch))
    assert_both_differ_together(found)


@given(st.lists(st.tuples(minutes, st.sampled_from(["on", "off", "auto"]), st.booleans()), max_size=12))
def test_of_a_change_that_lasts(steps: list[tuple[int, str, bool]]) -> None:
    trigger = change(POWER, hold=2 * MINUTE)
    watch = LastingWatch(
        ChangeWatch(rule("r", trigger), trigger, (0, 0), "r/0", Memories({})), POWER, None, None
    )
    state, found, was = State(ROME, START), [seen(watch)], "off"
    for passed, value, is_known in steps:
        state.values = {POWER: value} if is_known else {}
        watch.look(Change(POWER, was, value if is_known else None), moved(state, passed))
        was = value
        found.append(seen(watch))
    assert_both_differ_together(found)


@given(st.booleans(), st.lists(st.tuples(minutes, st.integers(0, 2)), max_size=12))
def test_of_joined_triggers(is_watchdog: bool, steps: list[tuple[int, int]]) -> None:
    members = (becomes(is_on(POWER)), becomes(is_on(POWER)))
    trigger = JoinTrigger(id="", text="all", members=members, within=2 * MINUTE, is_watchdog=is_watchdog)
    watch = JoinWatch(rule("r", trigger), trigger, (0, 0), "r/0", memory=None, down_since=None)
    state, found = State(ROME, START), [seen(watch)]
    for passed, member in steps:
        moved(state, passed)
        if member < len(members):
            watch.hear(member, Cause("it"), state)
        else:
            watch.look(None, state)
        found.append(seen(watch))
    assert_both_differ_together(found)
