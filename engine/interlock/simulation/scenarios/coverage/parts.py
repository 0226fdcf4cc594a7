"""The parts of rules that a scenario can exercise, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from interlock.config.nodes import MapNode, Mark, Node
from interlock.rules.actions import (
    Action,
    ChooseAction,
    GuardedAction,
    ParallelAction,
    RepeatAction,
    SequenceAction,
    VariablesAction,
    VerifyAction,
    WaitAction,
)
from interlock.rules.grammar.context import items
from interlock.rules.rule import Rule, Verdict
from interlock.rules.triggers import StatesTrigger, Trigger
from interlock.runtime.firings.performer import COME, LATE
from interlock.runtime.firings.run import Part

_ROUND = r"\d+"
"""Of a path: which round of a loop it is."""


@dataclass(frozen=True, slots=True)
class Look:
    """It is exercised where a decision came to one of these."""

    verdicts: frozenset[Verdict]


@dataclass(frozen=True, slots=True)
class Coming:
    """It is exercised where a trigger came, whatever the rule did then."""

    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Way:
    """It is exercised where a firing came to a list of actions."""

    part: Part
    path: str
    """A regular expression of the paths that lead to it."""


Exercise: TypeAlias = Look | Coming | Way


@dataclass(frozen=True, slots=True)
class RulePart:
    """A part of a rule."""

    text: str
    """Such as ``trigger every 1m`` or ``else of 'if between('22:00', '06:00')'``."""
    mark: Mark
    exercise: Exercise
    is_optional: bool = False
    """Whether it is told of and does not count: every condition can be unknown."""


def parts_of(rule: Rule, node: MapNode) -> Iterator[RulePart]:
    """Yield the parts of a rule, in the order of its text.

    Args:
        rule: The rule.
        node: What it was compiled from.
    """
    marks = _Marks(node)
    yield from _decisions(rule, marks)
    for key, part, actions in (
        ("actions", Part.ACTIONS, rule.actions),
        ("else", Part.ELSE, rule.otherwise),
        ("finally", Part.FINALLY, rule.undo),
    ):
        if actions and part is not Part.ACTIONS:
            yield RulePart(key, marks.of(key), Way(part, ""))
        given = sum(isinstance(each, VariablesAction) and each.is_default for each in actions)
        written = _written(node.entries.get(key))
        yield from _Walk(part, marks.of(key)).of((*[None] * given, *written), actions, "")


class _Marks:
    """The places of a rule's keys; of what does not stand there the rule's own."""

    def __init__(self, node: MapNode) -> None:
        self._node = node

    def of(self, key: str) -> Mark:
        return self._node.keys.get(key) or self._node.keys.get("id") or self._node.mark

    def trigger(self, number: int) -> Mark:
        written = _written(self._node.entries.get("triggers"))
        return written[number].mark if number < len(written) else self.of("condition")


def _decisions(rule: Rule, marks: _Marks) -> Iterator[RulePart]:
    fires, looks = frozenset({Verdict.FIRED}), len(rule.triggers) > 1 or rule.condition is not None
    if rule.keep:
        yield RulePart("keeps", marks.of("keep"), Look(frozenset({Verdict.KEPT})))
        if rule.keep.condition is not None:
            yield RulePart("lets go", marks.of("while"), Look(frozenset({Verdict.LET_GO})))
            yield _unknown("while", marks)
        return
    if rule.triggers:
        yield RulePart("fires", marks.of("id"), Look(fires))
    for number, trigger in enumerate(rule.triggers if looks else ()):
        yield RulePart(f"trigger {trigger.text}", marks.trigger(number), Coming(_texts(trigger)))
    if rule.condition is not None:
        false = Look(frozenset({Verdict.CONDITION_FALSE}))
        yield RulePart("condition is false", marks.of("condition"), false)
        yield _unknown("condition", marks)


def _unknown(key: str, marks: _Marks) -> RulePart:
    unknown = Look(frozenset({Verdict.CONDITION_UNKNOWN}))
    return RulePart(f"{key} is unknown", marks.of(key), unknown, is_optional=True)


def _texts(trigger: Trigger) -> frozenset[str]:
    if isinstance(trigger, StatesTrigger):
        return frozenset({trigger.text, *(each.text for each in trigger.cases)})
    return frozenset({trigger.text})


def _written(node: Node | None) -> Sequence[Node]:
    return () if node is None else items(node)


class _Walk:
    """Goes through actions and what they were written as, side by side.

    Args:
        part: Which of the rule's actions they are.
        mark: The place of what has none of its own.
    """

    def __init__(self, part: Part, mark: Mark) -> None:
        self._part = part
        self._mark = mark

    def of(self, nodes: Sequence[Node | None], actions: Sequence[Action], path: str) -> Iterator[RulePart]:
        """Yield the parts in a list of actions at a path."""
        for number, action in enumerate(actions):
            node = nodes[number] if number < len(nodes) else None
            yield from self._in(node if isinstance(node, MapNode) else None, action, f"{path}/{number}")

    def _in(self, node: MapNode | None, action: Action, path: str) -> Iterator[RulePart]:
        match action:
            case ChooseAction():
                yield from self._choice(node, action, path)
            case RepeatAction():
                inside = _inner(node, "repeat")
                yield from self.of(_behind(inside, "actions"), action.actions, f"{path}/{_ROUND}")
            case SequenceAction():
                yield from self.of(_behind(node, "sequence"), action.actions, path)
            case ParallelAction():
                yield from self._sides(_behind(node, "parallel"), action, path)
            case GuardedAction():
                yield from self.of((node,), (action.action,), f"{path}/try")
                if action.actions:
                    yield self._way(f"on_error of '{action.text}'", node, "on_error", f"{path}/error")
                    yield from self.of(_behind(node, "on_error"), action.actions, f"{path}/error")
            case VerifyAction(otherwise=tuple() as otherwise):
                inside = _inner(node, "verify")
                yield self._way(f"else of '{action.text}'", inside, "else", f"{path}/else")
                yield from self.of(_behind(inside, "else"), otherwise, f"{path}/else")
            case WaitAction(timeout=timeout) if timeout is not None:
                yield self._way(f"'{action.text}' comes", node, "wait", f"{path}/{COME}")
                yield self._way(f"'{action.text}' comes not in time", node, "timeout", f"{path}/{LATE}")

    def _choice(self, node: MapNode | None, action: ChooseAction, path: str) -> Iterator[RulePart]:
        is_if = node is None or "if" in node.entries
        branches = [node] if is_if else _behind(node, "choose")
        for number, branch in enumerate(action.branches):
            written = branches[number] if number < len(branches) else None
            inside = written if isinstance(written, MapNode) else None
            yield self._way(f"if {branch.condition.text}", inside, "if", f"{path}/{number}")
            yield from self.of(_behind(inside, "then"), branch.actions, f"{path}/{number}")
        key, last = "else" if is_if else "default", f"{path}/{len(action.branches)}"
        yield self._way(f"{key} of '{action.text}'", node, key, last)
        yield from self.of(_behind(node, key), action.otherwise, last)

    def _sides(self, nodes: Sequence[Node], action: ParallelAction, path: str) -> Iterator[RulePart]:
        for number, side in enumerate(action.actions):
            node = nodes[number] if number < len(nodes) else None
            here = f"{path}/{number}/0"
            if isinstance(side, SequenceAction) and not isinstance(node, MapNode):
                yield from self.of(_written(node), side.actions, here)
            else:
                yield from self._in(node if isinstance(node, MapNode) else None, side, here)

    def _way(self, text: str, node: MapNode | None, key: str, path: str) -> RulePart:
        mark = (node.keys.get(key) or node.mark) if node else self._mark
        return RulePart(text, mark, Way(self._part, path))


def _inner(node: MapNode | None, key: str) -> MapNode | None:
    found = node.entries.get(key) if node else None
    return found if isinstance(found, MapNode) else None


def _behind(node: MapNode | None, key: str) -> Sequence[Node]:
    return _written(node.entries.get(key)) if node else ()


def leads(way: Way, part: Part, path: str) -> bool:
    """Whether a firing that came to a path took a way."""
    return way.part is part and re.fullmatch(way.path, path) is not None
