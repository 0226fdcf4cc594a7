"""What groups' values are to the bus, whichever way they get there."""

from __future__ import annotations

from interlock import InvalidValue, RejectedValue, Target, Value, Write
from interlock_knx.settings import GroupSettings


def group_of(target: Target) -> GroupSettings:
    """Return the settings of a target's device."""
    settings = target.device.settings
    assert isinstance(settings, GroupSettings)
    return settings


def outgoing(write: Write) -> Value:
    """Return the value to encode.

    Raises:
        RejectedValue: it does not fit the group's DPT. It was not sent.
    """
    try:
        value = write.target.capability.check(write.value)
    except InvalidValue as error:
        raise RejectedValue(f"{write.target.point}: {error}") from None
    assert value is not None
    return turned(write.target, value)


def turned(target: Target, value: Value) -> Value:
    """Return the opposite of a value where the group is inverted, the value itself elsewhere."""
    return not value if group_of(target).inverted else value
