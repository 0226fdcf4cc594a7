"""What keep rules keep, as values: points at values, while something is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from interlock.expressions.expression import CONSTANTS, Expression
from interlock.model import DEFAULT_PRIORITY, Point
from interlock.rules.actions import Amount, Assignment, points_of_amount

KEY = "(keep)"
"""Behind a rule's id and ``/``, under which its past is kept: no trigger can have this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What a rule keeps, how strongly, and while what is true."""

    text: str
    """As written, for traces: ``keep living_ac.hvacpower: on``."""
    assignments: tuple[Assignment, ...]
    priority: int = DEFAULT_PRIORITY
    """1 is the strongest, 16 the weakest."""
    condition: Expression | None = None
    """``while``; None where it is kept always."""
    until: Expression | None = None
    """Ends it; None ends it as soon as `condition` is known false."""
    hold: Amount = timedelta()
    """How long `condition` must be true before it begins."""
    dip: timedelta = timedelta()
    """How long `condition` may cease to be true without its hold beginning anew; such dips do not count."""
    releases_unknown: bool = False
    """``on_unknown: release``: it ends too where `condition` is unknown."""

    @property
    def text_of_condition(self) -> str:
        """What it goes by, as written; empty where it is kept always."""
        return self.condition.text if self.condition else ""

    @property
    def judged(self) -> frozenset[Point]:
        """The points by which it begins and ends."""
        given = (each for each in (self.condition, self.until) if each is not None)
        return points_of_amount(self.hold).union(*(each.points for each in given))

    @property
    def is_computed(self) -> bool:
        """Whether any of its values is."""
        return any(not isinstance(each.value, CONSTANTS) for each in self.assignments)

    @property
    def computed(self) -> frozenset[Point]:
        """The points that its values are computed from."""
        return frozenset[Point]().union(*(each.points for each in self.assignments))

    @property
    def kept(self) -> tuple[Point, ...]:
        """The points that it keeps."""
        return tuple(each.target.point for each in self.assignments)

    @property
    def points(self) -> frozenset[Point]:
        """Every point that must be read for it: what is kept too, to see whether it stays."""
        shown = (each.target for each in self.assignments if each.target.capability.has_reading)
        return self.judged | self.computed | {target.point for target in shown}

    @property
    def reads_time(self) -> bool:
        """Whether something of it can change without any point changing."""
        return any(each.reads_time for each in self.expressions)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything of it that is computed."""
        values = (each.value for each in self.assignments)
        found = (self.condition, self.until, self.hold, *values)
        return tuple(each for each in found if not isinstance(each, CONSTANTS))
