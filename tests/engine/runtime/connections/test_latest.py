"""What was last heard of each point."""

import asyncio
from datetime import UTC, datetime, timedelta

from interlock.model import Point, Reading
from interlock.runtime.connections.latest import Latest
from interlock.simulation.virtual_time import run_virtual
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LAMP, MODE = Point("lamp.power"), Point("living_ac.hvacmode")


def test_the_last_reading_of_a_point_counts_and_its_age_is_the_time_that_passed() -> None:
    async def main() -> None:
        clock = SettableClock(START)
        latest = Latest(clock)
        latest.hear([Reading(point=LAMP, value=True, observed_at=START)])
        await asyncio.sleep(5)
        last = Reading(point=LAMP, value=False, observed_at=START)
        latest.hear([last])
        clock.shift = timedelta(hours=1)
        await asyncio.sleep(7)
        assert (latest.reading(LAMP), latest.age(LAMP)) == (last, timedelta(seconds=7))

    run_virtual(main())


def test_a_point_that_was_never_heard_of_has_no_reading_and_no_age() -> None:
    async def main() -> None:
        latest = Latest(SettableClock(START))
        assert (latest.reading(MODE), latest.age(MODE)) == (None, timedelta())

    run_virtual(main())
