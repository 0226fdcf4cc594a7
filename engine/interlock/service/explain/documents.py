"""What `interlock explain --json` prints and the HTTP API serves. Keys are added, not renamed.

Instants are ISO 8601 with their offset, lengths of time are seconds, values are as JSON has them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainSerializer, WithJsonSchema

from interlock.model import Outcome
from interlock.rules.rule import Verdict

Instant: TypeAlias = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant as all other documents of the command line spell it."""
Truth: TypeAlias = Literal["true", "false", "unknown"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class EditDocument(_Document):
    """A change of the site's files that a running service took over."""

    at: Instant
    text: str


class ReceiptDocument(_Document):
    """What became of a command."""

    point: str
    value: JsonValue
    fields: dict[str, JsonValue]
    outcome: Outcome
    reason: str
    answer: JsonValue
    """The device's own value afterwards, where it told one."""
    exchange: str
    """The request as it was sent and the reply, without secrets."""
    attempts: int
    at: Instant


class CommandDocument(_Document):
    """A command that was given, and what became of it."""

    id: str
    at: Instant
    point: str
    value: JsonValue
    fields: dict[str, JsonValue]
    origin: str
    """Who gave it: ``rule evening``, ``operator cli``."""
    receipt: ReceiptDocument | None
    """None where it has no answer yet, and may have been carried out."""


class FiringHead(_Document):
    """A firing of a rule, and the decision that made it."""

    id: str
    rule: str
    at: Instant
    reason: str
    """One line: the trigger, the condition, and the values that it saw."""
    outcome: str
    """How it ended; empty where it did not."""
    ended_at: Instant | None


class StepDocument(_Document):
    """One action of a firing."""

    at: Instant
    text: str
    note: str
    """What came of it, where that is not plain."""


class FiringDocument(FiringHead):
    """A firing with all that came of it."""

    steps: list[StepDocument]
    commands: list[CommandDocument]


class NearMissDocument(_Document):
    """One way in which a rule looked and did not fire, over all times."""

    trigger: str
    verdict: Verdict
    first_at: Instant
    last_at: Instant
    count: int
    reason: str
    """Of the last time."""


class ClaimDocument(_Document):
    """A claim on a point."""

    point: str
    value: JsonValue
    priority: int
    owner: str
    since: Instant
    until: Instant | None
    ended_at: Instant | None
    """None while it stands."""
    why: str
    """Why it ended."""


class ClauseDocument(_Document):
    """A part of an expression that matters for its truth."""

    what: str
    truth: Truth
    reason: str


class PartDocument(_Document):
    """How a trigger or the condition of a rule stands."""

    what: str
    truth: Truth | None
    """None for what has no truth, such as a time."""
    note: str
    because: list[ClauseDocument]


class StandingDocument(_Document):
    """How a rule stood when the service gave its last sign of life."""

    at: Instant
    is_dry_run: bool
    parts: list[PartDocument]


class RuleDocument(_Document):
    """What a rule did, and when it looked and did nothing. Newest first."""

    kind: Literal["rule"] = "rule"
    rule: str
    enabled: bool | Literal["shadow"] | None
    """As its file says; None where the files have no such rule any more."""
    firings: list[FiringDocument]
    near_misses: list[NearMissDocument]
    claims: list[ClaimDocument]
    edits: list[EditDocument]
    now: StandingDocument | None
    """What keeps it from firing; None where no service has run, or it is off."""


class PointCommand(_Document):
    """A command for a point, and the firing that wanted it."""

    command: CommandDocument
    firing: FiringHead | None
    """None where no rule wanted it."""


class ReadingDocument(_Document):
    """What a point was, from an instant on."""

    at: Instant
    value: JsonValue
    quality: str
    reason: str


class PointDocument(_Document):
    """What was claimed, commanded and read. Newest first."""

    kind: Literal["point"] = "point"
    point: str
    claims: list[ClaimDocument]
    edits: list[EditDocument]
    commands: list[PointCommand]
    readings: list[ReadingDocument]


class TurnDocument(_Document):
    """When the world broke an interlock, or mended it."""

    at: Instant
    is_broken: bool
    reason: str


class InterlockDocument(_Document):
    """What an interlock refused, and when the world broke it. Newest first."""

    kind: Literal["interlock"] = "interlock"
    interlock: str
    turns: list[TurnDocument]
    claims: list[ClaimDocument]
    edits: list[EditDocument]
    refused: list[CommandDocument]


Explanation: TypeAlias = Annotated[
    RuleDocument | PointDocument | InterlockDocument, Field(discriminator="kind")
]
