"""People: when they are there, what they breathe and warm, and when they open a window."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

HEAT_W = 75.0
"""Sensible heat of a seated person. Source: EN ISO 7730 / ASHRAE Fundamentals, chapter 18."""
CO2_M3_PER_S = 5e-6
"""18 l/h at light work. Source: ASTM D6245, about 1.2 met."""
MOISTURE_KG_PER_S = 50e-3 / 3600
"""50 g/h seated. Source: ASHRAE Fundamentals, chapter 18: 45 W latent and more."""
WORKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
EVERY_DAY = WORKDAYS | WEEKEND


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Hours of some weekdays in which a share of the people is there; over midnight it takes two."""

    days: frozenset[int] = EVERY_DAY
    """0 is Monday."""
    from_h: float = 0.0
    """Hour of the local day."""
    to_h: float = 24.0
    share: float = 1.0


HOME = (
    Stay(from_h=0, to_h=7.5),
    Stay(days=WORKDAYS, from_h=7.5, to_h=8.5, share=0.5),
    Stay(days=WORKDAYS, from_h=17, to_h=24),
    Stay(days=WEEKEND, from_h=7.5, to_h=11),
    Stay(days=WEEKEND, from_h=15, to_h=24),
)
OFFICE = (
    Stay(days=WORKDAYS, from_h=8, to_h=12, share=0.9),
    Stay(days=WORKDAYS, from_h=12, to_h=13, share=0.4),
    Stay(days=WORKDAYS, from_h=13, to_h=17.5, share=0.9),
)
HOTEL_ROOM = (Stay(from_h=0, to_h=9), Stay(from_h=18, to_h=19.5), Stay(from_h=22, to_h=24))
SHOP = (Stay(days=EVERY_DAY - {6}, from_h=9, to_h=19.5, share=0.7),)
"""Shapes as in the schedules of EN 16798-1, annex C, rounded to full stays."""


@dataclass(frozen=True, slots=True)
class Occupants:
    """The people of a zone: how many, and when they are there."""

    people: int = 2
    """How many there are at most."""
    week: tuple[Stay, ...] = HOME
    """When a share of them is there; where stays overlap, the largest counts; it is one at least."""
    jitter_h: float = 0.25
    """How much earlier or later than written they come and go, at most, each day."""


class Presence:
    """Tells how many people are there; the same for the same seed, in any order of asking.

    Args:
        occupants: Who.
        seed: Of their comings and goings.
    """

    def __init__(self, occupants: Occupants, seed: str) -> None:
        self._occupants, self._seed = occupants, seed
        self._day = 0
        self._stays: tuple[tuple[float, float, int], ...] = ()
        self._there = 0
        self._from_h = 0.0
        self.until_h = 0.0
        """Until which hour of the day the last answer holds."""

    def count(self, day: int, hour: float) -> int:
        """Return how many are there on a day, an ordinal of the calendar, at an hour of it, 0 … below 24."""
        if day != self._day:
            self._day, self._stays, self.until_h = day, tuple(self._stays_of(day)), 0.0
        if not self._from_h <= hour < self.until_h:
            self._look_up(hour)
        return self._there

    def _look_up(self, hour: float) -> None:
        """Note how many are there at an hour, and from when until when."""
        edges = {0.0, 24.0, *(edge for start, end, _ in self._stays for edge in (start, end))}
        self._from_h = max(edge for edge in edges if edge <= hour)
        self.until_h = min(edge for edge in edges if edge > hour)
        self._there = max((people for start, end, people in self._stays if start <= hour < end), default=0)

    def _stays_of(self, day: int) -> Iterable[tuple[float, float, int]]:
        shift_h = random.Random(f"{self._seed} people {day}").uniform(-1, 1) * self._occupants.jitter_h
        for stay in self._occupants.week:
            if (day - 1) % 7 in stay.days:
                yield (
                    stay.from_h + shift_h if stay.from_h > 0 else 0.0,
                    stay.to_h + shift_h if stay.to_h < 24 else 24.0,
                    max(round(self._occupants.people * stay.share), 1),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowHabit:
    """When people open their window: to air the room, and where it is too warm and cooler outdoors."""

    airing_hours: tuple[float, ...] = (7.0,)
    """Of the local day, where somebody is there."""
    airing_h: float = 0.25
    warm_c: float = 25.0
    """Above this they open, and shut again 2 K below."""
    cooler_k: float = 1.0
    """How much cooler it must be outdoors for that."""
    mild_c: float = 12.0
    """Below this outdoors they do not open because it is warm."""

    def wants_open(self, *, people: int, hour: float, zone_c: float, outdoor_c: float, is_open: bool) -> bool:
        """Return whether the window should be open now."""
        if not people:
            return False
        if any(start <= hour < start + self.airing_h for start in self.airing_hours):
            return True
        limit_c = self.warm_c - 2.0 if is_open else self.warm_c
        return zone_c > limit_c and self.mild_c < outdoor_c < zone_c - self.cooler_k
