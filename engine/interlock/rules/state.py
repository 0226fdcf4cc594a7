"""The last reading of every point, and what changed when new ones came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from interlock.clock import CORRECTION, Clock
from interlock.expressions.trail import Trail
from interlock.expressions.view import NOBODY, Around, Sample
from interlock.model import Point, Quality, Reading, Value

_GOOD = Quality.GOOD
LONG_AGO = datetime.min.replace(tzinfo=UTC)


Changed: TypeAlias = Mapping[Point, Value | None]
"""The points that changed in one moment, each with its last known value before, also across a time when it
was unknown; None where there was none.

A point has changed whose usable value is another than before, or that became or ceased to be usable; so has
one with its first reading, even where that is not usable. A mapping, and no objects: to make one for each
value that moves would take longer than everything else that is done with it here.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One point's change, for triggers that ask what it was before."""

    point: Point
    was: Value | None
    """The last known value before; None where there was none."""
    value: Value | None
    """The usable value now; None where it is unknown."""


@dataclass(slots=True, eq=False)
class Confirmation:
    """When points that are read together were last found to be as they were; those points share it."""

    at: datetime = LONG_AGO


@dataclass(slots=True)
class _Held:
    """What is known of one point."""

    reading: Reading | None = None
    """None where there is none yet, and only the run before knew something."""
    at: datetime | None = None
    """Since when it has been so: what comes from before is too late."""
    known: Value | None = None
    """The last usable value, also while it is not usable."""
    good_at: datetime | None = None
    previous: Value | None = None
    changed_at: datetime | None = None
    """Since when `known` has been what it is, also over times in which it was not usable."""
    usable_since: datetime | None = None
    """None where it is not usable now."""
    unknown_since: datetime | None = None

    def shift(self, by: timedelta) -> None:
        """Move all instants, because the clock was set by so much."""
        for name in _INSTANTS:
            at = getattr(self, name)
            if at is not None:
                setattr(self, name, at + by)
        if self.reading is not None:
            self.reading = self.reading.moved(by)


_INSTANTS = ("at", "good_at", "changed_at", "usable_since", "unknown_since")


