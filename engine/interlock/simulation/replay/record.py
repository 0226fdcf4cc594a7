"""What is known of a span of the past, from a journal, from what was fetched and from files, as one record.

Each point comes from one source alone: a file before what was fetched, and that before the journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from interlock.driver import Recorded
from interlock.history.claims import CLAIMED_ANEW, PastClaim
from interlock.history.recording import RecordedCommand, RecordedRun, Recording
from interlock.history.records import ConnectionEvent
from interlock.model import Command, Origin, OriginKind, Point, Quality, Reading
from interlock.rules.claims import Claim, named
from interlock.runtime.connections.health import ANSWERS_AGAIN
from interlock.simulation.replay.moments import (
    Beginning,
    Begun,
    ByHand,
    Ended,
    Held,
    Kept,
    Lost,
    Moment,
    Regained,
    Released,
    Shown,
    Switched,
    Wanted,
)
from interlock.simulation.replay.value_table import ValueTable

_BY_PEOPLE = frozenset({OriginKind.OPERATOR, OriginKind.HAND})
_SOON = timedelta(seconds=1)
"""A claim stands at most so much later than the command that made it."""
_AFTER_RULES = timedelta(milliseconds=2)
"""So long after rules had set them points of the site's own are compared with what they had been set to."""
_FILE_HAND = Origin(OriginKind.OPERATOR, "a file")
"""Who sets the virtual points of which a file has values."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A time in which no service ran."""

    begins: datetime
    ends: datetime


