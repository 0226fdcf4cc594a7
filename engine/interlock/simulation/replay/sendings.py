"""The commands that were sent, or would have been: of the past, and of a replay, in one form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.history.recording import RecordedCommand
from interlock.history.records import Entry, Firing, FiringEnd
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt, Value, format_command
from interlock.rules.rule import Decision

_WANTED_BY = frozenset({OriginKind.RULE, OriginKind.INTERLOCK, OriginKind.DEFAULT})
"""Whose commands are results; those of people are what rules react on."""
_SENT = frozenset({Outcome.UNCERTAIN, Outcome.FAILED, Outcome.SUPPRESSED})
_AGAIN = timedelta(minutes=10)
"""What is sent anew within this time after the same was sent is a repetition: the engine's longest pause
between two attempts is five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A command that was sent, or would have been."""

    at: datetime
    """When it was wanted, or where a guard let it wait, sent; UTC."""
    command: Command
    reason: str = ""
    """Why a rule wanted it; empty where that is not known."""

    @property
    def who(self) -> str:
        """Who wanted it, in words: ``rule cool``."""
        return str(self.command.origin)

    @property
    def point(self) -> Point:
        """What it was for."""
        return self.command.point

    @property
    def value(self) -> Value | None:
        """What the point was to hold; None for what takes no value."""
        return self.command.value

    def __str__(self) -> str:
        return format_command(self.command)


def sent_of(recorded: Iterable[RecordedCommand]) -> Iterator[Sending]:
    """Yield those of the recorded commands that rules wanted, and that were sent."""
    for each in recorded:
        if is_result(each.command) and is_sent(each.outcome, each.reason, each.exchange):
            late = each.answered_at if each.was_deferred else None
            yield Sending(at=late or each.command.created_at, command=each.command)


def is_result(command: Command) -> bool:
    """Whether a command is what rules come to, and neither a person's nor one of the shadow."""
    return command.origin.kind in _WANTED_BY and not command.shadow


def is_sent(outcome: Outcome | None, reason: str, exchange: str) -> bool:
    """Whether a command went out, or would have in no dry run, whatever its device made of it."""
    if outcome is Outcome.ACCEPTED:
        # One that was needless has a reason.
        return not reason
    return outcome is None or outcome in _SENT or (outcome is Outcome.REFUSED and bool(exchange))


@dataclass(frozen=True, slots=True)
class Look:
    """A rule that looked whether to act, and what it came to."""

    at: datetime
    rule: str
    verdict: str
    """Such as ``fired`` or ``condition false``."""
    reason: str


class Repetitions:
    """Tells commands that only repeat what was sent for the same reason, because it did not come about."""

    def __init__(self) -> None:
        self._last: dict[Point, Sending] = {}
        self.count = 0

    def filtered(self, sendings: Iterable[Sending]) -> Iterator[Sending]:
        """Yield what is no repetition."""
        for each in sendings:
            before, self._last[each.point] = self._last.get(each.point), each
            if before is not None and _repeats(each, before):
                self.count += 1
            else:
                yield each


def _repeats(one: Sending, before: Sending) -> bool:
    return is_alike(one, before) and one.at - before.at <= _AGAIN


def is_alike(one: Sending, before: Sending) -> bool:
    """Whether two commands for a point keep it at the same for the same reason."""
    # What rules keep has no firing; what a firing does twice it means twice.
    is_claim = one.value is not None and not one.command.origin.firing and not one.command.fields
    return is_claim and one.value == before.value and one.command.origin == before.command.origin


class Collector:
    """Picks what was sent out of a replay's journal.

    Args:
        start: What was wanted before does not count.
        around: From when to when it is noted what rules looked at; None for never.
    """

    def __init__(self, start: datetime, around: tuple[datetime, datetime] | None = None) -> None:
        self._start = start
        self._around = around
        self._firings: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self._deferred: set[str] = set()
        self.shadows = 0
        """How many commands of the shadow came besides."""
        self.sendings: list[Sending] = []
        """In the order in which they were sent."""
        self.looks: list[Look] = []
        """In the order in which rules looked."""

    def tell(self, entry: Entry) -> None:
        """Take an entry in."""
        match entry:
            case Firing(firing, decision):
                self._firings[firing] = self._last[decision.rule.id] = decision.reason
                self._note(decision)
            case Decision():
                self._note(entry)
            case FiringEnd():
                self._firings.pop(entry.firing, None)
            case Command():
                self._reasons[entry.id] = self._reason(entry.origin)
            case Receipt():
                self._take(entry)

    def _note(self, decision: Decision) -> None:
        if self._around and self._around[0] <= decision.at <= self._around[1]:
            look = Look(decision.at, decision.rule.id, decision.verdict.value, decision.reason)
            self.looks.append(look)

    def _reason(self, origin: Origin) -> str:
        if origin.kind is not OriginKind.RULE:
            return ""
        return self._firings.get(origin.firing) or self._last.get(origin.name, "")

    def _take(self, receipt: Receipt) -> None:
        command = receipt.command
        if receipt.outcome is Outcome.DEFERRED:
            self._deferred.add(command.id)
            return
        reason = self._reasons.pop(command.id, "")
        at = receipt.at if command.id in self._deferred else command.created_at
        self._deferred.discard(command.id)
        if at < self._start or not is_sent(receipt.outcome, receipt.reason, receipt.exchange):
            return
        if command.shadow:
            self.shadows += 1
        elif is_result(command):
            self.sendings.append(Sending(at=at, command=command, reason=reason))
