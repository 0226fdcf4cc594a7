"""Hands, echoes, roundings and losses, told apart by what a point shows."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.model import Value
from interlock.runtime.commands.readback import Finding, Phase, ReadBack

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=30)
THERE, EARLY, LOST, HAND = Finding.THERE, Finding.TOO_EARLY, Finding.LOST, Finding.HAND


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sent(value: Value, before: Value | None) -> ReadBack:
    back = ReadBack(settle=SETTLE)
    back.sent(value, before, START)
    return back


def look(back: ReadBack, *shown: tuple[float, Value]) -> list[Finding]:
    """What each reading says, a reading being a time in seconds and a value."""
    return [back.look(value, at(seconds), at(seconds)) for seconds, value in shown]


@pytest.mark.parametrize(
    ("value", "before", "shown", "findings"),
    [
        (True, False, [(1, True), (40, True)], [THERE, THERE]),
        (True, False, [(1, True), (40, False)], [THERE, HAND]),
        (True, False, [(1, True), (20, False), (29, True)], [THERE, EARLY, THERE]),
        (True, False, [(29.9, False), (30, False)], [EARLY, LOST]),
        (True, None, [(40, False)], [LOST]),
        ("cooling", "auto", [(40, "heating")], [HAND]),
        ("cooling", "auto", [(10, "heating"), (40, "cooling")], [EARLY, THERE]),
        ("cooling", "auto", [(40, "auto")], [LOST]),
        ("cooling", None, [(40, "auto")], [LOST]),
        (20.5, 18.0, [(5, 20.0), (40, 20.0), (100, 20.0)], [THERE, THERE, THERE]),
        (20.5, 18.0, [(5, 20.56), (100, 20.56)], [THERE, THERE]),
        (20.5, 18.0, [(5, 20.5), (20, 20.0), (100, 20.0)], [THERE, THERE, THERE]),
        (20.5, 18.0, [(5, 20.5), (40, 20.0)], [THERE, HAND]),
        (20.5, 18.0, [(5, 20.0), (40, 22.0)], [THERE, HAND]),
        (20.5, 18.0, [(5, 20.0), (40, 20.5), (50, 20.0)], [THERE, THERE, THERE]),
        (100, 0, [(2, 40), (4, 70), (9, 100), (60, 70)], [THERE, THERE, THERE, HAND]),
        (22, 20, [(40, 18)], [HAND]),
        (22, 20, [(10, 18), (40, 20)], [EARLY, LOST]),
        (20.5, None, [(5, 20)], [THERE]),
        (20.5, None, [(40, 12)], [LOST]),
        (True, False, [(1, True), (40, 1)], [THERE, THERE]),
    ],
)
def test_what_readings_say_of_a_command(
    value: Value, before: Value | None, shown: list[tuple[float, Value]], findings: list[Finding]
) -> None:
    assert look(sent(value, before), *shown) == findings


def test_what_was_lost_is_missing_until_it_is_sent_again() -> None:
    back = sent(True, False)
    assert look(back, (40, False), (50, False)) == [LOST, LOST]
    assert (back.is_missing, back.losses) == (True, 1)
    back.sent(True, False, at(60))
    assert (back.is_missing, back.again_at) == (False, at(70))


def test_what_never_moves_is_what_the_device_makes_of_it() -> None:
    back = sent(20.5, 20.0)
    assert look(back, (10, 20.0), (40, 20.0)) == [EARLY, LOST]
    back.sent(20.5, 20.0, at(41))
    assert look(back, (50, 20.0)) == [THERE]
    assert back.is_there


def test_attempts_come_more_and_more_rarely() -> None:
    back, pauses = sent(True, False), []
    for _ in range(7):
        back.failed(START, is_final=False)
        assert back.again_at is not None
        pauses.append((back.again_at - START).total_seconds())
    assert pauses == [10, 20, 40, 80, 160, 300, 300]


def test_what_is_lost_for_months_is_tried_as_often_as_ever() -> None:
    back = sent(True, False)
    for _ in range(1000):
        back.failed(START, is_final=False)
    assert back.again_at == START + timedelta(minutes=5)


def test_what_a_device_refuses_is_tried_most_rarely() -> None:
    back = sent(True, False)
    back.failed(START, is_final=True)
    assert back.again_at == START + timedelta(minutes=5)


def test_another_value_is_not_held_up_by_the_losses_of_the_last() -> None:
    back = sent(True, False)
    back.failed(START, is_final=False)
    back.sent(False, True, at(1))
    assert (back.losses, back.again_at) == (0, None)


def test_what_was_not_seen_since_it_was_away_is_no_hand() -> None:
    back = sent(True, False)
    assert look(back, (1, True)) == [THERE]
    back.doubt(at(50))
    assert look(back, (45, False), (60, False)) == [EARLY, LOST]
    back.doubt(at(70))
    assert look(back, (80, True), (90, False)) == [THERE, HAND]


def test_what_is_adopted_may_be_changed_at_once() -> None:
    back = sent(True, False)
    look(back, (1, True), (40, False))
    back.adopt(False)
    assert look(back, (41, False), (42, True)) == [THERE, HAND]


def test_where_nothing_was_sent_nothing_follows() -> None:
    assert look(ReadBack(settle=SETTLE), (40, True)) == [EARLY]


def test_what_cannot_be_read_is_there_when_it_was_taken() -> None:
    back = sent(True, None)
    back.taken(at(1), is_readable=True)
    assert (back.phase, back.settles_at) == (Phase.SENT, at(31))
    back.taken(at(1), is_readable=False)
    assert back.is_there
