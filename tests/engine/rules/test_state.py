"""The state takes readings in and says what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from interlock.expressions.view import Sample
from interlock.model import Point, Quality, Reading, Value
from interlock.rules.state import Changed, Confirmation, State
from support.journal_entries import HandClock
from support.rule_house import MINUTE, POWER, ROME, START, TEMPERATURE


def good(value: Value, minutes: float = 0) -> Reading:
    return Reading(point=TEMPERATURE, value=value, observed_at=START + minutes * MINUTE)


def fault(minutes: float = 0, reason: str = "timed out") -> Reading:
    observed_at = START + minutes * MINUTE
    return Reading(
        point=TEMPERATURE, value=None, observed_at=observed_at, quality=Quality.FAULT, reason=reason
    )


def stale(value: Value, minutes: float = 0) -> Reading:
    return Reading(
        point=TEMPERATURE, value=value, observed_at=START + minutes * MINUTE, quality=Quality.STALE
    )


def state_after(*readings: Reading) -> State:
    state = State(ROME, START)
    for reading in readings:
        state.apply([reading], max(state.now, reading.at))
    return state


def last_changed(*readings: Reading) -> Changed:
    *earlier, last = readings
    state = state_after(*earlier)
    return state.apply([last], max(state.now, last.observed_at))


@pytest.mark.parametrize(
    ("readings", "was"),
    [
        ([good(20.0)], None),
        ([good(20.0), good(21.0, 1)], 20.0),
        ([good(20.0), fault(1)], 20.0),
        ([good(20.0), stale(20.0)], 20.0),
        ([good(20.0), fault(1), good(20.0, 2)], 20.0),
        ([good(20.0), fault(1), good(21.0, 2)], 20.0),
        ([fault()], None),
        ([fault(), good(20.0, 1)], None),
        ([good(value=True), good(1, 1)], True),
    ],
)
def test_what_is_a_change(readings: list[Reading], was: Value | None) -> None:
    assert last_changed(*readings) == {TEMPERATURE: was}


@pytest.mark.parametrize(
    "readings",
    [
        [good(20.0), good(20.0, 1)],
        [good(20.0), fault(1), fault(2)],
        [fault(), fault(1, "refused")],
        [good(20.0, 1), good(21.0, 0)],
    ],
)
def test_what_is_none(readings: list[Reading]) -> None:
    assert last_changed(*readings) == {}


def test_an_assumed_value_is_usable() -> None:
    assumed = Reading(point=POWER, value=True, observed_at=START, quality=Quality.ASSUMED)
    assert state_after(assumed).values == {POWER: True}


def test_an_older_reading_is_dropped() -> None:
    state = state_after(good(20.0, 1), good(21.0, 0))
    assert (state.values, state.reading(TEMPERATURE)) == ({TEMPERATURE: 20.0}, good(20.0, 1))


def test_an_older_reading_costs_the_others_of_its_batch_nothing() -> None:
    state = state_after(good(20.0, 1))
    power = Reading(point=POWER, value=True, observed_at=START + MINUTE)
    assert state.apply([good(21.0, 0), power], START + MINUTE) == {POWER: None}


def test_a_reading_from_before_the_clock_was_set_back_gives_way() -> None:
    state = state_after(good(20.0, 60))
    assert state.apply([good(21.0, 1)], START + MINUTE) == {TEMPERATURE: 20.0}


def test_of_two_readings_of_one_instant_the_later_one_counts() -> None:
    assert state_after(good(20.0), good(21.0)).values == {TEMPERATURE: 21.0}


def test_a_batch_is_one_moment() -> None:
    state = state_after(good(20.0))
    readings = [good(21.0, 1), fault(2), good(22.0, 3)]
    assert state.apply(readings, START + 3 * MINUTE) == {TEMPERATURE: 20.0}


def test_values_hold_what_is_usable() -> None:
    state = state_after(good(20.0))
    assert state.values == {TEMPERATURE: 20.0}
    state.apply([fault(1)], START + MINUTE)
    assert (state.values, state.reading(TEMPERATURE)) == ({}, fault(1))


def test_previous_is_the_last_other_value() -> None:
    state = state_after(good(20.0))
    assert state.previous(TEMPERATURE) is None
    for reading in (good(21.0, 1), fault(2), good(21.0, 3)):
        state.apply([reading], reading.observed_at)
    assert state.previous(TEMPERATURE) == 20.0


def changed_at(*readings: Reading) -> datetime | None:
    return state_after(*readings).changed_at(TEMPERATURE)


def test_changed_at_is_since_when_the_value_has_been_the_same_also_over_an_outage() -> None:
    assert changed_at(good(20.0), good(20.0, 1)) == START
    assert changed_at(good(20.0), good(21.0, 1)) == START + MINUTE
    assert changed_at(good(20.0), fault(1)) is None
    assert changed_at(good(20.0), fault(1), good(20.0, 2)) == START
    assert changed_at(good(20.0), fault(1), good(21.0, 2)) == START + 2 * MINUTE


def test_a_value_that_a_restart_finds_again_has_not_changed() -> None:
    state = State(ROME, START)
    state.remember([replace(good(20.0, -1), since=START - 60 * MINUTE)])
    assert state.changed_at(TEMPERATURE) is None
    state.apply([good(20.0)], START)
    assert state.changed_at(TEMPERATURE) == START - 60 * MINUTE
    state.apply([good(21.0, 1)], START + MINUTE)
    assert state.changed_at(TEMPERATURE) == START + MINUTE


def test_what_is_kept_from_now_on_begins_where_the_value_was_last_known_without_a_break() -> None:
    state = state_after(good(20.0), fault(1), good(20.0, 2))
    state.keep_past({TEMPERATURE: 60 * MINUTE}, {})
    assert list(state.samples(TEMPERATURE)) == [Sample(START + 2 * MINUTE, 20.0)]
    state = state_after(good(20.0), good(21.0, 2), good(21.0, 3))
    state.keep_past({TEMPERATURE: 60 * MINUTE}, {})
    assert list(state.samples(TEMPERATURE)) == [Sample(START + 2 * MINUTE, 21.0)]


def test_a_past_that_is_fetched_later_goes_before_what_is_kept() -> None:
    state = state_after(good(20.0), good(21.0, 5))
    other = Point("other.value")
    assert state.keep_past({TEMPERATURE: 30 * MINUTE, other: MINUTE}, {}) == {
        TEMPERATURE: 30 * MINUTE,
        other: MINUTE,
    }
    assert state.keep_past({TEMPERATURE: 60 * MINUTE, other: MINUTE}, {}) == {TEMPERATURE: 60 * MINUTE}
    assert state.keep_past({TEMPERATURE: 10 * MINUTE, other: MINUTE}, {}) == {}
    first, same, end = Sample(START, 20.0), Sample(START + 5 * MINUTE, 21.0), Sample(START + 6 * MINUTE, None)
    state.fill_past({TEMPERATURE: [first, same, end], other: [first], Point("gone.value"): [first]})
    assert list(state.samples(TEMPERATURE)) == [first, same]
    assert list(state.samples(other)) == [first]
    assert list(state.samples(Point("gone.value"))) == []


def good_at(*readings: Reading) -> datetime | None:
    return state_after(*readings).good_at(TEMPERATURE)


def test_good_at_is_when_it_was_good_the_last_time_also_when_it_is_not_now() -> None:
    assert good_at() is None
    assert good_at(fault()) is None
    assert good_at(good(20.0), good(20.0, 1)) == START + MINUTE
    assert good_at(good(20.0, 1), fault(2), fault(3)) == START + MINUTE
    assert good_at(good(20.0, 1), replace(stale(20.0, 1), since=START + 3 * MINUTE)) == START + MINUTE


def test_a_reading_counts_from_since_when_it_is_so() -> None:
    made_stale = replace(stale(20.0, 0), since=START + 3 * MINUTE)
    assert state_after(good(20.0), made_stale).values == {}
    assert state_after(good(20.0), made_stale, good(21.0, 2)).values == {}
    assert state_after(good(20.0), made_stale, good(21.0, 4)).values == {TEMPERATURE: 21.0}
    assert state_after(good(20.0), good(21.0, 4), made_stale).values == {TEMPERATURE: 21.0}


def remembering(value: Value) -> State:
    state = State(ROME, START)
    state.remember([good(value, -60)])
    return state


def test_what_was_known_before_a_restart_is_no_value_but_its_time_is_known() -> None:
    state = remembering(20.0)
    assert (state.values, state.reading(TEMPERATURE), state.changed_at(TEMPERATURE)) == ({}, None, None)
    assert (state.unknown_since(TEMPERATURE), state.previous(TEMPERATURE)) == (None, None)
    assert state.good_at(TEMPERATURE) == START - 60 * MINUTE


@pytest.mark.parametrize(("value", "previous"), [(21.0, 20.0), (20.0, None)])
def test_the_first_value_is_compared_with_what_was_known_before_the_restart(
    value: float, previous: float | None
) -> None:
    state = remembering(20.0)
    assert state.apply([good(value)], START) == {TEMPERATURE: 20.0}
    assert (state.values, state.previous(TEMPERATURE)) == ({TEMPERATURE: value}, previous)
    assert (state.good_at(TEMPERATURE), state.changed_at(TEMPERATURE)) == (START, START)


def test_a_fault_after_a_restart_forgets_nothing() -> None:
    state = remembering(20.0)
    assert state.apply([fault()], START) == {TEMPERATURE: 20.0}
    assert (state.good_at(TEMPERATURE), state.unknown_since(TEMPERATURE)) == (START - 60 * MINUTE, START)
    assert state.apply([good(21.0, 1)], START + MINUTE) == {TEMPERATURE: 20.0}


def test_the_present_can_be_that_of_a_clock() -> None:
    clock = HandClock()
    clock.advance(minutes=3)
    state = State(ROME, START)
    state.look_at(clock)
    assert (state.now, state.uptime) == (clock.now(), 3 * MINUTE)


def unknown_since(*readings: Reading) -> datetime | None:
    return state_after(*readings).unknown_since(TEMPERATURE)


def test_unknown_since_is_when_it_ceased_to_be_usable() -> None:
    assert unknown_since() is None
    assert unknown_since(good(20.0)) is None
    assert unknown_since(fault(), fault(5)) == START
    assert unknown_since(good(20.0), fault(3), fault(5)) == START + timedelta(minutes=3)
    assert unknown_since(good(20.0), fault(3), good(20.0, 4)) is None


def test_unknown_since_is_not_when_a_stale_value_was_observed() -> None:
    state = state_after(good(20.0))
    state.apply([stale(20.0)], START + 7 * MINUTE)
    assert state.unknown_since(TEMPERATURE) == START + 7 * MINUTE


def test_the_present_is_that_of_the_last_batch() -> None:
    state = State(ROME, START)
    state.apply([], START + MINUTE)
    assert state.now == START + MINUTE


def confirm(state: State, at: datetime) -> Confirmation:
    """Confirm the temperature, which was not confirmed before."""
    state.confirm(by := Confirmation(), at, joined=[TEMPERATURE])
    return by


def test_what_is_confirmed_is_as_it_was_and_was_good_then() -> None:
    state = state_after(good(20.0))
    confirm(state, START + 5 * MINUTE)
    assert state.reading(TEMPERATURE) == good(20.0, 5)
    assert state.good_at(TEMPERATURE) == START + 5 * MINUTE
    assert (state.values, state.changed_at(TEMPERATURE)) == ({TEMPERATURE: 20.0}, START)


def test_what_comes_from_before_a_confirmation_is_too_late() -> None:
    state = state_after(good(20.0))
    confirm(state, START + 5 * MINUTE)
    assert state.apply([good(21.0, 4)], START + 6 * MINUTE) == {}
    assert state.apply([good(22.0, 5)], START + 6 * MINUTE) == {TEMPERATURE: 20.0}
    assert state.reading(TEMPERATURE) == good(22.0, 5)


def test_what_went_bad_after_a_confirmation_was_last_good_at_it() -> None:
    state = state_after(good(20.0))
    confirm(state, START + 5 * MINUTE)
    state.apply([fault(6)], START + 6 * MINUTE)
    assert (state.reading(TEMPERATURE), state.good_at(TEMPERATURE)) == (fault(6), START + 5 * MINUTE)


def test_what_was_confirmed_once_is_confirmed_with_the_others_until_it_leaves_them() -> None:
    state = state_after(good(20.0))
    by = confirm(state, START + MINUTE)
    state.confirm(by, START + 2 * MINUTE)
    assert state.good_at(TEMPERATURE) == START + 2 * MINUTE
    state.confirm(by, START + 3 * MINUTE, left=[TEMPERATURE])
    assert (state.good_at(TEMPERATURE), state.reading(TEMPERATURE)) == (START + 2 * MINUTE, good(20.0, 2))
    assert state.apply([good(21.0, 1)], START + 4 * MINUTE) == {}


def test_another_reading_ends_that_a_point_is_confirmed() -> None:
    state = state_after(good(20.0))
    by = confirm(state, START + MINUTE)
    state.apply([good(21.0, 2)], START + 2 * MINUTE)
    state.confirm(by, START + 3 * MINUTE)
    assert (state.reading(TEMPERATURE), state.good_at(TEMPERATURE)) == (good(21.0, 2), good(21.0, 2).at)


def test_what_is_new_among_what_was_confirmed_with_it_is_confirmed_with_the_others_from_then_on() -> None:
    state = state_after(good(20.0))
    by = confirm(state, START + MINUTE)
    state.confirm(by, START + 2 * MINUTE)
    assert state.apply([good(21.0, 2)], START + 2 * MINUTE, by=by) == {TEMPERATURE: 20.0}
    assert (state.reading(TEMPERATURE), state.good_at(TEMPERATURE)) == (good(21.0, 2), good(21.0, 2).at)
    state.confirm(by, START + 3 * MINUTE)
    assert state.confirmed(by, [TEMPERATURE]) == [good(21.0, 3)]
    assert state.changed_at(TEMPERATURE) == START + 2 * MINUTE


def test_who_leaves_one_confirmation_stays_with_the_next() -> None:
    state = state_after(good(20.0))
    first, second = confirm(state, START + MINUTE), confirm(state, START + 2 * MINUTE)
    state.confirm(first, START + 3 * MINUTE, left=[TEMPERATURE])
    assert state.good_at(TEMPERATURE) == START + 2 * MINUTE
    assert state.confirmed(first, [TEMPERATURE]) == []
    assert state.confirmed(second, [TEMPERATURE, Point("nobody.knows")]) == [good(20.0, 2)]


def test_a_supposition_stays_as_it_was_confirmed_when_it_was_made() -> None:
    state = state_after(good(20.0))
    by = confirm(state, START + MINUTE)
    supposed = state.supposing({Point("lamp.power"): True})
    state.confirm(by, START + 2 * MINUTE)
    assert supposed.good_at(TEMPERATURE) == START + MINUTE


def test_another_reading_of_the_same_good_value_is_no_other() -> None:
    state = state_after(good(20.0, 1))
    assert state.other_than([good(20.0)]) == []


@pytest.mark.parametrize("held", [None, good(21.0), fault(), stale(20.0)])
def test_what_the_state_does_not_hold_is_other(held: Reading | None) -> None:
    before = good(20.0)
    state = state_after(*([] if held is None else [held]))
    assert state.other_than([before]) == [before]


def test_a_point_that_was_forgotten_is_other_and_not_confirmed() -> None:
    before = good(20.0)
    state = state_after(before)
    by = confirm(state, START + MINUTE)
    state.forget([TEMPERATURE])
    state.confirm(by, START + 2 * MINUTE, left=[TEMPERATURE])
    assert state.other_than([before]) == [before]
    assert (state.reading(TEMPERATURE), state.good_at(TEMPERATURE)) == (None, None)
