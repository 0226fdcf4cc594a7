"""Claims on points: who wants which value, how strongly, since when; as in BACnet's priority array."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from interlock.model import DEFAULT_PRIORITY, Origin, Point, Value

INTERLOCK_PRIORITY = 5
"""Critical equipment control: what an interlock's ``instead`` is kept at."""
GUARD_PRIORITY = 6
"""Minimum on/off: what guards stand at. Claims stronger than this pass them."""
MANUAL_PRIORITY = 8
"""Manual operator: what hands and ``interlock override`` claim at."""

PRIORITY_NAMES = {
    "manual_life_safety": 1,
    "automatic_life_safety": 2,
    "critical_equipment": INTERLOCK_PRIORITY,
    "minimum_on_off": GUARD_PRIORITY,
    "manual_operator": MANUAL_PRIORITY,
    "default": DEFAULT_PRIORITY,
}
"""The customary names of priorities, ASHRAE 135 clause 19.2, as rules write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value that somebody holds a point at. An owner has one claim on a point at most."""

    point: Point
    value: Value
    priority: int
    """1 is the strongest, 16 the weakest."""
    owner: Origin
    since: datetime
    """UTC. Among claims of one priority the newest wins, then the owner's name."""
    until: datetime | None = None
    """UTC; None where it stands until it is released."""
