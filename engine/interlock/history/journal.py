"""What a journal is, and the one in memory for tests, simulations and benchmarks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Protocol

from interlock.expressions.view import Sample
from interlock.history.records import (
    Claimed,
    Entry,
    Firing,
    FiringEnd,
    LetGo,
    Past,
    Remembered,
    RuleSwitch,
    Saved,
    Unfinished,
)
from interlock.model import Command, OriginKind, Outcome, Point, Reading, Receipt
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory

ACTED = frozenset({Outcome.ACCEPTED, Outcome.UNCERTAIN})
"""How commands end that were carried out, or may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHealth:
    """How a journal that a service writes is doing."""

    is_written: bool
    """Whether it can be written; otherwise entries wait, and the oldest are lost in the end."""
    waiting: int
    """Entries that are not written yet."""
    lost: int
    """Entries that never were, since the service began."""
    written_at: datetime | None
    """When it was last written, UTC, which is every minute at least; None where it never was."""
    fault: str = ""
    """Why it cannot be written; empty where it can."""
    failing_since: datetime | None = None
    """When it was first found that it cannot be written, UTC; None where it can."""
    lost_between: tuple[datetime, datetime] | None = None
    """When it was last written before entries were lost, and when it was written again; the last time."""


class Journal(Protocol):
    """Keeps what happened, in order. It never makes control wait or fail, but for `open`."""

    @property
    def run_number(self) -> int:
        """Counts the service's runs on this journal, from 1; ids of firings and commands begin with it."""
        ...

    @property
    def last_seen(self) -> datetime | None:
        """When the previous run was last alive, UTC, to about a minute; None at the very first."""
        ...

    @property
    def is_late(self) -> bool:
        """Whether this run began without what the journal holds, which cannot be read yet."""
        ...

    async def open(self) -> None:
        """Begin a run.

        Raises:
            JournalError: the journal cannot be used; its message says why.
        """
        ...

    async def past(self) -> None:
        """Wait until what the journal holds can be read, which is at once where it is not late."""
        ...

    def record(self, *entries: Entry) -> None:
        """Take entries, in order, without waiting. Those of one call are stored together or not at all.

        Of readings only those are kept whose value or quality differs from the point's last.
        """
        ...

    async def commit(self) -> bool:
        """Wait until all that was recorded is safe from a power cut; False where it cannot be stored now."""
        ...

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered at the end of the previous run.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return the last usable reading of each of these points, observed when it was last known to be so.

        `Reading.since` tells since when it has been the same, also over outages and restarts.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last command of each of these points that was carried out, or may have been.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were, each from an instant on; unknown while no service ran.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def load_past(self, since: datetime) -> Past:
        """Return what else the service needs of earlier runs; of firings those since then, and each last one.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def close(self) -> None:
        """Store what is left, and end the run."""
        ...


class NewsFilter:
    """Tells readings that say something new from repetitions."""

    def __init__(self) -> None:
        self._last: dict[Point, Reading] = {}

    def news(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Return the entries without the readings that repeat their point's last value and quality."""
        last, kept = self._last, []
        for entry in entries:
            if isinstance(entry, Reading):
                point, value = entry.point, entry.value
                before = last.get(point)
                # True == 1 == 1.0 in Python, and they differ as values.
                if (
                    before is not None
                    and value == before.value
                    and entry.quality is before.quality
                    and type(value) is type(before.value)
                ):
                    continue
                last[point] = entry
            kept.append(entry)
        return tuple(kept)

    def overdue(self, readings: Iterable[Reading], age: timedelta) -> tuple[Reading, ...]:
        """Return the readings that say what their points' last news said, and came so much later."""
        found = tuple(each for each in readings if self.holds(each) and self._age(each) >= age)
        self._last.update((each.point, each) for each in found)
        return found

    def _age(self, reading: Reading) -> timedelta:
        return reading.observed_at - self._last[reading.point].observed_at

    def holds(self, reading: Reading) -> bool:
        """Whether a point's last reading says what this one does."""
        last = self._last.get(reading.point)
        return last is not None and is_repeated(reading, last)

    @property
    def last(self) -> tuple[Reading, ...]:
        """The last news of each point."""
        return tuple(self._last.values())

    def forget(self) -> None:
        """Take the next reading of every point as news: the last ones were lost."""
        self._last.clear()


