"""What the routes of the HTTP API stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from interlock.clock import Clock
from interlock.config.journal_place import JournalPlace
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import Condition
from interlock.service.control.protocol import Answer, Question
from interlock.service.desk import Asker
from interlock.service.onlookers.onlookers import Onlookers


class Desk(Protocol):
    """Answers questions, as it does those of the control socket."""

    async def __call__(self, question: Question, who: Asker) -> Answer:
        """Do what somebody asks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One running service, as its routes see it."""

    engine: Engine
    """For what is only looked at; whatever is asked for or done goes to the desk."""
    desk: Desk
    """Answers questions, as it does those of the control socket."""
    clock: Clock
    journal: JournalPlace
    """Read on connections of its own, never on the one that the engine writes."""
    onlookers: Onlookers
    """Count what happens, and tell of it."""
    condition: Condition
    """How the service is beside its site."""
