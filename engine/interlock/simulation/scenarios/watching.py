"""What must never be, watched by the engine itself: a rule in the shadow for each such expectation.

So it is judged as every rule's trigger is: at each change and at each time, with holds and unknown values.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from interlock.config.nodes import ScalarNode
from interlock.expressions.compiler import Compiled, CompiledTemplate
from interlock.rules.actions import LogAction
from interlock.rules.rule import Mode, Rule
from interlock.rules.triggers import BecomesTrigger
from interlock.rules.written import Written
from interlock.service.loading import Loaded
from interlock.simulation.scenarios.scenario import ExpectThroughout, Scenario

_PREFIX = "(expectation "
"""How the ids of such rules begin: no rule of a site can be called so."""


def watched(loaded: Loaded, scenario: Scenario) -> Loaded:
    """Return a site in which a scenario's expectations are watched, and what they need is read."""
    rules = [
        rule
        for number, each in enumerate(scenario.expectations)
        if isinstance(each, ExpectThroughout)
        for rule in (
            _rule(rule_id(number), each, each.wrong, each.after),
            _rule(known_id(number), each, each.known, timedelta()),
        )
    ]
    watch = (*loaded.site.watch, *sorted(scenario.points.difference(loaded.site.watch)))
    return replace(loaded, site=replace(loaded.site, watch=watch), rules=(*loaded.rules, *rules))


def is_watching(rule: str) -> bool:
    """Whether a rule is no rule of the site, but watches an expectation."""
    return rule.startswith(_PREFIX)


def rule_id(number: int) -> str:
    """Return the id of the rule that watches the expectation of a number."""
    return f"{_PREFIX}{number})"


def known_id(number: int) -> str:
    """Return the id of the rule that watches whether the expectation of a number can be judged."""
    return f"{_PREFIX}{number} is known)"


def _rule(name: str, expectation: ExpectThroughout, when: Compiled, hold: timedelta) -> Rule:
    trigger = BecomesTrigger(id="", text=expectation.text, when=when, hold=hold)
    return Rule(
        id=name,
        description=expectation.text,
        mode=Mode.SHADOW,
        triggers=(trigger,),
        condition=None,
        actions=(LogAction(text="log", message=CompiledTemplate("", ())),),
        windows=when.windows,
        written=Written(ScalarNode(expectation.mark, expectation.text, expectation.text)),
    )
