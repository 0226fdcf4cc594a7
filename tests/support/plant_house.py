"""A building of few parts under a sky that stays as it is, for tests of the plant."""

from datetime import UTC, datetime, timedelta

from interlock.simulation.plant.building import Building, Wall
from interlock.simulation.plant.outdoors import Outdoors, Weather
from interlock.simulation.plant.room import Room
from interlock.simulation.plant.units import Drive, Host, Unit
from interlock.simulation.plant.zone import Zone
from interlock.sun import Place

MILAN = Place(45.464, 9.190)
START = datetime(2026, 1, 12, tzinfo=UTC)
"""A Monday."""
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

BOX = Room(
    floor_m2=20.0,
    height_m=2.5,
    capacity_j_per_m2_k=180_000.0,
    loss_w_per_m2_k=5.0,
    air_changes_per_h=0.0,
    appliances_w=0.0,
    occupied_w=0.0,
    moisture_kg_per_h=0.0,
    windows=(),
)
"""3.6 MJ/K and 100 W/K: a time constant of ten hours. 50 m³ of air that nothing changes."""


class Sky:
    """Weather that stays as it is until a test says otherwise."""

    def __init__(self, outdoors: Outdoors) -> None:
        self.outdoors = outdoors

    def at(self, instant: datetime) -> Outdoors:
        return self.outdoors


def sky(temperature_c: float = 10.0, **quantities: float) -> Sky:
    return Sky(Outdoors(temperature_c=temperature_c, **quantities))


def house(
    *zones: Zone,
    weather: Weather | None = None,
    walls: tuple[Wall, ...] = (),
    start: datetime = START,
    seed: int = 0,
) -> Building:
    return Building(
        zones,
        weather=weather or sky(),
        place=MILAN,
        timezone=UTC,
        start=start,
        walls=walls,
        seed=seed,
    )


class FakeHost(Host):
    """A zone whose temperature a test sets, and that counts how often it was disturbed."""

    def __init__(self, temperature_c: float = 20.0) -> None:
        self._temperature_c = temperature_c
        self.instant_s = 0.0
        self.disturbances = 0

    @property
    def temperature_c(self) -> float:
        return self._temperature_c

    @temperature_c.setter
    def temperature_c(self, value: float) -> None:
        self._temperature_c = value

    @property
    def now_s(self) -> float:
        return self.instant_s

    @property
    def mean_c(self) -> float:
        return self._temperature_c

    def disturb(self) -> None:
        self.disturbances += 1


def driven(unit: Unit, zone_c: float = 20.0, outdoor_c: float = 10.0, seconds: float = 600.0) -> Drive:
    """Have a unit respond at an instant for so long."""
    return unit.drive(zone_c, outdoor_c, 0.0, seconds)
