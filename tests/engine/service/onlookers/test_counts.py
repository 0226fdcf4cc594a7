"""What is counted while a service works."""

from datetime import timedelta

from interlock.history.records import Reload
from interlock.model import Outcome
from interlock.rules.rule import Verdict
from interlock.service.onlookers.counts import Counts, Lags, LoopLags
from support.journal_entries import START, HandClock, command, firing, near_miss, reading, receipt


def test_receipts_are_counted_by_connection_and_outcome() -> None:
    counts = Counts(lambda point: f"where {point.device} is")
    for outcome in (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.FAILED):
        counts.take(receipt(command(), outcome=outcome))
    assert counts.commands == {
        ("where living_ac is", Outcome.ACCEPTED): 2,
        ("where living_ac is", Outcome.FAILED): 1,
    }


def test_firings_and_near_misses_are_counted_by_rule() -> None:
    counts = Counts(lambda _: "")
    for entry in (firing(rule_id="a"), firing(rule_id="b"), firing(rule_id="a")):
        counts.take(entry)
    for verdict in (Verdict.CONDITION_FALSE, Verdict.HELD_BACK, Verdict.CONDITION_FALSE):
        counts.take(near_miss(verdict=verdict))
    assert counts.firings == {"a": 2, "b": 1}
    assert counts.near_misses == {
        ("cool-living-room", Verdict.CONDITION_FALSE): 2,
        ("cool-living-room", Verdict.HELD_BACK): 1,
    }


def test_reloads_are_counted_and_the_last_is_known() -> None:
    counts = Counts(lambda _: "")
    assert (counts.reloads, counts.reloaded_at) == (0, None)
    later = START + timedelta(hours=1)
    counts.take(Reload(START, ()))
    counts.take(Reload(later, ("rule a was added",)))
    assert (counts.reloads, counts.reloaded_at) == (2, later)


def test_what_is_not_counted_changes_nothing() -> None:
    counts = Counts(lambda _: "")
    counts.take(reading())
    counts.take(command())
    assert (counts.commands, counts.firings, counts.near_misses) == ({}, {}, {})


def test_lags_are_counted_by_their_bounds() -> None:
    lags = Lags([0.1, 1.0])
    for lag_s in (0.05, 0.1, 0.5, 7.0, -0.3):
        lags.take(timedelta(seconds=lag_s))
    assert (lags.cumulated, lags.sum_s) == ((3, 4, 5), 7.65)


def test_the_control_loop_lags_by_as_much_as_its_sign_of_life_is_late() -> None:
    clock = HandClock()
    lags = LoopLags(clock, timedelta(seconds=5))
    for pause_s in (0, 5, 7, 3):
        clock.advance(seconds=pause_s)
        lags.beat()
    assert (lags.sum_s, lags.cumulated[-1]) == (2.0, 3)
