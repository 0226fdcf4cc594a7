"""Commands as people give them, made ready to be sent: checked against what their point takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from interlock.capabilities import ValueType
from interlock.driver import Target
from interlock.errors import InvalidValue
from interlock.history.values import encode_value
from interlock.model import DEFAULT_PRIORITY
from interlock.rules.claims import MANUAL_PRIORITY
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import ControlError, SendCommand
from interlock.service.control.sending import known_point


def command_for(
    engine: Engine,
    point: str,
    value: object,
    fields: Mapping[str, object],
    *,
    holds: bool,
    priority: int | None,
    until: datetime | None,
) -> SendCommand:
    """Return the question that sends a command.

    Args:
        engine: Runs the site.
        point: Its name.
        value: As in YAML: ``on``, ``21.5``, ``cooling``; None for a point that takes none.
        fields: The same, of a point that is called with named values.
        holds: Whether it stays as a claim.
        priority: Where it stands in the point's priority array; None for the usual place.
        until: When a claim is let go; None when it is released.

    Raises:
        UnknownName: the running site has no such point.
        ControlError: the point does not take it.
    """
    target = engine.site.targets[known_point(engine, point)]
    usual = MANUAL_PRIORITY if holds else DEFAULT_PRIORITY
    if until is not None and not holds:
        raise ControlError("'until' says how long a value is held: set 'hold' to true")
    if until is not None and until <= engine.state.now:
        raise ControlError(f"it is {engine.state.now.isoformat(timespec='seconds')}: 'until' is over")
    if holds and (target.capability.is_trigger or target.capability.type is ValueType.NONE):
        raise ControlError(f"{target.point} holds no value")
    try:
        return SendCommand(
            point=target.point,
            value=_value(target, value),
            fields=_fields(target, fields),
            priority=priority or usual,
            holds=holds,
            until=until,
        )
    except InvalidValue as error:
        raise ControlError(f"{target.device.name}.{error}") from error


def _value(target: Target, value: object) -> str | None:
    capability = target.capability
    if not capability.writable:
        raise ControlError(f"{target.point} cannot be set: it can only be read")
    if value is None and capability.type is not ValueType.NONE:
        raise ControlError(f"{target.point} needs a value: {capability.allowed}")
    checked = capability.check(value)
    return None if checked is None else encode_value(checked)


def _fields(target: Target, fields: Mapping[str, object]) -> dict[str, str]:
    checked = target.capability.check_fields(fields)
    return {name: encode_value(value) for name, value in checked.items()}
