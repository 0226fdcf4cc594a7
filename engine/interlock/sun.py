"""Where the sun stands, and when it passes a height; the only importer of ``astral``.

Source: the NOAA solar equations, as astral computes them; good to about a minute between the polar circles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from astral import Observer
from astral.sun import azimuth as _azimuth
from astral.sun import elevation as _elevation
from astral.sun import midnight as _midnight
from astral.sun import noon as _noon

_DAY = timedelta(days=1)
_LONGEST_NIGHT = 370
"""Days after which what has not come never will: at the poles the sun rises once a year."""
_EXACT = timedelta(seconds=1)
_DEGREES_PER_S = 1.01 * 360 / _DAY.total_seconds()
"""How fast the earth turns, and a little more: by the season the sun runs fast or slow."""
_REFRACTION = 1.0
"""Degrees by which the air lifts the sun at most, and a little more."""
_THOUSANDTH = 0.001
"""Degrees to which expressions round a bearing."""
_OVERHEAD = 89.0
"""Nearer to the zenith its bearing may turn within a moment."""
_remembered = lru_cache(maxsize=16)
"""The rules of many façades ask the same at the same instant: always in UTC, for of an hour that a zone lives
through twice both are equal."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place on earth, in degrees; north and east are positive."""

    latitude: float
    longitude: float


class Direction(Enum):
    """Which way the sun goes."""

    RISING = "rising"
    SETTING = "setting"


class Turn(Enum):
    """Where the sun turns: its highest and its lowest stand of a day."""

    NOON = "noon"
    MIDNIGHT = "midnight"


@dataclass(frozen=True, slots=True)
class Passage:
    """The sun's centre passing a height, going up or down."""

    elevation: float
    """Degrees above the horizon."""
    direction: Direction
    is_refracted: bool = False
    """Whether the height is the apparent one, lifted by the air; otherwise the geometric one."""


HORIZON = -0.833
"""The centre's geometric height when the upper edge touches the horizon: 34' of refraction, 16' of radius."""
TWILIGHTS = {"civil": -6.0, "nautical": -12.0, "astronomical": -18.0}


def elevation(place: Place, at: datetime) -> float:
    """Return the sun's apparent height above the horizon, in degrees."""
    return _elevation_at(place, at.astimezone(UTC))


@_remembered
def _elevation_at(place: Place, at: datetime) -> float:
    return float(_elevation(_observer(place), at))


def is_up(place: Place, at: datetime) -> bool:
    """Return whether it is between sunrise and sunset."""
    height: float = _elevation(_observer(place), at.astimezone(UTC), with_refraction=False)
    return height > HORIZON


def azimuth(place: Place, at: datetime) -> float:
    """Return the sun's bearing in degrees: 0 is north, 90 is east."""
    return _azimuth_at(place, at.astimezone(UTC))


@_remembered
def _azimuth_at(place: Place, at: datetime) -> float:
    return float(_azimuth(_observer(place), at))


def keeps_bearing(place: Place, bearing: float, at: datetime) -> timedelta:
    """Return for how long at least the sun's bearing passes neither this one nor north, where it begins anew.

    It turns by sin(latitude) + cos(latitude) · tan(height) · cos(bearing) times what the earth does, which is
    never more than what the greatest height of that time allows.
    """
    now = azimuth(place, at)
    gap = min(abs(now - bearing), now, 360.0 - now) - _THOUSANDTH
    latitude, height = math.radians(place.latitude), abs(elevation(place, at)) + _REFRACTION
    lasts = _DAY / 2
    while lasts >= _EXACT:
        turned = _DEGREES_PER_S * lasts.total_seconds()
        if height + turned < _OVERHEAD:
            tangent = math.tan(math.radians(height + turned))
            if turned * (abs(math.sin(latitude)) + math.cos(latitude) * tangent) < gap:
                return lasts
        lasts /= 2
    return timedelta()


def next_passage(place: Place, passage: Passage, after: datetime) -> datetime | None:
    """Return when the sun next passes a height after an instant, UTC; None where it never does."""
    return _next_passage(place, passage, after.astimezone(UTC))


@_remembered
def _next_passage(place: Place, passage: Passage, after: datetime) -> datetime | None:
    for first, second in pairwise(_turns(place, after)):
        found = _crossing(place, passage, first, second)
        if found is not None and found > after:
            return found
    return None


def next_turn(place: Place, turn: Turn, after: datetime) -> datetime:
    """Return when the sun next stands highest, or lowest, after an instant, UTC."""
    day = after.astimezone(UTC) - 2 * _DAY
    found = _turn(place, turn, day)
    while found <= after:
        day += _DAY
        found = _turn(place, turn, day)
    return found


def _turns(place: Place, after: datetime) -> Iterator[datetime]:
    """Yield noons and midnights from before an instant on, in order: between two the sun goes one way."""
    first = after - 2 * _DAY
    days = [first + number * _DAY for number in range(_LONGEST_NIGHT + 3)]
    last: datetime | None = None
    for day in days:
        for found in sorted(_turn(place, turn, day) for turn in Turn):
            if last is None or found > last:
                yield found
                last = found


def _turn(place: Place, turn: Turn, day: datetime) -> datetime:
    compute = _noon if turn is Turn.NOON else _midnight
    return compute(_observer(place), day.date(), UTC)


def _crossing(place: Place, passage: Passage, first: datetime, second: datetime) -> datetime | None:
    """Return when a height is passed between two turns; None where it is not."""

    def is_over(at: datetime) -> bool:
        height = _elevation(_observer(place), at, with_refraction=passage.is_refracted)
        is_above: bool = height >= passage.elevation
        return is_above is (passage.direction is Direction.RISING)

    if is_over(first) or not is_over(second):
        return None
    while second - first > _EXACT:
        middle = first + (second - first) / 2
        first, second = (first, middle) if is_over(middle) else (middle, second)
    return second.replace(microsecond=0) + (_EXACT if second.microsecond else timedelta())


def _observer(place: Place) -> Observer:
    return Observer(place.latitude, place.longitude)
