"""The building behind a replay: its zones' temperatures follow what the replay commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from interlock.config.site import Site
from interlock.model import Point, Reading, Value
from interlock.simulation.coupling import HouseCoupling, Plan, ZonePlan
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.scales import scale_of
from interlock.simulation.house import House
from interlock.simulation.replay.recorded_equipment import RecordedEquipment


class Behind:
    """A building that lives from now on, beginning with the temperatures that were recorded.

    What else it would show stays as it was recorded; what it is driven by is what points hold.

    Args:
        plan: What it is.
        house: Whose points it is behind.
        equipment: What they hold.

    Raises:
        WeatherError: its weather does not know this instant.
    """

    def __init__(self, plan: Plan, house: House, equipment: RecordedEquipment) -> None:
        self.points = frozenset(temperatures_of(plan))
        """The points that show what it makes of everything."""
        self._house = house
        self._equipment = equipment
        self._lives = False
        self._coupling = HouseCoupling(
            _as_it_was(plan, house.site, equipment), house.site, self, house.clock.now
        )
        self._lives = True
        self._coupling.live(house)

    def value(self, point: Point) -> Value | None:
        """Return what a point holds now."""
        return self._equipment.value(point)

    def set_value(self, point: Point, value: Value) -> None:
        """Let a point show what the building makes of it, where that counts."""
        if self._lives and point in self.points:
            self._equipment.show([Reading(point=point, value=value, observed_at=self._house.clock.now())])

    def close(self) -> None:
        """Let everything stay as it is.

        Raises:
            WeatherError: it stood still, because its weather did not know an instant.
        """
        self._coupling.close()
        self._coupling.figures()


def temperatures_of(plan: Plan) -> Sequence[Point]:
    """Return the points that show the temperatures of zones, by their names."""
    return sorted({point for zone in plan.zones for point in _temperatures(zone)})


def _temperatures(zone: ZonePlan) -> Iterator[Point]:
    yield from (tie.point for tie in zone.sensors if tie.role is Role.TEMPERATURE)


def _as_it_was(plan: Plan, site: Site, equipment: RecordedEquipment) -> Plan:
    """Return a building that begins with what its sensors show."""
    return replace(plan, zones=tuple(_zone_as_it_was(zone, site, equipment) for zone in plan.zones))


def _zone_as_it_was(zone: ZonePlan, site: Site, equipment: RecordedEquipment) -> ZonePlan:
    for point in _temperatures(zone):
        shown = equipment.value(point)
        if isinstance(shown, int | float):
            starts_c = scale_of(site.targets[point].capability).from_point(shown)
            return replace(zone, fabric=replace(zone.fabric, starts_c=starts_c))
    return zone
