"""Points are read once, each with its value or its error."""

import asyncio
from dataclasses import replace

import pytest

from interlock.errors import UnknownDevice, Unreachable
from interlock.model import Point
from interlock.service.by_hand.reading import read_points
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

TEMPERATURE = Point("living_thermostat.actualtemp")
LAMP = Point("lamp.power")


async def test_values_and_errors_come_in_the_order_asked_for() -> None:
    equipment = FakeEquipment(values={LAMP: True}, errors={TEMPERATURE: UnknownDevice("who?")})
    answers = await read_points(fake_site(equipment), [LAMP, TEMPERATURE])
    assert list(answers) == [LAMP, TEMPERATURE]
    assert answers[LAMP] is True
    assert isinstance(answers[TEMPERATURE], UnknownDevice)


async def test_one_connection_is_asked_once_and_closed() -> None:
    equipment = FakeEquipment(values={LAMP: True, TEMPERATURE: 21.5})
    await read_points(fake_site(equipment), [LAMP, TEMPERATURE])
    assert (equipment.reads, equipment.closed_times) == ([(LAMP, TEMPERATURE)], 1)


async def test_a_connection_that_fails_costs_only_its_own_points() -> None:
    away, here = FakeEquipment(errors={TEMPERATURE: Unreachable("away")}), FakeEquipment(values={LAMP: True})
    site, other = fake_site(away), fake_site(here)
    moved = replace(other.targets[LAMP].device, connection="garden")
    site = replace(
        site,
        connections={**site.connections, "garden": replace(other.connections["house"], name="garden")},
        targets={**site.targets, LAMP: replace(site.targets[LAMP], device=moved)},
    )
    answers = await read_points(site, [TEMPERATURE, LAMP])
    assert isinstance(answers[TEMPERATURE], Unreachable)
    assert answers[LAMP] is True


async def test_giving_up_closes_the_connection() -> None:
    equipment = FakeEquipment(hanging={LAMP})
    task = asyncio.create_task(read_points(fake_site(equipment), [LAMP]))
    while not equipment.reads:  # noqa: ASYNC110 - the equipment tells nobody
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert equipment.closed_times == 1
