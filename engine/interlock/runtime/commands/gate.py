"""What a command must get past: the guard of its point, and the interlocks that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.config.guards import Guard
from interlock.model import Command, Outcome, Point, Reading, Receipt, Value
from interlock.rules.claims import GUARD_PRIORITY
from interlock.rules.guarding import PASSED, Ruling, out_of_range
from interlock.rules.interlocks import Interlock
from interlock.rules.state import State
from interlock.runtime.commands.guards import Guards
from interlock.runtime.commands.interlocks import Interlocks

PATIENCE = timedelta(minutes=1)
"""So long at most a command waits for an interlock to see what became of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says to a command."""

    outcome: Outcome | None = None
    """REFUSED or DEFERRED; None where it passes."""
    reason: str = ""
    until: datetime | None = None
    """When it is to be judged again, UTC; None where that is when something changes."""
    step: Value | None = None
    """What passes now, where the rest is deferred."""
    interlock: str = ""
    """The id of the interlock that stops it; empty where none does."""


_PASSES = Verdict()


class Gate:
    """The guards and interlocks of a site at work.

    Args:
        state: What is known.
        settle_of: How long readings of a point may lag behind its commands.
    """

    def __init__(self, state: State, settle_of: Callable[[Point], timedelta]) -> None:
        self._state = state
        self.guards = Guards(settle_of)
        self.interlocks = Interlocks(state, settle_of)
        self._guarded: Mapping[Point, Guard] = {}

    def change(self, guards: Mapping[Point, Guard], interlocks: Iterable[Interlock], now: datetime) -> None:
        """Judge by these guards and interlocks from now on."""
        self._guarded = guards
        self.guards.change(guards, now)
        self.interlocks.change(interlocks)

    @property
    def points(self) -> frozenset[Point]:
        """Every point that has to be read for it."""
        return self.interlocks.points.union(self._guarded)

    def judge(self, command: Command, now: datetime) -> Verdict:
        """Return what the gate says to a command."""
        value = command.value
        if value is None:
            return _PASSES
        ruling = PASSED
        if command.priority >= GUARD_PRIORITY:
            ruling = self.guards.judge(command.point, value, now)
            if ruling.reason and ruling.step is None:
                return _by_guard(ruling)
        step = value if ruling.step is None else ruling.step
        objection = self.interlocks.judge(command.point, step, command.origin)
        if objection is None:
            return _by_guard(ruling) if ruling.reason else _PASSES
        return Verdict(
            outcome=Outcome.DEFERRED if objection.is_for_now else Outcome.REFUSED,
            reason=objection.reason,
            until=now + PATIENCE if objection.is_for_now else None,
            interlock=objection.interlock,
        )

    def prohibition(self, command: Command) -> str:
        """Return why the guard of its point will never let a command pass; empty where it may."""
        guard = self._guarded.get(command.point)
        if guard is None or command.value is None or command.priority < GUARD_PRIORITY:
            return ""
        return out_of_range(guard, command.value)

    def objection(self, command: Command) -> str:
        """Return why a command that passed must not be sent any more; empty where it may."""
        if command.value is None or not self.interlocks.concerns(command.point):
            return ""
        objection = self.interlocks.judge(command.point, command.value, command.origin)
        return "" if objection is None or objection.is_for_now else objection.reason

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set."""
        self.guards.shift(by)
        self.interlocks.shift(by)

    def sent(self, command: Command, now: datetime) -> None:
        """Take in that a command is on its way."""
        self.guards.sent(command, now)
        self.interlocks.sent(command)

    def received(self, receipt: Receipt) -> bool:
        """Take in what became of a command; return whether that may make room for others."""
        self.guards.received(receipt)
        return self.interlocks.received(receipt)

    def is_settled(self, point: Point) -> bool:
        """Whether another reading of a point says nothing here, as long as it shows what the last one did."""
        return self.guards.is_settled(point, self._state.values.get(point)) and not self.interlocks.flies(
            point
        )

    def see(self, reading: Reading) -> bool:
        """Take in a usable reading from after all commands; return whether it may make room for others."""
        point, value = reading.point, reading.value
        assert value is not None
        if self.guards.sees(point):
            self.guards.see(reading, self._state.changed_at(point))
        return self.interlocks.see(point, value, reading.observed_at)


def _by_guard(ruling: Ruling) -> Verdict:
    return Verdict(
        outcome=Outcome.REFUSED if ruling.until is None else Outcome.DEFERRED,
        reason=ruling.reason,
        until=ruling.until,
        step=ruling.step,
    )
