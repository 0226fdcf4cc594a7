"""Weather from an EPW file, as EnergyPlus and the typical meteorological years have it.

Source: EnergyPlus, Auxiliary Programs, EnergyPlus Weather File (EPW) Data Dictionary. A value of hour 1 is at
01:00 of local standard time; radiation is the sum of the hour before, so that its mean is at half past.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from interlock.errors import WeatherError
from interlock.plurals import counted
from interlock.simulation.plant.outdoors import Outdoors, between
from interlock.simulation.plant.weather_rows import Row, rows_of
from interlock.sun import Place

_HEADER_LINES = 8
_LOCATION, _PERIODS = "LOCATION", "DATA PERIODS"
"""The first and the last header; what stands between is spelt in several ways, and not needed."""
_LATITUDE, _LONGITUDE, _OFFSET_H = 6, 7, 8
_RECORDS_PER_HOUR = 2
_MONTH, _DAY, _HOUR = 1, 2, 3
_FIELDS = {
    "temperature_c": 6,
    "humidity_percent": 8,
    "global_w_per_m2": 13,
    "direct_w_per_m2": 14,
    "diffuse_w_per_m2": 15,
    "wind_m_per_s": 21,
}
_RAIN, _MOST_RAIN_MM = 33, 400.0
"""The depth of liquid precipitation, which many files leave out: 999, -9900 or nothing."""
_FEWEST_FIELDS = 22
_YEAR_H = 8760
_NO_LEAP_YEAR = 2023
_FEBRUARY_29 = 60
"""Its day of a leap year."""


class TypicalYear:
    """A year of hours that stands for every year; a 29th of February repeats the 28th.

    Args:
        place: Where it was measured.
        offset: Of its standard time from UTC.
        hours: 8760 of them, from the hour that ends at 01:00 on the first of January.
    """

    def __init__(self, place: Place, offset: timedelta, hours: Sequence[Outdoors]) -> None:
        self.place = place
        self._offset, self._hours = offset, tuple(hours)

    def at(self, instant: datetime) -> Outdoors:
        """Return the weather at an aware instant of any year."""
        position_h = self._position_h(instant)
        air, sun = self._between(position_h - 1), self._between(position_h - 0.5)
        return Outdoors(
            temperature_c=air.temperature_c,
            humidity_percent=air.humidity_percent,
            global_w_per_m2=sun.global_w_per_m2,
            direct_w_per_m2=sun.direct_w_per_m2,
            diffuse_w_per_m2=sun.diffuse_w_per_m2,
            wind_m_per_s=air.wind_m_per_s,
            rain_mm_per_h=sun.rain_mm_per_h,
        )

    def _position_h(self, instant: datetime) -> float:
        """Return how many hours of its standard year have passed."""
        standard = instant.astimezone(UTC).replace(tzinfo=None) + self._offset
        day = standard.timetuple().tm_yday
        if _is_leap(standard.year) and day >= _FEBRUARY_29:
            day -= 1
        return (day - 1) * 24 + standard.hour + standard.minute / 60 + standard.second / 3600

    def _between(self, position: float) -> Outdoors:
        index = math.floor(position)
        first, second = self._hours[index % _YEAR_H], self._hours[(index + 1) % _YEAR_H]
        return between(first, second, position - index)


def read_epw(path: Path) -> TypicalYear:
    """Read an EPW file.

    Raises:
        WeatherError: With file and line.
    """
    rows = list(rows_of(path, is_plain=True))
    location, records = _location(path, rows[:_HEADER_LINES]), rows[_HEADER_LINES:]
    place = Place(_degrees(location, _LATITUDE, 90.0), _degrees(location, _LONGITUDE, 180.0))
    offset = timedelta(hours=_degrees(location, _OFFSET_H, 14.0))
    kept = [row for row in records if (_whole(row, _MONTH), _whole(row, _DAY)) != (2, 29)]
    _check_hours(path, kept)
    return TypicalYear(place, offset, [_outdoors(row) for row in kept])


def _location(path: Path, headers: Sequence[Row]) -> Row:
    """Return the header with the place; check that there is one record an hour."""
    for line, expected in ((1, _LOCATION), (_HEADER_LINES, _PERIODS)):
        found = headers[line - 1].fields[0].strip() if line <= len(headers) else "the end"
        if found.upper() != expected:
            raise WeatherError(f"{path}:{line}: an EPW file has '{expected}' here, not '{found}'")
    if _field(headers[-1], _RECORDS_PER_HOUR) != "1":
        raise headers[-1].error(
            f"one record an hour can be read, not {_field(headers[-1], _RECORDS_PER_HOUR)}"
        )
    return headers[0]


def _check_hours(path: Path, rows: Sequence[Row]) -> None:
    """Check that each hour of the year has its line, in order."""
    for index, row in enumerate(rows[:_YEAR_H]):
        day = date(_NO_LEAP_YEAR, 1, 1) + timedelta(days=index // 24)
        expected = (day.month, day.day, index % 24 + 1)
        found = (_whole(row, _MONTH), _whole(row, _DAY), _whole(row, _HOUR))
        if found != expected:
            raise row.error(
                f"expected {_spoken(expected)}, not {_spoken(found)}: hours are missing or out of order"
            )
    if len(rows) != _YEAR_H:
        raise WeatherError(f"{path}: a year has {_YEAR_H} hours, and the file {len(rows)}")


def _outdoors(row: Row) -> Outdoors:
    if len(row.fields) < _FEWEST_FIELDS:
        raise row.error(f"{counted(len(row.fields), 'field')} instead of 35")
    values = {name: row.number(index, name) for name, index in _FIELDS.items()}
    return Outdoors(**values, rain_mm_per_h=_rain(row))


def _rain(row: Row) -> float:
    text = _field(row, _RAIN)
    if not text or not 0 <= _number(row, _RAIN) <= _MOST_RAIN_MM:
        return 0.0
    return _number(row, _RAIN)


def _field(row: Row, index: int) -> str:
    return row.fields[index].strip() if index < len(row.fields) else ""


def _degrees(row: Row, index: int, limit: float) -> float:
    number = _number(row, index)
    if abs(number) > limit:
        raise row.error(f"field {index + 1} must be within ±{limit:g}, not {_field(row, index)}")
    return number


def _number(row: Row, index: int) -> float:
    text = _field(row, index)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise row.error(f"field {index + 1} must be a number, not '{text}'")
    return number


def _whole(row: Row, index: int) -> int:
    text = _field(row, index)
    if not text.isdecimal():
        raise row.error(f"field {index + 1} must be a whole number, not '{text}'")
    return int(text)


def _spoken(hour: tuple[int, int, int]) -> str:
    month, day, number = hour
    return f"hour {number} of {day}/{month}"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
