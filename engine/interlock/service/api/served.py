"""What the routes of the HTTP API stand on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from interlock.clock import Clock
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import Answer, Question
from interlock.service.onlookers import Onlookers

Desk: TypeAlias = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One running service, as its routes see it."""

    engine: Engine
    """For what is only looked at; whatever is asked for or done goes to the desk."""
    desk: Desk
    """Answers questions, as it does those of the control socket."""
    clock: Clock
    journal: Path
    """Read on connections of its own, never on the one that the engine writes."""
    onlookers: Onlookers
    """Count what happens, and tell of it."""