class Record:
    """The past of a site.

    Args:
        journal: Where a service wrote what happened, open; None for none.
        fetched: Whether what was fetched from devices counts, where there is any.
        tables: Files of readings, checked.
        targets: The points that count, and whether the site keeps each by itself.
    """

    def __init__(
        self,
        journal: Recording | None,
        *,
        fetched: bool,
        tables: Sequence[ValueTable],
        targets: Mapping[Point, bool],
    ) -> None:
        self.journal = journal
        self._tables = tables
        self._targets = targets
        self.of_tables = frozenset[Point]().union(*(table.points for table in tables))
        """The points that come from files."""
        found = journal.fetched_points() if journal and fetched else frozenset[Point]()
        self.of_devices = (found & targets.keys()) - self.of_tables
        """The points that come from what was fetched."""
        journalled = journal.points() if journal else frozenset[Point]()
        self.points = (journalled | found | self.of_tables) & targets.keys()
        """Every point of which something is known."""
        self.strangers = tuple(sorted(journalled - targets.keys()))
        """Points of the journal that the site does not have."""

    @property
    def rests(self) -> bool:
        """Whether rules rest where no service ran, before its first and after its last run too."""
        return not (self.of_tables or self.of_devices)

    def span(self) -> tuple[datetime, datetime] | None:
        """Return from when to when something is known; None where nothing is."""
        spans = [table.span for table in self._tables]
        if self.journal is not None:
            spans.append(self.journal.span())
            spans.append(self.journal.fetched_span() if self.of_devices else None)
        known = [each for each in spans if each is not None]
        if not known:
            return None
        return min(begins for begins, _ in known), max(ends for _, ends in known)

    def runs(self, start: datetime, end: datetime) -> Sequence[RecordedRun]:
        """Return the runs of services that reach into a span."""
        return self.journal.runs(start, end) if self.journal else ()

    def rests_in(self, start: datetime, end: datetime) -> Sequence[Rest]:
        """Return the times of a span in which no service ran."""
        runs = self.runs(start, end)
        rests = [Rest(one.ends, other.begins) for one, other in pairwise(runs)]
        if self.rests:
            first, last = (runs[0].begins, runs[-1].ends) if runs else (end, end)
            rests = [Rest(start, first), *rests, Rest(last, end)]
        return [rest for rest in rests if rest.begins < rest.ends]

    def beginning(self, start: datetime) -> Beginning:
        """Return what is known at an instant."""
        run = next(iter(self.runs(start, start + timedelta(microseconds=1))), None)
        shown = {each.point: each for each in self._shown_before(start, run)}
        known = self.journal.usable_before(start) if self.journal else ()
        claims = self.journal.claims(start, start) if self.journal and run else ()
        switches = self.journal.switches(start) if self.journal else ()
        return Beginning(
            is_on=run is not None or not self.rests,
            is_first=self._is_first(start),
            known=[each for each in known if each.point in self._targets],
            shown=[shown[point] for point in sorted(shown) if not self._targets[point]],
            away=self._away(start, run),
            claims=[each.claim for each in claims if each.claim.point in self._targets],
            switches=[each for each in switches if each.at <= start],
        )

    def _is_first(self, start: datetime) -> bool:
        span = self.journal.span() if self.journal else None
        return self.rests and span is not None and start <= span[0]

    def _shown_before(self, start: datetime, run: RecordedRun | None) -> Iterator[Reading]:
        if self.journal is not None and run is not None:
            yield from (each for each in self.journal.readings_before(start, run) if self._is_journal(each))
        if self.journal is not None and self.of_devices:
            found = self.journal.fetched_before(start)
            yield from (_reading(each) for each in found if each.point in self.of_devices)
        for table in self._tables:
            yield from table.before(start)

    def _is_journal(self, reading: Reading) -> bool:
        """Whether a journal's reading counts: what is only assumed comes of what is commanded."""
        point = reading.point
        is_read = reading.quality is not Quality.ASSUMED and not self._targets.get(point, True)
        return is_read and point not in self.of_tables and point not in self.of_devices

    def _away(self, start: datetime, run: RecordedRun | None) -> Sequence[Lost]:
        if self.journal is None or run is None:
            return ()
        names = sorted({each.connection for each in self.journal.events(run.begins, start)})
        events = [self.journal.last_event(name, start, run) for name in names]
        found = [_turn(start, each.connection, each.text) for each in events if each]
        return [each for each in found if isinstance(each, Lost)]

    def moments(self, start: datetime, end: datetime, warm_until: datetime | None = None) -> Iterator[Moment]:
        """Yield what happened from an instant until before another, in order.

        What happened at one instant comes in the order in which it would have led to each other: readings
        before what people do about them.

        Args:
            start, end: From when until before when, UTC.
            warm_until: Until then what the site keeps by itself is told of too.
        """
        wanted = (Wanted(each.command.created_at, each) for each in self.sent(start, end))
        parts: list[Iterable[Moment]] = [self._turns_of_service(start, end), wanted]
        if self.journal is not None:
            parts.append(map(_turn_of, self.journal.events(start, end)))
            parts.append(self._read(self.journal, start, end))
            parts.append(self._kept(self.journal, start, warm_until or start))
        if self.journal is not None and self.of_devices:
            parts.append(self._fetched(self.journal, start, end))
        parts.extend(self._filed(table, start, end) for table in self._tables)
        if self.journal is not None:
            parts.extend(self._people(self.journal, start, end))
        return heapq.merge(*parts, key=_at)

    def _turns_of_service(self, start: datetime, end: datetime) -> Iterator[Moment]:
        runs = self.runs(start, end)
        for number, run in enumerate(runs):
            if run.begins >= start and (self.rests or number):
                yield Begun(run.begins, self._read_before(run))
            if start <= run.ends < end and (self.rests or number < len(runs) - 1):
                yield Ended(run.ends)

    def _read_before(self, run: RecordedRun) -> Sequence[Reading]:
        """Return what a run had read already when it began to look at rules."""
        found = self.journal.readings_before(run.begins, run) if self.journal else ()
        return [each for each in found if self._is_journal(each)]

    def _read(self, journal: Recording, start: datetime, end: datetime) -> Iterator[Moment]:
        for at, reading in journal.readings(start, end):
            if self._is_journal(reading):
                yield Shown(at, reading)

    def _kept(self, journal: Recording, start: datetime, end: datetime) -> Iterator[Moment]:
        for at, reading in journal.readings(start, end):
            if self._targets.get(reading.point) and reading.is_usable:
                yield Kept(at + _AFTER_RULES, reading)

    def _fetched(self, journal: Recording, start: datetime, end: datetime) -> Iterator[Moment]:
        for each in journal.fetched(start, end):
            if each.point in self.of_devices:
                yield Shown(each.at, _reading(each))

    def _filed(self, table: ValueTable, start: datetime, end: datetime) -> Iterator[Moment]:
        for reading in table.readings(start, end):
            at, point = reading.observed_at, reading.point
            if not self._targets[point]:
                yield Shown(at, reading)
            elif reading.value is not None:
                command = Command(id="", point=point, value=reading.value, origin=_FILE_HAND, created_at=at)
                yield ByHand(at, command)

    def _people(self, journal: Recording, start: datetime, end: datetime) -> Sequence[Iterator[Moment]]:
        claims = [
            each
            for each in journal.claims(start, end)
            if each.claim.owner.kind in _BY_PEOPLE and each.claim.point in self._targets
        ]
        switches = (
            Switched(each.at, each)
            for each in sorted(journal.switches(start), key=lambda each: each.at)
            if start < each.at < end and not each.by.startswith("rule ")
        )
        return [
            _released(claims, start, end),
            _held(claims, start),
            self._commanded(claims, start, end),
            switches,
        ]

    def _commanded(self, claims: Sequence[PastClaim], start: datetime, end: datetime) -> Iterator[Moment]:
        for command in (each.command for each in self.sent(start, end)):
            if command.origin.kind is OriginKind.OPERATOR and not _is_of_a_claim(command, claims):
                yield ByHand(command.created_at, command)

    def sent(self, start: datetime, end: datetime) -> Iterator[RecordedCommand]:
        """Yield the commands of a span, of whomever, in the order in which they were wanted."""
        if self.journal is not None:
            for recorded in self.journal.commands(start, end):
                if recorded.command.point in self._targets:
                    yield recorded


