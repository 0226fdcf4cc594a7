"""What one point of a running site is, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.capabilities import Capability
from interlock.model import Point
from interlock.runtime.engine import Engine
from interlock.service.accounts.point_lines import point_line
from interlock.service.control.protocol import FieldLine, PointAccount
from interlock.service.control.sending import claims_on
from interlock.virtual import is_virtual


def account_of(engine: Engine, point: Point) -> PointAccount:
    """Return what a point of the running site is, and what is known of it."""
    target = engine.site.targets[point]
    capability = target.capability
    return PointAccount(
        line=point_line(engine, point),
        device=target.device.name,
        connection="" if is_virtual(target) else target.device.connection,
        description=capability.description,
        type=capability.type.value,
        allowed=capability.allowed,
        unit=capability.unit,
        choices=capability.choices,
        minimum=capability.minimum,
        maximum=capability.maximum,
        step=capability.step,
        has_reading=capability.has_reading,
        is_writable=capability.writable,
        fields=_fields(capability),
        is_needed=point in engine.needed,
        claims=tuple(claims_on(engine, point)),
        read_at=engine.state.good_at(point),
    )


def _fields(capability: Capability) -> Sequence[FieldLine]:
    return tuple(
        FieldLine(
            name=each.name,
            type=each.type.value,
            description=each.description,
            is_required=each.is_required,
            allowed=each.as_capability().allowed,
        )
        for each in capability.fields
    )
