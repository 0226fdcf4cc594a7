"""What goes into the journal, besides the model's readings, commands and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from interlock.model import Command, Reading, Receipt
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Decision


@dataclass(frozen=True, slots=True)
class Firing:
    """The start of a rule's actions, and the decision that made it."""

    id: str
    """Unique in the journal; `Journal.run_number` makes it so across restarts."""
    decision: Decision


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a firing's trace: an action, and what came of it."""

    firing: str
    at: datetime
    text: str
    """The action as written: ``set living_ac.hvacmode: cooling``."""
    note: str = ""
    """What came of it, where that is not plain: ``skipped: it is cooling already``."""


@dataclass(frozen=True, slots=True)
class FiringEnd:
    """The end of a rule's actions."""

    firing: str
    at: datetime
    outcome: str
    """How they ended, such as ``done`` or ``stopped: the service ended``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStart:
    """A service began to work with this journal."""

    at: datetime
    version: str
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """A connection was lost, came back, or stopped for good."""

    at: datetime
    connection: str
    text: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a trigger must still know after a restart; the last one of a key counts."""

    key: str
    memory: TriggerMemory


Entry: TypeAlias = (
    Reading
    | Command
    | Receipt
    | Decision
    | Firing
    | Step
    | FiringEnd
    | ServiceStart
    | ConnectionEvent
    | Remembered
)
"""Whatever a journal takes. A decision that fired comes in with its `Firing`, not alone."""
