"""What is gathered while the rules are looked at in one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Cause, Decision, Keeping
from interlock.rules.watches.becomes import BecomesWatch
from interlock.rules.watches.watch import Watch


@dataclass(frozen=True, slots=True)
class Timer:
    """A hold that ends at an instant of the state's uptime; None cancels the one that was set before."""

    key: str
    at: timedelta | None


@dataclass(slots=True)
class Moment:
    """What the watches came to so far."""

    came: list[tuple[Watch, Cause]]
    timers: list[Timer]
    memory: dict[str, TriggerMemory]
    decisions: list[Decision]
    keeps: list[Keeping]
    over: list[BecomesWatch] = field(default_factory=list)
    """Those whose rule had fired by what is over now."""
    has_other_schedules: bool = False
