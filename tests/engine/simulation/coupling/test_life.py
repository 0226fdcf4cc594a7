"""Devices with a life of their own behind the twins of a site; the others hold what they are told."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock import (
    Answer,
    DriverError,
    InterlockError,
    NotSupported,
    Point,
    Simulator,
    Target,
    Value,
    Write,
)
from interlock.driver import ConnectionSettings
from interlock.service.loading import load
from interlock.simulation.coupling.life import enliven, installed_simulators
from interlock.simulation.equipment import Equipment
from interlock.simulation.twin import equipment_of
from interlock_thinknx.simulator import ThinknxSimulator
from support.planned_site import write_site

LAMP, HEIGHT = Point("door.power"), Point("living_blind.heightlevel")


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2026, 7, 14, 12, tzinfo=UTC)


class Older(ThinknxSimulator):
    """As simulators were before devices could act."""

    acts = Simulator.acts
    take = Simulator.take


class Toy(ThinknxSimulator):
    """Its blinds act, and remember by which clock."""

    made: "list[Toy]" = []  # noqa: RUF012 - of this class alone

    def __init__(self, settings: ConnectionSettings, targets: "list[Target]") -> None:
        super().__init__(settings, targets)
        self.made.append(self)

    async def take(self, write: Write) -> Answer | DriverError:
        """Do nothing but say so."""
        return Answer(exchange=f"toy {write.value}")


def house(folder: Path, *simulators: type[Simulator]) -> Equipment:
    site = load(write_site(folder), environ={}).site
    equipment = equipment_of(site)
    enliven(equipment, site, Noon(), simulators)  # type: ignore[arg-type]
    return equipment


def performed(equipment: Equipment, point: Point, value: Value) -> Answer | DriverError:
    return asyncio.run(equipment.perform(Write(target=equipment.target(point), value=value)))


def test_acting_devices_are_those_of_the_simulator_and_the_others_begin_as_there(tmp_path: Path) -> None:
    equipment = house(tmp_path, ThinknxSimulator)
    assert (equipment.is_alive(HEIGHT), equipment.is_alive(LAMP)) == (True, False)
    assert equipment.value(Point("living_thermostat.actualtemp")) == 21.5
    assert equipment.value(Point("bath_setpoint.value")) is None


def test_what_a_point_holds_already_stays(tmp_path: Path) -> None:
    site = load(write_site(tmp_path), environ={}).site
    equipment = equipment_of(site)
    equipment.set_value(Point("living_thermostat.actualtemp"), 19.0)
    enliven(equipment, site, Noon(), [ThinknxSimulator])  # type: ignore[arg-type]
    assert equipment.value(Point("living_thermostat.actualtemp")) == 19.0


def test_a_simulator_that_knows_nothing_of_this_leaves_plain_devices(tmp_path: Path) -> None:
    equipment = house(tmp_path, Older)
    assert not any(equipment.is_alive(point) for point in equipment.points())
    assert performed(equipment, HEIGHT, 70) == Answer(value=70)
    assert equipment.value(HEIGHT) == 70


def test_commands_go_to_the_device_that_acts_by_the_clock_of_the_simulation(tmp_path: Path) -> None:
    Toy.made.clear()
    equipment = house(tmp_path, Toy)
    seen: list[Value | None] = []
    equipment.watch(lambda write: seen.append(write.value))
    assert performed(equipment, HEIGHT, 70) == Answer(exchange="toy 70")
    assert performed(equipment, LAMP, True) == Answer(value=True)
    assert seen == [70, True]
    [toy] = Toy.made
    assert isinstance(toy.clock, Noon)
    assert toy.timezone.key == "Europe/Rome"


def test_a_hand_moves_the_device_itself(tmp_path: Path) -> None:
    equipment = house(tmp_path, ThinknxSimulator)
    seen: list[Point] = []
    equipment.attend(seen.append)
    equipment.set_value(HEIGHT, 30)
    assert (equipment.value(HEIGHT), equipment.answer(equipment.target(HEIGHT)), seen) == (30, 30, [HEIGHT])


async def test_a_simulator_says_that_its_devices_need_the_wire(tmp_path: Path) -> None:
    site = load(write_site(tmp_path), environ={}).site
    older = Older(site.connections["house"].settings, list(site.targets.values())[:1])
    assert not Older.acts(site.targets[HEIGHT])
    with pytest.raises(NotSupported, match="over the wire alone") as error:
        await older.take(Write(target=site.targets[HEIGHT], value=1))
    assert isinstance(error.value, InterlockError)


def test_the_bundled_simulators_are_found() -> None:
    assert {each.name for each in installed_simulators()} >= {"thinknx", "founten", "knx"}
