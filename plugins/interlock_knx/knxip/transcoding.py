"""Values as payloads and back, by our own tables and, what is an octet or a float, xknx's transcoders."""

from __future__ import annotations

import math
from functools import cache

from xknx.dpt.dpt import DPTNumeric
from xknx.dpt.payload import DPTArray
from xknx.exceptions import ConversionError

from interlock import InvalidValue, ProtocolFault, RejectedValue, Value
from interlock_knx.datapoints import Datapoint
from interlock_knx.octets import from_octets, length_of, to_octets
from interlock_knx.telegrams import Payload, format_payload

_BITS = {1: 1, 2: 2, 3: 4}
"""How many bits the types have that travel beside the command, by their main number."""
_FIRST_DATES = {11: "2000-01-01", 19: "2000-01-01T00:00"}
"""Zero is no date, by the main number."""


def encode(datapoint: Datapoint, value: Value) -> Payload:
    """Return the payload of a value.

    Raises:
        RejectedValue: the type does not have it.
    """
    try:
        if length_of(datapoint) is not None:
            return to_octets(datapoint, value)
        raw = datapoint.raw(value)
        if datapoint.main in _BITS:
            return int(raw)
        assert isinstance(value, int | float)
        return bytes(_transcoder(datapoint).to_knx(value).value)
    except (InvalidValue, ConversionError, OverflowError):
        raise RejectedValue(f"DPT {datapoint.number} has no value {value!r}") from None


def fits(datapoint: Datapoint, payload: Payload) -> bool:
    """Whether a payload is as long as the type's are."""
    bits = _BITS.get(datapoint.main)
    if bits is not None:
        return isinstance(payload, int) and payload < 1 << bits
    return isinstance(payload, bytes) and len(payload) == _octets_of(datapoint)


def zero(datapoint: Datapoint) -> Payload:
    """Return what a group has before anybody told it anything: nothing, and of dates the first of 2000."""
    if datapoint.main in _BITS:
        return 0
    first = _FIRST_DATES.get(datapoint.main)
    return bytes(_octets_of(datapoint)) if first is None else encode(datapoint, first)


def decode(datapoint: Datapoint, payload: Payload) -> Value:
    """Return the value of a payload that fits.

    Raises:
        ProtocolFault: it means that there is no valid value, or one that the type does not have.
    """
    if isinstance(payload, int):
        return datapoint.value(payload)
    try:
        if length_of(datapoint) is not None:
            return from_octets(datapoint, payload)
        value = _transcoder(datapoint).from_knx(DPTArray(payload))
    except (InvalidValue, ConversionError):
        value = math.nan
    if not math.isfinite(value):
        raise ProtocolFault(f"{format_payload(payload)} is no valid value of DPT {datapoint.number}")
    return value


def _octets_of(datapoint: Datapoint) -> int:
    return length_of(datapoint) or _transcoder(datapoint).payload_length


@cache
def _transcoder(datapoint: Datapoint) -> type[DPTNumeric]:
    found = DPTNumeric.transcoder_by_dpt(datapoint.main, datapoint.sub)
    assert found is not None, datapoint.number
    return found
