"""What a stretch of the journal amounts to, for a summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from interlock.history.records import Entry, Firing
from interlock.model import Outcome, Point, Reading, Receipt, Value


@dataclass(slots=True)
class Tally:
    """Counts entries as they come."""

    first: dict[Point, Value] = field(default_factory=dict)
    """Each point's first usable value."""
    last: dict[Point, Value] = field(default_factory=dict)
    firings: Counter[str] = field(default_factory=Counter)
    """By rule."""
    receipts: list[Receipt] = field(default_factory=list)
    outcomes: Counter[tuple[Point, Outcome]] = field(default_factory=Counter)

    def take(self, entry: Entry) -> None:
        """Count an entry."""
        match entry:
            case Reading(value=value, point=point) if entry.is_usable and value is not None:
                self.first.setdefault(point, value)
                self.last[point] = value
            case Firing():
                self.firings[entry.decision.rule.id] += 1
            case Receipt():
                self.receipts.append(entry)
                self.outcomes[entry.command.point, entry.outcome] += 1
