"""What a rule does, found once for all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.rules.actions import Action, RunAction, WriteAction, every_action
from interlock.rules.rule import Rule


# Not frozen, as nodes are not: it is made for each rule, and nobody writes to it.
@dataclass(slots=True)
class Doing:
    """A rule with everything that it does."""

    rule: Rule
    actions: tuple[Action, ...]
    """With those that stand in others."""
    writes: tuple[WriteAction, ...]
    runs: tuple[str, ...]
    """The ids of the rules that it runs, each once."""

    @classmethod
    def of(cls, rule: Rule) -> Doing:
        """Return what a rule does."""
        actions = tuple(every_action((*rule.actions, *rule.otherwise, *rule.undo)))
        writes = tuple([each for each in actions if isinstance(each, WriteAction)])
        runs = tuple(dict.fromkeys([each.rule for each in actions if isinstance(each, RunAction)]))
        return cls(rule, actions, writes, runs)
