"""What the evaluator needs of watches."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Rule
from interlock.rules.triggers import Trigger


class Watch(Protocol):
    """What the evaluator needs of every watch."""

    rule: Rule
    order: tuple[int, int]
    """The rule's place among the rules, and the trigger's in the rule."""

    @property
    def trigger(self) -> Trigger:
        """The trigger that it watches for."""
        ...


class Waiting(Watch, Protocol):
    """A watch that remembers something, and waits for a time."""

    key: str
    due: timedelta | None
    """The uptime at which its time is over, as the timer was last set."""

    @property
    def past(self) -> tuple[object, ...]:
        """Whatever `memory` depends on: to compare it, where most looks change nothing, costs less."""
        ...

    @property
    def memory(self) -> TriggerMemory:
        """What it must remember across a restart."""
        ...

    @property
    def is_running(self) -> bool:
        """Whether a time is counted."""
        ...

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the times that are running counted until now."""
        ...

    def due_at(self) -> timedelta | None:
        """Return at which uptime its time is over if nothing happens; None where none is running."""
        ...
