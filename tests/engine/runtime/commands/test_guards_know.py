"""What guards know of their points: since when they are on, what we changed, and what got lost."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.config.guards import Guard
from interlock.expressions.view import Sample
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Reading, Receipt, Value
from interlock.runtime.commands.guards import Guards

LAMP = Point("lamp.power")
START = datetime(2026, 7, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def guards(**rest: object) -> Guards:
    made = Guards(lambda point: MINUTE / 2)
    options: dict[str, object] = {"min_on": 5 * MINUTE, "min_off": 3 * MINUTE, **rest}
    made.change({LAMP: Guard(**options)}, START)  # type: ignore[arg-type]
    return made


def command(value: Value, command_id: str = "1") -> Command:
    origin = Origin(OriginKind.RULE, "a")
    return Command(id=command_id, point=LAMP, value=value, origin=origin, created_at=START)


def see(given: Guards, value: Value, minutes: float, same_since: float | None = None) -> None:
    since = None if same_since is None else at(same_since)
    given.see(Reading(point=LAMP, value=value, observed_at=at(minutes)), since)


def waits_until(given: Guards, value: Value, minutes: float) -> float | None:
    until = given.judge(LAMP, value, at(minutes)).until
    return None if until is None else (until - START) / MINUTE


def test_at_the_start_it_is_taken_to_have_just_been_switched() -> None:
    made = guards()
    see(made, False, 1)
    assert waits_until(made, True, 2) == 3


def test_a_hand_is_noticed_when_a_reading_shows_it() -> None:
    made = guards()
    see(made, False, 0)
    see(made, True, 10)
    assert waits_until(made, False, 12) == 15


def test_our_own_command_counts_from_when_it_was_taken() -> None:
    made = guards()
    see(made, False, 0)
    made.sent(command(True), at(10))
    assert waits_until(made, False, 10) == 15
    made.received(Receipt(command=command(True), outcome=Outcome.ACCEPTED, at=at(11)))
    assert waits_until(made, False, 12) == 16


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REFUSED, Outcome.SUPPRESSED])
def test_what_was_certainly_not_executed_changed_nothing(outcome: Outcome) -> None:
    made = guards(max_changes=1, changes_in=60 * MINUTE)
    see(made, False, 0)
    made.sent(command(True), at(10))
    made.received(Receipt(command=command(True), outcome=outcome, at=at(11)))
    assert waits_until(made, True, 12) is None


def test_what_may_have_been_executed_counts_as_a_change() -> None:
    made = guards()
    see(made, False, 0)
    made.sent(command(True), at(10))
    made.received(Receipt(command=command(True), outcome=Outcome.UNCERTAIN, at=at(11)))
    assert waits_until(made, False, 12) == 16


def tried(made: Guards, minutes: float, command_id: str, outcome: Outcome) -> None:
    """Send that it is to be on, and let it end so half a minute later."""
    made.sent(command(True, command_id), at(minutes))
    receipt = Receipt(command=command(True, command_id), outcome=outcome, at=at(minutes + 0.5))
    made.received(receipt)


def test_the_last_attempt_is_the_one_that_may_have_switched() -> None:
    made = guards()
    see(made, False, 0)
    tried(made, 10, "1", Outcome.UNCERTAIN)
    tried(made, 20, "2", Outcome.UNCERTAIN)
    assert waits_until(made, False, 21) == 25.5
    made.sent(command(True, "3"), at(30))
    assert waits_until(made, False, 30.1) == 35
    made.received(Receipt(command=command(True, "3"), outcome=Outcome.ACCEPTED, at=at(31)))
    assert waits_until(made, False, 31.1) == 36


@pytest.mark.parametrize("between", [None, Outcome.DEFERRED], ids=["done", "deferred"])
def test_what_is_sent_again_after_it_was_done_switches_nothing(between: Outcome | None) -> None:
    made = guards()
    see(made, False, 0)
    tried(made, 10, "1", Outcome.UNCERTAIN)
    if between is not None:
        tried(made, 11, "2", between)
    tried(made, 12, "3", Outcome.ACCEPTED)
    tried(made, 14, "4", Outcome.ACCEPTED)
    assert waits_until(made, False, 15) == 17.5


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REFUSED, Outcome.SUPPRESSED])
def test_an_attempt_that_was_certainly_not_executed_leaves_the_doubt_of_the_one_before(
    outcome: Outcome,
) -> None:
    made = guards()
    see(made, False, 0)
    tried(made, 10, "1", Outcome.UNCERTAIN)
    tried(made, 12, "2", outcome)
    assert waits_until(made, False, 13) == 15.5


def test_attempts_at_one_change_are_one_change_which_may_be_the_last_of_them() -> None:
    made = guards(min_on=MINUTE, min_off=MINUTE, max_changes=2, changes_in=30 * MINUTE)
    see(made, False, 0)
    tried(made, 10, "1", Outcome.UNCERTAIN)
    tried(made, 20, "2", Outcome.UNCERTAIN)
    tried(made, 30, "3", Outcome.ACCEPTED)
    assert waits_until(made, False, 32) is None
    made.sent(command(False, "4"), at(32))
    assert waits_until(made, True, 45) == 60


def test_a_doubt_moves_with_the_clock() -> None:
    made = guards()
    see(made, False, 0)
    tried(made, 10, "1", Outcome.UNCERTAIN)
    made.sent(command(True, "2"), at(12))
    made.shift(60 * MINUTE)
    made.received(Receipt(command=command(True, "2"), outcome=Outcome.FAILED, at=at(72.5)))
    assert waits_until(made, False, 73) == 75.5


def test_a_lost_command_leaves_the_time_as_it_was() -> None:
    made = guards()
    see(made, False, 0)
    made.sent(command(True), at(10))
    made.received(Receipt(command=command(True), outcome=Outcome.ACCEPTED, at=at(10)))
    see(made, False, 10.2, same_since=0)
    assert waits_until(made, False, 10.3) == 15
    see(made, False, 11, same_since=0)
    assert waits_until(made, True, 11) is None


def test_what_came_and_went_again_is_a_change() -> None:
    made = guards()
    see(made, False, 0)
    made.sent(command(True), at(10))
    made.received(Receipt(command=command(True), outcome=Outcome.ACCEPTED, at=at(10)))
    see(made, False, 11, same_since=10.5)
    assert waits_until(made, True, 11) == 14


@pytest.mark.parametrize(("away", "until"), [(1.0, None), (2.0, None), (2.1, 3)])
def test_a_short_restart_is_remembered(away: float, until: float | None) -> None:
    made = guards()
    past = [Sample(at(-30), True), Sample(at(-20), False), Sample(at(-away), None)]
    made.restore({LAMP: past}, at(-away))
    see(made, False, 0.1)
    assert waits_until(made, True, 0.2) == until


def test_what_changed_while_the_service_was_away_is_new_when_it_is_seen() -> None:
    made = guards()
    made.restore({LAMP: [Sample(at(-20), True), Sample(at(-1), None)]}, at(-1))
    see(made, False, 1)
    assert waits_until(made, True, 2) == 4


def test_changes_before_the_restart_count_too() -> None:
    made = guards(max_changes=2, changes_in=60 * MINUTE, min_on=timedelta(), min_off=timedelta())
    made.restore({LAMP: [Sample(at(-70), True), Sample(at(-50), False), Sample(at(-9), True)]}, at(-1))
    see(made, True, 0)
    assert waits_until(made, False, 1) == 10


def test_what_stands_for_something_else_now_begins_anew() -> None:
    made = guards()
    see(made, False, 0)
    made.forget([LAMP], at(30))
    assert waits_until(made, True, 31) == 33


def test_the_windows_are_as_long_as_what_is_counted() -> None:
    assert guards(changes_in=60 * MINUTE).windows == {LAMP: 60 * MINUTE}
    assert guards().windows == {LAMP: 5 * MINUTE}
