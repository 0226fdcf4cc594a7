"""Guards at work: since when points are on or off, and how often they were changed."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.config.guards import Guard
from interlock.expressions.view import Sample
from interlock.model import Command, Outcome, Point, Reading, Receipt, Value
from interlock.rules.guarding import PASSED, Changed, Past, Ruling, is_on, judge

UNSEEN = timedelta(minutes=2)
"""How long a service may have been away for the journal to tell since when a point is on or off: the time
of its last sign of life is known to a minute, and a restart by hand takes some seconds."""


@dataclass(slots=True)
class _Sent:
    """A command that changes a point, and how the point stood before it."""

    id: str
    at: datetime
    was: Value | None
    since: datetime
    doubtful_at: datetime | None = None
    """When an attempt ended of which nobody knows whether it was executed; None where there was none."""


@dataclass(slots=True)
class _Record:
    since: datetime
    value: Value | None = None
    changes: deque[Changed] = field(default_factory=deque)
    remembered: tuple[bool, datetime] | None = None
    """Whether it was on when the service ended, and since when."""
    sent: _Sent | None = None
    """What we changed last, until a reading shows it."""


class Guards:
    """The guards of a site, with what they must know of their points.

    Args:
        settle_of: How long readings of a point may lag behind its commands.
    """

    def __init__(self, settle_of: Callable[[Point], timedelta]) -> None:
        self._settle_of = settle_of
        self._guards: Mapping[Point, Guard] = {}
        self._records: dict[Point, _Record] = {}

    @property
    def windows(self) -> Mapping[Point, timedelta]:
        """How far back the past of each guarded point counts."""
        return {
            point: max(each.min_on, each.min_off, each.changes_in, each.step_every or timedelta())
            for point, each in self._guards.items()
        }

    def change(self, guards: Mapping[Point, Guard], now: datetime) -> None:
        """Guard these points from now on; one that is new is taken to have just been switched."""
        self._guards = guards
        self._records = {point: self._records.get(point) or _Record(now) for point in guards}

    def forget(self, points: Iterable[Point], now: datetime) -> None:
        """Know nothing of points that stand for something else now."""
        for point in points:
            if point in self._records:
                self._records[point] = _Record(now)

    def restore(self, past: Mapping[Point, Sequence[Sample]], seen_at: datetime | None) -> None:
        """Take over what the journal knows, where the service was not away for long.

        Args:
            past: What the points were.
            seen_at: When the service was last alive; None where that is not known.
        """
        for point, record in self._records.items():
            if record.value is not None or record.changes:
                continue  # More is known since, where the journal came late.
            # What is still to come was written by a clock that was right, or by one that was wrong.
            known = past.get(point, ())
            samples = [each for each in known if each.value is not None and each.at <= record.since]
            for before, after in itertools.pairwise(samples):
                if before.value != after.value:
                    record.changes.append(Changed(after.at, before.value))
            if samples and seen_at is not None and timedelta() <= record.since - seen_at <= UNSEEN:
                record.remembered = _switched(samples)

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set: lengths of time go on."""
        for record in self._records.values():
            record.since += by
            record.changes = deque(Changed(each.at + by, each.was) for each in record.changes)
            if record.remembered is not None:
                record.remembered = record.remembered[0], record.remembered[1] + by
            if record.sent is not None:
                record.sent.at += by
                record.sent.since += by
                if record.sent.doubtful_at is not None:
                    record.sent.doubtful_at += by

    def sees(self, point: Point) -> bool:
        """Whether the readings of a point are needed here."""
        return point in self._records

    def is_settled(self, point: Point, shown: Value | None) -> bool:
        """Whether what a point shows is what is known of it, and nothing is on its way."""
        record = self._records.get(point)
        return record is None or (record.sent is None and record.value == shown)

    def see(self, reading: Reading, same_since: datetime | None) -> None:
        """Take in what a guarded point shows.

        Args:
            reading: A usable one, from after everything that was sent.
            same_since: Since when readings have shown this value.
        """
        record, value = self._records[reading.point], reading.value
        assert value is not None
        if record.value is None:
            self._begin(record, value, reading.observed_at)
        elif value == record.value:
            record.sent = None
        elif record.sent is None or reading.observed_at >= record.sent.at + self._settle_of(reading.point):
            self._turn(record, value, reading.observed_at, same_since)

    def _begin(self, record: _Record, value: Value, at: datetime) -> None:
        if record.remembered is not None:
            was_on, since = record.remembered
            record.since = since if was_on == is_on(value) else at
            record.remembered = None
        record.value = value

    def _turn(self, record: _Record, value: Value, at: datetime, same_since: datetime | None) -> None:
        """Take in that a point shows something else than was known: a hand, or a command that got lost."""
        sent, record.sent = record.sent, None
        if sent is not None and same_since is not None and same_since < sent.at and sent.was == value:
            record.since = sent.since
        elif record.value is None or is_on(record.value) != is_on(value):
            record.since = at
        record.value = value

    def sent(self, command: Command, now: datetime) -> None:
        """Take in that a command is on its way."""
        record, value = self._records.get(command.point), command.value
        if record is None or value is None:
            return
        if value == record.value:
            _try_again(record, command.id, now)
            return
        record.sent = _Sent(command.id, now, record.value, record.since)
        record.changes.append(Changed(now, record.value))
        self._thin(command.point, record, now)
        if record.value is None or is_on(record.value) != is_on(value):
            record.since = now
        record.value = value

    def received(self, receipt: Receipt) -> None:
        """Take in what became of a command: one that was certainly not executed changed nothing."""
        record = self._records.get(receipt.command.point)
        if record is None or record.sent is None or record.sent.id != receipt.command.id:
            return
        sent = record.sent
        if receipt.outcome in (Outcome.ACCEPTED, Outcome.UNCERTAIN):
            _date(record, sent, receipt.at)
            sent.doubtful_at = receipt.at if receipt.outcome is Outcome.UNCERTAIN else None
        elif receipt.outcome is Outcome.DEFERRED:
            return
        elif sent.doubtful_at is not None:
            _date(record, sent, sent.doubtful_at)
        else:
            record.value, record.since, record.sent = sent.was, sent.since, None
            record.changes.pop()

    def judge(self, point: Point, wanted: Value, now: datetime) -> Ruling:
        """Return what the guard of a point says to a value that is wanted now."""
        guard = self._guards.get(point)
        if guard is None:
            return PASSED
        record = self._records[point]
        past = Past(value=record.value, since=record.since, changes=tuple(record.changes))
        return judge(guard, past, wanted, now)

    def _thin(self, point: Point, record: _Record, now: datetime) -> None:
        guard = self._guards[point]
        oldest = now - max(guard.changes_in, guard.step_every or timedelta())
        while record.changes and record.changes[0].at < oldest:
            record.changes.popleft()


def _try_again(record: _Record, command_id: str, now: datetime) -> None:
    """Take in that what may have been done already is on its way again: it may be this that does it."""
    sent = record.sent
    if sent is None or sent.doubtful_at is None:
        return
    sent.id = command_id
    _date(record, sent, now)
    record.changes.pop()
    record.changes.append(Changed(now, sent.was))


def _date(record: _Record, sent: _Sent, at: datetime) -> None:
    """Let a command have been sent at an instant, and what it switched have been switched then."""
    if record.since == sent.at:
        record.since = at
    sent.at = at


def _switched(samples: Sequence[Sample]) -> tuple[bool, datetime]:
    """Return whether a point was on in the end, and since when; at least since the first sample."""
    assert samples[-1].value is not None
    last, since = is_on(samples[-1].value), samples[-1].at
    for sample in reversed(samples):
        assert sample.value is not None
        if is_on(sample.value) != last:
            break
        since = sample.at
    return last, since
