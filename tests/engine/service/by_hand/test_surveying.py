"""Asking a connection what is on it and what its devices remember, through the wall around its driver."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.config.site import Site
from interlock.driver import Found, Recorded, Target
from interlock.errors import NotSupported, ProtocolFault
from interlock.history.queries import JournalReader
from interlock.model import Point
from interlock.service.by_hand.surveying import HistoryStore, discover, fetch_history, points_with_history
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

TEMPERATURE = Point("living_thermostat.actualtemp")
NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
LAMP = Found(name="Hall lamp", type="light", settings={"address": "7"}, description="in the hall")
LONG = timedelta(minutes=5)


class Surveyed(FakeDriver):
    """Finds and remembers what a test gives it."""

    things: Sequence[object] = ()
    error: Exception | None = None
    is_patient = False
    is_closed = False

    async def discover(self) -> AsyncIterator[Found]:
        try:
            for thing in self.things:
                yield thing  # type: ignore[misc]
            if self.error:
                raise self.error
            if self.is_patient:
                await asyncio.Event().wait()
        finally:
            type(self).is_closed = True

    async def history(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        for thing in self.things:
            yield thing  # type: ignore[misc]


def site_of(**members: object) -> Site:
    driver = type("Driver", (Surveyed,), members)
    return fake_site(FakeEquipment(), driver=driver)


async def everything(site: Site, duration: timedelta = LONG) -> list[Found]:
    return [found async for found in discover(site, "house", duration)]


async def test_what_a_driver_finds_is_told() -> None:
    assert await everything(site_of(things=[LAMP, LAMP])) == [LAMP, LAMP]


async def test_who_only_listens_is_listened_to_for_a_time() -> None:
    site = site_of(things=[LAMP], is_patient=True)
    assert await everything(site, timedelta(milliseconds=50)) == [LAMP]
    assert site.connections["house"].driver.is_closed  # type: ignore[attr-defined]


async def test_a_driver_that_finds_nothing_says_why() -> None:
    with pytest.raises(NotSupported, match=r"^connection house: fake cannot list its devices$"):
        await everything(fake_site(FakeEquipment()))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"things": [3]}, "the driver found int, which is no device"),
        ({"error": ZeroDivisionError("oh")}, "the driver failed: ZeroDivisionError: oh"),
    ],
)
async def test_a_driver_that_goes_wrong_is_named(members: dict[str, object], message: str) -> None:
    with pytest.raises(ProtocolFault, match=f"^connection house: {message}$"):
        await everything(site_of(**members))


async def past(site: Site) -> list[Recorded]:
    fetched = fetch_history(site, "house", [TEMPERATURE], NOON, NOON + timedelta(hours=1))
    return [recorded async for recorded in fetched]


def remembered(minute: float, value: object = 21.0, point: Point = TEMPERATURE) -> Recorded:
    return Recorded(point=point, value=value, at=NOON + timedelta(minutes=minute))  # type: ignore[arg-type]


async def test_what_a_device_remembers_is_told_within_the_time_asked_for() -> None:
    site = site_of(things=[remembered(-1), remembered(0), remembered(59), remembered(60)])
    assert await past(site) == [remembered(0), remembered(59)]


@pytest.mark.parametrize(
    "nonsense",
    [
        remembered(1, "warm"),
        remembered(1, point=Point("lamp.power")),
        Recorded(point=TEMPERATURE, value=21.0, at=datetime(2026, 7, 14, 12)),  # noqa: DTZ001
        3,
    ],
)
async def test_a_memory_that_makes_no_sense_is_refused(nonsense: object) -> None:
    with pytest.raises(ProtocolFault, match=r"^connection house: the driver remembers nonsense: "):
        await past(site_of(things=[nonsense]))


async def test_no_history_is_no_silence() -> None:
    with pytest.raises(NotSupported, match=r"^connection house: fake keeps no history$"):
        await past(fake_site(FakeEquipment()))


def test_what_can_be_read_may_have_a_history() -> None:
    points = [target.point for target in points_with_history(fake_site(FakeEquipment()), "house")]
    assert TEMPERATURE in points
    assert "doorbell.trigger" not in points


@pytest.mark.slow
async def test_what_is_fetched_twice_is_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    for value in (20.0, 21.0):
        async with HistoryStore(path) as store:
            for minute in range(3):
                await store.put(remembered(minute, value))
    async with JournalReader(path) as reader:
        stored = await reader.recorded_of(TEMPERATURE, NOON, NOON + timedelta(minutes=2))
    assert stored == (remembered(0), remembered(1))


@pytest.mark.slow
async def test_what_was_fetched_before_a_failure_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with pytest.raises(ZeroDivisionError):
        async with HistoryStore(path) as store:
            await store.put(remembered(0))
            raise ZeroDivisionError
    async with JournalReader(path) as reader:
        assert await reader.recorded_of(TEMPERATURE, NOON, NOON + LONG) == (remembered(0),)