class State:
    """The site as it is known now; it is the `View` that expressions read.

    It only moves forward: a reading from before the one that is held is dropped, so that a slow poll
    cannot undo what a command's feedback has already told. One that is held from the future is from before
    the clock was set back, and gives way.

    Where the clock was set, all instants move with it: ages are the time that passed.
    """

    def __init__(self, timezone: ZoneInfo, now: datetime, around: Around = NOBODY) -> None:
        self.timezone = timezone
        self.around = around
        self.now = now
        self.uptime = timedelta()
        """The monotonic time that belongs to `now`: what holds are counted by."""
        self._began: datetime | None = None
        """What the clock would show at the beginning of its monotonic time: another where it was set."""
        self.notice_set: Callable[[timedelta], None] = lambda by: None
        """Is told by how much the clock was set."""
        self.values: dict[Point, Value] = {}
        """Every usable value; a point that is missing here is unknown."""
        self._held: dict[Point, _Held] = {}
        self._confirmed: dict[Point, Confirmation] = {}
        """When readings that are held were last confirmed: everything that they say is so then."""
        self._windows: dict[Point, timedelta] = {}
        self._samples: dict[Point, Trail] = {}
        """What the points of `_windows` were."""

    def keep_past(
        self, windows: Mapping[Point, timedelta], past: Mapping[Point, Sequence[Sample]]
    ) -> Mapping[Point, timedelta]:
        """Keep the past of just these points from now on, so far back; it begins with what is known.

        Returns:
            The windows that reach further back than before: `fill_past` may bring what they lack.
        """
        before, self._windows = self._windows, dict(windows)
        self._samples = {
            point: self._samples.get(point) or Trail(past.get(point) or self._present(point))
            for point in windows
        }
        none = timedelta()
        return {point: window for point, window in windows.items() if window > before.get(point, none)}

    def fill_past(self, past: Mapping[Point, Sequence[Sample]]) -> None:
        """Take what points were before their past was kept."""
        for point, samples in past.items():
            kept = list(self._samples.get(point, ()))
            if point in self._samples:
                earlier = [each for each in samples if not kept or each.at < kept[0].at]
                self._samples[point] = Trail([*earlier, *kept])

    def _present(self, point: Point) -> Iterable[Sample]:
        if point not in self.values:
            return ()
        held = self._held[point]
        known_since = [at for at in (held.changed_at, held.usable_since) if at is not None]
        return (Sample(max(known_since), self.values[point]),)

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return what a point was, oldest first, as far back as `keep_past` was told."""
        return self._samples.get(point, ())

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        held, confirmation = self._held.get(point), self._confirmed.get(point)
        if held is None or held.reading is None or confirmation is None:
            return held.reading if held else None
        return replace(held.reading, observed_at=confirmation.at)

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        held = self._held.get(point)
        return held.previous if held else None

    def last_known(self, point: Point) -> Value | None:
        """Return the last usable value, also while it is not usable or of the run before; None for never."""
        held = self._held.get(point)
        return held.known if held else None

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where it is unknown.

        A value that comes back after an outage or a restart has not changed.
        """
        return self._held[point].changed_at if point in self.values else None

    def good_at(self, point: Point) -> datetime | None:
        """Return when a point was last known to be good, UTC, also if it is not now; None for never."""
        held, confirmation = self._held.get(point), self._confirmed.get(point)
        if confirmation is not None:
            return confirmation.at
        return held.good_at if held else None

    def unknown_since(self, point: Point) -> datetime | None:
        """Return since when a point has not been usable, UTC; None where it is, or was never read."""
        held = self._held.get(point)
        return held.unknown_since if held else None

    def look_at(self, clock: Clock) -> None:
        """Make the present that of the clock."""
        self.now, self.uptime = clock.now(), clock.monotonic()
        before, self._began = self._began, self.now - self.uptime
        if before is not None and not -CORRECTION <= (by := self._began - before) <= CORRECTION:
            self._shift(by)

    def _shift(self, by: timedelta) -> None:
        self.notice_set(by)
        for held in self._held.values():
            held.shift(by)
        for confirmation in set(self._confirmed.values()):
            confirmation.at += by
        self._samples = {
            point: Trail(Sample(each.at + by, each.value) for each in samples)
            for point, samples in self._samples.items()
        }

    def remember(self, readings: Iterable[Reading]) -> None:
        """Take what was known before the service started: what comes is compared with it, no more."""
        for reading in readings:
            held = self._held.setdefault(reading.point, _Held())
            held.known, held.good_at, held.changed_at = reading.value, reading.observed_at, reading.since

    def forget(self, points: Iterable[Point]) -> None:
        """Know nothing of these points any more, as if they had never been read."""
        for point in points:
            self.values.pop(point, None)
            self._held.pop(point, None)
            self._confirmed.pop(point, None)

    def supposing(self, values: Mapping[Point, Value]) -> State:
        """Return a copy in which points hold these values from now on."""
        other = copy(self)
        other.values = dict(self.values)
        other._held = {point: held for point, held in self._held.items() if point not in values}
        own = {each: copy(each) for each in set(self._confirmed.values())}
        other._confirmed = {
            point: own[each] for point, each in self._confirmed.items() if point not in values
        }
        other._samples = {point: each for point, each in self._samples.items() if point not in values}
        readings = [
            Reading(point=point, value=value, observed_at=self.now) for point, value in values.items()
        ]
        other.apply(readings, self.now)
        return other

    def apply(self, readings: Iterable[Reading], now: datetime, *, by: Confirmation | None = None) -> Changed:
        """Take a batch of readings in as one moment; return what changed.

        Args:
            readings: What is new.
            now: The present instant.
            by: What was confirmed when they were read: points that share it go on doing so.

        Every value of the site comes this way, so what nearly all of them need stands here in one piece:
        a call for each value, or a second look into a table, costs as much as all the rest.
        """
        self.now = now
        held_of, values, confirmed = self._held, self.values, self._confirmed
        changed: dict[Point, Value | None] = {}
        for reading in readings:
            point, value = reading.point, reading.value
            held = held_of.get(point) or self._begin(point)
            before, was = held.reading, held.known
            # Not by `Reading.at`: a property costs more than the comparison.
            at = reading.since or reading.observed_at
            confirmation = confirmed.get(point)
            last_at = held.at if confirmation is None else confirmation.at
            if last_at is not None and at < last_at <= now:
                continue
            if confirmation is not None and confirmation is not by:
                held.good_at = confirmation.at
                del confirmed[point]
            held.reading, held.at = reading, at
            if value is None or not (reading.quality is _GOOD or reading.is_usable):
                if not self._lose(point, held) and before is not None:
                    continue
            else:
                held.good_at = reading.observed_at
                # True == 1 == 1.0 in Python, and they differ as values.
                if was != value or type(was) is not type(value):
                    held.previous, held.changed_at = was, reading.observed_at
                elif held.usable_since is not None:
                    continue
                elif held.changed_at is None:
                    held.changed_at = reading.observed_at
                if held.usable_since is None:
                    held.usable_since = reading.observed_at
                values[point] = held.known = value
                held.unknown_since = None
            changed.setdefault(point, was)
        if self._samples:
            self._note(changed)
        return changed

    def confirm(
        self, by: Confirmation, at: datetime, *, left: Iterable[Point] = (), joined: Iterable[Point] = ()
    ) -> None:
        """Take in that all points that share a confirmation were read again and are as they were.

        Args:
            by: What they share.
            at: When they were read.
            left: Points that do not share it any more.
            joined: Points that share it from now on, until another reading of them comes.
        """
        for point in left:
            if self._confirmed.get(point) is by:
                held = self._held[point]
                held.reading, held.at, held.good_at = self.reading(point), by.at, by.at
                del self._confirmed[point]
        by.at = at
        self._confirmed.update(dict.fromkeys(joined, by))

    def confirmed(self, by: Confirmation, points: Iterable[Point]) -> Sequence[Reading]:
        """Return the readings of those of some points that share a confirmation, by the points' names."""
        sharing = sorted(point for point in points if self._confirmed.get(point) is by)
        found = map(self.reading, sharing)
        return [reading for reading in found if reading is not None]

    def other_than(self, readings: Iterable[Reading]) -> Sequence[Reading]:
        """Return those of some good readings that say something else than is held.

        That may be so where something was read again: the state forgot a point, or did not take a reading
        that came too late.
        """
        return [each for each in readings if not _is_as_good(self._held.get(each.point), each)]

    def _begin(self, point: Point) -> _Held:
        held = self._held[point] = _Held()
        return held

    def _lose(self, point: Point, held: _Held) -> bool:
        """Note that a point is not usable; return whether it was."""
        if held.unknown_since is None:
            held.unknown_since = self.now
        held.usable_since = None
        return self.values.pop(point, None) is not None

    def _note(self, changed: Iterable[Point]) -> None:
        for point in changed:
            samples, reading = self._samples.get(point), self._held[point].reading
            if samples is None or reading is None:
                continue
            at = min(reading.at, self.now)
            samples.append(Sample(at, self.values.get(point)))
            samples.forget_before(self.now - self._windows[point])


def _is_as_good(held: _Held | None, reading: Reading) -> bool:
    """Whether what is held says what a reading does, which is good."""
    last = held.reading if held else None
    return last is not None and last.quality is _GOOD and last.value is reading.value
