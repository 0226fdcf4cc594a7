"""Finds rules that run themselves, directly or by others: they would wait for their own end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.rules.actions import RunAction, every_action
from interlock.rules.grammar.context import Context
from interlock.rules.rule import Rule


def report_circles(context: Context, rules: Sequence[Rule]) -> None:
    """Report each circle of ``run:`` once, at the first of its rules."""
    known = {rule.id: rule for rule in rules}
    runs = {rule.id: tuple(dict.fromkeys(_run_by(rule))) for rule in rules}
    told: set[str] = set()
    for rule in rules:
        path = [] if rule.id in told else _way_back(rule.id, runs)
        if path:
            told.update(path)
            context.report(
                known[rule.id].mark,
                f"rule '{rule.id}' would wait for its own end: {', '.join(path)} run each other in a circle"
                if len(path) > 1
                else f"rule '{rule.id}' runs itself, and would wait for its own end",
                "write 'repeat' for what is done again and again",
            )


def _run_by(rule: Rule) -> Iterator[str]:
    for action in every_action((*rule.actions, *rule.otherwise, *rule.undo)):
        if isinstance(action, RunAction):
            yield action.rule


def _way_back(start: str, runs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the rules on the shortest way from one back to itself, itself first; empty for no way."""
    ways, seen = [[start]], {start}
    for way in ways:
        for following in runs.get(way[-1], ()):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []
