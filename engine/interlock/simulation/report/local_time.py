"""A zone's offsets over a span, and what a reader must know where its clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_LONGEST_LOOK = timedelta(days=1)
"""No zone changes its clocks there and back within a day."""
_SHORTEST_LOOK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """How local time stands to UTC from an instant on."""

    since: datetime
    utc_offset: timedelta
    abbreviation: str
    """Such as ``CEST``."""

    @classmethod
    def at(cls, instant: datetime, zone: ZoneInfo) -> Offset:
        """Return a zone's offset at an instant."""
        local = instant.astimezone(zone)
        return cls(
            since=instant.astimezone(UTC),
            utc_offset=local.utcoffset() or timedelta(),
            abbreviation=local.tzname() or "",
        )


def offsets(zone: ZoneInfo, begins: datetime, ends: datetime) -> tuple[Offset, ...]:
    """Return a zone's offsets from one instant to another: one, and one more for each change."""
    found = [Offset.at(begins, zone)]
    for before, after in pairwise(_looks(begins, ends)):
        if Offset.at(after, zone).utc_offset != found[-1].utc_offset:
            found.append(_change_between(zone, before, after))
    return tuple(found)


def changes_of_clocks(zone: ZoneInfo, begins: datetime, ends: datetime) -> tuple[str, ...]:
    """Return a sentence for each change of the clocks in a span, as the charts' axes show it."""
    return tuple(_sentence(before, after) for before, after in pairwise(offsets(zone, begins, ends)))


def written(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant in local time, to the minute."""
    local = instant.astimezone(zone)
    return f"{_date(local)} {local:%H:%M}"


def _date(local: datetime) -> str:
    # Not %a and %b, which speak the language of whoever runs the program.
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _looks(begins: datetime, ends: datetime) -> Iterator[datetime]:
    # In UTC: datetimes of one zone are added and compared by wall time.
    look, last = begins.astimezone(UTC), ends.astimezone(UTC)
    while look < last:
        yield look
        look += _LONGEST_LOOK
    yield last


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> Offset:
    """Return the offset that begins between two instants, to the second."""
    old = Offset.at(before, zone).utc_offset
    while after - before > _SHORTEST_LOOK:
        middle = before + (after - before) / 2
        before, after = (middle, after) if Offset.at(middle, zone).utc_offset == old else (before, middle)
    return Offset.at(after.replace(microsecond=0), zone)


def _sentence(before: Offset, after: Offset) -> str:
    was, becomes = (after.since + each.utc_offset for each in (before, after))
    shift = f"On {_date(was)} at {was:%H:%M} the clocks go to {becomes:%H:%M} ({after.abbreviation})"
    if becomes < was:
        twice = f"in {before.abbreviation} and in {after.abbreviation}"
        return f"{shift}: the axes show the time between twice, {twice}."
    return f"{shift}: the time between does not exist, and the axes leave it out."
