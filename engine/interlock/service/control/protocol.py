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
from interlock.model import DEFAULT_PRIORITY
from interlock.service.control.answers import (
    ApiLine,
    Began,
    Changed,
    ClaimLine,
    Claims,
    Computed,
    ConnectionLine,
    Done,
    Ended,
    FieldLine,
    JournalLine,
    LogArea,
    Logs,
    PointAccount,
    PointLine,
    Points,
    RefusedEdit,
    ReleasedClaims,
    RuleLine,
    Rules,
    RuleStanding,
    Sent,
    SiteLine,
    Status,
    UnknownPoints,
)
from interlock.service.polls import PollPlan

__all__ = [
    "MOST_BYTES",
    "VERSION",
    "Answer",
    "ApiLine",
    "AskPoint",
    "AskPolls",
    "AskRule",
    "AskStanding",
    "AskStatus",
    "Began",
    "CancelRule",
    "Changed",
    "ClaimLine",
    "Claims",
    "Computed",
    "ConnectionLine",
    "ControlError",
    "DescribeSite",
    "Done",
    "Ended",
    "Evaluate",
    "Failure",
    "FieldLine",
    "JournalLine",
    "ListClaims",
    "ListLogs",
    "ListPoints",
    "ListRules",
    "LogArea",
    "Logs",
    "PointAccount",
    "PointLine",
    "Points",
    "Question",
    "RefusedEdit",
    "ReleasePoint",
    "ReleasedClaims",
    "ReloadSite",
    "RuleLine",
    "RuleStanding",
    "Rules",
    "RunRule",
    "Scalar",
    "SendCommand",
    "SendWords",
    "Sent",
    "SetLog",
    "SiteLine",
    "Status",
    "SwitchRule",
    "UnknownName",
    "UnknownPoints",
    "another_version",
    "decode_answer",
    "decode_question",
    "encode_answer",
    "encode_question",
]

VERSION = 1
MOST_BYTES = 1 << 20
"""Of a line."""
_NO_REQUEST = f"this is no request of version {VERSION}:"
"""How a service begins that does not know a question."""

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


class AskStanding(_Message):
    """Tell how one rule is, and what keeps it from firing now."""

    what: Literal["standing"] = "standing"
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


class SendWords(_Message):
    """Send a command by hand as it was written; the service says what the words mean."""

    what: Literal["words"] = "words"
    point: str
    value: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    priority: int | None = None
    """None for the usual one."""
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
    | AskStanding
    | AskPoint
    | RunRule
    | SwitchRule
    | CancelRule
    | Evaluate
    | SendCommand
    | SendWords
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
    is_unknown: bool = False
    """Whether nothing has the name that was asked for."""


Answer: TypeAlias = (
    SiteLine
    | RuleLine
    | RuleStanding
    | PointAccount
    | Changed
    | Began
    | Ended
    | ReleasedClaims
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
        raise ControlError(f"{_NO_REQUEST} {place}: {first['msg'].lower()}") from None


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
        raise another_version() from None
    if reply.error and reply.error.message.startswith(_NO_REQUEST):
        raise another_version()
    return reply.error or reply.answer or {}


def another_version() -> ControlError:
    """Return what is to be said of a service that was installed before, or after, what asks it."""
    return ControlError("the service answers in another version: restart it")
