"""Finds rules that are in each other's way, or in the way of a guard, and what is held for ever."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from interlock.config.nodes import Mark
from interlock.errors import Severity
from interlock.expressions.expression import Expression
from interlock.model import Point
from interlock.rules.actions import Action, Assignment, ReleaseAction, WriteAction
from interlock.rules.claims import GUARD_PRIORITY
from interlock.rules.grammar.context import Context
from interlock.rules.grammar.doing import Doing
from interlock.rules.grammar.worlds import can_be_together
from interlock.rules.guarding import out_of_range
from interlock.rules.keep import Keep
from interlock.rules.rule import Mode, Rule


@dataclass(frozen=True, slots=True)
class _Kept:
    """A point that a rule keeps."""

    rule: str
    keep: Keep
    assignment: Assignment
    claims: bool
    """Whether it is more than a shadow."""


def report_conflicts(context: Context, doings: Sequence[Doing], exactly: Callable[[Rule], Rule]) -> None:
    """Warn of rules that are in each other's way; of each place once, however many rooms it is for.

    Args:
        context: Takes the findings.
        doings: What the rules do that are sound.
        exactly: Reads a rule anew, with every place its own: rules share actions that are equal.
    """
    active = [each for each in doings if each.rule.mode is not Mode.OFF]
    kept: defaultdict[Point, list[_Kept]] = defaultdict(list)
    for rule in (each.rule for each in active):
        if rule.keep:
            for each in rule.keep.assignments:
                kept[each.target.point].append(_Kept(rule.id, rule.keep, each, rule.mode is Mode.ON))
    told = {rule for rule, _, _ in _by_doing(context, active, kept)}
    concerned = [Doing.of(exactly(each.rule)) for each in active if each.rule.id in told]
    found = [*_kept_twice(context, kept), *_by_doing(context, concerned, kept)]
    for mark, (message, hint) in {mark: said for _, mark, said in reversed(found)}.items():
        context.report(mark, message, hint, severity=Severity.WARNING)


_Finding = tuple[str, Mark, tuple[str, str]]
"""The id of the rule in which it is, the place, and what is said with its hint."""


def _by_doing(
    context: Context, active: Sequence[Doing], kept: Mapping[Point, Sequence[_Kept]]
) -> Iterator[_Finding]:
    yield from _written_too(active, kept)
    yield from _held_for_ever(active)
    yield from _out_of_guards(context, active)


def _kept_twice(context: Context, kept: Mapping[Point, Sequence[_Kept]]) -> Iterator[_Finding]:
    for point, claims in kept.items():
        for first, second in itertools.combinations(claims, 2):
            if first.keep.priority == second.keep.priority and _differ(first, second):
                conditions = [each.keep.condition for each in (first, second) if each.keep.condition]
                if can_be_together(conditions, context.targets):
                    message = (
                        f"rule '{first.rule}' keeps {point} too, at priority {first.keep.priority}: "
                        "where both do, the one that began last wins"
                    )
                    yield (
                        second.rule,
                        second.assignment.mark,
                        (message, "give one of them another 'priority'"),
                    )


def _differ(first: _Kept, second: _Kept) -> bool:
    values = first.assignment.value, second.assignment.value
    return values[0] != values[1] or any(isinstance(each, Expression) for each in values)


def _written_too(rules: Sequence[Doing], kept: Mapping[Point, Sequence[_Kept]]) -> Iterator[_Finding]:
    for doing in rules if kept else ():
        for write in doing.writes:
            for each in () if write.holds else write.assignments:
                for other in kept.get(each.target.point, ()):
                    if other.claims and other.rule != doing.rule.id and other.keep.priority == write.priority:
                        message = (
                            f"while rule '{other.rule}' keeps {each.target.point}, this is not sent: "
                            "both have the same priority"
                        )
                        hint = "hold it by a stronger 'priority' and 'for', or let a rule keep it"
                        yield doing.rule.id, each.mark, (message, hint)


def _held_for_ever(rules: Sequence[Doing]) -> Iterator[_Finding]:
    for doing in rules:
        held = [write for write in doing.writes if write.holds and write.lasts is None]
        released = frozenset(_released(doing.actions)) if held else frozenset[Point]()
        for write in held:
            for each in write.assignments:
                if each.target.point not in released:
                    message = f"nothing in this rule lets go of {each.target.point} again"
                    hint = "say 'for' how long it is held, or 'release' it"
                    yield doing.rule.id, each.mark, (message, hint)


def _out_of_guards(context: Context, rules: Sequence[Doing]) -> Iterator[_Finding]:
    wanted = map(_wanted, rules) if context.site.guards else ()
    for rule, priority, each in itertools.chain.from_iterable(wanted):
        point, value = each.target.point, each.value
        guard = context.site.guards.get(point)
        if guard is None or value is None or priority < GUARD_PRIORITY or isinstance(value, Expression):
            continue
        if reason := out_of_range(guard, value):
            yield rule, each.mark, (f"{point} is never set to this: {reason}", "")


def _wanted(doing: Doing) -> Iterator[tuple[str, int, Assignment]]:
    """Yield the id of a rule with what it keeps and sets, and how strongly."""
    rule = doing.rule
    if rule.keep:
        yield from ((rule.id, rule.keep.priority, each) for each in rule.keep.assignments)
    for write in doing.writes:
        yield from ((rule.id, write.priority, each) for each in write.assignments)


def _released(actions: Iterable[Action]) -> Iterator[Point]:
    """Yield the points that actions let go of, by what they say or by what they set there later."""
    for action in actions:
        if isinstance(action, ReleaseAction):
            yield from action.points
        elif isinstance(action, WriteAction) and (action.lasts is not None or not action.holds):
            yield from (each.target.point for each in action.assignments)
