"""What payloads mean to the groups that they are for."""

from __future__ import annotations

from interlock import DriverError, ProtocolFault, Target, Value
from interlock_knx.knxip import decode, fits
from interlock_knx.telegrams import Payload, format_payload
from interlock_knx.values import group_of, turned


def fits_group(target: Target, payload: Payload) -> bool:
    """Whether a payload is as long as the DPT of a target's group says."""
    return fits(group_of(target).datapoint, payload)


def value_of(target: Target, payload: Payload) -> Value:
    """Return the value that a payload has for a target, which it fits.

    Raises:
        ProtocolFault: it means that there is no valid value, or one that the DPT does not have.
    """
    return turned(target, decode(group_of(target).datapoint, payload))


def decoded(target: Target, payload: Payload) -> Value | DriverError:
    """Return the value that any payload has for a target, or what is wrong with it."""
    if not fits_group(target, payload):
        return ProtocolFault(f"{format_payload(payload)} is not as long as DPT {group_of(target).dpt} says")
    try:
        return value_of(target, payload)
    except ProtocolFault as error:
        return error
