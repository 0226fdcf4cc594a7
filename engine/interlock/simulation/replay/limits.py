"""What a replay cannot know, in words: of each limit, whom it concerns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from interlock.model import Point
from interlock.rules.actions import DelayAction, HttpAction, every_action
from interlock.rules.rule import Mode, Rule
from interlock.rules.rule_points import read_points
from interlock.rules.triggers import FAILED, FIRING, RAISED, SERVICE, EventTrigger, UpdateTrigger, flattened

_KNOWN = frozenset({SERVICE, FIRING, RAISED, FAILED})
"""What comes of the rules themselves in a replay too."""
_AGE = re.compile(r"\bage\s*\(")
_MOST_NAMED = 6


def limits_of(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a sentence for each thing that rules go by and a record does not have."""
    active = [rule for rule in rules if rule.mode is not Mode.OFF]
    for sentence, is_concerned in _LIMITS:
        concerned = [rule.id for rule in active if is_concerned(rule)]
        if concerned:
            yield f"{sentence}: {named(concerned)}."


def unrecorded(rules: Sequence[Rule], recorded: frozenset[Point], virtual: frozenset[Point]) -> Iterator[str]:
    """Yield a sentence on the points that rules go by and of which nothing is recorded."""
    read = read_points(rule for rule in rules if rule.mode is not Mode.OFF)
    missing = sorted(set(read) - recorded - virtual)
    if missing:
        yield f"Nothing is recorded of points that rules read, which are unknown: {named(missing)}."


def named(names: Sequence[str]) -> str:
    """Return names as a person lists them, not all where there are many."""
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _is_told(rule: Rule) -> bool:
    events = (each for each in flattened(rule.triggers) if isinstance(each, EventTrigger))
    return any(each.kind not in _KNOWN for each in events)


def _hears_failures(rule: Rule) -> bool:
    return any(isinstance(each, EventTrigger) and each.kind == FAILED for each in flattened(rule.triggers))


def _hears_readings(rule: Rule) -> bool:
    return any(isinstance(each, UpdateTrigger) for each in flattened(rule.triggers))


def _reads_age(rule: Rule) -> bool:
    texts = [each.text for each in (*flattened(rule.triggers), *every_action(rule.actions))]
    condition = rule.condition.text if rule.condition else ""
    keep = rule.keep.text_of_condition if rule.keep else ""
    return any(map(_AGE.search, (*texts, condition, keep)))


def _is_random(rule: Rule) -> bool:
    delays = (each for each in _actions(rule) if isinstance(each, DelayAction))
    return any(each.most is not None for each in delays) or any(
        "jitter" in each.text for each in rule.triggers
    )


def _asks(rule: Rule) -> bool:
    return any(isinstance(each, HttpAction) for each in _actions(rule))


def _actions(rule: Rule) -> Iterator[object]:
    return every_action((*rule.actions, *rule.otherwise, *rule.undo))


_LIMITS: Sequence[tuple[str, Callable[[Rule], bool]]] = (
    ("Telegrams, webhooks and other events are not recorded, so that triggers by them do not come", _is_told),
    ("That single commands failed is not replayed, so that triggers by it do not come", _hears_failures),
    ("Only changes are recorded: 'update' comes when a value changes, not at each reading", _hears_readings),
    ("Only changes are recorded: 'age' counts from the last change, not from the last reading", _reads_age),
    ("Random times are drawn anew", _is_random),
    ("Requests to other servers are not sent, and have no answers", _asks),
)
