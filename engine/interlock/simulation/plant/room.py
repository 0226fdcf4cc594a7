"""What a room is made of, as values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from interlock.simulation.plant.blind import Blind


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window, or several alike."""

    area_m2: float = 3.0
    azimuth_degrees: float = 180.0
    """Where it looks: 0 north, 90 east, 180 south, 270 west."""
    tilt_degrees: float = 90.0
    """0 lies level and looks up (a roof light), 90 stands upright."""
    g_value: float = 0.6
    """Of the sun on the glass, what becomes heat in the room. Source: EN 410, double glazing."""
    glass_share: float = 0.75
    """Of the area, what is no frame. Source: ISO 13790, 11.4.5."""
    shading_share: float = 0.9
    """Of the sun, what neighbours, trees and the reveal leave, and what glass lets in at a slant: 0 … 1."""
    light_share: float = 0.7
    """Of the light on the glass, what passes. Source: EN 410, double glazing."""
    blind: Blind | None = None

    @property
    def facing(self) -> tuple[float, float]:
        """Azimuth and tilt, in degrees."""
        return self.azimuth_degrees, self.tilt_degrees

    @property
    def passing_share(self) -> float:
        """Of the sun on it, what its blind leaves now."""
        return self.blind.passing_share if self.blind else 1.0

    @property
    def sun_m2(self) -> float:
        """The area of a hole that would let in as much of the sun's heat."""
        return self.area_m2 * self.glass_share * self.shading_share * self.g_value

    @property
    def light_m2(self) -> float:
        """The area of a hole that would let in as much light."""
        return self.area_m2 * self.glass_share * self.shading_share * self.light_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room of 20 m² in a masonry building of the nineties, with a window to the south."""

    floor_m2: float = 20.0
    height_m: float = 2.6
    capacity_j_per_m2_k: float = 165_000.0
    """For each m² of floor: air, furniture, inner 10 cm of walls. Source: ISO 13790, table 12, medium."""
    loss_w_per_m2_k: float = 1.0
    """For each m² of floor, to outdoors: here 14 m² of wall at 0.8 and 3 m² of window at 2.8 W/(m²·K)."""
    air_changes_per_h: float = 0.5
    """With outdoor air, with windows shut. Source: EN 16798-1, table B.11, as the least of dwellings."""
    open_air_changes_per_h: float = 5.0
    """Besides, with the window open: 0.5 to 2 tilted, 5 to 15 wide open. Source: VDI 2078, orders."""
    appliances_w: float = 30.0
    """At any time."""
    occupied_w: float = 60.0
    """Besides, while somebody is there: lamps, screens, a stove."""
    moisture_kg_per_h: float = 0.01
    """From plants and washing, besides what people breathe."""
    windows: tuple[Window, ...] = (Window(),)

    @property
    def capacity_j_per_k(self) -> float:
        """The heat that warms the room by one kelvin."""
        return self.floor_m2 * self.capacity_j_per_m2_k

    @property
    def loss_w_per_k(self) -> float:
        """What goes through walls and windows for each kelvin between inside and outdoors."""
        return self.floor_m2 * self.loss_w_per_m2_k

    @property
    def volume_m3(self) -> float:
        """The air in it."""
        return self.floor_m2 * self.height_m

    @property
    def surface_m2(self) -> float:
        """Floor, ceiling and the walls of a square room, on which light falls."""
        return 2 * self.floor_m2 + 4 * math.sqrt(self.floor_m2) * self.height_m
