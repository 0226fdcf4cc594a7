"""How the simulated site tells the histories of its thermostats.

Source: Founten API description, "ThermostatHistory Object"; the shape with ``History`` elements, the message
and the times without zone and seconds are what live servers of the family answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock_founten.simulator.attributes import IDENTITY, RECORDED
from interlock_founten.simulator.names import spelling
from interlock_founten.simulator.replies import Element
from interlock_founten.simulator.thermostat import Record, Thermostat
from interlock_founten.simulator.transactions import Pair, unique_names

LONGEST_SPAN = timedelta(days=30)
"""What a single request can ask for."""
_DAY = timedelta(days=1)
_OUTSIDE = frozenset({*(name.lower() for name in IDENTITY), "timestamp"})


class SpanWrong(Exception):
    """The times are not readable, or too far apart; the message says which."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, both included, in the site's wall time without zone."""

    start: datetime
    end: datetime

    def has(self, wall: datetime) -> bool:
        """Return whether a time is within."""
        return self.start <= wall <= self.end


def read_span(selection: Sequence[Pair], now: datetime, timezone: ZoneInfo) -> Span:
    """Return which time a selection asks for: without an end up to now, without a start a day.

    Raises:
        SpanWrong: it cannot be answered.
    """
    given = {pair.name.lower(): pair.value for pair in selection}
    end = _wall_time(given.get("enddatetime"), timezone) or _wall(now, timezone)
    start = _wall_time(given.get("startdatetime"), timezone) or _day_before(end)
    if end - start > LONGEST_SPAN:
        raise SpanWrong("A maximum of 30 days of history can be retrieved in a single request.")
    if end < start:
        raise SpanWrong("The endDateTime is before the startDateTime.")
    return Span(start, end)


def _day_before(wall: datetime) -> datetime:
    try:
        return wall - _DAY
    except OverflowError:
        return wall


def asked(value: Sequence[Pair]) -> Sequence[str]:
    """Return what a record tells besides its timestamp: what is asked for, or everything."""
    names = [name for name in unique_names(value) if name.lower() not in _OUTSIDE]
    return names if value else RECORDED


def nested(thermostat: Thermostat, span: Span, names: Sequence[str], timezone: ZoneInfo) -> Iterator[Element]:
    """Yield the element of a thermostat, with its records in ``History`` elements."""
    records = [("History", _told(record, names, timezone)) for record in _within(thermostat, span, timezone)]
    yield "ThermostatHistory", [*_identity(thermostat), *records]


def flat(thermostat: Thermostat, span: Span, names: Sequence[str], timezone: ZoneInfo) -> Iterator[Element]:
    """Yield an element for each record of a thermostat."""
    for record in _within(thermostat, span, timezone):
        yield "ThermostatHistory", [*_identity(thermostat), *_told(record, names, timezone)]


def _within(thermostat: Thermostat, span: Span, timezone: ZoneInfo) -> Sequence[Record]:
    return [record for record in thermostat.history if span.has(_wall(record.at, timezone))]


def _identity(thermostat: Thermostat) -> Sequence[Element]:
    return [(name, thermostat.value(name)) for name in IDENTITY]


def _told(record: Record, names: Sequence[str], timezone: ZoneInfo) -> Sequence[Element]:
    timestamp = _wall(record.at, timezone).isoformat(timespec="minutes")
    values = [(spelling(name), record.values.get(name.lower(), "")) for name in names]
    return [("timestamp", timestamp), *values]


def _wall(instant: datetime, timezone: ZoneInfo) -> datetime:
    return instant.astimezone(timezone).replace(second=0, microsecond=0, tzinfo=None)


def _wall_time(text: str | None, timezone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text.strip())
        return given.astimezone(timezone).replace(tzinfo=None) if given.tzinfo else given
    except (ValueError, OverflowError):
        raise SpanWrong(f"'{text}' is no ISO 8601 date and time.") from None
