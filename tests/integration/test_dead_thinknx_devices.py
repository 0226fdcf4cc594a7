"""Many dead devices beside a living one on a Thinknx server, through the real driver and engine."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model import Quality
from support.faulty_town import Town, Vendor, faulty_town
from support.thinknx_vendors import VENDORS

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

DEAD = tuple(f"dead{number}" for number in range(12))


def with_dead_devices(settings: str = "") -> Vendor:
    """Return a vendor whose house has lights besides; they stand before the living device."""
    vendor = VENDORS["thinknx-local"]
    lights = [f"  {name}: {{connection: house, type: light, guid: {name}{settings}}}\n" for name in DEAD]
    return replace(vendor, devices="".join(lights) + vendor.devices, others=DEAD)


def kill(town: Town) -> None:
    for name in DEAD:
        town.house.add_fault(f"hang@{name}")


def asked(town: Town) -> int:
    return sum("guid=LIVING" in request.target for request in town.house.requests)


@pytest.mark.parametrize("settings", ["", ", poll: 300ms"])
async def test_the_living_device_is_read_as_often_as_before(
    settings: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with faulty_town(with_dead_devices(settings), tmp_path) as town:
        await town.settled()
        kill(town)
        # They are found out about first: each takes its time once, in turns and briefly.
        # Twelve, two at a time, half a second each: three seconds, and as much again for a busy machine.
        await town.while_the_neighbour_is_polled(60)
        before = asked(town)
        await town.while_the_neighbour_is_polled(20)
        assert asked(town) - before >= 10
        assert town.quality is Quality.GOOD
    assert not any("left" in record.getMessage() for record in caplog.records)
    assert not [
        r for r in caplog.records if r.levelno >= logging.WARNING and "asking again in" in r.getMessage()
    ]


async def test_the_dead_are_read_again_once_they_live(tmp_path: Path) -> None:
    async with faulty_town(with_dead_devices(), tmp_path) as town:
        await town.settled()
        kill(town)
        await town.while_the_neighbour_is_polled(15)
        await town.healed()
        points = [point for point in town.engine.site.targets if point.device in DEAD]
        await town.until(lambda: all(point in town.engine.state.values for point in points))
