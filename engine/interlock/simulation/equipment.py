"""What stands behind the connections of a site in virtual time: what its devices hold, and what is broken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from interlock.capabilities import ValueType, nearest
from interlock.driver import Answer, Feed, Simulator, Target, Write
from interlock.errors import DriverError, UnknownDevice, Unreachable
from interlock.model import Event, Point, Value

_MOST_BATCHES = 32
"""Batches that are read again and again are few: one for each connection and pace."""


class Held(Protocol):
    """What a building acts on: equipment in virtual time, or a protocol server's."""

    def value(self, point: Point) -> Value | None:
        """Return what a point holds now; None where nobody knows."""
        ...

    def set_value(self, point: Point, value: Value) -> None:
        """Change what a point holds, as the building or a hand does."""
        ...


@dataclass(frozen=True, slots=True)
class _Ear:
    """A driver that is told of changes."""

    connection: str
    points: frozenset[Point]
    feed: Feed


class Equipment:
    """Devices in memory, which take what they are told at once.

    A point holds nothing until it is given a value: reading it before is an error, as of a dead device.

    Args:
        targets: Every point that it has.
        through: By connection, which other it speaks through: it is away when that is.
    """

    def __init__(self, targets: Iterable[Target], through: Mapping[str, str | None] | None = None) -> None:
        self._targets = {target.point: target for target in targets}
        self._through = through or {}
        self._values: dict[Point, Value] = {}
        self._batches: dict[int, tuple[Sequence[Target], dict[Point, Value]]] = {}
        """What the points of batches hold that were read, by the identity of what was asked for."""
        self._broken: dict[Point, DriverError] = {}
        self._away: dict[str, DriverError] = {}
        self._deaf: set[Point] = set()
        self._false: dict[Point, Callable[[Value], Value]] = {}
        self._late: dict[str, timedelta] = {}
        self._ears: dict[str, _Ear] = {}
        self._onlookers: list[Callable[[Write], None]] = []
        self._bystanders: list[Callable[[Point], None]] = []
        self._alive: dict[Point, Simulator] = {}
        self._told: dict[Point, Value | None] = {}
        self.refresh: Callable[[], None] = _do_nothing
        """Is called before anything is read or commanded: brings up to now what changes with time."""

    def points(self) -> Collection[Point]:
        """Return every point."""
        return self._targets.keys()

    def target(self, point: str) -> Target:
        """Return what is known of a point.

        Raises:
            LookupError: there is no such point; the message has the nearest name.
        """
        try:
            return self._targets[Point(point)]
        except KeyError:
            meant = nearest(point, self._targets)
            hint = f"; did you mean '{meant}'?" if meant else ""
            raise LookupError(f"the site has no point '{point}'{hint}") from None

    def value(self, point: Point) -> Value | None:
        """Return what a point holds now, also one that cannot be read; None where nobody knows."""
        value = self._values.get(point)
        if value is None and point in self._alive:
            return self._alive[point].value(point)
        return value

    def set_value(self, point: Point, value: Value) -> None:
        """Change what a point holds, as the building or a hand does, and tell of it.

        Raises:
            InvalidValue: it cannot hold that.
            LookupError: there is no such point.
        """
        target = self._targets.get(point) or self.target(point)
        checked = target.capability.check_reading(value)
        assert checked is not None
        for bystander in self._bystanders:
            bystander(point)
        if point in self._alive:
            self._alive[point].set_value(point, checked)
        else:
            self._hold(point, checked)
        self._tell(point)

    def lose_value(self, point: Point) -> None:
        """Let a point hold nothing until it is set or commanded; reading it is an error meanwhile."""
        self._empty(point)
        self._tell(point)

    def lose_point(self, point: Point, error: DriverError | None = None) -> None:
        """Let a point answer with an error from now on, to reads and commands."""
        self._broken[point] = error or UnknownDevice(f"{point} does not answer")
        self._tell(point)

    def find_point(self, point: Point) -> None:
        """Let a point answer again, with what it holds."""
        if self._broken.pop(point, None):
            self._tell(point)

    def deafen(self, point: Point) -> None:
        """Let a point accept every command from now on, and obey none."""
        self._deaf.add(point)

    def cure(self, point: Point) -> None:
        """Let a point obey again."""
        self._deaf.discard(point)

    def falsify(self, point: Point, shown: Callable[[Value], Value]) -> None:
        """Let a point show something else than it holds from now on: what `shown` makes of it."""
        self._false[point] = shown
        self._tell(point)

    def believe(self, point: Point) -> None:
        """Let a point show what it holds again."""
        if self._false.pop(point, None):
            self._tell(point)

    def delay(self, name: str, lateness: timedelta) -> None:
        """Let a connection's server take so long for each answer from now on; no time lets it be quick."""
        self._late[name] = lateness

    def lateness(self, name: str) -> timedelta:
        """Return how long an answer of a connection takes, with that of the one that it speaks through."""
        if not self._late:
            return timedelta()
        through = self._through.get(name) or ""
        return sum((self._late[each] for each in (name, through) if each in self._late), timedelta())

    def lose_connection(self, name: str, error: DriverError | None = None) -> None:
        """Let a connection's server be away from now on, and whatever speaks through it."""
        self._away[name] = error or Unreachable(f"connection {name}: the server is away")
        for ear in self._ears.values():
            if name in (ear.connection, self._through.get(ear.connection)):
                ear.feed.lost(self._away[name])

    def regain_connection(self, name: str) -> None:
        """Let a connection's server answer again."""
        if self._away.pop(name, None):
            for ear in self._ears.values():
                if name in (ear.connection, self._through.get(ear.connection)):
                    ear.feed.regained()

    def raise_event(self, event: Event) -> None:
        """Tell every driver that listens of an event, such as a telegram."""
        for ear in self._ears.values():
            ear.feed.event(event)

    def watch(self, onlooker: Callable[[Write], None]) -> None:
        """Call back for each command that reaches a device, before the device does it."""
        self._onlookers.append(onlooker)

    def attend(self, bystander: Callable[[Point], None]) -> None:
        """Call back before the building or a hand changes what a point holds."""
        self._bystanders.append(bystander)

    def enliven(self, point: Point, devices: Simulator) -> None:
        """Let a point be that of a device with a life of its own, which then holds its value."""
        self._alive[point] = devices
        self._empty(point)

    def is_alive(self, point: Point) -> bool:
        """Whether a point is that of a device with a life of its own."""
        return point in self._alive

    def tell_news(self) -> None:
        """Tell whoever listens what devices with a life of their own hold now, where it has changed."""
        for ear in self._ears.values():
            for point in ear.points & self._alive.keys():
                value = self.value(point)
                if value != self._told.get(point):
                    self._told[point] = value
                    self._tell(point)

    def listen(self, connection: str, targets: Iterable[Target], feed: Feed) -> None:
        """Tell a feed of changes of these points from now on, in place of what its connection had."""
        self._ears[connection] = _Ear(connection, frozenset(each.point for each in targets), feed)

    def leave(self, connection: str) -> None:
        """Tell a connection nothing any more."""
        self._ears.pop(connection, None)

    async def ready(self, targets: Sequence[Target]) -> None:
        """Return when it can be said what points hold, which here is always."""

    def is_ready(self, targets: Sequence[Target]) -> bool:
        """Whether it can be said now what points hold."""
        return True

    def answers(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Return what a read of points comes back with."""
        # Mostly nothing is wrong: a year has half a million reads of everything.
        if not (self._away or self._broken or self._false):
            asked, values = self._batches.get(id(targets), (None, {}))
            if asked is targets:
                return dict(values)
        answers = {target.point: self.answer(target) for target in targets}
        if self._values.keys() >= answers.keys():
            self._remember(targets)
        return answers

    def _remember(self, targets: Sequence[Target]) -> None:
        """Have what these targets hold at hand from now on: whoever reads them reads them again and again."""
        if len(self._batches) >= _MOST_BATCHES:
            self._batches.clear()
        values = {target.point: self._values[target.point] for target in targets}
        self._batches[id(targets)] = targets, values

    def _hold(self, point: Point, value: Value) -> None:
        self._values[point] = value
        for _, values in self._batches.values():
            if point in values:
                values[point] = value

    def _empty(self, point: Point) -> None:
        self._values.pop(point, None)
        self._batches.clear()

    def answer(self, target: Target) -> Value | DriverError:
        """Return what a read of a point comes back with."""
        if error := self._error(target):
            return error
        value = self._values.get(target.point)
        if value is None and target.point in self._alive:
            value = self._alive[target.point].value(target.point)
        if value is None:
            return UnknownDevice(f"{target.point} was never given a value")
        shown = self._false.get(target.point)
        return shown(value) if shown else value

    def take(self, write: Write) -> Answer | DriverError:
        """Do a command at once, and return what the device says to it."""
        if verdict := self._received(write):
            return verdict
        target = write.target
        capability = target.capability
        if write.value is None:
            return Answer()
        if not capability.is_trigger and capability.type is not ValueType.NONE:
            self._hold(target.point, write.value)
        return Answer(value=write.value if capability.feedback and capability.readable else None)

    async def perform(self, write: Write) -> Answer | DriverError:
        """Do a command; return what the device says to it, at once or when it has done it."""
        alive = self._alive.get(write.target.point)
        if alive is None:
            return self.take(write)
        return self._received(write) or await alive.take(write)

    def _received(self, write: Write) -> Answer | DriverError | None:
        """Let onlookers see a command; return what comes back where the device does not do it."""
        if error := self._error(write.target):
            return error
        for onlooker in self._onlookers:
            onlooker(write)
        return Answer() if write.target.point in self._deaf else None

    def tell(self, point: Point) -> None:
        """Tell whoever listens what a point holds, though it may not have changed."""
        self._tell(point)

    def _error(self, target: Target) -> DriverError | None:
        name = target.device.connection
        away = self._away.get(name) or self._away.get(self._through.get(name) or "")
        return away or self._broken.get(target.point)

    def _tell(self, point: Point) -> None:
        target = self._targets[point]
        ear = self._ears.get(target.device.connection)
        if ear and point in ear.points:
            answer = self.answer(target)
            if not isinstance(answer, Unreachable):
                ear.feed.readings({point: answer})


def _do_nothing() -> None:
    pass
