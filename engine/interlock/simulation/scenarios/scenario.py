"""Scenarios as values: what is given, what happens when, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from interlock.config.nodes import Mark
from interlock.expressions.compiler import Compiled
from interlock.model import DEFAULT_PRIORITY, Event, Point, Value


class Trouble(Enum):
    """What can be wrong with a point."""

    UNAVAILABLE = "unavailable"
    """It answers nothing, neither reads nor commands."""
    DEAF = "deaf"
    """It accepts every command and obeys none."""
    NONE = "available"
    """It works again."""


class Turn(Enum):
    """What can be done to the service."""

    ON = "on"
    OFF = "off"
    POWER_CUT = "power_cut"
    """It is gone in the middle of what it does."""
    RELOAD = "reload"


class RuleTurn(Enum):
    """What a hand can do to a rule."""

    RUN = "run"
    ENABLE = "enable"
    DISABLE = "disable"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Hold:
    """Points hold values from now on: devices by themselves, virtual points because a hand sets them."""

    values: Mapping[Point, Value]


@dataclass(frozen=True, slots=True)
class Break:
    """Points of devices fail, or work again."""

    points: tuple[Point, ...]
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Cut:
    """The server of a connection goes away, or comes back."""

    connection: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Serve:
    """The service is switched off or on, loses its power, or reads its files anew."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Tell:
    """An event happens, such as a telegram."""

    event: Event


@dataclass(frozen=True, slots=True)
class Ordered:
    """A value for a point, or what a controller is called with."""

    point: Point
    value: Value | None
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A person commands, as by ``interlock set``, ``call`` or ``override``."""

    wanted: tuple[Ordered, ...]
    holds: bool = False
    """Whether it is an override."""
    priority: int = DEFAULT_PRIORITY
    lasts: timedelta | None = None
    """How long an override is held; None until it is released."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """A person releases what hands hold, as by ``interlock release``."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Handle:
    """A person does something to a rule, as by ``interlock rules run``."""

    rule: str
    turn: RuleTurn


Happening: TypeAlias = Hold | Break | Cut | Serve | Tell | Order | LetGo | Handle


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens at an instant, in order."""

    at: datetime
    """UTC."""
    happenings: tuple[Happening, ...]
    text: str
    """As written, for traces."""


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant to another, both included. UTC."""

    start: datetime
    end: datetime

    def has(self, instant: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= instant <= self.end


@dataclass(frozen=True, slots=True)
class Times:
    """How often something must come."""

    least: int = 1
    most: int | None = None
    """None for any number."""

    def fits(self, count: int) -> bool:
        """Whether it came as often as it must."""
        return self.least <= count and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return "at least once" if self.least == 1 else f"at least {counted(self.least)}"
        return counted(self.most) if self.least == self.most else f"at most {counted(self.most)}"


def counted(count: int) -> str:
    """Return how often, in words: ``never``, ``once``, ``3 times``."""
    return {0: "never", 1: "once"}.get(count, f"{count} times")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command as it must come."""

    point: Point
    value: Value | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    is_any: bool = False
    """Whether any value will do."""
    tolerance: float = 0.0

    def fits(self, point: Point, value: Value | None, fields: Mapping[str, Value]) -> bool:
        """Whether a command is this one."""
        if point != self.point or self.is_any:
            return point == self.point
        near = (is_near(fields.get(name), each, self.tolerance) for name, each in self.fields.items())
        return is_near(value, self.value, self.tolerance) and all(near)


def is_near(value: Value | None, wanted: Value | None, tolerance: float) -> bool:
    """Whether a value is another one, or as far from it as is tolerated."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        # A hundredth of a hundred-thousandth is what computing leaves of equal numbers.
        return abs(value - wanted) <= tolerance + 1e-9 * max(1.0, abs(wanted))
    return value == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectCommand:
    """A command is sent, or is refused."""

    mark: Mark
    text: str
    """As written: ``set living_ac.hvacmode: cooling``."""
    wanted: Wanted
    window: Window | None = None
    """None for the whole scenario."""
    times: Times = Times()
    is_refused: bool = False


class Saying(Enum):
    """How rules speak to people and other servers."""

    NOTIFY = "notify"
    LOG = "log"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectMessage:
    """A message is sent, a line is logged, a request is made."""

    mark: Mark
    text: str
    saying: Saying
    pattern: str
    """What it has in it; ``*`` stands for anything."""
    via: str = ""
    """The notifier; empty for any."""
    window: Window | None = None
    times: Times = Times()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectFiring:
    """A rule fires so often, or begins so often to keep what it keeps."""

    mark: Mark
    text: str
    rule: str
    window: Window | None = None
    times: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectThroughout:
    """Something is never so, or always."""

    mark: Mark
    text: str
    wrong: Compiled
    """What must not be true."""
    known: Compiled
    """True whenever `wrong` is known, and unknown otherwise: what is never known is never checked."""
    is_never: bool = True
    """``never``; otherwise ``always``, and `wrong` is its opposite."""
    after: timedelta = timedelta()
    """How long it is tolerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectState:
    """Something is so at an instant."""

    mark: Mark
    text: str
    at: datetime
    """UTC."""
    condition: Compiled | None = None
    values: Mapping[Point, Value] | None = None
    """What points hold, where it is no condition."""
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNothingElse:
    """No command, message or request comes that no other expectation names."""

    mark: Mark
    text: str = "nothing_else: true"


Expectation: TypeAlias = (
    ExpectCommand | ExpectMessage | ExpectFiring | ExpectThroughout | ExpectState | ExpectNothingElse
)
Counted: TypeAlias = ExpectCommand | ExpectMessage | ExpectFiring
"""What is counted: it has a window and a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A test of a site's rules."""

    name: str
    description: str
    start: datetime
    """UTC."""
    until: datetime
    """UTC: when it is over."""
    seed: int
    given: Sequence[Happening]
    timeline: Sequence[Moment]
    expectations: Sequence[Expectation]
    mark: Mark
    """Where it is written."""

    @property
    def place(self) -> str:
        """Where it is written: ``rules/cooling.yaml:12``."""
        return f"{self.mark.source.name}:{self.mark.line}"

    @property
    def points(self) -> frozenset[Point]:
        """Every point that must be read for its expectations."""
        return frozenset[Point]().union(*map(_points, self.expectations))


def _points(expectation: Expectation) -> frozenset[Point]:
    match expectation:
        case ExpectThroughout():
            return expectation.wrong.points
        case ExpectState():
            judged = expectation.condition.points if expectation.condition else frozenset[Point]()
            return judged.union(expectation.values or ())
        case _:
            return frozenset()
