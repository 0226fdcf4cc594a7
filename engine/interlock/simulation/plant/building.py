"""A building: zones, the walls between them, and the weather, brought from instant to instant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from interlock.simulation.plant.air import moisture_kg_per_kg
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.figures import S_PER_H, Band, Figures
from interlock.simulation.plant.moment import Moment
from interlock.simulation.plant.outdoors import Outdoors, Weather, between
from interlock.simulation.plant.slot import Facing, Slot
from interlock.simulation.plant.sunshine import on_facings, sun_at
from interlock.simulation.plant.units import Unit
from interlock.simulation.plant.zone import Zone
from interlock.sun import Place

_LONGEST_SLOT_S = 900.0
_SHORTEST_SLOT_S = 1.0
_STABLE_SHARE = 0.25
"""Of the difference between two zones, what may flow within a slot; the flow is constant in it."""


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall, a ceiling or an open door between two zones."""

    first: str
    second: str
    w_per_k: float = 30.0
    """Heat for each kelvin between them: 15 m² of inner wall at 2 W/(m²·K); an open door is 100 and more."""


class Building:
    """Zones under one sky. It comes to an instant by `advance`; what is read is always of that instant.

    What a hand or a command changes (settings, levels, blinds, windows) acts from the instant the building
    is at: advance to the instant of a change before making it. Same seed, same course, whatever is read in
    between and however the way is cut into pieces.

    Args:
        zones: With unique names.
        weather: Of the place.
        place: Where the sun shines from.
        timezone: By whose clock its people live.
        start: An aware instant.
        walls: Between zones; those without one stand apart.
        seed: Of what people do.
        band: What counts as comfortable.

    Raises:
        ValueError: Names that are used twice or unknown; a unit that two thermostats drive.
        WeatherError: The weather does not know the start.
    """

    def __init__(
        self,
        zones: Iterable[Zone],
        *,
        weather: Weather,
        place: Place,
        timezone: tzinfo,
        start: datetime,
        walls: Iterable[Wall] = (),
        seed: int = 0,
        band: Band | None = None,
    ) -> None:
        self._zones = _by_name(zones)
        self._weather, self._place, self._timezone, self._start = weather, place, timezone, start
        self._walls = tuple(_resolved(walls, self._zones))
        _check_driven_once(self._zones.values())
        self._facings = frozenset(
            window.facing for zone in self._zones.values() for window in zone.room.windows
        )
        self._slot_s = self._stable_slot_s()
        self._offset = start.astimezone(timezone).utcoffset()
        self._moment = Moment()
        self._moment.now_s = self._moment.due_s = start.timestamp()
        self._slot_start_s = self._slot_end_s = start.timestamp()
        self._edges = (weather.at(start), weather.at(start))
        for zone in self._zones.values():
            zone.join(self._moment, band or Band(), seed)
        self.advance(start)

    @property
    def now(self) -> datetime:
        """The instant it is at, UTC."""
        return datetime.fromtimestamp(self._moment.now_s, UTC)

    @property
    def outdoors(self) -> Outdoors:
        """The weather now."""
        share = (self._moment.now_s - self._slot_start_s) / (self._slot_end_s - self._slot_start_s)
        return between(*self._edges, share)

    @property
    def zones(self) -> Mapping[str, Zone]:
        """Its zones by name."""
        return MappingProxyType(self._zones)

    @property
    def units(self) -> Mapping[str, Unit]:
        """The units of all zones by name."""
        return {unit.name: unit for zone in self._zones.values() for unit in zone.units}

    @property
    def blinds(self) -> Mapping[str, Blind]:
        """The blinds of all zones by name."""
        windows = [window for zone in self._zones.values() for window in zone.room.windows]
        return {window.blind.name: window.blind for window in windows if window.blind}

    @property
    def electric_w(self) -> float:
        """What the power meter of all units shows now."""
        return sum(unit.electric_w for unit in self.units.values())

    def advance(self, to: datetime) -> None:
        """Let time pass until an instant.

        Raises:
            ValueError: It is past that instant.
            WeatherError: The weather does not know what lies in between.
        """
        moment, end_s = self._moment, to.timestamp()
        if end_s < moment.now_s:
            raise ValueError(f"a building does not go back: it is at {self.now}, asked for {to}")
        while moment.due_s <= end_s:
            moment.now_s = moment.due_s
            moment.due_s = math.inf
            if moment.now_s >= self._slot_end_s:
                self._begin_slot()
            else:
                self._ask_who_is_due()
        moment.now_s = end_s

    def figures(self) -> Figures:
        """Return comfort and energy from the start until now."""
        return Figures(
            since=self._start.astimezone(UTC),
            until=self.now,
            zones=MappingProxyType({name: zone.figures() for name, zone in self._zones.items()}),
            units=MappingProxyType({name: unit.figures() for name, unit in self.units.items()}),
        )

    def _ask_who_is_due(self) -> None:
        now_s, next_s = self._moment.now_s, self._slot_end_s
        for zone in self._zones.values():
            if zone.due_s <= now_s:
                zone.settle()
                zone.ask()
            if zone.due_s < next_s:  # noqa: PLR1730 - a call for each zone would be felt
                next_s = zone.due_s
        self._moment.wake(next_s)

    def _begin_slot(self) -> None:
        slot = self._next_slot()
        self._slot_start_s, self._slot_end_s = slot.start_s, slot.end_s
        for zone in self._zones.values():
            zone.settle()
            zone.begin(slot)
        for wall in self._walls:
            wall.exchange()
        for zone in self._zones.values():
            zone.due_s = self._moment.now_s
        self._ask_who_is_due()

    def _next_slot(self) -> Slot:
        now_s = self._moment.now_s
        end_s = (now_s // self._slot_s + 1) * self._slot_s
        middle_s = (now_s + end_s) / 2
        self._edges = (self._edges[1], self._weather.at(datetime.fromtimestamp(end_s, UTC)))
        outdoors = between(*self._edges, 0.5)
        local = datetime.fromtimestamp(now_s, self._timezone)
        offset, self._offset = self._offset, local.utcoffset()
        return Slot(
            start_s=now_s,
            end_s=end_s,
            outdoors=outdoors,
            moisture=moisture_kg_per_kg(outdoors.temperature_c, outdoors.humidity_percent),
            is_clock_changed=offset != self._offset,
            sun_w_per_m2=self._sun_on_windows(outdoors, middle_s),
            day=local.toordinal(),
            hour=local.hour + local.minute / 60 + local.second / S_PER_H,
        )

    def _sun_on_windows(self, outdoors: Outdoors, instant_s: float) -> Mapping[Facing, float]:
        return on_facings(
            self._facings,
            sun_at(self._place, instant_s),
            direct_w_per_m2=outdoors.direct_w_per_m2,
            diffuse_w_per_m2=outdoors.diffuse_w_per_m2,
            global_w_per_m2=outdoors.global_w_per_m2,
        )

    def _stable_slot_s(self) -> float:
        """Return a slot so short that neighbours do not overshoot each other."""
        slot_s = _LONGEST_SLOT_S
        fastest_per_s = max(self._exchange_per_s().values(), default=0.0)
        while slot_s > _SHORTEST_SLOT_S and fastest_per_s * slot_s > _STABLE_SHARE:
            slot_s /= 2
        return slot_s

    def _exchange_per_s(self) -> Mapping[str, float]:
        shares = dict.fromkeys(self._zones, 0.0)
        for wall in self._walls:
            for zone in (wall.first, wall.second):
                shares[zone.name] += wall.w_per_k / zone.room.capacity_j_per_k
        return shares


@dataclass(frozen=True, slots=True)
class _BuiltWall:
    """A wall between zones that exist."""

    first: Zone
    second: Zone
    w_per_k: float

    def exchange(self) -> None:
        """Let heat flow by the difference at this instant, until the slot's end."""
        heat_w = self.w_per_k * (self.first.settled_c - self.second.settled_c)
        self.first.receive(-heat_w)
        self.second.receive(heat_w)


def _by_name(zones: Iterable[Zone]) -> dict[str, Zone]:
    found: dict[str, Zone] = {}
    units: set[str] = set()
    for zone in zones:
        if zone.name in found:
            raise ValueError(f"two zones are called {zone.name}")
        found[zone.name] = zone
        for unit in zone.units:
            if unit.name in units:
                raise ValueError(f"two units are called {unit.name}")
            units.add(unit.name)
    return found


def _check_driven_once(zones: Iterable[Zone]) -> None:
    """Refuse what two thermostats drive, which could go back and forth at one instant for ever."""
    driven: set[str] = set()
    for zone in zones:
        names = {unit.name for unit in zone.thermostat.driven} if zone.thermostat else set()
        for name in sorted(names & driven):
            raise ValueError(f"two thermostats drive {name}")
        driven |= names


def _resolved(walls: Iterable[Wall], zones: Mapping[str, Zone]) -> Iterable[_BuiltWall]:
    for wall in walls:
        for name in (wall.first, wall.second):
            if name not in zones:
                raise ValueError(f"a wall names {name}, which is no zone")
        yield _BuiltWall(zones[wall.first], zones[wall.second], wall.w_per_k)
