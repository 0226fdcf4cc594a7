"""What waits for the control loop while the clock is set."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.model import Event, Point, Reading
from interlock.rules.state import Confirmation
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.inbox import Happened, Inbox, Item, Readings
from interlock.runtime.supervision import EngineFailed, Supervisor

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAMP, FAN = Point("lamp.power"), Point("fan.power")


def reading(point: Point, at: datetime, since: datetime | None = None) -> Reading:
    return Reading(point=point, value=True, observed_at=at, since=since)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_readings_that_wait_are_as_old_as_before_and_in_their_order(by: timedelta) -> None:
    taken: list[Item] = []
    waiting = Inbox(taken.append, Supervisor())
    event = Happened(Event(kind="telegram", name="1/2/3"))
    confirmed = Confirmed(Confirmation(NOON), NOON, count=2, doubtful=[reading(FAN, NOON)])
    items: list[Item] = [
        Readings([reading(LAMP, NOON), reading(FAN, NOON, NOON - HOUR)]),
        event,
        Readings([], confirmed),
    ]
    for item in items:
        waiting.put(item)
    waiting.shift(by)
    waiting.take_all()
    first, second, third = taken
    assert isinstance(first, Readings)
    assert first == Readings([reading(LAMP, NOON + by), reading(FAN, NOON + by, NOON - HOUR + by)])
    assert first.confirmed is NOTHING
    assert second is event
    moved = replace(confirmed, at=NOON + by, doubtful=[reading(FAN, NOON + by)])
    assert third == Readings([], moved)


def event(number: int) -> Happened:
    return Happened(Event(kind="telegram", name=f"1/2/{number}"))


async def test_whoever_waits_until_all_is_taken_in_is_answered() -> None:
    inbox = Inbox(lambda item: None, Supervisor())
    await inbox.emptied()
    inbox.put(event(1))
    waiting = asyncio.create_task(inbox.emptied())
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.take_all()
    await waiting


async def test_what_came_before_it_was_opened_waits_and_is_taken_first() -> None:
    taken: list[Item] = []
    inbox = Inbox(taken.append, Supervisor())
    inbox.put(event(1))
    await asyncio.sleep(0)
    assert (taken, len(inbox)) == ([], 1)
    inbox.open()
    inbox.put(event(2))
    assert taken == []
    await asyncio.sleep(0)
    assert (taken, len(inbox)) == ([event(1), event(2)], 0)
    inbox.put(event(3))
    await inbox.emptied()
    assert taken[2:] == [event(3)]


async def test_what_an_item_brings_is_taken_in_the_same_turn_after_the_others() -> None:
    taken: list[Item] = []

    def take(item: Item) -> None:
        taken.append(item)
        if item == event(1):
            inbox.put(event(3))

    inbox = Inbox(take, Supervisor())
    inbox.open()
    inbox.put(event(1))
    inbox.put(event(2))
    await asyncio.sleep(0)
    assert taken == [event(1), event(2), event(3)]


async def test_nothing_is_taken_in_after_the_end() -> None:
    taken: list[Item] = []
    inbox = Inbox(taken.append, Supervisor())
    inbox.open()
    inbox.put(event(1))
    inbox.close()
    inbox.put(event(2))
    await asyncio.sleep(0)
    assert taken == []


async def test_after_a_failure_nothing_more_is_taken_in() -> None:
    taken: list[Item] = []

    def take(item: Item) -> None:
        taken.append(item)
        raise SystemError("broken")

    supervisor = Supervisor()
    inbox = Inbox(take, supervisor)
    inbox.open()
    for number in (1, 2, 3):
        inbox.put(event(number))
        await asyncio.sleep(0)
    assert taken == [event(1)]
    with pytest.raises(EngineFailed, match="control loop: SystemError: broken"):
        supervisor.check()
