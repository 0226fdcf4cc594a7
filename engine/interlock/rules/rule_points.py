"""Which points rules read, and which they command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.model import Point
from interlock.rules.actions import Assignment, RampAction, VerifyAction, WriteAction, every_action
from interlock.rules.rule import Rule


def read_points(rules: Iterable[Rule]) -> tuple[Point, ...]:
    """Return the points whose values any of the rules reads, by their names."""
    return tuple(sorted(frozenset[Point]().union(*(rule.points for rule in rules))))


def commanded_points(rules: Iterable[Rule]) -> tuple[Point, ...]:
    """Return the points that any of the rules may command, by their names."""
    return tuple(sorted({each.target.point for rule in rules for each in _assignments(rule)}))


def _assignments(rule: Rule) -> Iterator[Assignment]:
    if rule.keep:
        yield from rule.keep.assignments
    for action in every_action((*rule.actions, *rule.otherwise, *rule.undo)):
        if isinstance(action, WriteAction | VerifyAction | RampAction):
            yield from action.assignments
