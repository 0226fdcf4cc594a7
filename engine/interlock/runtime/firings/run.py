"""One firing at work: which rule, by whose leave, where it is, and what it has sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias

from interlock.expressions.scope import VARIABLES
from interlock.expressions.view import Names
from interlock.model import Origin, OriginKind, Receipt, Value
from interlock.rules.actions import Action
from interlock.rules.rule import Mode, Rule, Verdict
from interlock.runtime.firings.progress import Progress

Further: TypeAlias = Mapping[str, Mapping[str, Value]]
"""Names that are found inside an action only, such as ``repeat.index``."""


class Suspended(Exception):
    """The service ends or reloads: the firing goes on where it is, later."""


class Ended(Exception):
    """``stop`` was reached; the message says why."""


class StepFailed(Exception):
    """A step cannot be done; the message says why."""


class Part(Enum):
    """Which of a rule's actions a firing performs."""

    ACTIONS = "actions"
    ELSE = "else"
    """The trigger came and the condition was false."""
    FINALLY = "finally"
    """What the trigger was about has ended."""

    @classmethod
    def after(cls, verdict: Verdict) -> Part | None:
        """Return which actions are performed by a decision; None for none."""
        match verdict:
            case Verdict.FIRED:
                return cls.ACTIONS
            case Verdict.CONDITION_FALSE:
                return cls.ELSE
            case Verdict.ENDED | Verdict.LET_GO:
                return cls.FINALLY
            case _:
                return None

    @property
    def verb(self) -> str:
        """What a rule does by it, as the log says it."""
        return "fires" if self is Part.ACTIONS else f"does its {self.value}"

    def actions_of(self, rule: Rule) -> Sequence[Action]:
        """Return which actions of a rule these are."""
        match self:
            case Part.ACTIONS:
                return rule.actions
            case Part.ELSE:
                return rule.otherwise
            case Part.FINALLY:
                return rule.undo


@dataclass(slots=True, eq=False)
class Run:
    """One firing at work."""

    id: str
    rule: Rule
    names: Names
    """What set it off, as expressions read it."""
    part: Part = Part.ACTIONS
    progress: Progress = field(default_factory=Progress)
    variables: dict[str, Value] = field(default_factory=dict)
    receipts: list[asyncio.Future[Receipt]] = field(default_factory=list)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it has ended, however that was."""

    @property
    def origin(self) -> Origin:
        """Who commands."""
        return Origin(OriginKind.RULE, self.rule.id, self.id)

    @property
    def is_shadow(self) -> bool:
        """Whether nothing of it may be sent."""
        return self.rule.mode is Mode.SHADOW

    @property
    def is_called(self) -> bool:
        """Whether it was begun by ``run`` or a hand, without triggers and condition."""
        return self.progress.get("", "is_called") is True

    @property
    def actions(self) -> Sequence[Action]:
        """What it performs."""
        return self.part.actions_of(self.rule)

    @property
    def has_more(self) -> bool:
        """Whether something is left to do behind the step that it is at."""
        number = self.progress.get("", "next")
        return len(self.progress.notes) > 1 or (isinstance(number, int) and number + 1 < len(self.actions))

    def note(self, name: str, **fields: Value) -> None:
        """Let the expressions of the actions that follow find a name with these fields."""
        self.names = {**self.names, name: fields}

    def seen(self, further: Names) -> Names:
        """Return every name that an expression of it finds."""
        return {**self.names, **further, VARIABLES: self.variables}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a rule's actions a performer is."""

    receipts: list[asyncio.Future[Receipt]]
    """Takes what is sent there."""
    path: str = ""
    """Of the action in the tree of actions, by which its progress is noted."""
    names: Further = field(default_factory=dict)

    def step(self, name: object, names: Further | None = None) -> Place:
        """Return the place of something inside, where further names may be found."""
        inside = {**self.names, **names} if names else self.names
        return Place(self.receipts, f"{self.path}/{name}", inside)

    def watched(self) -> Place:
        """Return the same place with receipts of its own."""
        return replace(self, receipts=[])
