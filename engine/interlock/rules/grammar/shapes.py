"""The keys of rules and actions. What needs the site to be understood is left as it is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from interlock.capabilities import nearest
from interlock.config.validation import Unread
from interlock.duration_field import Duration
from interlock.durations import parse_duration
from interlock.model import DEFAULT_PRIORITY
from interlock.rules.claims import PRIORITY_NAMES
from interlock.rules.rule import Limit, Mode

_IDENTIFIER = re.compile(r"[^\W\d][\w.-]*")


def _mode(value: object) -> Mode:
    match value:
        case bool():
            return Mode.ON if value else Mode.OFF
        case "shadow":
            return Mode.SHADOW
        case _:
            raise ValueError("write true, false or shadow")


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError("it is made of letters, digits, '_', '-' and '.', and begins with a letter or '_'")
    return text


def _field_name(text: str) -> str:
    if not text.isidentifier() or text in ("status", "body"):
        raise ValueError("it is made of letters, digits and '_', and is neither 'status' nor 'body'")
    return text


def _limit(text: object) -> object:
    found = re.fullmatch(r"\s*(\d+)\s+per\s+(\S+)\s*", text) if isinstance(text, str) else None
    if not found or not int(found[1]):
        raise ValueError("write for example '6 per 1h'")
    return Limit(count=int(found[1]), period=parse_duration(found[2]))


def _priority(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in PRIORITY_NAMES:
        meant = nearest(value, PRIORITY_NAMES)
        hint = f"did you mean '{meant}'?" if meant else f"or one of {', '.join(PRIORITY_NAMES)}"
        raise ValueError(f"'{value}' is no priority: write a number from 1 to 16; {hint}")
    return PRIORITY_NAMES[value]


Identifier = Annotated[str, AfterValidator(_identifier)]
Texts = str | list[str]
Priority = Annotated[int, Field(ge=1, le=16), BeforeValidator(_priority)]
"""A level of the priority array: 1 … 16, or the name of one."""


class Shape(BaseModel):
    """What the keys of every mapping have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class RuleShape(Shape):
    """A rule."""

    id: Identifier = Field(description="a rule needs a name of its own, such as 'id: cool-living-room'")
    description: str = ""
    triggers: Unread = None
    condition: Unread = None
    actions: Unread = Field(description="what the rule does, such as '- set: {device.controller: value}'")
    enabled: Annotated[Mode, BeforeValidator(_mode)] = Mode.ON
    mode: Literal["single", "restart", "queued", "parallel"] = "single"
    most: int = Field(10, alias="max", ge=1, le=1000, description="how many firings may run or wait")
    cooldown: Duration = Field(timedelta(), ge=timedelta())
    limit: Annotated[Limit | None, BeforeValidator(_limit)] = None
    variables: Unread = None
    otherwise: Unread = Field(None, alias="else", description="done where the condition is false")
    undo: Unread = Field(None, alias="finally", description="done when what it became has ended")
    initial: Literal["fire", "wait"] | None = None


class KeepShape(Shape):
    """A rule that keeps."""

    id: Identifier = Field(description="a rule needs a name of its own, such as 'id: living-cooled'")
    description: str = ""
    condition: Unread = Field(None, alias="while", description="it is kept while this is true")
    until: Unread = Field(None, description="what ends it, where that is not 'while' being false")
    hold: Unread = Field(None, alias="for", description="how long 'while' must be true before it begins")
    keep: dict[str, object] = Field(description="points and values, such as '{device.controller: value}'")
    priority: Priority = DEFAULT_PRIORITY
    on_unknown: Literal["hold", "release"] = "hold"
    undo: Unread = Field(None, alias="finally", description="done when it ends")
    enabled: Annotated[Mode, BeforeValidator(_mode)] = Mode.ON
    variables: Unread = None


class InterlockShape(Shape):
    """An interlock."""

    id: Identifier = Field(description="an interlock needs a name of its own, such as 'id: never-both'")
    description: str = ""
    never: Unread = Field(description="what must not be true of points together")
    instead: dict[str, object] = Field(
        default_factory=dict, description="what is kept while it is true nevertheless"
    )
    unknown: Literal["safe", "unsafe"] = Field(
        "unsafe", description="whether a command passes that leaves it unknown"
    )
    variables: Unread = None


class SetShape(Shape):
    """``set``."""

    set: dict[str, object]
    only_if_different: bool = True
    hold: Unread = Field(None, alias="for", description="how long it is held")
    priority: Priority | None = None


class ReleaseShape(Shape):
    """``release``."""

    release: Texts


class CallShape(Shape):
    """``call``."""

    call: str
    fields: Unread = Field(None, alias="with")
    priority: Priority = DEFAULT_PRIORITY


class VerbShape(Shape):
    """A verb, which stands under its own name."""

    model_config = ConfigDict(extra="ignore")

    priority: Priority = DEFAULT_PRIORITY


class LogShape(Shape):
    """``log``."""

    log: Unread


class DelayShape(Shape):
    """``delay``."""

    delay: Unread


class WaitShape(Shape):
    """``wait``."""

    wait: Unread
    hold: Unread = Field(None, alias="for")
    timeout: Unread = None
    on_timeout: Literal["stop", "continue"] = "stop"


class ChooseShape(Shape):
    """``choose``."""

    choose: list[object]
    default: Unread = None


class RepeatShape(Shape):
    """What stands in ``repeat``."""

    count: Unread = None
    before: Unread = Field(None, alias="while")
    until: Unread = None
    for_each: Unread = None
    actions: Unread = Field(description="what is done in each round")


class SaveShape(Shape):
    """``save``."""

    save: Texts
    name: Identifier = Field(alias="as", description="the name by which it is restored")


class RunShape(Shape):
    """``run``."""

    run: str
    variables: Unread = Field(None, alias="with")


class RaiseShape(Shape):
    """``raise``."""

    event: Identifier = Field(alias="raise")
    fields: Unread = Field(None, alias="with")


class NotifyShape(Shape):
    """What stands in ``notify``."""

    via: str = Field(description="the name of a notifier of the site")
    message: str
    title: str = ""


class HttpShape(Shape):
    """What stands in ``http``."""

    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    timeout: Duration = Field(timedelta(seconds=10), gt=timedelta(), le=timedelta(minutes=5))
    picked: dict[Annotated[str, AfterValidator(_field_name)], str] = Field(
        default_factory=dict,
        alias="values",
        description="what to read of a JSON answer, such as '{price: data.0.price}'",
    )


class IfShape(Shape):
    """``if``."""

    condition: Unread = Field(alias="if")
    then: Unread = Field(description="what is done where the condition is true")
    otherwise: Unread = Field(None, alias="else")
