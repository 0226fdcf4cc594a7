"""Finds rules that run themselves, directly or by others: they would wait for their own end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock.rules.grammar.context import Context
from interlock.rules.grammar.doing import Doing


def report_circles(context: Context, doings: Sequence[Doing]) -> None:
    """Report each circle of ``run:`` once, at the first of its rules."""
    runs = {each.rule.id: each.runs for each in doings if each.runs}
    told: set[str] = set()
    for rule in (each.rule for each in doings if each.rule.id in runs):
        path = [] if rule.id in told else _way_back(rule.id, runs)
        if path:
            told.update(path)
            context.report(
                rule.mark,
                f"rule '{rule.id}' would wait for its own end: {', '.join(path)} run each other in a circle"
                if len(path) > 1
                else f"rule '{rule.id}' runs itself, and would wait for its own end",
                "write 'repeat' for what is done again and again",
            )


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
