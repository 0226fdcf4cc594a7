"""Whether a rule's mode lets a further firing begin beside what the rule is doing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interlock.rules.rule import Overlap, Rule
from interlock.runtime.firings.run import Part, Run


def crowded(rule: Rule, others: Sequence[Run], waiting: int) -> str:
    """Return why the mode of a rule lets no further firing begin or wait; empty where it does.

    What comes while an undo runs is not lost but waits: nothing else would bring it again.

    Args:
        rule: The rule.
        others: What it is doing.
        waiting: How many of its firings wait for their turn.
    """
    if not others or rule.overlap is Overlap.RESTART:
        return ""
    if has_undo(others) or rule.overlap is Overlap.QUEUED:
        most = rule.most - 1 if rule.overlap is Overlap.QUEUED else rule.most
        many = "a firing waits" if rule.most == 1 else f"{rule.most} firings are running or waiting"
        return many if waiting >= most else ""
    if rule.overlap is Overlap.SINGLE or len(others) >= rule.most:
        return "the rule is still running" if rule.most == 1 else f"{rule.most} are running"
    return ""


def has_undo(runs: Iterable[Run]) -> bool:
    """Whether one of them takes back what another has done."""
    return any(run.part is Part.FINALLY for run in runs)
