"""Values as payloads and back, by xknx's transcoders."""

from __future__ import annotations

import math
from functools import cache

from xknx.dpt.dpt import DPTNumeric
from xknx.dpt.payload import DPTArray
from xknx.exceptions import ConversionError

from interlock import InvalidValue, ProtocolFault, RejectedValue, Value
from interlock_knx.datapoints import Datapoint
from interlock_knx.telegrams import Payload, format_payload

_BITS = {1: 1, 2: 2, 3: 4}
"""How many bits the types have that travel beside the command, by their main number."""


def encode(datapoint: Datapoint, value: Value) -> Payload:
    """Return the payload of a value.

    Raises:
        RejectedValue: the type does not have it.
    """
    try:
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
    return isinstance(payload, bytes) and len(payload) == _transcoder(datapoint).payload_length


def decode(datapoint: Datapoint, payload: Payload) -> Value:
    """Return the value of a payload that fits.

    Raises:
        ProtocolFault: it means that there is no valid value, or one that the type does not have.
    """
    if isinstance(payload, int):
        return datapoint.value(payload)
    try:
        value = _transcoder(datapoint).from_knx(DPTArray(payload))
    except ConversionError:
        value = math.nan
    if not math.isfinite(value):
        raise ProtocolFault(f"{format_payload(payload)} is no valid value of DPT {datapoint.number}")
    return value


@cache
def _transcoder(datapoint: Datapoint) -> type[DPTNumeric]:
    found = DPTNumeric.transcoder_by_dpt(datapoint.main, datapoint.sub)
    assert found is not None, datapoint.number
    return found
