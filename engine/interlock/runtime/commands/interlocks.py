"""Interlocks at work: what a command would make true, and what the world has made true."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.expressions.turning import earliest
from interlock.expressions.view import View
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt, Truth, Value
from interlock.rules.guarding import is_on
from interlock.rules.interlocks import Interlock
from interlock.runtime.commands.supposed import Supposed

_MOST_WORLDS = 64
"""So many states at most are looked at while commands are on their way; more count as unsafe."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an interlock lets a command not pass."""

    interlock: str
    """Its id."""
    reason: str
    is_for_now: bool = False
    """Whether it may pass once what is on its way has arrived."""


@dataclass(slots=True)
class _Flight:
    """What is on its way to a point, or accepted and not seen yet: it may hold any of these values."""

    values: dict[str, Value] = field(default_factory=dict)
    """By the commands' ids, in their order."""
    over_at: datetime | None = None
    """When what the point shows is what became of them; None while one is on the wire."""

    @property
    def last(self) -> Value:
        return next(reversed(self.values.values()))


class Interlocks:
    """The interlocks of a site.

    Args:
        state: What is known.
        settle_of: How long readings of a point may lag behind its commands.
    """

    def __init__(self, state: View, settle_of: Callable[[Point], timedelta]) -> None:
        self._state = state
        self._settle_of = settle_of
        self._all: Mapping[str, Interlock] = {}
        self.timed: tuple[Interlock, ...] = ()
        """Those that can become true without any point changing, in the order of their ids."""
        self._by_point: defaultdict[Point, list[Interlock]] = defaultdict(list)
        self._flights: dict[Point, _Flight] = {}
        self._broken: dict[str, Mapping[Point, Value | None]] = {}
        """Interlocks that the world has broken, with what the points of their ``instead`` held then."""

    def change(self, interlocks: Iterable[Interlock]) -> None:
        """Watch over these from now on."""
        self._all = {each.id: each for each in sorted(interlocks, key=lambda each: each.id)}
        self.timed = tuple(each for each in self._all.values() if each.never.reads_time)
        self._by_point.clear()
        for interlock in self._all.values():
            for point in interlock.never.points:
                self._by_point[point].append(interlock)
        self._broken = {name: held for name, held in self._broken.items() if name in self._all}
        self._flights = {point: each for point, each in self._flights.items() if point in self._by_point}

    def is_broken(self, name: str) -> bool:
        """Whether the world has broken one."""
        return name in self._broken

    @property
    def all(self) -> Mapping[str, Interlock]:
        """Every one by its id, in the order of the ids."""
        return self._all

    @property
    def points(self) -> frozenset[Point]:
        """Every point that has to be read for them."""
        instead = (point for each in self._all.values() for point in each.instead)
        return frozenset(self._by_point).union(instead)

    @property
    def next_turn(self) -> datetime | None:
        """When one of them may become another without any point changing; None for never."""
        timed = self.timed
        return earliest(*[each.never.turns_at(self._state) for each in timed]) if timed else None

    def concerns(self, point: Point) -> bool:
        """Whether one of them reads a point."""
        return point in self._by_point

    def of(self, points: Iterable[Point]) -> Sequence[Interlock]:
        """Return those that read one of these points, in the order of their ids."""
        found = {each.id: each for point in points for each in self._by_point.get(point, ())}
        return [found[name] for name in sorted(found)]

    def is_safe(self, point: Point, value: Value) -> bool:
        """Whether a value alone, whatever else is so, keeps an interlock of its point from being true."""
        alone: Mapping[Point, Value | None] = {point: value}
        return any(
            each.never.truth(Supposed(self._state, (), alone)) is False
            for each in self._by_point.get(point, ())
        )

    def judge(self, point: Point, value: Value, owner: Origin) -> Objection | None:
        """Return what speaks against a value of a point; None where nothing does."""
        for interlock in self._by_point.get(point, ()):
            # What an interlock does about itself is not stopped by it half way.
            if owner.kind is OriginKind.INTERLOCK and owner.name == interlock.id:
                continue
            if objection := self._objection(interlock, point, value):
                return objection
        return None

    def _objection(self, interlock: Interlock, point: Point, value: Value) -> Objection | None:
        after = self._supposing(interlock, {**self._coming(interlock), point: value})
        truth = interlock.never.truth(after)
        name, text = f"interlock {interlock.id}", interlock.never.text
        if _is_bad(interlock, truth):
            if self._is_relief(interlock, point, value, truth):
                return None
            if truth:
                return Objection(interlock.id, f"{name}: {text} would be true")
            reason = f"{name}: {text} would be unknown: {interlock.never.evaluate(after).reason}"
            # What was not read yet since the start will be soon.
            is_for_now = any(self._state.reading(each) is None for each in interlock.never.points)
            return Objection(interlock.id, reason, is_for_now=is_for_now)
        moving = self._in_doubt(interlock, point, value)
        if moving and not self._is_harmless(interlock, point, value):
            reason = f"{name}: {text} could be true until {', '.join(moving)} is seen to have changed"
            return Objection(interlock.id, reason, is_for_now=True)
        return None

    def _coming(self, interlock: Interlock) -> dict[Point, Value | None]:
        """Return what the points of an interlock will hold once everything has arrived."""
        flights = self._flights
        return {point: flights[point].last for point in interlock.never.points if point in flights}

    def _supposing(self, interlock: Interlock, values: Mapping[Point, Value | None]) -> Supposed:
        return Supposed(self._state, interlock.never.points, values)

    def _in_doubt(self, interlock: Interlock, point: Point, value: Value) -> Sequence[Point]:
        """Return the points that may still hold what makes a value of another point unsafe."""
        moving = sorted(each for each in interlock.never.points if each in self._flights and each != point)
        worlds = [self._possible(each) for each in moving]
        if math.prod(map(len, worlds)) > _MOST_WORLDS:
            return moving
        for held in itertools.product(*worlds):
            supposed: dict[Point, Value | None] = {**dict(zip(moving, held, strict=True)), point: value}
            if _is_bad(interlock, interlock.never.truth(self._supposing(interlock, supposed))):
                return moving
        return ()

    def _possible(self, point: Point) -> Sequence[Value | None]:
        values: list[Value | None] = [self._state.values.get(point)]
        for value in self._flights[point].values.values():
            if value not in values:
                values.append(value)
        return values

    def _is_relief(self, interlock: Interlock, point: Point, value: Value, after: Truth) -> bool:
        """Whether a value can only do good, where an interlock is broken already and stays so for now.

        Where a sum of loads is above its limit, the first that is shed does not bring it below yet.
        """
        before = interlock.never.truth(self._supposing(interlock, self._coming(interlock)))
        is_worse = not _is_bad(interlock, before) or (after is True and before is None)
        return not is_worse and self._is_harmless(interlock, point, value)

    def _is_harmless(self, interlock: Interlock, point: Point, value: Value) -> bool:
        """Whether a value switches something off that, whatever else is on, breaks nothing by being off."""
        present = self._state.values.get(point)
        if present is None or not is_on(present) or is_on(value):
            return False
        axes = {each: self._axis(each) for each in interlock.never.points if each != point}
        if math.prod(map(len, axes.values())) > _MOST_WORLDS:
            return False
        for held in itertools.product(*axes.values()):
            others: dict[Point, Value | None] = dict(zip(axes, held, strict=True))
            off = interlock.never.truth(self._supposing(interlock, {**others, point: value}))
            if off is not False and off != interlock.never.truth(
                self._supposing(interlock, {**others, point: present})
            ):
                return False
        return True

    def _axis(self, point: Point) -> Sequence[Value | None]:
        """Return what another point may be in the worlds in which a value is tried."""
        if point in self._flights:
            return self._possible(point)
        value = self._state.values.get(point)
        return (False, True) if isinstance(value, bool) else (value,)

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set."""
        for flight in self._flights.values():
            if flight.over_at is not None:
                flight.over_at += by

    def sent(self, command: Command) -> None:
        """Take in that a command is on its way."""
        if command.point in self._by_point and command.value is not None:
            flight = self._flights.setdefault(command.point, _Flight())
            flight.values.pop(command.id, None)
            flight.values[command.id] = command.value
            flight.over_at = None

    def received(self, receipt: Receipt) -> bool:
        """Take in what became of a command; return whether that may make room for others."""
        point = receipt.command.point
        flight = self._flights.get(point)
        if flight is None or receipt.command.id not in flight.values:
            return False
        if receipt.outcome in (Outcome.ACCEPTED, Outcome.UNCERTAIN):
            if receipt.command.id == next(reversed(flight.values)):
                flight.over_at = receipt.at + self._settle_of(point)
            return False
        del flight.values[receipt.command.id]
        if not flight.values:
            del self._flights[point]
        return True

    def flies(self, point: Point) -> bool:
        """Whether something is on its way to a point, or was accepted and is not seen yet."""
        return point in self._flights

    def see(self, point: Point, value: Value, at: datetime) -> bool:
        """Take in what a point shows after all its commands; return whether that makes room for others."""
        flight = self._flights.get(point)
        if flight is None or flight.over_at is None or (value != flight.last and at < flight.over_at):
            return False
        del self._flights[point]
        return True

    def restore(self, broken: Collection[str]) -> None:
        """Take over which interlocks the world had broken when the service ended."""
        for name in broken:
            if name in self._all:
                self._broken.setdefault(name, {})

    def turn(self, interlock: Interlock) -> bool | None:
        """Return whether the world has just broken an interlock, or mended it; None where neither is so.

        While it is broken its ``instead`` is kept, which may be all that keeps it from being true. So it is
        mended when it would be false with what these points held when it was broken.
        """
        held = self._broken.get(interlock.id)
        if held is None:
            if interlock.never.truth(self._supposing(interlock, {})) is not True:
                return None
            points = interlock.instead
            self._broken[interlock.id] = {each: self._state.values.get(each) for each in points}
            return True
        meant = {each: held.get(each) for each in interlock.instead if each in interlock.never.points}
        if interlock.never.truth(self._supposing(interlock, meant)) is not False:
            return None
        del self._broken[interlock.id]
        return False


def _is_bad(interlock: Interlock, truth: Truth) -> bool:
    return truth is True or (truth is None and not interlock.unknown_is_safe)
