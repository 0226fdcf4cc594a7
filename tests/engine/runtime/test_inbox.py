"""What waits for the control loop while the clock is set."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from interlock.model import Event, Point, Reading
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.inbox import Happened, Item, Readings, shift

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAMP, FAN = Point("lamp.power"), Point("fan.power")


def reading(point: Point, at: datetime, since: datetime | None = None) -> Reading:
    return Reading(point=point, value=True, observed_at=at, since=since)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_readings_that_wait_are_as_old_as_before_and_in_their_order(by: timedelta) -> None:
    waiting: asyncio.Queue[Item] = asyncio.Queue()
    event = Happened(Event(kind="telegram", name="1/2/3"))
    known = {FAN: reading(FAN, NOON - HOUR)}
    items: list[Item] = [
        Readings([reading(LAMP, NOON), reading(FAN, NOON, NOON - HOUR)]),
        event,
        Readings([], Confirmed(known, NOON, [reading(FAN, NOON)])),
    ]
    for item in items:
        waiting.put_nowait(item)
    shift(waiting, by)
    first, second, third = [waiting.get_nowait() for _ in items]
    assert first == Readings([reading(LAMP, NOON + by), reading(FAN, NOON + by, NOON - HOUR + by)])
    assert first.confirmed is NOTHING
    assert second is event
    assert third == Readings([], Confirmed(known, NOON + by, [reading(FAN, NOON + by)]))


async def test_whoever_waits_until_all_is_taken_in_is_answered() -> None:
    waiting: asyncio.Queue[Item] = asyncio.Queue()
    waiting.put_nowait(Readings([reading(LAMP, NOON)]))
    shift(waiting, HOUR)
    waiting.get_nowait()
    waiting.task_done()
    async with asyncio.timeout(1):
        await waiting.join()
