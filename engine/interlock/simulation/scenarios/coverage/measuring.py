"""How much of a site's rules its scenarios have exercised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interlock.config.nodes import MapNode, Mark, ScalarNode
from interlock.history.records import InterlockTurn
from interlock.model import Outcome, Receipt
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Decision, Mode, Rule
from interlock.runtime.firings.run import Part
from interlock.service.loading import Loaded
from interlock.simulation.scenarios.coverage.parts import Coming, Look, RulePart, Way, leads, parts_of
from interlock.simulation.scenarios.playing import Result


@dataclass(frozen=True, slots=True)
class PartCovered:
    """A part of a rule, and whether a scenario exercised it."""

    text: str
    mark: Mark
    is_covered: bool
    is_optional: bool = False
    """Whether it is told of and does not count."""


@dataclass(frozen=True, slots=True)
class RuleCovered:
    """A rule or an interlock with its parts; rules that were made of one text count as one."""

    name: str
    mark: Mark
    parts: tuple[PartCovered, ...]

    @property
    def counted(self) -> Sequence[PartCovered]:
        """The parts that count."""
        return [each for each in self.parts if not each.is_optional]

    @property
    def covered(self) -> int:
        """How many of those were exercised."""
        return sum(each.is_covered for each in self.counted)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a site's rules and interlocks was exercised."""

    rules: tuple[RuleCovered, ...]
    """In the order of the files."""

    @property
    def count(self) -> int:
        """How many parts count."""
        return sum(len(each.counted) for each in self.rules)

    @property
    def covered(self) -> int:
        """How many of them were exercised."""
        return sum(each.covered for each in self.rules)

    @property
    def percent(self) -> float:
        """How much was exercised: 0 … 100; 100 where there is nothing to exercise."""
        return 100.0 * self.covered / self.count if self.count else 100.0


def measure(loaded: Loaded, results: Iterable[Result]) -> Coverage:
    """Return how much of a site the scenarios that were played have exercised.

    Rules that are off are left out: nothing could exercise them.
    """
    seen = _Seen(list(results))
    nodes = {_id(each): each for each in loaded.site.rules if isinstance(each, MapNode)}
    texts: dict[Mark, list[Rule]] = {}
    for rule in loaded.rules:
        if rule.mode is not Mode.OFF:
            texts.setdefault(rule.mark, []).append(rule)
    rules = [_rule_covered(group, nodes, seen) for group in texts.values()]
    locks: dict[Mark, list[Interlock]] = {}
    for interlock in loaded.interlocks:
        locks.setdefault(interlock.mark, []).append(interlock)
    found = [*rules, *(_interlock_covered(group, seen) for group in locks.values())]
    return Coverage(tuple(found))


class _Seen:
    """What was seen of rules, in all scenarios together."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._decisions: dict[str, list[Decision]] = {}
        self._taken: dict[str, set[tuple[Part, str]]] = {}
        self._objected: set[str] = set()
        self._reasons: list[str] = []
        for result in results:
            self._take(result)

    def has(self, rule: str, part: RulePart) -> bool:
        """Whether a part of a rule was exercised."""
        match part.exercise:
            case Look(verdicts):
                return any(each.verdict in verdicts for each in self._decisions.get(rule, ()))
            case Coming(texts):
                return any(_came(each, texts) for each in self._decisions.get(rule, ()))
            case Way() as way:
                return any(leads(way, taken, path) for taken, path in self._taken.get(rule, ()))

    def objected(self, interlock: str) -> bool:
        """Whether an interlock refused something, or the world broke it."""
        begin = f"interlock {interlock}: "
        return interlock in self._objected or any(each.startswith(begin) for each in self._reasons)

    def _take(self, result: Result) -> None:
        record = result.record
        for decision in (*(each.decision for each in record.firings()), *record.near_misses()):
            self._decisions.setdefault(decision.rule.id, []).append(decision)
        for rule, part, path in sorted(result.taken, key=lambda way: (way[0], way[1].value, way[2])):
            self._taken.setdefault(rule, set()).add((part, path))
        for entry in record.entries:
            if isinstance(entry, InterlockTurn):
                self._objected.add(entry.interlock)
            elif isinstance(entry, Receipt) and entry.outcome is Outcome.REFUSED:
                self._reasons.append(entry.reason)


def _came(decision: Decision, texts: frozenset[str]) -> bool:
    cause = decision.cause
    also = any(other == text or other.startswith(f"{text} ") for other in cause.also for text in texts)
    return cause.trigger in texts or also


def _rule_covered(group: Sequence[Rule], nodes: dict[str, MapNode], seen: _Seen) -> RuleCovered:
    rules = {rule.id: [*parts_of(rule, nodes[rule.id])] for rule in group}
    first = group[0]
    parts = tuple(
        PartCovered(
            part.text,
            part.mark,
            any(seen.has(rule, own[number]) for rule, own in rules.items() if number < len(own)),
            part.is_optional,
        )
        for number, part in enumerate(rules[first.id])
    )
    return RuleCovered(_joined([rule.id for rule in group]), first.mark, parts)


def _interlock_covered(group: Sequence[Interlock], seen: _Seen) -> RuleCovered:
    first = group[0]
    name = f"interlock {_joined([each.id for each in group])}"
    part = PartCovered("objects", first.mark, any(seen.objected(each.id) for each in group))
    return RuleCovered(name, first.mark, (part,))


def _joined(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]} and {len(ids) - 1} more"


def _id(node: MapNode) -> str:
    found = node.entries.get("id")
    return found.text if isinstance(found, ScalarNode) else ""
