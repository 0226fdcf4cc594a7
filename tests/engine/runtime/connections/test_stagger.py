"""When in their intervals polls come."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config.site import Site
from interlock.model import Point
from interlock.runtime.connections.needs import Urgency
from interlock.runtime.connections.poll_plan import PollJob, plan_polls
from interlock.runtime.connections.stagger import Ticks, offset_of, until_place
from interlock.runtime.timetable import Timetable
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
TEN = timedelta(seconds=10)
LAMP = Point("lamp.power")


def job_of(site: Site, connection: str = "house", **changes: object) -> PollJob:
    [job] = plan_polls(site, [LAMP])
    return replace(job, connection=connection, **changes)  # type: ignore[arg-type]


def named(name: str, devices: tuple[str, ...] = ("lamp",)) -> Site:
    return replace(fake_site(FakeEquipment(), devices=dict.fromkeys(devices, "light")), name=name)


def test_a_job_keeps_its_place() -> None:
    site, again = named("Villa"), named("Villa")
    assert offset_of(site, job_of(site)) == offset_of(again, job_of(again))
    assert timedelta() <= offset_of(site, job_of(site)) < TEN


def test_another_site_has_another_place_also_where_only_the_devices_differ() -> None:
    one, other = named("Villa"), named("Casa")
    alike = named("Villa", ("another", "lamp"))
    places = {offset_of(site, job_of(site)) for site in (one, other, alike)}
    assert len(places) == 3


def test_the_connections_of_a_site_are_spread_over_the_interval() -> None:
    site = named("Villa")
    names = [f"c{number}" for number in range(8)]
    wide = replace(site, connections=dict.fromkeys(names, site.connections["house"]), devices={})
    places = sorted(offset_of(wide, job_of(site, name)) for name in names)
    gaps = [later - earlier for earlier, later in pairwise([*places, places[0] + TEN])]
    assert min(gaps) >= TEN / 16


def test_jobs_of_other_intervals_and_urgencies_have_other_places() -> None:
    site = named("Villa")
    jobs = [
        job_of(site),
        job_of(site, is_part=True, urgency=Urgency.TRIGGER),
        job_of(site, is_part=True, urgency=Urgency.WATCH),
        job_of(site, wanted=timedelta(seconds=20)),
    ]
    assert len({offset_of(site, job) for job in jobs}) == 4


def test_the_place_of_what_is_needed_together_does_not_hang_on_who_needs_it() -> None:
    site = named("Villa")
    assert offset_of(site, job_of(site, urgency=Urgency.TRIGGER)) == offset_of(site, job_of(site))


@given(
    now=st.integers(0, 20 * 365 * 86400).map(lambda s: START + timedelta(seconds=s)),
    interval=st.integers(1, 7200).map(lambda s: timedelta(seconds=s)),
    share=st.floats(0, 0.999),
)
def test_the_second_poll_comes_half_an_interval_to_one_and_a_half_after_the_first_at_its_place(
    now: datetime, interval: timedelta, share: float
) -> None:
    offset = interval * share
    wait = until_place(offset, interval, now)
    assert interval / 2 <= wait < interval * 1.5
    assert (now + wait - datetime(2000, 1, 1, tzinfo=UTC) - offset) % interval == timedelta()


def ticks(offset: timedelta | None, *, then: timedelta | None = None) -> list[float]:
    times: list[float] = []

    async def main() -> None:
        clock = VirtualClock(START, asyncio.get_running_loop())
        timetable = Timetable(clock)
        made = Ticks(timetable, clock, lambda now: times.append((now - START).total_seconds()), TEN, offset)
        running = asyncio.create_task(timetable.run())
        await asyncio.sleep(30)
        if then:
            made.change(then, offset)
            await asyncio.sleep(60)
        made.cancel()
        await asyncio.sleep(60)
        running.cancel()

    run_virtual(main())
    return times


def test_the_first_poll_comes_at_once_and_the_others_at_their_place() -> None:
    assert ticks(timedelta(seconds=7)) == [0, 7, 17, 27]
    assert ticks(timedelta(seconds=2)) == [0, 12, 22]


def test_without_a_place_polls_count_from_the_first() -> None:
    assert ticks(None) == [0, 10, 20]


@pytest.mark.parametrize("offset", [None, timedelta(seconds=7)])
def test_a_pace_that_changes_again_and_again_puts_no_poll_off(offset: timedelta | None) -> None:
    times: list[float] = []

    async def main() -> None:
        clock = VirtualClock(START, asyncio.get_running_loop())
        timetable = Timetable(clock)
        made = Ticks(timetable, clock, lambda now: times.append((now - START).total_seconds()), TEN, offset)
        running = asyncio.create_task(timetable.run())
        for number in range(300):
            await asyncio.sleep(4)
            made.change(TEN * (1 + number % 2), offset)
        running.cancel()

    run_virtual(main())
    assert max(later - earlier for earlier, later in pairwise([*times, 1200.0])) <= 30
    assert min(later - earlier for earlier, later in pairwise(times)) >= 5


def test_a_poll_that_a_quicker_pace_had_made_before_comes_at_once_and_the_next_at_its_place() -> None:
    times: list[float] = []

    async def main() -> None:
        clock = VirtualClock(START, asyncio.get_running_loop())
        timetable = Timetable(clock)
        slow, place = timedelta(minutes=10), timedelta(seconds=7)
        made = Ticks(timetable, clock, lambda now: times.append((now - START).total_seconds()), slow, place)
        running = asyncio.create_task(timetable.run())
        await asyncio.sleep(100)
        made.change(TEN, place)
        await asyncio.sleep(30)
        running.cancel()

    run_virtual(main())
    assert times == [0, 100, 107, 117, 127]


def test_another_pace_begins_at_its_place_and_not_at_once() -> None:
    assert ticks(timedelta(seconds=7), then=timedelta(seconds=20)) == [0, 7, 17, 27, 47, 67, 87]
