"""What is said through the control door: a line of JSON for each request, and one for its answer.

A request is ``{"interlock": 1, "ask": {"what": "run", …}}``, with the fields of one of the classes here. The
answer is ``{"interlock": 1, "answer": …}`` or ``{"interlock": 1, "error": {"message": …}}``. The number is
the version; a service answers no other. All of it is between the parts of one installation, and may change
with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlock.errors import Diagnostic, InterlockError
from interlock.model import DEFAULT_PRIORITY, Outcome
from interlock.service.polls import PollPlan

VERSION = 1
MOST_BYTES = 1 << 20
"""Of a line."""

Scalar: TypeAlias = bool | int | float | str


class ControlError(InterlockError):
    """The service cannot do what it was asked for; the message says why."""


class UnknownName(ControlError):
    """Nothing has the name that was asked for."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class DescribeSite(_Message):
    """Tell what the service runs."""

    what: Literal["site"] = "site"


class ReloadSite(_Message):
    """Read the site's files again."""

    what: Literal["reload"] = "reload"


class ListRules(_Message):
    """Tell how all rules are."""

    what: Literal["rules"] = "rules"


class AskRule(_Message):
    """Tell how one rule is."""

    what: Literal["rule"] = "rule"
    rule: str


class RunRule(_Message):
    """Begin a firing of a rule, without its triggers and condition."""

    what: Literal["run"] = "run"
    rule: str
    variables: dict[str, Scalar] = Field(default_factory=dict)


class SwitchRule(_Message):
    """Let a rule act, or not."""

    what: Literal["switch"] = "switch"
    rule: str
    is_on: bool


class CancelRule(_Message):
    """End what a rule is doing."""

    what: Literal["cancel"] = "cancel"
    rule: str


class AskStatus(_Message):
    """Tell how the service is."""

    what: Literal["status"] = "status"


class ListLogs(_Message):
    """Tell from which level on each area is logged."""

    what: Literal["logs"] = "logs"


class SetLog(_Message):
    """Log an area from a level on for a while, or as usual again."""

    what: Literal["log"] = "log"
    area: str
    level: str
    """``debug``, ``info``, ``warning``, ``error`` or ``usual``."""
    length_s: float = 0.0
    """Not looked at where the level is ``usual``."""


class AskPolls(_Message):
    """Tell what is polled how often and why."""

    what: Literal["polls"] = "polls"


class Evaluate(_Message):
    """Compute an expression, or a text with expressions in it."""

    what: Literal["evaluate"] = "evaluate"
    text: str
    given: dict[str, str] = Field(default_factory=dict)
    """What some points are taken to hold, as on the command line."""


class SendCommand(_Message):
    """Send a command by hand, which may hold its point."""

    what: Literal["send"] = "send"
    point: str
    value: str | None = None
    """As `encode_value` writes it, as are those of the fields."""
    fields: dict[str, str] = Field(default_factory=dict)
    priority: int = DEFAULT_PRIORITY
    holds: bool = False
    until: datetime | None = None


class ReleasePoint(_Message):
    """Let go of what hands and operators claim of a point."""

    what: Literal["release"] = "release"
    point: str


class ListClaims(_Message):
    """Tell who claims which points."""

    what: Literal["claims"] = "claims"


class ListPoints(_Message):
    """Tell what the service knows of points, so many at a time."""

    what: Literal["points"] = "points"
    skip: int = 0
    """How many of them were told already."""
    most: int = 1000
    with_unheard: bool = False
    """Whether also those are told that nothing was heard of yet."""


class AskPoint(_Message):
    """Tell what one point is, and what is known of it."""

    what: Literal["point"] = "point"
    point: str


Question: TypeAlias = Annotated[
    DescribeSite
    | ReloadSite
    | ListRules
    | AskRule
    | AskPoint
    | RunRule
    | SwitchRule
    | CancelRule
    | Evaluate
    | SendCommand
    | ReleasePoint
    | ListClaims
    | ListPoints
    | ListLogs
    | SetLog
    | AskPolls
    | AskStatus,
    Field(discriminator="what"),
]


class _Request(_Message):
    interlock: Literal[1] = 1
    ask: Question


class Failure(BaseModel):
    """Why there is no answer."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    message: str
    findings: tuple[Diagnostic, ...] = ()
    """What is wrong in the site's files, where that is why."""


class RuleLine(BaseModel):
    """How one rule is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    rule: str
    mode: str
    """As its file says: ``true``, ``false`` or ``shadow``."""
    is_on: bool
    switched_by: str = ""
    switched_at: datetime | None = None
    running: int = 0
    queued: int = 0
    held: int = 0
    """How many points it holds or keeps."""
    fired_at: datetime | None = None
    due_at: datetime | None = None
    """When one of its triggers on the clock comes next."""


class Changed(BaseModel):
    """What was other in the files."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    changes: tuple[str, ...]


class Began(BaseModel):
    """A firing that began."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    firing: str


class Ended(BaseModel):
    """How many firings were ended."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    count: int


class Done(BaseModel):
    """It is so now."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Rules(BaseModel):
    """How all rules are, in the site's order."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    rules: tuple[RuleLine, ...]


class PointLine(BaseModel):
    """What the service knows of one point."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    point: str
    value: str | None
    """As `encode_value` writes it; None where it is unknown."""
    reason: str = ""
    """Why it is unknown, or how it is known where that is not by reading it."""
    changed_at: datetime | None = None


class FieldLine(BaseModel):
    """One of the named values that a call of a point takes."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    type: str
    description: str
    is_required: bool
    allowed: str
    """In words: ``an integer from 0 to 100 %``."""


