"""A journal for runs without end: it passes everything on, and keeps only what a start may ask for again."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from interlock.expressions.view import Sample
from interlock.history.journal import ACTED, NewsFilter, from_instant, last_known, sample_of
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
from interlock.model import Command, Origin, Point, Reading, Receipt, Value
from interlock.rules.claims import Claim, named
from interlock.rules.memory import TriggerMemory

_FIRINGS = 1000
"""Firings that are remembered for each rule, as many as the engine itself remembers."""


@dataclass(slots=True)
class _LastUsable:
    reading: Reading
    same_since: datetime
    followed_at: datetime | None = None
    """When it was over."""


class StreamedJournal:
    """A journal whose memory does not grow with the time that it is written.

    It may be opened again, as after a restart, and then answers as a journal does that kept everything.

    Args:
        tell: Is shown every entry as it comes in, but for readings that repeat the last one.
        windows: Points whose past rules look at, and how far back.
        firings: How many firings of each rule matter.
    """

    def __init__(
        self,
        tell: Callable[[Entry], None],
        windows: Mapping[Point, timedelta] = MappingProxyType({}),
        firings: int = _FIRINGS,
    ) -> None:
        self.run_number = 0
        self.last_seen: datetime | None = None
        """To be set by whoever plays a restart; nothing here reads a clock."""
        self.is_late = False
        self._tell = tell
        self._filter = NewsFilter()
        self._windows = dict(windows)
        self._memory: dict[str, TriggerMemory] = {}
        self._known: dict[Point, _LastUsable] = {}
        self._acted: dict[Point, Command] = {}
        self._samples: defaultdict[Point, deque[Sample]] = defaultdict(deque)
        self._unfinished: dict[str, Unfinished] = {}
        self._saved: dict[str, Mapping[str, Value]] = {}
        self._switches: dict[str, RuleSwitch] = {}
        self._fired: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=firings))
        self._claims: dict[tuple[Point, Origin], Claim] = {}

    async def open(self) -> None:
        """Begin a run: what was known at the end of the one before is not known any more."""
        self.run_number += 1
        # Nobody knows after a restart that a point is what it was: that it is read again is news.
        self._filter.forget()
        for samples in self._samples.values():
            if samples[-1].value is not None:
                end = max(self.last_seen or samples[-1].at, samples[-1].at)
                samples.append(Sample(end, None))

    async def past(self) -> None:
        """Do nothing: all that is there can be read."""

    def record(self, *entries: Entry) -> None:
        """Pass the entries on, without repeated readings."""
        for entry in self._filter.news(entries):
            self._keep(entry)
            self._tell(entry)

    async def commit(self) -> bool:
        """Return True: nothing is safer than it is already."""
        return True

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered last."""
        return dict(self._memory)

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return what was last known of points."""
        found = [self._known[point] for point in points if point in self._known]
        return [last_known(each.reading, each.followed_at, self.last_seen, each.same_since) for each in found]

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last command of each of these points that was carried out, or may have been."""
        return [self._acted[point] for point in points if point in self._acted]

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were, each from an instant on, as far back as its window reaches."""
        return {point: from_instant(list(self._samples.get(point, ())), at) for point, at in since.items()}

    async def load_past(self, since: datetime) -> Past:
        """Return what else the service needs of earlier runs."""
        return Past(
            unfinished=tuple(self._unfinished.values()),
            saved=dict(self._saved),
            switches=dict(self._switches),
            fired={
                rule: [at for at in fired if at >= since] or [fired[-1]]
                for rule, fired in self._fired.items()
            },
            claims=tuple(self._claims.values()),
        )

    async def close(self) -> None:
        """End the run."""

    def _keep(self, entry: Entry) -> None:
        match entry:
            case Reading():
                self._keep_reading(entry)
            case Receipt() if entry.outcome in ACTED:
                # The last one stands where it came in, as in a journal that kept everything.
                self._acted[entry.command.point] = entry.command
            case Remembered():
                self._memory[entry.key] = entry.memory
            case Firing() if entry.decision.truth is not False:
                self._fired[entry.decision.rule.id].append(entry.decision.at)
            case Saved():
                self._saved[entry.name] = entry.values
            case RuleSwitch():
                self._switches[entry.rule] = entry
            case Unfinished() | FiringEnd() | Claimed() | LetGo():
                self._keep_what_ends(entry)

    def _keep_what_ends(self, entry: Unfinished | FiringEnd | Claimed | LetGo) -> None:
        match entry:
            case Unfinished():
                self._unfinished[entry.firing] = entry
            case FiringEnd():
                self._unfinished.pop(entry.firing, None)
            case Claimed():
                self._claims.pop(_key(entry.claim), None)
                self._claims[_key(entry.claim)] = entry.claim
            case LetGo():
                self._claims.pop(_key(entry.claim), None)

    def _keep_reading(self, reading: Reading) -> None:
        if reading.point in self._windows:
            self._keep_sample(reading)
        last = self._known.get(reading.point)
        if reading.is_usable:
            is_same = last is not None and _is_same(last.reading, reading)
            since = last.same_since if last and is_same else reading.observed_at
            self._known[reading.point] = _LastUsable(reading, since)
        elif last and last.followed_at is None:
            last.followed_at = reading.observed_at

    def _keep_sample(self, reading: Reading) -> None:
        samples = self._samples[reading.point]
        samples.append(sample_of(reading))
        begins = reading.at - self._windows[reading.point]
        while len(samples) > 1 and samples[1].at <= begins:
            samples.popleft()


def _key(claim: Claim) -> tuple[Point, Origin]:
    return claim.point, named(claim.owner)


def _is_same(reading: Reading, other: Reading) -> bool:
    # True == 1 == 1.0 in Python, and they differ as values.
    return reading.value == other.value and type(reading.value) is type(other.value)
