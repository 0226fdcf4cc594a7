"""What thermostats remember: spans cut into requests, and records put in their place in time. Pure functions.

The manual names no zone. Asked by local time, a site's clock is taken to be the site file's; in the night in
which clocks are put back a request covers more than it needs, and what is too much falls away by its instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from interlock import Device, ProtocolFault, Recorded, Target
from interlock_founten.attributes import HISTORY, by_name
from interlock_founten.controllers import attribute_of
from interlock_founten.replies import Item, Values
from interlock_founten.settings import FountenSettings
from interlock_founten.thermostats import FORMAT, criterion, describe, distinct, unit_of
from interlock_founten.values import decode
from interlock_founten.wire import Call

Span = tuple[datetime, datetime]
"""From the first instant until before the second."""

LONGEST_SPAN = timedelta(days=30)
"""Source: Founten API, ThermostatHistory Object, endDateTime."""
_TIMESTAMP = "timestamp"
_REMEMBERED = by_name(HISTORY)
_NEAR = timedelta(hours=3)
"""How near to the ends of a span clocks must be put back to matter; more than any zone puts them back."""


def is_remembered(target: Target) -> bool:
    """Whether the history holds a target's attribute, of a thermostat and not of a group."""
    attribute = attribute_of(target)
    is_listed = attribute is not None and attribute.name.lower() in _REMEMBERED
    return is_listed and target.device.type == "thermostat"


def spans(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """Yield the spans of at most 30 days, by the clock and on the wall, that fill a longer one.

    Each begins where the one before ends; a record at that instant belongs to the later.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    while start < end:
        until = min(start + LONGEST_SPAN, end)
        first, last = wall_times(start, until, zone)
        until -= max(last - first - LONGEST_SPAN, timedelta())
        yield start, until
        start = until


def wall_times(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the least and the greatest time that a clock on the wall shows in a span, without zone."""
    back_after = _put_back(start, start + _NEAR, zone)
    back_before = _put_back(end - _NEAR, end, zone)
    first = start.astimezone(zone).replace(tzinfo=None) - back_after
    return first, end.astimezone(zone).replace(tzinfo=None) + back_before


def _put_back(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much clocks are put back between two instants."""
    return max(_offset(start, zone) - _offset(end, zone), timedelta())


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked of one thermostat's memory."""

    targets: Sequence[Target]
    member: Values
    """The thermostat as it is now: its name, and the format that is taken for its whole past."""
    zone: ZoneInfo
    settings: FountenSettings

    @property
    def device(self) -> Device:
        """The thermostat."""
        return self.targets[0].device

    def call(self, span: Span) -> Call:
        """Return the get of a span."""
        wanted = [target.capability.controller for target in self.targets]
        start, end = self._times(span)
        return Call(
            request="get",
            object="ThermostatHistory",
            selection=(criterion(self.device), ("startDateTime", start), ("endDateTime", end)),
            attributes=distinct(["name", "serialNo", *wanted, _TIMESTAMP]),
        )

    def _times(self, span: Span) -> tuple[str, str]:
        if self.settings.history_times == "local":
            first, last = wall_times(*span, self.zone)
        else:
            first, last = (instant.astimezone(self.zone) for instant in span)
        return first.isoformat(timespec="seconds"), last.isoformat(timespec="seconds")

    def read(self, items: Sequence[Item], span: Span) -> Iterator[Recorded]:
        """Yield the values of a reply's records within a span, oldest first.

        Raises:
            ProtocolFault: a record has no time, or a value that means nothing.
        """
        records = [record for item in items for record in _records_of(item) if self._is_of(record)]
        times = place_in_time([record[_TIMESTAMP] for record in records], self.zone, describe(self.device))
        for at, record in sorted(zip(times, records, strict=True), key=lambda pair: pair[0]):
            if span[0] <= at < span[1]:
                yield from self._values(record, at)

    def _is_of(self, record: Values) -> bool:
        return all(record.get(key, "") in ("", self.member.get(key, "")) for key in ("name", "serialno"))

    def _values(self, record: Values, at: datetime) -> Iterator[Recorded]:
        unit, format_ = unit_of(self.device, self.settings), self.member.get(FORMAT.lower(), "")
        for target in self.targets:
            text = record.get(target.capability.controller.lower(), "")
            value = decode(attribute_of(target), text, unit, format_)
            if value is not None:
                yield Recorded(point=target.point, value=value, at=at)


def _records_of(item: Item) -> Iterator[Values]:
    """Yield the records of an item: its History elements, or itself where it is one."""
    for record in item.records or (item.values,):
        whole = {**item.values, **record}
        if whole.get(_TIMESTAMP, "").strip():
            yield whole


def place_in_time(texts: Sequence[str], zone: ZoneInfo, whose: str) -> Sequence[datetime]:
    """Return the instants of timestamps that stand in the order of time, forwards or backwards.

    In the night in which clocks are put back, local times run through one hour twice: from where they jump
    back, they are those of the second time.

    Raises:
        ProtocolFault: one of them is no time.
    """
    walls = [_parse(text, whose) for text in texts]
    is_backwards = len(walls) > 1 and _rough(walls[-1], zone) < _rough(walls[0], zone)
    instants = list(_placed(walls[::-1] if is_backwards else walls, zone))
    return instants[::-1] if is_backwards else instants


def _parse(text: str, whose: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ProtocolFault(
            f"a record of {whose} has the timestamp '{text.strip()}', no ISO 8601 time"
        ) from None


def _rough(time: datetime, zone: ZoneInfo) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=zone).astimezone(UTC)


def _placed(times: Sequence[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    before: datetime | None = None
    fold: Literal[0, 1] = 0
    for time in times:
        if time.tzinfo:
            yield time.astimezone(UTC)
            continue
        if before is not None and time < before:
            fold = 1
        before = time
        yield time.replace(tzinfo=zone, fold=fold).astimezone(UTC)
