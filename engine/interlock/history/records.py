"""What goes into the journal, besides the model's readings, commands and receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from interlock.driver import Recorded
from interlock.expressions.view import Names
from interlock.model import Command, Reading, Receipt, Value
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Decision

DRY_RUN, SHADOW_RULE = "dry run", "shadow rule"
"""Why something was not sent, in receipts and traces."""
NOT_SENT = "not sent: "
"""What a trace says of a message or a request that was not sent, before the reason."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Where a firing is that has not ended: what it needs to go on after a restart. The last one counts."""

    firing: str
    rule: str
    digest: str
    """Of the rule's text then: a rule that was changed does not go on in the middle."""
    part: str
    """Which of the rule's actions it performs."""
    names: Names
    """What its expressions find, such as ``trigger``."""
    variables: Mapping[str, Value]
    notes: Mapping[str, Mapping[str, Value]]
    """What its actions noted, by their path."""
    is_dry: bool = False
    """Whether nothing of it was sent, because the service ran dry."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What ``save`` kept under a name; the last one counts."""

    name: str
    values: Mapping[str, Value]
    """By point."""


@dataclass(frozen=True, slots=True)
class RuleSwitch:
    """A rule was switched on or off while the service ran; the last one counts."""

    rule: str
    at: datetime
    is_on: bool
    by: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Somebody claims a point, in place of what the same owner claimed there before."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class LetGo:
    """A claim does not stand any more."""

    claim: Claim
    at: datetime
    why: str
    """Such as ``its time is over`` or ``released by operator cli``."""


@dataclass(frozen=True, slots=True)
class InterlockTurn:
    """The world made true what an interlock says must never be, or ended it."""

    interlock: str
    at: datetime
    is_broken: bool
    reason: str
    """What is true or over, and the values that were seen."""


@dataclass(frozen=True, slots=True)
class Reload:
    """The site was edited while the service ran."""

    at: datetime
    changes: tuple[str, ...]
    """What was other, such as ``rule evening was added``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a service has to know of its earlier runs, besides what triggers remember."""

    unfinished: tuple[Unfinished, ...] = ()
    """Firings that had not ended, oldest first."""
    saved: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """What was saved under each name: values by point."""
    switches: Mapping[str, RuleSwitch] = field(default_factory=dict)
    """Rules that were switched, by their ids."""
    fired: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """When rules fired lately, and when at last, oldest first, by their ids."""
    claims: tuple[Claim, ...] = ()
    """Claims that nobody let go, oldest first; also those whose time is over meanwhile."""


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
    | Unfinished
    | Saved
    | RuleSwitch
    | Recorded
    | Reload
    | Claimed
    | LetGo
    | InterlockTurn
)
"""Whatever a journal takes. A decision that fired comes in with its `Firing`, not alone."""
