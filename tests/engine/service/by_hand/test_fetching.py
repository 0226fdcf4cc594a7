"""What comes of several connections' past, some of which fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.config.site import Site
from interlock.driver import Recorded, Target
from interlock.errors import DriverError, NotSupported, Unreachable
from interlock.history.queries import JournalReader
from interlock.model import Point
from interlock.service.by_hand.fetching import Fetched, Fetching
from interlock.service.by_hand.surveying import HistoryStore
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

pytestmark = pytest.mark.slow

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
TEMPERATURE, POWER = Point("living_thermostat.actualtemp"), Point("living_ac.hvacpower")
TWIN = Point("twin_ac.hvacpower")


def forgetting(error: DriverError | None, count: int = 2) -> type[FakeDriver]:
    """Return a driver that tells so many values of each power, and then what is wrong."""

    class Forgets(FakeDriver):
        async def history(
            self, targets: Sequence[Target], start: datetime, end: datetime
        ) -> AsyncIterator[Recorded]:
            for target in targets:
                if target.capability.controller == "hvacpower":
                    for minute in range(count):
                        yield Recorded(point=target.point, value=True, at=start + timedelta(minutes=minute))
            if error:
                raise error

    return Forgets


def site_of(**drivers: type[FakeDriver]) -> Site:
    """Return a site whose first connection is as usual; the second has one device, twin_ac."""
    site = fake_site(FakeEquipment())
    [house] = site.connections.values()
    ac = site.targets[POWER]
    twin = replace(ac, point=TWIN, device=replace(ac.device, name="twin_ac", connection="other"))
    connections = {
        "house": replace(house, driver=drivers["house"]),
        "other": replace(house, name="other", driver=drivers["other"]),
    }
    return replace(site, connections=connections, targets={**site.targets, TWIN: twin})


async def fetch(folder: Path, site: Site, *wanted: Point) -> Fetching:
    fetching = Fetching(site=site, wanted=wanted, start=NOON, end=NOON + timedelta(hours=1))
    async with HistoryStore(folder / "journal.sqlite") as store:
        async for _ in fetching.run(store):
            pass
    return fetching


def told(fetching: Fetching) -> Mapping[str, tuple[Counter[Point], str]]:
    return {each.connection: (each.counts, str(each.error or "")) for each in fetching.results}


async def test_each_connections_values_are_counted_and_stored(tmp_path: Path) -> None:
    fetching = await fetch(tmp_path, site_of(house=forgetting(None), other=forgetting(None, 3)))
    assert told(fetching) == {"house": (Counter({POWER: 2}), ""), "other": (Counter({TWIN: 3}), "")}
    assert [each.total for each in fetching.results] == [2, 3]
    assert fetching.failures == []
    async with JournalReader(tmp_path / "journal.sqlite") as reader:
        assert len(await reader.recorded_of(TWIN, NOON, NOON + timedelta(hours=1))) == 3


async def test_a_connection_that_fails_keeps_no_other_from_telling(tmp_path: Path) -> None:
    site = site_of(house=forgetting(Unreachable("no route")), other=forgetting(None))
    fetching = await fetch(tmp_path, site)
    assert told(fetching) == {
        "house": (Counter({POWER: 2}), "connection house: no route"),
        "other": (Counter({TWIN: 2}), ""),
    }
    assert [type(error) for error in fetching.failures] == [Unreachable]


async def test_points_that_are_named_are_asked_alone_and_counted_where_nothing_came(tmp_path: Path) -> None:
    fetching = await fetch(tmp_path, site_of(house=forgetting(None), other=forgetting(None)), TEMPERATURE)
    assert told(fetching) == {"house": (Counter({TEMPERATURE: 0}), "")}


async def test_a_connection_without_history_is_no_failure_beside_one_with_it(tmp_path: Path) -> None:
    nothing = forgetting(NotSupported("it keeps none"), 0)
    site = site_of(house=nothing, other=forgetting(None))
    assert (await fetch(tmp_path, site)).failures == []
    named = await fetch(tmp_path, site, POWER, TWIN)
    assert [str(error) for error in named.failures] == ["connection house: it keeps none"]
    both = await fetch(tmp_path, site_of(house=nothing, other=nothing))
    assert [str(error) for error in both.failures] == [
        "connection house: it keeps none",
        "connection other: it keeps none",
    ]


async def test_what_came_so_far_is_told_with_each_value(tmp_path: Path) -> None:
    fetching = Fetching(
        site=site_of(house=forgetting(None), other=forgetting(None)),
        wanted=[POWER],
        start=NOON,
        end=NOON + timedelta(hours=1),
    )
    seen: list[tuple[str, int, Point]] = []

    def note(fetched: Fetched, recorded: Recorded) -> None:
        seen.append((fetched.connection, fetched.total, recorded.point))

    async with HistoryStore(tmp_path / "journal.sqlite") as store:
        async for fetched, recorded in fetching.run(store):
            note(fetched, recorded)
    assert seen == [("house", 1, POWER), ("house", 2, POWER)]
