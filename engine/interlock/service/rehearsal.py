"""What a dry run and shadow rules would have sent, and whom they would have been in the way of."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.history.past import PastCommand, PastFiring
from interlock.history.queries import JournalReader
from interlock.history.records import DRY_RUN, NOT_SENT, SHADOW_RULE
from interlock.model import Command, Origin, OriginKind, Point, Reading, Value

AROUND = timedelta(minutes=10)
"""What somebody else did so long before or after a command, or later, is held against it."""
SOMEBODY = "somebody else"
"""Who changed a point that no command of ours did: a hand, another system, or the device itself."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else really did to a point at about the time, which is another value."""

    at: datetime
    value: Value
    by: str
    """Such as ``rule evening``, ``operator cli`` or ``somebody else``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A command that would have been sent."""

    past: PastCommand
    firing: PastFiring | None
    """Why it was wanted: of what a rule keeps, when it began to; None where no rule wanted it."""
    held: Reading | None
    """What the point showed at the time; None where nobody knew."""
    is_again: bool
    """Whether the same value would have been sent before, and the point shows since what it did then: in
    earnest it would hardly have been necessary."""
    conflict: Conflict | None

    @property
    def command(self) -> Command:
        """The command itself."""
        return self.past.command


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A message or a request that would have gone out."""

    at: datetime
    action: str
    """As written, such as ``notify via caretaker``."""
    content: str
    """The message, or the request's URL and body."""
    firing: PastFiring


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of something there was."""

    commands: int
    again: int
    conflicts: int
    messages: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would have been sent in a span of time, oldest first."""

    since: datetime
    until: datetime
    commands: tuple[Unsent, ...]
    messages: tuple[Untold, ...]

    def by_owner(self) -> Mapping[str, Count]:
        """Return the numbers of each who wanted something, such as ``rule evening``, by their names."""
        return _counted(
            ((str(each.command.origin), each) for each in self.commands),
            ((f"rule {each.firing.rule}", each) for each in self.messages),
        )

    def by_point(self) -> Mapping[str, Count]:
        """Return the numbers of each point, by their names."""
        return _counted(((str(each.command.point), each) for each in self.commands), ())

    def only(self, *, rule: str = "", point: str = "") -> Rehearsal:
        """Return what a rule would have sent, or a point would have got; what is empty leaves none out."""
        commands = (each for each in self.commands if not point or each.command.point == point)
        messages = (each for each in self.messages if not point)
        return Rehearsal(
            since=self.since,
            until=self.until,
            commands=tuple(each for each in commands if not rule or _is_of(each.command.origin, rule)),
            messages=tuple(each for each in messages if not rule or each.firing.rule == rule),
        )


def _is_of(origin: Origin, rule: str) -> bool:
    return origin.kind is OriginKind.RULE and origin.name == rule


async def rehearsed(journal_path: JournalPlace, since: datetime, until: datetime, site: Site) -> Rehearsal:
    """Return what would have been sent, until before an instant.

    Args:
        journal_path: The journal; a service may be writing to it.
        since: The first instant.
        until: Until before this.
        site: Says which points do something each time, so that nothing is sent to them in vain.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        wanted = await journal.unsent_in(since, until)
        by_point = defaultdict[Point, list[PastCommand]](list)
        for past in wanted:
            by_point[past.command.point].append(past)
        found = dict[str, Unsent]()
        for point, pasts in by_point.items():
            judged = await _of_point(journal, point, pasts, is_trigger=_is_trigger(site, point))
            found.update((each.command.id, each) for each in judged)
        untold = await journal.untold_in(since, until)
    return Rehearsal(
        since=since,
        until=until,
        commands=tuple(found[past.command.id] for past in wanted),
        messages=tuple(
            Untold(
                at=each.step.at, action=each.step.text, content=_content(each.step.note), firing=each.firing
            )
            for each in untold
        ),
    )


async def last_dry_run(journal_path: JournalPlace) -> datetime | None:
    """Return since when the last service ran, where it ran dry.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        run = await journal.last_run()
    return run.opened_at if run is not None and run.is_dry_run else None


