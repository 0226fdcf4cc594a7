"""A zone: a room at work, with its people, windows and units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from interlock.simulation.plant.air import HEAT_J_PER_M3_K, humidity_percent, moisture_kg_per_kg
from interlock.simulation.plant.balance import NEVER, Course, course
from interlock.simulation.plant.figures import S_PER_H, Band, ZoneFigures
from interlock.simulation.plant.moment import Moment
from interlock.simulation.plant.occupants import (
    CO2_M3_PER_S,
    HEAT_W,
    MOISTURE_KG_PER_S,
    Occupants,
    Presence,
    WindowHabit,
)
from interlock.simulation.plant.outdoors import LUMEN_PER_W
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.room_air import RoomAir
from interlock.simulation.plant.slot import Slot
from interlock.simulation.plant.tally import Tally
from interlock.simulation.plant.thermostat import Thermostat
from interlock.simulation.plant.units import Host, Lamp, Unit

_REFLECTED_SHARE = 0.5
"""Mean reflectance of a room's surfaces. Source: average daylight factor, BRE Digest 310."""
_UTILISED_SHARE = 0.6
"""Of a lamp's light, what falls on the floor. Source: lumen method, a light room with direct lamps."""
_VALVE_S = 300.0
"""How often a modulating thermostat moves its valves; longer, light rooms would swing."""
_SHORTEST_S = 1.0
"""Two looks at a controller are never closer, so that no rounding makes it chatter at a threshold."""


@dataclass(slots=True)
class Ledger:
    """Where a zone's heat came from and went to, in joules; the difference is stored in it."""

    gains_j: float = 0.0
    """Sun, people and appliances."""
    units_j: float = 0.0
    neighbours_j: float = 0.0
    """What came in from other zones; negative where it went there."""
    lost_j: float = 0.0
    """To outdoors, through walls, windows and with the air; negative where it came in."""


