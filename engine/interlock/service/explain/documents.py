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


class ReadingDocument(_Document):
    """What a point was, from an instant on."""

    at: Instant
    value: JsonValue
    quality: str
    reason: str


class ThenDocument(_Document):
    """The instant that was asked about."""

    at: Instant
    is_alive: bool
    """Whether a service ran at it."""
    note: str
    """That no service ran, or the journal does not reach so far; empty where it does."""


class GapDocument(_Document):
    """Time that the journal lacks, though a service ran: what happened then is not told."""

    since: Instant | None
    """None where nothing of it can be read."""
    until: Instant | None
    """None where it lacks everything from then on."""
    reason: str


class CommandDocument(_Document):
    """A command that was given, and what became of it."""

    id: str
    at: Instant
    point: str
    value: JsonValue
    fields: dict[str, JsonValue]
    origin: str
    """Who gave it: ``rule evening``, ``operator cli``."""
    priority: int
    receipt: ReceiptDocument | None
    """None where it has no answer yet, and may have been carried out."""
    earlier: list[ReceiptDocument]
    """What became of it before: that a guard let it wait, and until when."""
    shown: ReadingDocument | None
    """What its point showed within a minute: what was wanted, if it showed that, or else what it came to.

    None where that was not looked up, or it was not carried out.
    """


class SeenDocument(_Document):
    """A point as a decision saw it."""

    point: str
    value: JsonValue
    """None where it was unknown."""
    note: str
    """Why it was unknown, and since when."""
    read_at: Instant | None
    """When it was last known to be good; None where it never was, or an older version decided."""
    age_s: float | None
    """How many seconds that was before the decision."""


class JudgedDocument(_Document):
    """An expression, what it came to, and what its parts came to."""

    text: str
    value: JsonValue
    """None where it was unknown."""
    reason: str
    """Why it was unknown."""
    since: Instant | None
    """Of a point: since when it had this value."""
    read_at: Instant | None
    """Of a point: when it was last known to be good, as far as the journal tells."""
    parts: list[JudgedDocument]


class FiringHead(_Document):
    """A firing of a rule, and the decision that made it."""

    id: str
    rule: str
    at: Instant
    reason: str
    """One line: the trigger, the condition, and the values that it saw."""
    trigger: str
    """As written; further triggers that came with it are in `also`."""
    also: list[str]
    condition: str
    """As written then; empty where there was none."""
    truth: Truth
    """What the condition came to; true where there was none."""
    seen: list[SeenDocument]
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

    kind: Literal["firing"] = "firing"
    judged: list[JudgedDocument]
    """The trigger's expression and the condition, taken apart; empty where the files have them no more."""
    steps: list[StepDocument]
    commands: list[CommandDocument]
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


class SpellDocument(_Document):
    """A near miss, or several on end for the same reason."""

    first_at: Instant
    last_at: Instant
    count: int
    reason: str
    seen: list[SeenDocument]
    """As it was the last time."""


class NearMissDocument(_Document):
    """One way in which a rule looked and did not fire, over all times."""

    trigger: str
    verdict: Verdict
    first_at: Instant
    last_at: Instant
    count: int
    reason: str
    """Of the last time."""
    lately: list[SpellDocument]
    """The last ones, newest first; how many are kept is bounded, and the others are only counted."""


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
    judged: JudgedDocument | None
    """The whole expression, taken apart; None where there is none."""


class StandingDocument(_Document):
    """How a rule stood at the instant that was asked about, or at the service's last sign of life."""

    at: Instant
    is_live: bool
    """Whether the service that runs says so, of now."""
    is_dry_run: bool
    parts: list[PartDocument]


class SwitchDocument(_Document):
    """How a rule was switched while the service ran."""

    at: Instant
    is_on: bool
    by: str


class RuleNowDocument(_Document):
    """How a rule is now, as the service that runs says."""

    is_on: bool
    running: int
    """Firings under way."""
    queued: int
    """Firings that wait for those."""
    held: int
    """Points that it holds or keeps."""
    fired_at: Instant | None
    due_at: Instant | None
    """When one of its triggers on the clock comes next."""


class RuleDocument(_Document):
    """What a rule did, and when it looked and did nothing. Newest first."""

    kind: Literal["rule"] = "rule"
    rule: str
    then: ThenDocument | None
    """Where an instant was asked about: everything is until it."""
    enabled: bool | Literal["shadow"] | None
    """As its file says; None where the files have no such rule any more."""
    switched: SwitchDocument | None
    """How a hand or a rule switched it last; None where nobody did."""
    firings: list[FiringDocument]
    next_firing: FiringHead | None
    """The first one after the instant that was asked about."""
    near_misses: list[NearMissDocument]
    claims: list[ClaimDocument]
    edits: list[EditDocument]
    now: StandingDocument | None
    """What keeps it from firing, or kept it then; None where no service ran, or it is off."""
    service: RuleNowDocument | None
    """None where no service runs or an instant was asked about, or it does not have the rule."""
    is_loaded: bool
    """Whether the service that runs has it; true where none runs."""
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


class PointCommand(_Document):
    """A command for a point, and the firing that wanted it."""

    command: CommandDocument
    firing: FiringHead | None
    """None where no rule wanted it."""


class ClaimNowDocument(_Document):
    """A claim that stands."""

    value: JsonValue
    priority: int
    owner: str
    since: Instant
    until: Instant | None
    state: str
    """What it comes to: ``written``, or why it is not."""


class PointNowDocument(_Document):
    """What a point is now, as the service that runs says."""

    at: Instant
    value: JsonValue
    """None where it is unknown."""
    reason: str
    """Why it is unknown, or how it is known where that is not by reading it."""
    changed_at: Instant | None
    read_at: Instant | None
    """When it was last known to be good."""
    is_needed: bool
    """Whether somebody needs it, so that it is read."""
    claims: list[ClaimNowDocument]
    """The strongest first."""


class PointDocument(_Document):
    """What was claimed, commanded and read. Newest first."""

    kind: Literal["point"] = "point"
    point: str
    then: ThenDocument | None
    """Where an instant was asked about: everything is until it, and claims are those that stood."""
    now: PointNowDocument | None
    """None where no service runs or an instant was asked about, or it does not have the point."""
    is_loaded: bool
    """Whether the service that runs has it; true where none runs."""
    claims: list[ClaimDocument]
    edits: list[EditDocument]
    commands: list[PointCommand]
    next_command: PointCommand | None
    """The first one after the instant that was asked about."""
    readings: list[ReadingDocument]
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


class DeviceDocument(_Document):
    """What the points of a device were last, and who commanded them last."""

    kind: Literal["device"] = "device"
    device: str
    points: list[PointDocument]
    edits: list[EditDocument]
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


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
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


class GivenCommand(PointCommand):
    """One command that was asked about by its id."""

    kind: Literal["command"] = "command"
    gaps: list[GapDocument] = Field(default_factory=list)
    """What the journal lacks; empty for what is told as a part of something else."""


Explained: TypeAlias = (
    RuleDocument | PointDocument | InterlockDocument | DeviceDocument | FiringDocument | GivenCommand
)
Explanation: TypeAlias = Annotated[Explained, Field(discriminator="kind")]
"""What a subject is told by; `kind` says which of these it is."""