class MemoryJournal:
    """A journal that lasts as long as its object, which may be opened again as if after a restart."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        """What was recorded, in order, over all runs."""
        self.run_number = 0
        self.last_seen: datetime | None = None
        """To be set by whoever plays a restart; nothing here reads a clock."""
        self.is_late = False
        self._filter = NewsFilter()
        self._ends: dict[int, datetime | None] = {}
        """When each run was last seen, by the number of entries that there were."""

    async def open(self) -> None:
        """Begin a run."""
        self.run_number += 1
        self._ends[len(self.entries)] = self.last_seen
        # Nobody knows after a restart that a point is what it was: that it is read again is news.
        self._filter.forget()

    async def past(self) -> None:
        """Do nothing: all that is there can be read."""

    def record(self, *entries: Entry) -> None:
        """Keep the entries, without repeated readings."""
        self.entries.extend(self._filter.news(entries))

    async def commit(self) -> bool:
        """Return True: nothing is safer than it is already."""
        return True

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered last."""
        return {entry.key: entry.memory for entry in self.entries if isinstance(entry, Remembered)}

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return what was last known of points."""
        readings = [entry for entry in self.entries if isinstance(entry, Reading)]
        return [
            known
            for point in points
            if (known := _known([reading for reading in readings if reading.point == point], self.last_seen))
        ]

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last command of each of these points that was carried out, or may have been."""
        receipts = [entry for entry in self.entries if isinstance(entry, Receipt)]
        acted = {each.command.point: each.command for each in receipts if each.outcome in ACTED}
        return [acted[point] for point in points if point in acted]

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were, each from an instant on; unknown while no service ran."""
        found: dict[Point, list[Sample]] = {point: [] for point in since}
        for number, entry in enumerate((*self.entries, None)):
            for samples in found.values() if number in self._ends else ():
                _break_off(samples, self._ends[number])
            if isinstance(entry, Reading) and entry.point in found:
                found[entry.point].append(sample_of(entry))
        return {point: from_instant(samples, since[point]) for point, samples in found.items()}

    async def load_past(self, since: datetime) -> Past:
        """Return what else the service needs of earlier runs."""
        unfinished = {entry.firing: entry for entry in self.entries if isinstance(entry, Unfinished)}
        for entry in self.entries:
            if isinstance(entry, FiringEnd):
                unfinished.pop(entry.firing, None)
        fired: dict[str, list[datetime]] = {}
        for entry in self.entries:
            if isinstance(entry, Firing) and entry.decision.truth is not False:
                fired.setdefault(entry.decision.rule.id, []).append(entry.decision.at)
        return Past(
            unfinished=tuple(unfinished.values()),
            saved={entry.name: entry.values for entry in self.entries if isinstance(entry, Saved)},
            switches={entry.rule: entry for entry in self.entries if isinstance(entry, RuleSwitch)},
            fired={rule: [at for at in all_ if at >= since] or all_[-1:] for rule, all_ in fired.items()},
            claims=_standing(self.entries),
        )

    async def close(self) -> None:
        """End the run."""


def _standing(entries: Sequence[Entry]) -> tuple[Claim, ...]:
    """Return the claims that nobody let go, oldest first."""
    found: dict[tuple[Point, OriginKind, str], Claim] = {}
    for entry in entries:
        if isinstance(entry, Claimed | LetGo):
            claim = entry.claim
            key = claim.point, claim.owner.kind, claim.owner.name
            found.pop(key, None)
            if isinstance(entry, Claimed):
                found[key] = claim
    return tuple(found.values())


def sample_of(reading: Reading) -> Sample:
    """Return what a point became by a reading, and when."""
    return Sample(reading.at, reading.value if reading.is_usable else None)


def _break_off(samples: list[Sample], at: datetime | None) -> None:
    """Let a point become unknown, as it does where a run ends."""
    if samples and samples[-1].value is not None:
        samples.append(Sample(max(at or samples[-1].at, samples[-1].at), None))


def from_instant(samples: Sequence[Sample], since: datetime) -> Sequence[Sample]:
    """Return samples from an instant on, and the one that held then."""
    begins = max((number for number, each in enumerate(samples) if each.at <= since), default=0)
    return samples[begins:]


def last_known(
    usable: Reading, following: datetime | None, seen_at: datetime | None, same_since: datetime | None
) -> Reading:
    """Return a stored reading as it was last known to be so.

    Only news are stored: a value was so until its point's next reading, or else until its run ended.

    Args:
        usable: The last reading of a point that had a value to use.
        following: When the reading after it was observed; None where there is none.
        seen_at: When the run was last alive; None where that is not known.
        same_since: When the first of the readings was observed that have had this value since.
    """
    ends = [instant for instant in (following, seen_at) if instant is not None]
    last_good = max(usable.observed_at, min(ends, default=usable.observed_at))
    return replace(usable, observed_at=last_good, since=same_since)


def _known(readings: Sequence[Reading], seen_at: datetime | None) -> Reading | None:
    place = max((number for number, reading in enumerate(readings) if reading.is_usable), default=None)
    if place is None:
        return None
    following = next((reading.observed_at for reading in readings[place + 1 :]), None)
    usable = [reading for reading in readings if reading.is_usable]
    same = takewhile(lambda reading: _is_same(reading, readings[place]), reversed(usable))
    return last_known(readings[place], following, seen_at, [reading.observed_at for reading in same][-1])


def is_repeated(reading: Reading, before: Reading) -> bool:
    """Whether a reading says of a point what an earlier one said."""
    return before.quality is reading.quality and _is_same(before, reading)


def _is_same(reading: Reading, other: Reading) -> bool:
    # True == 1 == 1.0 in Python, and they differ as values.
    return reading.value == other.value and type(reading.value) is type(other.value)