class Zone(Host):
    """One temperature, one heat capacity; and the moisture and carbon dioxide of its air.

    Args:
        name: Unique in the building.
        room: What it is made of.
        units: What heats, cools, airs and lights it.
        thermostat: What drives some of the units by itself.
        occupants: Its people; nobody where nothing is said.
        habit: When they open the window; by hand only where nothing is said.
        temperature_c: To begin with.
        humidity_percent: To begin with.
    """

    def __init__(
        self,
        name: str,
        room: Room | None = None,
        *,
        units: Sequence[Unit] = (),
        thermostat: Thermostat | None = None,
        occupants: Occupants | None = None,
        habit: WindowHabit | None = None,
        temperature_c: float = 20.0,
        humidity_percent: float = 50.0,
    ) -> None:
        self.name = name
        self.room = room or Room()
        self.units = tuple(units)
        self.thermostat = thermostat
        self.ledger = Ledger()
        self.due_s = NEVER
        """When it wants to be asked to settle and ask."""
        self.settled_c = temperature_c
        """Its temperature when it last settled."""
        self._occupants, self._habit = occupants, habit
        self._presence: Presence | None = None
        self._moment = Moment()
        self._slot: Slot | None = None
        self._course, self._since_s = Course(temperature_c, 0.0, 0.0), 0.0
        moisture = moisture_kg_per_kg(temperature_c, humidity_percent)
        self._air = RoomAir(volume_m3=self.room.volume_m3, moisture=moisture)
        self._tally = Tally(band=Band(), lowest_c=temperature_c, highest_c=temperature_c)
        self._people, self._people_until_s = 0, (-NEVER if occupants else NEVER)
        self._is_open = self._wants_open = False
        self._prepare()
        for unit in self.units:
            unit.stand_in(self)
        if thermostat:
            thermostat.hang_in(self)

    def _prepare(self) -> None:
        """Set what is worked out once, and what the first look replaces."""
        self._capacity_j_per_k = self.room.capacity_j_per_k
        modulates = self.thermostat is not None and self.thermostat.is_modulating
        self._longest_s = _VALVE_S if modulates else NEVER
        self._blinds = tuple(window.blind for window in self.room.windows if window.blind)
        self._apertures = tuple((window.facing, window.sun_m2, window.blind) for window in self.room.windows)
        self._varying: list[Unit] = []
        self._is_disturbed = True
        self._low_c, self._high_c = -NEVER, NEVER
        self._steady_w = self._unit_w = self._unit_w_per_k = 0.0
        self._inner_w = self._gains_w = self._neighbours_w = self._loss_w_per_k = self._outdoor_c = 0.0

    @property
    def temperature_c(self) -> float:
        """Its temperature now."""
        return self._course.at(self._moment.now_s - self._since_s)

    @property
    def humidity_percent(self) -> float:
        """Its relative humidity now."""
        return humidity_percent(self.temperature_c, self._air.after(self._elapsed_s)[0])

    @property
    def co2_ppm(self) -> float:
        """The carbon dioxide in its air now."""
        return self._air.after(self._elapsed_s)[1] * 1e6

    @property
    def people(self) -> int:
        """How many people are in it."""
        return self._people

    @property
    def is_occupied(self) -> bool:
        """What an ideal presence sensor shows."""
        return self._people > 0

    @property
    def solar_w(self) -> float:
        """What the sun brings in through the windows."""
        return self._sun_w(self._slot) if self._slot else 0.0

    @property
    def illuminance_lx(self) -> float:
        """What a light sensor in it shows: daylight through the windows, and lamps."""
        daylight_lm = sum(self._light_lm(window) for window in self.room.windows)
        lamps_lm = sum(unit.light_lm for unit in self.units if isinstance(unit, Lamp))
        return (
            daylight_lm / (self.room.surface_m2 * (1 - _REFLECTED_SHARE**2))
            + lamps_lm * _UTILISED_SHARE / self.room.floor_m2
        )

    @property
    def is_window_open(self) -> bool:
        """What its window contact shows; setting it is a hand on the window."""
        return self._is_open

    @is_window_open.setter
    def is_window_open(self, is_open: bool) -> None:
        if is_open != self._is_open:
            self.settle()
            self.disturb()
            self._is_open = is_open

    def figures(self) -> ZoneFigures:
        """Return how it fared from the start until now."""
        tally = replace(self._tally)
        end_c, mean_c = self._course.over(self._elapsed_s)
        is_occupied = self._people > 0
        tally.count(self._elapsed_s, mean_c, end_c, is_occupied=is_occupied, is_open=self._is_open)
        return tally.figures(end_c)

    @property
    def now_s(self) -> float:
        """The instant it is at, in seconds since 1970."""
        return self._moment.now_s

    @property
    def mean_c(self) -> float:
        """Its mean temperature since it last asked a unit."""
        return self._course.over(self._elapsed_s)[1]

    def disturb(self) -> None:
        """Have it ask everything again at this instant."""
        self._is_disturbed = True
        self.due_s = self._moment.now_s
        self._moment.wake(self.due_s)

    def join(self, moment: Moment, band: Band, seed: int) -> None:
        """Put it into a building, once, at the building's start."""
        self._moment, self._tally.band = moment, band
        if self._occupants:
            self._presence = Presence(self._occupants, f"{seed} {self.name}")
        self._since_s = moment.now_s
        for window in self.room.windows:
            if window.blind:
                window.blind.hang_before(self, moment)

    def settle(self) -> None:
        """Make what happened since it last asked part of its state."""
        now_s = self._moment.now_s
        seconds = now_s - self._since_s
        if not seconds:
            return
        end_c, mean_c = self._course.over(seconds)
        self._tally.count(seconds, mean_c, end_c, is_occupied=self._people > 0, is_open=self._is_open)
        self._enter(seconds, mean_c)
        for unit in self._varying:
            unit.settle(now_s, mean_c)
        self._air.settle(seconds)
        self.settled_c = end_c
        self._course = Course(end_c, 0.0, 0.0)
        self._since_s = now_s

    def begin(self, slot: Slot) -> None:
        """Take in the weather and the hour of a slot; people come and go, and open windows."""
        self._slot = slot
        self._neighbours_w = 0.0
        self._air.outdoor_moisture = slot.moisture
        if slot.start_s >= self._people_until_s or slot.is_clock_changed:
            self._meet_people(slot)
        if self._habit and (self._people or self._wants_open):
            self._use_window(self._habit, slot)

    def receive(self, heat_w: float) -> None:
        """Take in heat from a neighbour until the slot's end."""
        self._neighbours_w += heat_w

    def ask(self) -> None:
        """Ask who may have changed what he does, and plan until when that holds."""
        slot, zone_c = self._slot, self.settled_c
        if slot is None:
            return
        self._outdoor_c = outdoor_c = slot.outdoors.temperature_c
        if self._since_s >= self._people_until_s:
            self._meet_people(slot)
        if self._is_disturbed or not self._low_c < zone_c < self._high_c:
            self._review(slot)
        heat_w, w_per_k, dried_m3_per_s = self._steady_w, 0.0, 0.0
        low_c, high_c = self._low_c, self._high_c
        for unit in self._varying:
            drive = unit.drive(zone_c, outdoor_c, self._since_s, slot.end_s)
            heat_w += drive.heat_w + drive.w_per_k * drive.towards_c
            w_per_k += drive.w_per_k
            dried_m3_per_s += unit.drying_m3_per_s
            low_c, high_c = max(low_c, drive.low_c), min(high_c, drive.high_c)
        self._unit_w, self._unit_w_per_k, self._air.dried_m3_per_s = heat_w, w_per_k, dried_m3_per_s
        self._gains_w = self._inner_w + self._sun_w(slot)
        loss_w_per_k = self._loss_w_per_k
        gain_w = self._gains_w + self._neighbours_w + heat_w + loss_w_per_k * outdoor_c
        self._course = course(zone_c, gain_w, loss_w_per_k + w_per_k, self._capacity_j_per_k)
        end_s = min(slot.end_s, self._people_until_s, self._since_s + self._longest_s)
        self.due_s = self._leaves_s(low_c, high_c, end_s)
        for blind in self._blinds:
            if self._since_s < blind.arrival_s < self.due_s:
                self.due_s = blind.arrival_s

    def _review(self, slot: Slot) -> None:
        """Ask the thermostat and all units; note who need not be asked again until the zone is disturbed."""
        self._low_c, self._high_c = self._asked_thermostat()
        self._steady_w, self._varying = 0.0, []
        for unit in self.units:
            unit.settle(self._since_s, self.settled_c)
            drive = unit.drive(self.settled_c, self._outdoor_c, self._since_s, slot.end_s)
            if drive.holds:
                self._steady_w += drive.heat_w
                self._low_c, self._high_c = max(self._low_c, drive.low_c), min(self._high_c, drive.high_c)
            else:
                self._varying.append(unit)
        self._set_flows()
        self._inner_w = self.room.appliances_w
        if self._people:
            self._inner_w += self.room.occupied_w + self._people * HEAT_W
        self._is_disturbed = self._longest_s < NEVER

    def _asked_thermostat(self) -> tuple[float, float]:
        return self.thermostat.decide(self.settled_c) if self.thermostat else (-NEVER, NEVER)

    def _set_flows(self) -> None:
        """Set the flows and sources of its air, and the heat that goes out with the air."""
        changes_per_h = self.room.air_changes_per_h + self._is_open * self.room.open_air_changes_per_h
        leaked_m3_per_s = changes_per_h / S_PER_H * self.room.volume_m3
        fans_m3_per_s = sum(unit.air_m3_per_s for unit in self.units)
        given_back_m3_per_s = sum(unit.air_m3_per_s * unit.recovery_share for unit in self.units)
        air = self._air
        air.changed_m3_per_s = leaked_m3_per_s + fans_m3_per_s
        air.moisture_kg_per_s = self.room.moisture_kg_per_h / S_PER_H + self._people * MOISTURE_KG_PER_S
        air.co2_m3_per_s = self._people * CO2_M3_PER_S
        lost_m3_per_s = leaked_m3_per_s + fans_m3_per_s - given_back_m3_per_s
        self._loss_w_per_k = self.room.loss_w_per_k + lost_m3_per_s * HEAT_J_PER_M3_K

    def _sun_w(self, slot: Slot) -> float:
        on_facings = slot.sun_w_per_m2
        if not on_facings:
            return 0.0
        sun_w = 0.0
        for facing, sun_m2, blind in self._apertures:
            sun_w += on_facings[facing] * sun_m2 * (blind.passing_share if blind else 1.0)
        return sun_w

    def _leaves_s(self, low_c: float, high_c: float, end_s: float) -> float:
        """Return when it leaves a range of temperatures, in whole seconds; at most the end."""
        start_c, slope, _ = self._course
        threshold_c = high_c if slope > 0 else low_c
        if abs(threshold_c - start_c) > abs(slope) * (end_s - self._since_s):
            return end_s  # A course only slows down: it does not even get there straight.
        wait_s = self._course.reaches(threshold_c)
        return min(math.ceil(self._since_s + max(wait_s, _SHORTEST_S)), end_s) if wait_s < NEVER else end_s

    def _meet_people(self, slot: Slot) -> None:
        """Look who is there, and until when; they come and go in the middle of a slot too."""
        if not self._presence:
            return
        day, hour = slot.local_at(self._moment.now_s)
        people = self._presence.count(day, hour)
        self._people_until_s = math.ceil(self._moment.now_s + (self._presence.until_h - hour) * S_PER_H)
        if people != self._people:
            self._people, self._is_disturbed = people, True

    def _use_window(self, habit: WindowHabit, slot: Slot) -> None:
        """Open or shut the window where its people change their mind; a hand's doing lasts until they do."""
        wants_open = habit.wants_open(
            people=self._people,
            hour=slot.hour,
            zone_c=self.settled_c,
            outdoor_c=slot.outdoors.temperature_c,
            is_open=self._wants_open,
        )
        if wants_open != self._wants_open:
            self._wants_open = self._is_open = wants_open
            self._is_disturbed = True

    def _light_lm(self, window: Window) -> float:
        """Return the light that a window lets in, in lumen."""
        if self._slot is None:
            return 0.0
        irradiance = self._slot.sun_w_per_m2.get(window.facing, 0.0)
        return irradiance * LUMEN_PER_W * window.light_m2 * window.passing_share

    @property
    def _elapsed_s(self) -> float:
        return self._moment.now_s - self._since_s

    def _enter(self, seconds: float, mean_c: float) -> None:
        ledger = self.ledger
        ledger.gains_j += self._gains_w * seconds
        ledger.neighbours_j += self._neighbours_w * seconds
        ledger.units_j += (self._unit_w - self._unit_w_per_k * mean_c) * seconds
        ledger.lost_j += self._loss_w_per_k * (mean_c - self._outdoor_c) * seconds
