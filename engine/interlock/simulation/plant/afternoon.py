"""One room on a July afternoon, as the demonstration shows it: its weather and its air conditioner.

One lumped heat capacity, losses to outdoors, and gains from sun, people and the air conditioner. Values
only: `Plant.step` returns the plant a while later and changes nothing. Temperatures are in °C, heat
flows in watts and positive into the room, times of day in hours of local solar time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import timedelta

_DAY_H = 24.0
_LONGEST_STEP = timedelta(minutes=1)
"""Within a step gains are constant; the air conditioner's closed loop is slower by an order of magnitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A living room of 30 m² in a masonry flat, with one outer wall and a large window."""

    capacity_j_per_k: float = 3.3e6
    """Air, furniture and the skin of the walls, 110 kJ/K for each m². Source: ISO 13790, table 12, light."""
    loss_w_per_k: float = 60.0
    """Outer wall, window and ventilation together."""
    occupants_w: float = 200.0
    """People, lamps and a television."""

    def after(self, duration: timedelta, start_c: float, outdoor_c: float, gain_w: float) -> float:
        """Return the temperature after a duration in which outdoors and gains stay as they are.

        It is the exact solution of ``C·dT/dt = gain - loss·(T - outdoor)``: an exponential towards balance.
        """
        balance_c = outdoor_c + gain_w / self.loss_w_per_k
        time_constant_s = self.capacity_j_per_k / self.loss_w_per_k
        return balance_c + (start_c - balance_c) * math.exp(-duration.total_seconds() / time_constant_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """A clear day in July, the same each day."""

    lowest_c: float = 21.0
    highest_c: float = 33.0
    warmest_hour: float = 15.0
    sunrise_hour: float = 6.0
    sunset_hour: float = 21.0
    sun_w: float = 900.0
    """What the sun brings through the window at its highest."""

    def outdoor_c(self, hour: float) -> float:
        """Return the temperature outdoors: a cosine over the day."""
        mean, swing = (self.highest_c + self.lowest_c) / 2, (self.highest_c - self.lowest_c) / 2
        return mean + swing * math.cos((hour - self.warmest_hour) / _DAY_H * math.tau)

    def gain_w(self, hour: float) -> float:
        """Return the sun's heat flow into the room: half a sine from sunrise to sunset, nothing at night."""
        share = (hour % _DAY_H - self.sunrise_hour) / (self.sunset_hour - self.sunrise_hour)
        return self.sun_w * math.sin(share * math.pi) if 0 < share < 1 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HvacSetting:
    """What an air conditioner was told, in the words of the Thinknx HVAC controller."""

    is_on: bool = False
    mode: str = "auto"
    """``cooling``, ``heating``, ``dry``, ``fan`` or ``auto``."""
    setpoint_c: float = 22.0
    fan: str = "auto"
    """``auto``, ``minimum``, ``average`` or ``maximum``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HvacUnit:
    """A split air conditioner that runs the slower the nearer the room is to the setpoint."""

    cooling_w: float = 3500.0
    heating_w: float = 4000.0
    drying_share: float = 0.3
    """Of the cooling power, what is left while it takes moisture out of the air."""
    band_k: float = 1.5
    """How far from the setpoint it reaches its full power."""

    def heat_w(self, setting: HvacSetting, room_c: float) -> float:
        """Return the heat that it brings into the room; negative while it cools."""
        if not setting.is_on:
            return 0.0
        share = min(abs(room_c - setting.setpoint_c) / self.band_k, 1.0) * _FAN_SHARES[setting.fan]
        if room_c > setting.setpoint_c:
            return -share * self.cooling_w * self._cooling_share(setting.mode)
        return share * self.heating_w if setting.mode in _HEATING_MODES else 0.0

    def _cooling_share(self, mode: str) -> float:
        return {"cooling": 1.0, "auto": 1.0, "dry": self.drying_share}.get(mode, 0.0)


_FAN_SHARES = {"auto": 1.0, "minimum": 0.4, "average": 0.7, "maximum": 1.0}
_HEATING_MODES = frozenset({"heating", "auto"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The room at an hour of the day."""

    hour: float
    """Of the day, from 0; it counts on over midnight."""
    room_c: float
    room: Room = field(default_factory=Room)
    weather: Weather = field(default_factory=Weather)
    unit: HvacUnit = field(default_factory=HvacUnit)

    @property
    def outdoor_c(self) -> float:
        """The temperature outdoors."""
        return self.weather.outdoor_c(self.hour)

    def step(self, duration: timedelta, setting: HvacSetting) -> Plant:
        """Return the plant after a duration with the air conditioner set so."""
        plant, left = self, duration
        while left > timedelta():
            part = min(left, _LONGEST_STEP)
            plant, left = plant._after(part, setting), left - part
        return plant

    def _after(self, duration: timedelta, setting: HvacSetting) -> Plant:
        gain_w = (
            self.room.occupants_w + self.weather.gain_w(self.hour) + self.unit.heat_w(setting, self.room_c)
        )
        room_c = self.room.after(duration, self.room_c, self.outdoor_c, gain_w)
        return replace(self, hour=self.hour + duration / timedelta(hours=1), room_c=room_c)