def _at(moment: Moment) -> datetime:
    return moment.at


def _reading(recorded: Recorded) -> Reading:
    return Reading(point=recorded.point, value=recorded.value, observed_at=recorded.at)


def _held(claims: Sequence[PastClaim], start: datetime) -> Iterator[Moment]:
    yield from (Held(each.claim.since, each.claim) for each in claims if each.claim.since >= start)


def _released(claims: Sequence[PastClaim], start: datetime, end: datetime) -> Iterator[Moment]:
    found = [
        Released(each.ended_at, each.claim, each.why)
        for each in claims
        if each.ended_at is not None
        and start <= each.ended_at < end
        and each.why != CLAIMED_ANEW
        and not _is_over(each.claim, each.ended_at)
    ]
    yield from sorted(found, key=_at)


def _is_over(claim: Claim, ended_at: datetime) -> bool:
    """Whether a claim ended because its time was over, as it will again."""
    return claim.until is not None and ended_at >= claim.until


def _is_of_a_claim(command: Command, claims: Iterable[PastClaim]) -> bool:
    """Whether an operator's command made a claim, or followed from one that stood."""
    return any(
        each.claim.point == command.point
        and named(each.claim.owner) == named(command.origin)
        and each.claim.since - _SOON <= command.created_at
        and (each.ended_at is None or command.created_at <= each.ended_at)
        for each in claims
    )


def _turn(at: datetime, connection: str, text: str) -> Lost | Regained:
    if text.endswith(ANSWERS_AGAIN):
        return Regained(at, connection)
    return Lost(at, connection, text)


def _turn_of(event: ConnectionEvent) -> Lost | Regained:
    return _turn(event.at, event.connection, event.text)
