"""The contract's clauses about discovery and history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from interlock.driver import Driver, Found, Recorded, Target
from interlock.errors import NotSupported
from interlock.testing.basis import Basis, need, readable
from interlock.testing.loops import PATIENCE_S, in_a_loop
from interlock.testing.samples import is_declared

_ENOUGH_S = 2.0
"""How long a driver that listens for devices, and never ends, is heard."""


class FindingContract(Basis):
    """Devices that are found can be declared; what devices remember is whole and in order."""

    @in_a_loop
    async def test_found_devices_can_stand_in_a_site_file(self) -> None:
        """Their types exist, and their settings are such as the types take."""
        async with self.at_ease() as (_, driver):
            types = {kind.name: kind for kind in self.driver.device_types}
            found = await _found(driver)
            assert found, "the driver can discover, and found none of the peer's devices"
            for each in found:
                assert each.name
                types[each.type].settings.model_validate(dict(each.settings))

    @in_a_loop
    async def test_no_device_is_found_twice(self) -> None:
        """One device, one finding."""
        async with self.at_ease() as (_, driver):
            found = [(each.type, sorted(each.settings.items(), key=str)) for each in await _found(driver)]
            assert [each for each in found if found.count(each) > 1] == []

    @in_a_loop
    async def test_the_search_may_be_left_at_any_time(self) -> None:
        """Nothing is left behind by a caller who has seen enough."""
        async with (
            self.connected() as (_, driver),
            aclosing(_search(driver)) as search,
            asyncio.timeout(PATIENCE_S),
        ):
            await anext(search, None)

    @in_a_loop
    async def test_the_past_is_whole_and_in_order(self) -> None:
        """Aware instants in the span that was asked for, oldest first for each point, none twice."""
        async with self.at_ease() as (rig, driver):
            start, end = need(rig.past, "past")
            asked = readable(rig)
            records = await _records(driver, asked, start, end)
            assert records, "the peer remembers nothing between the instants of the rig's 'past'"
            rows = {target.point: target.capability for target in asked}
            for each in records:
                assert is_declared(rows[each.point], each.value), each
            for point in rows:
                _expect_order([each.at for each in records if each.point == point], start, end)

    @in_a_loop
    async def test_an_empty_span_has_no_past(self) -> None:
        """From an instant until before the same one there is nothing."""
        async with self.at_ease() as (rig, driver):
            start, _ = need(rig.past, "past")
            assert await _records(driver, readable(rig), start, start) == []


async def _search(driver: Driver) -> AsyncGenerator[Found, None]:
    """Search for devices; skip the test where the protocol lists none."""
    try:
        async for found in driver.discover():
            yield found
    except NotSupported as error:
        assert error.message, "say where the devices' addresses stand"
        pytest.skip(f"the driver cannot list its devices: {error.message}")


async def _found(driver: Driver) -> Sequence[Found]:
    """Return what is found until there is no more, or a listener was heard long enough."""
    found: list[Found] = []
    with suppress(TimeoutError):
        async with aclosing(_search(driver)) as search, asyncio.timeout(_ENOUGH_S):
            async for each in search:
                found.append(each)
    return found


async def _records(
    driver: Driver, targets: Sequence[Target], start: datetime, end: datetime
) -> Sequence[Recorded]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return [each async for each in driver.history(targets, start, end)]
    except NotSupported as error:
        pytest.skip(f"the driver keeps no history: {error.message}")


def _expect_order(instants: Sequence[datetime], start: datetime, end: datetime) -> None:
    assert all(instant.tzinfo is not None for instant in instants), "instants are aware"
    # In UTC: two instants of one zone compare by wall time, which is wrong in the repeated hour of autumn.
    in_utc = [instant.astimezone(UTC) for instant in instants]
    assert all(start <= instant < end for instant in in_utc)
    assert all(earlier < later for earlier, later in pairwise(in_utc)), "oldest first, none twice"
