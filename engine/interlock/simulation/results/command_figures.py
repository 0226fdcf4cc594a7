"""What was commanded, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from interlock.model import Origin, Outcome, Point, Receipt
from interlock.simulation.results.happening import Happening

_REASONED = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.UNCERTAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFigures:
    """The commands for one point."""

    point: Point
    outcomes: Mapping[Outcome, int]
    """How many ended how; one that was deferred counts again when it is sent or not."""
    by: Mapping[str, int]
    """Who wanted them, in words, the busiest first."""
    reason: str = ""
    """Why the last one that was refused or failed did."""

    def count(self, *outcomes: Outcome) -> int:
        """Return how many ended in one of these ways."""
        return sum(self.outcomes.get(each, 0) for each in outcomes)


@dataclass(slots=True)
class _Counts:
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    by: Counter[str] = field(default_factory=Counter)
    reason: str = ""


class CommandTally:
    """Counts commands by what became of them."""

    def __init__(self) -> None:
        self._counts: defaultdict[Point, _Counts] = defaultdict(_Counts)

    def take(self, at: datetime, happening: Happening) -> None:
        """Count what happened."""
        if not isinstance(happening, Receipt):
            return
        counts = self._counts[happening.command.point]
        counts.outcomes[happening.outcome] += 1
        if happening.outcome is not Outcome.DEFERRED:
            counts.by[named(happening.command.origin)] += 1
        if happening.outcome in _REASONED:
            counts.reason = happening.reason

    def figures(self) -> Sequence[CommandFigures]:
        """Return what became of the commands of each point, by their names."""
        return [
            CommandFigures(
                point=point,
                outcomes={each: counts.outcomes[each] for each in Outcome if counts.outcomes[each]},
                by=dict(sorted(counts.by.items(), key=lambda each: (-each[1], each[0]))),
                reason=counts.reason,
            )
            for point, counts in sorted(self._counts.items())
        ]


def named(origin: Origin) -> str:
    """Return who wanted a command, in words."""
    return str(origin)
