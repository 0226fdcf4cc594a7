"""The values that move through the engine. All are frozen; instants are aware and in UTC."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from interlock.durations import format_duration

Scalar: TypeAlias = bool | int | float | str | datetime | timedelta
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a point can hold. Choices are words; on/off is a boolean; a color is three integers."""

Truth: TypeAlias = bool | None
"""Kleene's three values: true, false, and None for unknown."""


class Point(str):
    """A point's name, ``device.controller``: the unit that is read, watched and written.

    It is a string, so that it prints, sorts and stores as itself; `Point.of` makes one from its parts.
    """

    __slots__ = ()

    @classmethod
    def of(cls, device: str, controller: str) -> Point:
        """Return the point of a device's controller."""
        return cls(f"{device}.{controller}")

    @property
    def device(self) -> str:
        """The device's name."""
        return self.partition(".")[0]

    @property
    def controller(self) -> str:
        """The controller's name, as the protocol spells it."""
        return self.partition(".")[2]


class Quality(Enum):
    """How far a reading can be trusted."""

    GOOD = "good"
    """Read from the device."""
    ASSUMED = "assumed"
    """What was last written, on a device that cannot be read."""
    STALE = "stale"
    """The last good reading is older than the connection allows."""
    FAULT = "fault"
    """The device or its server answered with an error, or not at all since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A point's value, when it was observed, and whether it can be trusted."""

    point: Point
    value: Value | None
    observed_at: datetime
    """UTC. For a stale reading, when the value was last good; for a fault, when that was met."""
    quality: Quality = Quality.GOOD
    reason: str = ""
    """Why the quality is not good; empty where it is."""
    since: datetime | None = None
    """UTC. Since when the quality is what it is; None where that is since it was observed."""

    @property
    def at(self) -> datetime:
        """When this became so, UTC: what puts the readings of a point in order."""
        return self.since or self.observed_at

    def moved(self, by: timedelta) -> Reading:
        """Return the same reading by a clock that was set by so much."""
        since = None if self.since is None else self.since + by
        return replace(self, observed_at=self.observed_at + by, since=since)

    @property
    def is_usable(self) -> bool:
        """Whether conditions may use the value; otherwise it is unknown to them."""
        # By identity: an enum's hash is Python code, and this is asked for every value that moves.
        return (self.quality is _GOOD or self.quality is _ASSUMED) and self.value is not None


_GOOD, _ASSUMED = Quality.GOOD, Quality.ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened and that holds no state, such as a telegram on a bus."""

    kind: str
    """One of the kinds that plugins declare, such as ``telegram``."""
    name: str
    """What a trigger of this kind names, in its canonical spelling, such as ``1/2/3``."""
    value: Value | None = None
    point: Point | None = None
    """The point that it is about, where there is one."""
    data: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What else is known of it; ``source`` says who sent it."""


def format_event(event: Event) -> str:
    """Return an event on one line: ``telegram 1/2/3 = on from 1.1.5``."""
    value = "" if event.value is None else f" = {format_value(event.value)}"
    source = event.data.get("source")
    return f"{event.kind} {event.name}{value}{'' if source is None else f' from {format_value(source)}'}"


class OriginKind(Enum):
    """Who wants a command."""

    RULE = "rule"
    OPERATOR = "operator"
    HAND = "hand"
    """Somebody at the device itself, or in the vendor's app: noticed, not asked."""
    INTERLOCK = "interlock"
    """An interlock that the world has broken, by its ``instead``."""
    DEFAULT = "default"
    """Nobody: it is what the point holds when no claim is left."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a command comes from."""

    kind: OriginKind
    name: str
    """The rule's or interlock's id, or who operates (``cli``)."""
    firing: str = ""
    """The firing's id, where a rule commands."""

    def __str__(self) -> str:
        """Return who it is, in words: ``rule living-cooled``, ``a hand``."""
        return _NOBODY.get(self.kind) or f"{self.kind.value} {self.name}"


_NOBODY = {OriginKind.HAND: "a hand", OriginKind.DEFAULT: "its default"}
"""Origins that have no name of their own."""


DEFAULT_PRIORITY = 16
"""BACnet's weakest priority: what a plain command writes at. 1 is the strongest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A value for a point, and who wants it. `value` is None for controllers that take none."""

    id: str
    point: Point
    value: Value | None
    origin: Origin
    created_at: datetime
    fields: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What a call with named fields gave."""
    priority: int = DEFAULT_PRIORITY
    holds: bool = False
    """Whether the value stays in its place of the point's priority array, as a claim."""
    until: datetime | None = None
    """UTC. When what it holds is let go; None where that is when it is released."""
    shadow: bool = False
    """Evaluated and traced, but never sent."""


class Outcome(Enum):
    """What became of a command."""

    ACCEPTED = "accepted"
    """The device or its server took it."""
    REFUSED = "refused"
    """It was not sent, or the server said no: it will not work unchanged."""
    FAILED = "failed"
    """It was certainly not executed, and repeating did not help."""
    UNCERTAIN = "uncertain"
    """It was sent and nothing clear came back: it may have been executed."""
    SUPPRESSED = "suppressed"
    """Dry run or shadow: it would have been sent."""
    OUTRANKED = "outranked"
    """A stronger claim on the point stands: it was not sent. The reason says whose."""
    DEFERRED = "deferred"
    """A guard lets it wait; a second receipt says what became of it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a command, with the device's answer."""

    command: Command
    outcome: Outcome
    at: datetime
    answer: Value | None = None
    """The device's own value after the command, where the protocol gives feedback."""
    reason: str = ""
    """Why it was not accepted; empty where it was."""
    exchange: str = ""
    """The request and the reply in short, without secrets."""
    attempts: int = 1


def format_command(command: Command) -> str:
    """Return a command as people write it: ``lamp.power = on``, ``call lobby.schedule_set setTime=1``."""
    if command.fields:
        return f"call {command.point} {format_fields(command.fields)}"
    return str(command.point) if command.value is None else f"{command.point} = {format_value(command.value)}"


def format_fields(fields: Mapping[str, Value]) -> str:
    """Return named values as ``interlock call`` takes them: ``dayOfWeek=Monday clockTime=06:30``."""
    return " ".join(f"{name}={shlex.quote(format_value(value))}" for name, value in fields.items())


def format_value(value: Value | None) -> str:
    """Return a value as people write it in YAML: ``on``, ``26.4``, ``cooling``; ``–`` for none."""
    match value:
        case None:
            return "–"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:.10g}"
        case datetime():
            return value.isoformat(timespec="seconds")
        case timedelta():
            return format_duration(value)
        case tuple():
            return ", ".join(format_value(item) for item in value)
        case _:
            return str(value)