def _is_trigger(site: Site, point: Point) -> bool:
    target = site.targets.get(point)
    return target is not None and target.capability.is_trigger


def _content(note: str) -> str:
    for why in (DRY_RUN, SHADOW_RULE):
        note = note.removesuffix(f": {NOT_SENT}{why}")
    return note


async def _of_point(
    journal: JournalReader, point: Point, pasts: Sequence[PastCommand], *, is_trigger: bool
) -> Iterable[Unsent]:
    first, last = pasts[0].command.created_at, pasts[-1].command.created_at + 2 * AROUND
    readings = await journal.readings_until(point, first, last)
    done = [each.command for each in await journal.done_for(point, first - AROUND, last)]
    held = [_held(readings, past.command.created_at) for past in pasts]
    again = [False, *(_is_same(one, other) for one, other in pairwise(zip(pasts, held, strict=True)))]
    return [
        Unsent(
            past=past,
            firing=past.firing or await _began(journal, past.command),
            held=reading,
            is_again=is_again and not is_trigger,
            conflict=None if is_trigger else _conflict(past.command, reading, readings, done),
        )
        for past, reading, is_again in zip(pasts, held, again, strict=True)
    ]


async def _began(journal: JournalReader, command: Command) -> PastFiring | None:
    if command.origin.kind is not OriginKind.RULE:
        return None
    return await journal.firing_before(command.origin.name, command.created_at)


def _held(readings: Sequence[Reading], at: datetime) -> Reading | None:
    number = bisect_right(readings, at, key=lambda reading: reading.at)
    return readings[number - 1] if number else None


def _is_same(one: tuple[PastCommand, Reading | None], other: tuple[PastCommand, Reading | None]) -> bool:
    return _wanted(one[0].command) == _wanted(other[0].command) and one[1] == other[1]


def _wanted(command: Command) -> tuple[Value | None, Mapping[str, Value]]:
    return command.value, dict(command.fields)


def _conflict(
    command: Command, held: Reading | None, readings: Sequence[Reading], done: Sequence[Command]
) -> Conflict | None:
    """Return what somebody else made of the point at about the time, the nearest first."""
    at, value = command.created_at, command.value
    if value is None:
        return None
    found = [
        Conflict(other.created_at, other.value, str(other.origin))
        for other in done
        if other.value is not None and other.value != value and abs(other.created_at - at) <= AROUND
        if (other.origin.kind, other.origin.name) != (command.origin.kind, command.origin.name)
    ]
    before = held.value if held is not None else None
    for reading in readings:
        is_then = at < reading.at <= at + AROUND and reading.is_usable
        if is_then and reading.value not in (None, value, before) and not _was_ours(reading, done):
            assert reading.value is not None
            found.append(Conflict(reading.at, reading.value, SOMEBODY))
    return min(found, key=lambda each: abs(each.at - at), default=None)


def _was_ours(reading: Reading, done: Iterable[Command]) -> bool:
    """Whether a point shows what somebody has commanded here shortly before."""
    return any(
        each.value == reading.value and timedelta() <= reading.at - each.created_at <= AROUND for each in done
    )


def _counted(
    commands: Iterable[tuple[str, Unsent]], messages: Iterable[tuple[str, Untold]]
) -> Mapping[str, Count]:
    sent, told = defaultdict[str, list[Unsent]](list), defaultdict[str, list[Untold]](list)
    for name, command in commands:
        sent[name].append(command)
    for name, message in messages:
        told[name].append(message)
    return {name: _count(sent[name], told[name]) for name in sorted({*sent, *told})}


def _count(sent: Sequence[Unsent], told: Sequence[Untold]) -> Count:
    instants = [*(each.command.created_at for each in sent), *(each.at for each in told)]
    return Count(
        commands=len(sent),
        again=sum(each.is_again for each in sent),
        conflicts=sum(each.conflict is not None for each in sent),
        messages=len(told),
        first=min(instants),
        last=max(instants),
    )
