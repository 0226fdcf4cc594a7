"""Values as octets and back: whole numbers, times, dates, texts, scenes, modes and colors.

Source: KNX System Specifications 03.07.02, Datapoint Types, the section of each main number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from interlock import InvalidValue, Value
from interlock_knx.datapoints import Datapoint

_LONGEST_TEXT = 14
_ASCII = "16.000"

_CENTURY_TURNS = 90
"""From this year on, DPT 11 is in the twentieth century."""
_NO_YEAR_OF_DPT_11 = 100

_FIRST_YEAR_OF_DPT_19 = 1900
_NO_WORKING_DAY = 0x20
"""Nothing is said about whether it is a working day."""
_INCOMPLETE = 0x80 | 0x10 | 0x08 | 0x02
"""The clock is at fault, or the year, the month and day, or the time are not valid."""
_END_OF_DAY = (24, 0, 0)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the types of one main number lie in octets."""

    length: int
    pack: Callable[[Datapoint, Value], bytes]
    """Of a value that the type's capability takes; may raise ValueError."""
    unpack: Callable[[Datapoint, bytes], Value]
    """Of octets of the right length; may raise InvalidValue and ValueError."""


def length_of(datapoint: Datapoint) -> int | None:
    """Return how many octets a type has; None where it is not laid out here."""
    layout = _LAYOUTS.get(datapoint.main)
    return layout.length if layout else None


def to_octets(datapoint: Datapoint, value: Value) -> bytes:
    """Return the octets of a value.

    Raises:
        InvalidValue: the type does not have it.
    """
    checked = datapoint.capability(is_readable=False).check(value)
    assert checked is not None
    try:
        return _LAYOUTS[datapoint.main].pack(datapoint, checked)
    except ValueError as error:
        raise InvalidValue(f"DPT {datapoint.number} has no value {value!r}: {error}") from None


def from_octets(datapoint: Datapoint, octets: bytes) -> Value:
    """Return the value of octets, which are as many as the type has.

    Raises:
        InvalidValue: they mean that there is no valid value, or one that the type does not have.
    """
    try:
        return _LAYOUTS[datapoint.main].unpack(datapoint, octets)
    except ValueError as error:
        raise InvalidValue(f"{octets.hex()} is no value of DPT {datapoint.number}: {error}") from None


def _whole(length: int, *, is_signed: bool = False) -> _Layout:
    def pack(datapoint: Datapoint, value: Value) -> bytes:
        return int(datapoint.raw(value)).to_bytes(length, "big", signed=is_signed)

    def unpack(datapoint: Datapoint, octets: bytes) -> Value:
        return datapoint.value(int.from_bytes(octets, "big", signed=is_signed))

    return _Layout(length, pack, unpack)


def _pack_time(_: Datapoint, value: Value) -> bytes:
    # Without a day of the week, which is 0.
    return bytes(int(part) for part in f"{value}:0".split(":")[:3])


def _unpack_time(_: Datapoint, octets: bytes) -> Value:
    moment = time(octets[0] & 0x1F, octets[1] & 0x3F, octets[2] & 0x3F)
    return moment.isoformat("seconds" if moment.second else "minutes")


def _pack_date(_: Datapoint, value: Value) -> bytes:
    day = date.fromisoformat(str(value))
    return bytes((day.day, day.month, day.year % 100))


def _unpack_date(_: Datapoint, octets: bytes) -> Value:
    year = octets[2] & 0x7F
    if year >= _NO_YEAR_OF_DPT_11:
        raise ValueError("its year goes to 99")
    century = 1900 if year >= _CENTURY_TURNS else 2000
    return date(century + year, octets[1] & 0x0F, octets[0] & 0x1F).isoformat()


def _pack_text(_: Datapoint, value: Value) -> bytes:
    return str(value).encode("latin-1").ljust(_LONGEST_TEXT, b"\0")


def _unpack_text(datapoint: Datapoint, octets: bytes) -> Value:
    # One character too many must not hide the others, so an octet that is no ASCII is shown as such.
    charset = "ascii" if datapoint.number == _ASCII else "latin-1"
    return octets.partition(b"\0")[0].decode(charset, errors="replace")


def _pack_moment(_: Datapoint, value: Value) -> bytes:
    at = datetime.fromisoformat(str(value))
    hour = at.isoweekday() << 5 | at.hour
    year = at.year - _FIRST_YEAR_OF_DPT_19
    return bytes((year, at.month, at.day, hour, at.minute, at.second, _NO_WORKING_DAY, 0))


def _unpack_moment(_: Datapoint, octets: bytes) -> Value:
    if octets[6] & _INCOMPLETE:
        raise ValueError("its clock says that it is not valid")
    clock = (octets[3] & 0x1F, octets[4] & 0x3F, octets[5] & 0x3F)
    day = date(_FIRST_YEAR_OF_DPT_19 + octets[0], octets[1] & 0x0F, octets[2] & 0x1F)
    is_end = clock == _END_OF_DAY
    at = datetime.combine(day, time() if is_end else time(*clock)) + timedelta(days=is_end)
    return at.isoformat(timespec="seconds" if at.second else "minutes")


def _pack_color(_: Datapoint, value: Value) -> bytes:
    assert isinstance(value, tuple)
    return bytes(part for part in value if isinstance(part, int))


def _unpack_color(_: Datapoint, octets: bytes) -> Value:
    red, green, blue = octets
    return red, green, blue


_LAYOUTS: Mapping[int, _Layout] = MappingProxyType(
    {
        7: _whole(2),
        8: _whole(2, is_signed=True),
        10: _Layout(3, _pack_time, _unpack_time),
        11: _Layout(3, _pack_date, _unpack_date),
        12: _whole(4),
        13: _whole(4, is_signed=True),
        16: _Layout(_LONGEST_TEXT, _pack_text, _unpack_text),
        17: _whole(1),
        18: _whole(1),
        19: _Layout(8, _pack_moment, _unpack_moment),
        20: _whole(1),
        232: _Layout(3, _pack_color, _unpack_color),
    }
)
