"""Points that are commanded back and forth: rules that fight, and rules that have no hysteresis."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.config.site import Site
from interlock.model import Outcome, Point, Receipt, Value, format_value
from interlock.simulation.results.command_figures import named
from interlock.simulation.results.happening import Happening

WITHIN = timedelta(hours=1)
MOST = 4
"""Going back so often within `WITHIN` is no unrest yet: a room that is aired does that."""
_SENT = (Outcome.ACCEPTED, Outcome.UNCERTAIN, Outcome.SUPPRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrest:
    """A point that was commanded back and forth."""

    point: Point
    most: int
    """How often it went back within the worst hour."""
    at: datetime
    """When that hour ended, UTC."""
    times: int
    """How often it went back in hours that were too restless, altogether."""
    by: Sequence[str]
    """Who commanded it in those, in words, the busiest first."""
    between: Sequence[str]
    """The last values that it went between."""

    @property
    def in_words(self) -> str:
        """What it is, in a sentence."""
        who = " and ".join(self.by)
        verb = "fight" if len(self.by) > 1 else "goes back and forth"
        return f"{who} {verb}: {' and '.join(self.between)}, {self.most} times within an hour"


@dataclass(slots=True)
class _Course:
    """The commands of one point."""

    value: Value | None = None
    before: Value | None = None
    """What it was told before that."""
    by: str = ""
    is_rising: bool | None = None
    turns: deque[datetime] = field(default_factory=deque)
    """When it went back, within the last hour."""
    owners: Counter[str] = field(default_factory=Counter)
    recent: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MOST + 1))
    """Who commanded the two values of each of the last turns."""
    most: int = 0
    at: datetime | None = None
    times: int = 0
    between: tuple[str, str] = ("", "")

    def tell(self, value: Value, by: str, at: datetime) -> None:
        """Take in that it is told something else than before."""
        if self._goes_back(value):
            self._turn(by, at, value)
        self.before, self.value, self.by = self.value, value, by

    def _goes_back(self, value: Value) -> bool:
        if isinstance(value, str | bool) or not isinstance(value, int | float):
            return self.before is not None and value == self.before
        if not isinstance(self.value, int | float):
            return False
        was_rising, self.is_rising = self.is_rising, value > self.value
        return was_rising is not None and self.is_rising is not was_rising

    def _turn(self, by: str, at: datetime, value: Value) -> None:
        self.turns.append(at)
        self.recent.append((self.by, by))
        while self.turns[0] <= at - WITHIN:
            self.turns.popleft()
        if len(self.turns) <= MOST:
            return
        # With the turn that makes it too many, those before it count too.
        begun = len(self.turns) == MOST + 1
        counted = self.recent if begun else [self.recent[-1]]
        self.times += len(counted)
        self.owners.update(owner for pair in counted for owner in pair)
        self.between = (format_value(self.value), format_value(value))
        if len(self.turns) > self.most:
            self.most, self.at = len(self.turns), at


class UnrestTally:
    """Finds points that are commanded back and forth.

    Args:
        site: Whose points.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._courses: defaultdict[Point, _Course] = defaultdict(_Course)

    def take(self, at: datetime, happening: Happening) -> None:
        """Look at what happened."""
        if not isinstance(happening, Receipt) or happening.outcome not in _SENT:
            return
        command = happening.command
        target = self._site.targets.get(command.point)
        if command.value is None or target is None or target.capability.is_trigger:
            return
        course = self._courses[command.point]
        if command.value != course.value:
            course.tell(command.value, named(command.origin), at)

    def figures(self) -> Sequence[Unrest]:
        """Return the points without rest, the worst first."""
        found = [
            Unrest(
                point=point,
                most=course.most,
                at=course.at,
                times=course.times,
                by=[name for name, _ in sorted(course.owners.items(), key=lambda each: (-each[1], each[0]))],
                between=course.between,
            )
            for point, course in self._courses.items()
            if course.at is not None
        ]
        return sorted(found, key=lambda each: (-each.most, each.point))
