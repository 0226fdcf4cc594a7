"""What the HTTP API takes and gives besides the desk's own answers: points, claims and commands with values.

The desk's answers hold values as texts that keep their types. Here they are as JSON has them: on and off are
true and false, a duration is its seconds, an instant a text.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from interlock.history.values import as_json, decode_value
from interlock.model import Outcome
from interlock.service.api.event_forms import Plain
from interlock.service.control.protocol import ClaimLine, FieldLine, PointAccount, PointLine, Sent
from interlock.service.explain.documents import CommandDocument, FiringHead

_INSTANT = datetime(2026, 7, 14, 12, 0, 5, tzinfo=UTC)
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Text: TypeAlias = Annotated[str, StringConstraints(max_length=4000)]
_Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Given: TypeAlias = bool | int | _Number | _Text
"""A value that somebody gives: words are taken as in rules, ``on`` for true, ``5m`` for a duration."""


def instant(text: object) -> object:
    """Return the instant that a text is, in UTC.

    Raises:
        ValueError: it is none, or has no offset.
    """
    if not isinstance(text, str):
        raise ValueError("it must be a text such as 2026-07-14T12:00:05Z")
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("it must be an instant such as 2026-07-14T12:00:05Z") from None
    if found.tzinfo is None:
        raise ValueError("it needs an offset, such as Z or +02:00")
    return found.astimezone(UTC)


Instant: TypeAlias = Annotated[datetime, BeforeValidator(instant, json_schema_input_type=datetime)]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CommandRequest(_Taken):
    """A command to be sent."""

    point: Name = Field(description="written device.controller", examples=["living_ac.hvacmode"])
    value: Given | Annotated[list[Given], Field(max_length=100)] | None = Field(
        None, description="what it is set to; null for a point that takes none", examples=["cooling"]
    )
    fields: dict[Name, Given] = Field(
        {}, max_length=100, description="for a point that is called with named values", examples=[{}]
    )
    hold: bool = Field(
        False, description="whether the value stays claimed, as interlock override does", examples=[True]
    )
    priority: Annotated[int, Field(ge=1, le=16)] | None = Field(
        None, description="1 is the strongest; 8 where it holds, else 16, unless said", examples=[8]
    )
    until: Instant | None = Field(
        None, description="with hold: when it is let go; else when it is released", examples=[None]
    )


class RunRequest(_Taken):
    """What a firing begins with."""

    variables: dict[Name, Given] = Field(
        {}, max_length=100, description="of the rule's own variables", examples=[{}]
    )


class EvaluateRequest(_Taken):
    """An expression to be computed."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        description="as in a rule; or a text with {{ }} in it", examples=["living_thermostat.actualtemp > 25"]
    )
    given: dict[Name, _Text] = Field(
        {},
        max_length=100,
        description="what some points are taken to hold, as on the command line",
        examples=[{"living_thermostat.actualtemp": "26"}],
    )


class PointState(BaseModel):
    """What is known of a point."""

    point: str = Field(examples=["living_thermostat.actualtemp"])
    value: Plain = Field(description="null where it is unknown", examples=[26.4])
    reason: str = Field(description="why it is unknown, or how it is known", examples=[""])
    changed_at: datetime | None = Field(examples=[_INSTANT])


class PointPage(BaseModel):
    """Some points, in the site's order."""

    points: list[PointState]
    next: int | None = Field(description="the 'skip' of the next page; null on the last one", examples=[None])


class ClaimState(BaseModel):
    """A claim in the priority array of a point."""

    point: str = Field(examples=["living_ac.hvacmode"])
    value: Plain = Field(examples=["cooling"])
    priority: int = Field(description="1 is the strongest", examples=[8])
    owner: str = Field(examples=["rule living-cooled"])
    since: datetime = Field(examples=[_INSTANT])
    until: datetime | None = Field(description="null where it stands until it is released", examples=[None])
    state: str = Field(description="what it comes to now: written, or why it is not", examples=["written"])


class PointDetails(PointState):
    """What a point is, and what is known of it."""

    device: str = Field(examples=["living_thermostat"])
    connection: str = Field(description="empty for a point of the service itself", examples=["house"])
    description: str
    type: str = Field(examples=["number"])
    allowed: str = Field(description="what it holds, in words", examples=["a number from 5 to 35 °C"])
    unit: str = Field(examples=["°C"])
    choices: list[str]
    minimum: float | None
    maximum: float | None
    step: float | None
    has_reading: bool = Field(description="whether it can be read, or is known by what it was set to")
    is_writable: bool
    fields: list[FieldLine] = Field(description="what a call of it takes")
    is_needed: bool = Field(description="whether rules, claims or people need it, so that it is read")
    claims: list[ClaimState] = Field(description="the strongest first")
    read_at: datetime | None = Field(
        description="when it was last known to be good; null where it never was", examples=[_INSTANT]
    )


class ClaimList(BaseModel):
    """Who claims what: by points, the strongest of each first."""

    claims: list[ClaimState]


class CommandResult(BaseModel):
    """What became of a command."""

    id: str = Field(examples=["3-17"])
    created_at: datetime = Field(examples=[_INSTANT])
    outcome: Outcome = Field(examples=[Outcome.ACCEPTED])
    at: datetime = Field(examples=[_INSTANT])
    answer: Plain = Field(description="the device's own value afterwards, where it told one")
    reason: str = Field(description="why it was not accepted", examples=[""])
    exchange: str = Field(description="the request and the reply in short, without secrets", examples=[""])
    attempts: int = Field(examples=[1])


class UnderWay(BaseModel):
    """A command that has no answer yet: a device that takes its time, or that does not answer."""

    detail: str
    commands: str = Field(
        description="where what became of it is told", examples=["/v1/commands?point=living_ac.hvacmode"]
    )


class Released(BaseModel):
    """How many claims were let go."""

    count: int = Field(examples=[1])


def plain(text: str | None) -> Plain:
    """Return a value of the desk's answers as JSON has it; words for the numbers that JSON has none for."""
    found = None if text is None else as_json(decode_value(text))
    if isinstance(found, list):
        return [str(each) if not isinstance(each, bool | int | float) else each for each in found]
    if isinstance(found, float) and not math.isfinite(found):
        return str(found)
    return found if isinstance(found, bool | int | float | str) else None


def point_state(line: PointLine) -> PointState:
    """Return what is known of a point."""
    return PointState(
        point=line.point, value=plain(line.value), reason=line.reason, changed_at=line.changed_at
    )


def point_details(account: PointAccount) -> PointDetails:
    """Return what a point is, and what is known of it."""
    own = account.model_dump(exclude={"line", "claims", "fields"})
    return PointDetails(
        **dict(point_state(account.line)),
        **own,
        fields=list(account.fields),
        claims=[claim_state(each) for each in account.claims],
    )


def claim_state(line: ClaimLine) -> ClaimState:
    """Return a claim."""
    return ClaimState(
        point=line.point,
        value=plain(line.value),
        priority=line.priority,
        owner=line.owner,
        since=line.since,
        until=line.until,
        state=line.status,
    )


def command_result(sent: Sent) -> CommandResult:
    """Return what became of a command."""
    return CommandResult(**sent.model_dump(exclude={"answer"}), answer=plain(sent.answer))


class FiringPage(BaseModel):
    """Some firings, the last one first."""

    firings: list[FiringHead]
    next: str | None = Field(
        description="the 'before' of the next page; null on the last one", examples=[None]
    )


class CommandPage(BaseModel):
    """Some commands, the last one first."""

    commands: list[CommandDocument]
    next: str | None = Field(
        description="the 'before' of the next page; null on the last one", examples=[None]
    )
