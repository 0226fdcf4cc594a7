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
        self._occupants, self._habit = occupants, habit
        self._seed, self._band, self._moment = name, Band(), Moment()
        self._course, self._since_s = Course(temperature_c, 0.0, 0.0), 0.0
        moisture = moisture_kg_per_kg(temperature_c, humidity_percent)
        self._air = RoomAir(volume_m3=self.room.volume_m3, moisture=moisture)
        self._tally = Tally(lowest_c=temperature_c, highest_c=temperature_c)
        self._slot: Slot | None = None
        self._people, self._is_open, self._wants_open = 0, False, False
        self._gains_w = self._neighbours_w = self._loss_w_per_k = self._outdoor_c = 0.0
        for unit in self.units:
            unit.stand_in(self)
        if thermostat:
            thermostat.hang_in(self)

    # What is read.

    @property
    def temperature_c(self) -> float:
        """Its temperature now."""
        return self._course.at(self._moment.now_s - self._since_s)

    @property
    def humidity_percent(self) -> float:
        """Its relative humidity now."""
        return humidity_percent(self.temperature_c, self._air.moisture_after(self.elapsed_s))

    @property
    def co2_ppm(self) -> float:
        """The carbon dioxide in its air now."""
        return self._air.co2_after(self.elapsed_s) * 1e6

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
        return sum([self._sun_w_per_m2(window) * window.sun_m2 for window in self.room.windows])

    @property
    def illuminance_lx(self) -> float:
        """What a light sensor in it shows: daylight through the windows, and lamps."""
        windows = self.room.windows
        daylight_lm = LUMEN_PER_W * sum(self._sun_w_per_m2(each) * each.light_m2 for each in windows)
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
            self.disturb()
            self.settle()
            self._is_open = is_open

    def figures(self) -> ZoneFigures:
        """Return how it fared from the start until now."""
        tally = replace(self._tally)
        self._count_into(tally, self.elapsed_s)
        return tally.figures(self.temperature_c)

    # What its units and blinds ask.

    @property
    def elapsed_s(self) -> float:
        """The seconds since it asked its units."""
        return self._moment.now_s - self._since_s

    @property
    def mean_c(self) -> float:
        """Its mean temperature since it asked its units."""
        return self._course.mean(self.elapsed_s)

    def disturb(self) -> None:
        """Have it ask its units again at this instant."""
        self.due_s = self._moment.now_s
        self._moment.wake(self.due_s)

    # What its building does with it.

    def join(self, moment: Moment, band: Band, seed: int) -> None:
        """Put it into a building, once, at the building's start."""
        self._moment, self._band, self._seed = moment, band, f"{seed} {self.name}"
        self._since_s = moment.now_s
        for window in self.room.windows:
            if window.blind:
                window.blind.hang_before(self, moment)

    def settle(self) -> None:
        """Make what happened since it asked its units part of its state."""
        seconds = self.elapsed_s
        if not seconds:
            return
        mean_c = self._course.mean(seconds)
        self._count_into(self._tally, seconds)
        self._enter(seconds, mean_c)
        for unit in self.units:
            unit.settle(seconds, mean_c)
        self._air.settle(seconds)
        self._course = Course(self._course.at(seconds), 0.0, 0.0)
        self._since_s = self._moment.now_s

    def begin(self, slot: Slot) -> None:
        """Take in the weather and the hour of a slot; people come and go, and open windows."""
        self._slot = slot
        self._neighbours_w = 0.0
        if self._occupants:
            self._people = self._occupants.count(self._seed, slot.day, slot.hour)
        if self._habit:
            self._use_window(self._habit, slot)

    def receive(self, heat_w: float) -> None:
        """Take in heat from a neighbour until the slot's end."""
        self._neighbours_w += heat_w

    def ask(self) -> None:
        """Ask the thermostat and the units what they do now, and plan until when that holds."""
        slot, zone_c = self._slot, self._course.start
        if slot is None:
            return
        bounds = self.thermostat.decide(zone_c) if self.thermostat else (-NEVER, NEVER)
        self._outdoor_c = slot.outdoors.temperature_c
        heat_w, unit_w_per_k, low_c, high_c = self._drive_units(zone_c, slot.end_s - self._since_s, *bounds)
        self._gains_w = self._inner_gains_w() + self.solar_w
        self._loss_w_per_k = self.room.loss_w_per_k + self._air_w_per_k(slot)
        self._course = course(
            zone_c,
            gain=self._gains_w + self._neighbours_w + heat_w + self._loss_w_per_k * self._outdoor_c,
            loss=self._loss_w_per_k + unit_w_per_k,
            capacity=self.room.capacity_j_per_k,
        )
        self.due_s = min(slot.end_s, self._leaves_s(low_c, high_c), self._blinds_arrive_s())

    def _drive_units(
        self, zone_c: float, seconds: float, low_c: float, high_c: float
    ) -> tuple[float, float, float, float]:
        """Return the units' heat at 0 °C, their conductance, and between which temperatures that holds."""
        heat_w = w_per_k = 0.0
        for unit in self.units:
            drive = unit.drive(zone_c, self._outdoor_c, seconds)
            heat_w += drive.heat_w + drive.w_per_k * drive.towards_c
            w_per_k += drive.w_per_k
            low_c, high_c = max(low_c, drive.low_c), min(high_c, drive.high_c)
        return heat_w, w_per_k, low_c, high_c

    def _air_w_per_k(self, slot: Slot) -> float:
        """Set the flows and sources of its air; return the heat that goes out with it."""
        changes_per_h = self.room.air_changes_per_h + self._is_open * self.room.open_air_changes_per_h
        changed = heated = changes_per_h / S_PER_H * self.room.volume_m3
        dried = 0.0
        for unit in self.units:
            changed += unit.air_m3_per_s
            heated += unit.air_m3_per_s * (1 - unit.recovery_share)
            dried += unit.drying_m3_per_s
        air = self._air
        air.changed_m3_per_s, air.dried_m3_per_s, air.outdoor_moisture = changed, dried, slot.moisture
        air.moisture_kg_per_s = self.room.moisture_kg_per_h / S_PER_H + self._people * MOISTURE_KG_PER_S
        air.co2_m3_per_s = self._people * CO2_M3_PER_S
        return heated * HEAT_J_PER_M3_K

    def _inner_gains_w(self) -> float:
        if not self._people:
            return self.room.appliances_w
        return self.room.appliances_w + self.room.occupied_w + self._people * HEAT_W

    def _leaves_s(self, low_c: float, high_c: float) -> float:
        """Return when it leaves a range of temperatures, in whole seconds; infinity where it does not."""
        slope = self._course.slope
        threshold_c = high_c if slope > 0 else low_c
        if not slope or abs(threshold_c) == NEVER:
            return NEVER
        wait_s = self._course.reaches(threshold_c)
        return math.ceil(self._since_s + max(wait_s, _SHORTEST_S)) if wait_s < NEVER else NEVER

    def _blinds_arrive_s(self) -> float:
        arrivals = [window.blind.arrival_s for window in self.room.windows if window.blind]
        return min([arrival for arrival in arrivals if arrival > self._since_s], default=NEVER)

    def _use_window(self, habit: WindowHabit, slot: Slot) -> None:
        """Open or shut the window where its people change their mind; a hand's doing lasts until they do."""
        wants_open = habit.wants_open(
            people=self._people,
            hour=slot.hour,
            zone_c=self._course.start,
            outdoor_c=slot.outdoors.temperature_c,
            is_open=self._wants_open,
        )
        if wants_open != self._wants_open:
            self._wants_open = self._is_open = wants_open

    def _sun_w_per_m2(self, window: Window) -> float:
        if self._slot is None:
            return 0.0
        return self._slot.sun_w_per_m2.get(window.facing, 0.0) * window.passing_share

    def _count_into(self, tally: Tally, seconds: float) -> None:
        tally.count(self._course, seconds, self._band, is_occupied=self._people > 0, is_open=self._is_open)

    def _enter(self, seconds: float, mean_c: float) -> None:
        ledger = self.ledger
        ledger.gains_j += self._gains_w * seconds
        ledger.neighbours_j += self._neighbours_w * seconds
        ledger.lost_j += self._loss_w_per_k * (mean_c - self._outdoor_c) * seconds
        for unit in self.units:
            ledger.units_j += unit.heat_over(seconds, mean_c)
