"""Weather from a CSV file: a header that names columns, then a line for each instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path

from interlock.capabilities import nearest
from interlock.errors import WeatherError
from interlock.plurals import counted
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.series import Sample, SampledWeather
from interlock.simulation.plant.sunshine import day_of_year, split, sun_at
from interlock.simulation.plant.weather_rows import COMMA, LIMITS, POINT, Row, rows_of
from interlock.sun import Place

TIME = "time"
_REQUIRED = (TIME, "temperature_c", "global_w_per_m2")
_PAIR = ("direct_w_per_m2", "diffuse_w_per_m2")
_LONGEST_GAP_S = timedelta(hours=3).total_seconds()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column stands where, and how numbers are written in them."""

    header: Row
    index: Mapping[str, int]
    decimal: str

    def values(self, row: Row) -> dict[str, float]:
        return {name: row.number(at, name, self.decimal) for name, at in self.index.items() if name != TIME}

    def time(self, row: Row) -> datetime:
        self._check_count(row)
        text = row.fields[self.index[TIME]].strip()
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise row.error(f"time must be as in 2026-07-01T12:00, not '{text}'") from None

    def _check_count(self, row: Row) -> None:
        count, expected = len(row.fields), len(self.header.fields)
        if count == expected:
            return
        may_be_decimal = count > expected and row.delimiter == COMMA
        hint = "; decimal commas need semicolons between the columns" if may_be_decimal else ""
        raise row.error(f"{counted(count, 'field')} under a header of {expected}{hint}")


def read_csv(path: Path, *, timezone: tzinfo, place: Place | None) -> SampledWeather:
    """Read a CSV file; see `interlock.simulation.plant.weather_file.read_weather`.

    Raises:
        WeatherError: With file and line.
    """
    rows = list(rows_of(path))
    if not rows:
        raise WeatherError(f"{path} is empty: expected a header with {', '.join(_REQUIRED)}")
    columns = _Columns(rows[0], _index(rows[0], place), _decimal(rows))
    if len(rows) < 3:
        raise WeatherError(f"{path}: expected two lines of weather at least under the header")
    instants_s = _instants_s(columns, rows[1:], timezone)
    samples = [
        Sample(instant_s, _outdoors(columns.values(row), instant_s, place))
        for row, instant_s in zip(rows[1:], instants_s, strict=True)
    ]
    return SampledWeather(str(path), samples)


def _index(header: Row, place: Place | None) -> dict[str, int]:
    names = [field.strip() for field in header.fields]
    for name in names:
        if name != TIME and name not in LIMITS:
            raise header.error(f"unknown column '{name}'{_meant(name)}")
        if names.count(name) > 1:
            raise header.error(f"column '{name}' comes twice")
    for name in _REQUIRED:
        if name not in names:
            raise header.error(f"column '{name}' is missing")
    given = [name for name in _PAIR if name in names]
    if len(given) == 1:
        raise header.error(f"column '{given[0]}' needs '{_PAIR[1 - _PAIR.index(given[0])]}' beside it")
    if not given and place is None:
        raise header.error(f"columns '{_PAIR[0]}' and '{_PAIR[1]}' are needed where the site has no location")
    return {name: index for index, name in enumerate(names)}


def _decimal(rows: Sequence[Row]) -> str:
    """Return the decimal sign: a comma where numbers have any, and something else parts the columns."""
    if rows[0].delimiter == COMMA:
        return POINT
    return COMMA if any(COMMA in field for row in rows[1:] for field in row.fields) else POINT


def _meant(name: str) -> str:
    near = nearest(name, [TIME, *LIMITS])
    return f", did you mean '{near}'?" if near else f"; there are {', '.join([TIME, *LIMITS])}"


def _instants_s(columns: _Columns, rows: Sequence[Row], timezone: tzinfo) -> list[float]:
    """Return the rows' instants; a local time that comes twice is the second where the first was before."""
    times = [columns.time(row) for row in rows]
    found: list[float] = []
    for row, time in zip(rows, times, strict=True):
        if (time.tzinfo is None) is not (times[0].tzinfo is None):
            raise row.error("times must all have an offset from UTC, or none of them")
        found.append(_instant_s(row, time, timezone, found[-1] if found else None))
    for row, (before_s, after_s) in zip(rows[1:], pairwise(found), strict=True):
        _check_step(row, after_s - before_s)
    return found


def _instant_s(row: Row, time: datetime, timezone: tzinfo, before_s: float | None) -> float:
    if time.tzinfo is not None:
        return time.timestamp()
    first, second = (time.replace(tzinfo=timezone, fold=fold).timestamp() for fold in (0, 1))
    if first > second:
        raise row.error(f"{time:%Y-%m-%d %H:%M} does not exist in {timezone}: the clocks skip it")
    return second if before_s is not None and first <= before_s else first


def _check_step(row: Row, step_s: float) -> None:
    if step_s <= 0:
        raise row.error("time runs backwards, or stands still")
    if step_s > _LONGEST_GAP_S:
        gap_h, longest_h = step_s / 3600, _LONGEST_GAP_S / 3600
        raise row.error(
            f"a gap of {gap_h:g} h before this line; {longest_h:g} h is the longest that can be bridged"
        )


def _outdoors(values: Mapping[str, float], instant_s: float, place: Place | None) -> Outdoors:
    if place is None or _PAIR[0] in values:
        return Outdoors(**values)
    day = day_of_year(datetime.fromtimestamp(instant_s, UTC))
    direct, diffuse = split(values["global_w_per_m2"], sun_at(place, instant_s).up, day)
    return Outdoors(**values, direct_w_per_m2=direct, diffuse_w_per_m2=diffuse)