class PointAccount(BaseModel):
    """What one point is, and what is known of it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    line: PointLine
    device: str
    connection: str
    """Empty for a point of the service itself."""
    description: str
    type: str
    allowed: str
    """What it takes and holds, in words: ``cooling, heating or auto``."""
    unit: str
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    step: float | None
    has_reading: bool
    is_writable: bool
    fields: tuple[FieldLine, ...]
    """What a call of it takes."""
    is_needed: bool
    """Whether rules, claims or people need it, so that it is read."""
    claims: tuple[ClaimLine, ...]
    """The strongest first."""


class ConnectionLine(BaseModel):
    """How one connection is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    connection: str
    driver: str
    is_there: bool | None
    """Whether it answers; None before anything was heard of it."""
    trouble: str = ""
    """What is wrong with it; empty where nothing is."""
    trouble_since: datetime | None = None
    requests: int = 0
    """That were sent since the start, to read and to command."""
    asked_per_minute: float = 0.0
    """Requests that its polls come to."""
    overruns: int = 0
    """Polls since the start that took longer than until the next was due."""
    last_poll_s: float | None = None
    """How long the last poll took; None before the first was done."""
    is_late: bool = False
    """Whether polls take longer than until the next is due, now."""
    slowed: int = 0
    """Points that are read more rarely than the site says, because of its limits or its server's."""
    used_today: int | None = None
    """Of the day's budget; None where there is none."""
    daily: int | None = None


class SiteLine(BaseModel):
    """What the service runs."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    site: str
    version: str
    """The service's own."""
    timezone: str
    is_dry_run: bool
    connections: dict[str, str]
    """Their drivers, by their names."""
    groups: dict[str, tuple[str, ...]]
    """Devices under a common name."""
    devices: int
    """How many there are."""
    points: int
    rules: int
    interlocks: int


class Status(BaseModel):
    """How the service is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    site: str
    timezone: str = "UTC"
    """The site's."""
    version: str
    started_at: datetime
    now: datetime
    run: int
    """Which run of its journal this is, counted from 1."""
    is_dry_run: bool
    clock_set_at: datetime | None = None
    """When the clock was last found to have been set, by the new time; None where it never was."""
    clock_set_s: float = 0.0
    """By how much, less than 0 for back."""
    connections: tuple[ConnectionLine, ...]
    known: int
    """Points that rules, claims or people need, and whose value is known."""
    unknown: tuple[PointLine, ...]
    """The others, the first of them only where they are many."""
    unknown_count: int
    acting: int
    """Rules that act."""
    shadow: int
    """Of those, the rules that send nothing."""
    off: int
    running: int
    """Firings under way."""
    claims: int


class LogArea(BaseModel):
    """How much of one area is logged."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    area: str
    """As log lines name it."""
    level: str
    """The least that is logged, such as ``info``."""
    until: datetime | None = None
    """When it is as usual again, where somebody changed it."""


class Logs(BaseModel):
    """How much of each area is logged."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    areas: tuple[LogArea, ...]
    timezone: str = "UTC"
    """The site's."""


class Points(BaseModel):
    """What the service knows of some points, in the site's order."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    points: tuple[PointLine, ...]
    """None left where there are none here."""


class Computed(BaseModel):
    """An expression, what it comes to, and what its parts come to."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    text: str
    type: str
    value: str = ""
    """As people write it; empty where it is unknown."""
    reason: str = ""
    """Why it is unknown."""
    parts: tuple[Computed, ...] = ()


class Sent(BaseModel):
    """What became of a command; the fields are those of `interlock.model.Receipt`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    created_at: datetime
    outcome: Outcome
    at: datetime
    answer: str | None = None
    """As `encode_value` writes it."""
    reason: str = ""
    exchange: str = ""
    attempts: int = 1


class ClaimLine(BaseModel):
    """One claim in the priority array of a point."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    point: str
    value: str
    """As `encode_value` writes it."""
    priority: int
    owner: str
    """Such as ``rule living-cooled``."""
    since: datetime
    until: datetime | None = None
    status: str
    """What it comes to now: ``written``, or why it is not."""


class Claims(BaseModel):
    """Who claims what: by points, the strongest of each first."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    claims: tuple[ClaimLine, ...]


Answer: TypeAlias = (
    SiteLine
    | RuleLine
    | PointAccount
    | Changed
    | Began
    | Ended
    | Done
    | Rules
    | Computed
    | Sent
    | Claims
    | Points
    | Logs
    | PollPlan
    | Status
)


class _Reply(BaseModel):
    interlock: Literal[1] = 1
    answer: Mapping[str, object] | None = None
    error: Failure | None = None


def encode_question(question: Question) -> bytes:
    """Return the line that asks."""
    return _Request(ask=question).model_dump_json().encode() + b"\n"


def decode_question(line: bytes) -> Question:
    """Return what a line asks for.

    Raises:
        ControlError: nothing that this version knows.
    """
    try:
        return _Request.model_validate_json(line).ask
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise ControlError(
            f"this is no request of version {VERSION}: {place}: {first['msg'].lower()}"
        ) from None


def encode_answer(answer: Answer | Failure) -> bytes:
    """Return the line that answers."""
    if isinstance(answer, Failure):
        reply = _Reply(error=answer)
    else:
        reply = _Reply(answer=answer.model_dump(mode="json"))
    return reply.model_dump_json().encode() + b"\n"


def decode_answer(line: bytes) -> Mapping[str, object] | Failure:
    """Return what a line answers.

    Raises:
        ControlError: no answer of this version.
    """
    try:
        reply = _Reply.model_validate_json(line)
    except ValidationError:
        raise ControlError("the service answers in another version: restart it") from None
    return reply.error or reply.answer or {}
