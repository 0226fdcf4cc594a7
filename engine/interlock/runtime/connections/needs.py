"""Who needs which points, and how urgently: what is read more rarely first where a budget is short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from interlock.config.site import Site
from interlock.model import Point
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Rule
from interlock.rules.triggers import points_of_trigger


class Urgency(IntEnum):
    """How soon somebody has to hear of a change, the soonest first."""

    TRIGGER = 0
    """Something happens because of it: a trigger, a guard or an interlock waits for it."""
    CONDITION = 1
    """It is looked at when something else happens."""
    CLAIM = 2
    """It is kept at a value, and read back to see whether it is."""
    WATCH = 3
    """People want to see it."""

    @property
    def word(self) -> str:
        """As it is shown: ``trigger``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody needs a point."""

    point: Point
    urgency: Urgency
    who: str
    """Such as ``rule cool-living-room``."""


def needs_of(
    site: Site, rules: Iterable[Rule], interlocks: Iterable[Interlock], claimed: Iterable[Point] = ()
) -> Iterator[Need]:
    """Yield who needs which points; one point may be needed by many.

    Args:
        site: Its guards and what it watches.
        rules: Those in use.
        interlocks: Those of the site.
        claimed: What is kept at values, now.
    """
    for rule in rules:
        yield from _needs_of_rule(rule)
    for interlock in interlocks:
        points = interlock.never.points.union(interlock.instead)
        yield from _each(points, Urgency.TRIGGER, f"interlock {interlock.id}")
    yield from _each(site.guards, Urgency.TRIGGER, "guard")
    yield from _each(claimed, Urgency.CLAIM, "claims")
    yield from _each(site.watch, Urgency.WATCH, "watch")


def urgencies_of(needs: Iterable[Need]) -> Mapping[Point, Urgency]:
    """Return how urgently each point is needed by who needs it most."""
    found: dict[Point, Urgency] = {}
    for need in needs:
        found[need.point] = min(need.urgency, found.get(need.point, need.urgency))
    return found


def _needs_of_rule(rule: Rule) -> Iterator[Need]:
    """Yield a need for each point of a rule, the most urgent one."""
    waited = frozenset[Point]().union(*map(points_of_trigger, rule.triggers))
    kept = frozenset[Point]()
    if rule.keep:
        waited |= rule.keep.judged
        kept = frozenset(rule.keep.kept)
    who = f"rule {rule.id}"
    yield from _each(waited, Urgency.TRIGGER, who)
    yield from _each(rule.points - waited - kept, Urgency.CONDITION, who)
    yield from _each(kept - waited, Urgency.CLAIM, who)


def _each(points: Iterable[Point], urgency: Urgency, who: str) -> Iterator[Need]:
    return (Need(point, urgency, who) for point in points)
