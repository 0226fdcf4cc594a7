"""What a rule is doing now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from interlock.history.records import RuleSwitch


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """What a rule is doing, and whether it may do anything."""

    rule: str
    is_on: bool
    switch: RuleSwitch | None
    """Who switched it last, other than its file; None for nobody."""
    running: int
    queued: int
    held: int
    """How many points it holds or keeps."""
    fired_at: datetime | None
    """When it fired at last, UTC; None where that was never or long ago."""
