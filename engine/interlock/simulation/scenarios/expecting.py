"""From the YAML of expectations to expectations; every finding at its very place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from interlock.capabilities import ValueType, nearest
from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.config.sections import only
from interlock.config.validation import check_keys
from interlock.errors import Severity
from interlock.expressions.compiler import Compiled, compile_expression
from interlock.model import Point, Value
from interlock.rules.grammar.actions import VERBS
from interlock.rules.grammar.amounts import amount, is_computed
from interlock.rules.grammar.context import Context, items, kind_of, shown
from interlock.rules.grammar.values import constant
from interlock.rules.grammar.worlds import truths
from interlock.simulation.scenarios.orders import constants, ordered
from interlock.simulation.scenarios.scenario import (
    Expectation,
    ExpectCommand,
    ExpectFiring,
    ExpectMessage,
    ExpectNothingElse,
    ExpectState,
    ExpectThroughout,
    Saying,
    Times,
    Wanted,
    Window,
)
from interlock.simulation.scenarios.subjects import readable
from interlock.simulation.scenarios.timing import Timing

_NUMERIC = (ValueType.NUMBER, ValueType.INTEGER)
_TIMES = re.compile(r"(?:(?P<bound>at least|at most)\s+)?(?P<count>\d{1,9})")
_COUNTING = ("at", "within", "between", "times")
_OPTIONS = (*_COUNTING, "tolerance", "after", "via", "with", "fires")
_ALWAYS = "this is always "
"""What is said of a condition that is the same whatever happens."""
_PROMPT = timedelta(seconds=1)
"""How long after ``at`` something may come where nothing is said: the engine has answered by then."""

Reader: TypeAlias = Callable[[MapNode], Iterator[Expectation]]


class ExpectationReader:
    """Reads the expectations of one scenario.

    Args:
        context: Takes the findings.
        timing: Reads the scenario's times, and remembers which are named.
    """

    def __init__(self, context: Context, timing: Timing) -> None:
        self._context = context
        self._timing = timing
        verbs = tuple(dict.fromkeys((*VERBS, *context.verbs)))
        commands: Mapping[str, Reader] = dict.fromkeys(("set", "call", *verbs), self._command)
        self._readers: Mapping[str, Reader] = {
            **commands,
            "refused": self._refused,
            "notify": self._message,
            "log": self._message,
            "http": self._message,
            "rule": self._firing,
            "never": self._throughout,
            "always": self._throughout,
            "is": self._state,
            "nothing_else": self._nothing_else,
        }

    def read(self, node: Node) -> tuple[Expectation, ...]:
        """Return what is expected."""
        if isinstance(node, ListNode) and not node.items:
            self._context.report(node, "a scenario without expectations would test nothing")
        return tuple(each for item in items(node) for each in self._of_item(item))

    def _of_item(self, node: Node) -> Iterator[Expectation]:
        if not isinstance(node, MapNode):
            hint = 'write for example {at: "12:10", set: {living_ac.hvacmode: cooling}}'
            self._context.report(node, "an expectation must be a mapping", hint)
            return
        kind = kind_of(self._context, node, tuple(self._readers), _OPTIONS, "expectation")
        if kind is not None:
            yield from self._readers[kind](node)

    def _command(self, node: MapNode) -> Iterator[Expectation]:
        kind = self._kind(node)
        further = ("with",) if kind == "call" else ()
        check_keys(node, (kind, *_COUNTING, "tolerance", *further), self._context.problems)
        own = only(node, [key for key in (kind, *further) if key in node.entries])
        wanted = self._wanted(kind, own, node)
        yield from self._commands(node, kind, wanted, is_refused=False)

    def _refused(self, node: MapNode) -> Iterator[Expectation]:
        check_keys(node, ("refused", *_COUNTING, "tolerance"), self._context.problems)
        own = MapNode(node.mark, {"set": node.entries["refused"]}, {"set": node.keys["refused"]})
        yield from self._commands(node, "refused", self._wanted("set", own, node), is_refused=True)

    def _commands(
        self, node: MapNode, kind: str, wanted: Sequence[Wanted], *, is_refused: bool
    ) -> Iterator[Expectation]:
        window, times = self._window(node), self._times(node)
        for each in wanted if times else ():
            yield ExpectCommand(
                mark=node.mark,
                text=f"{kind} {shown(node.entries[kind])}",
                wanted=each,
                window=window,
                times=times or Times(),
                is_refused=is_refused,
            )

    def _wanted(self, kind: str, own: MapNode, node: MapNode) -> Sequence[Wanted]:
        """Return the commands that are meant; a point alone means any value."""
        tolerance, named = self._tolerance(node), own.entries[kind]
        if kind == "set" and not isinstance(named, MapNode):
            return [Wanted(point, is_any=True) for point in self._settable(named)]
        assignments = constants(self._context, own)
        found = [
            Wanted(each.point, each.value, each.fields, tolerance=tolerance)
            for each in map(ordered, assignments)
        ]
        if tolerance and assignments and not any(self._is_number(each.point) for each in found):
            self._context.report(node.entries["tolerance"], "'tolerance' needs a number to be about")
        return found

    def _settable(self, node: Node) -> Iterator[Point]:
        for item in items(node):
            found = self._context.points(shown(item), item.mark)
            writable = [each.point for each in found if each.capability.writable]
            if found and not writable:
                self._context.report(item, f"{found[0].point} can only be read: nobody sets it")
            yield from writable

    def _message(self, node: MapNode) -> Iterator[Expectation]:
        kind = self._kind(node)
        check_keys(node, (kind, *_COUNTING, *(["via"] if kind == "notify" else [])), self._context.problems)
        written = node.entries[kind]
        pattern = shown(written) if isinstance(written, ScalarNode) else ""
        if not pattern:
            hint = "write a part of it; * stands for anything"
            self._context.report(node.entries[kind], f"'{kind}' needs a text", hint)
        via, window, times = self._via(node), self._window(node), self._times(node)
        if pattern and via is not None and times:
            yield ExpectMessage(
                mark=node.mark,
                text=f"{kind} {pattern}",
                saying=Saying(kind),
                pattern=pattern,
                via=via,
                window=window,
                times=times,
            )

    def _via(self, node: MapNode) -> str | None:
        """Return the notifier that is named, empty for any; None after a finding."""
        if "via" not in node.entries:
            return ""
        name, known = shown(node.entries["via"]), self._context.notifiers
        if name in known:
            return name
        meant = nearest(name, known)
        hint = f"did you mean '{meant}'?" if meant else ""
        self._context.report(node.entries["via"], f"there is no notifier '{name}'", hint)
        return None

    def _firing(self, node: MapNode) -> Iterator[Expectation]:
        check_keys(node, ("rule", "fires", "at", "within", "between"), self._context.problems)
        name, known = shown(node.entries["rule"]), self._context.rule_ids
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean '{meant}'?" if meant else ""
            self._context.report(node.entries["rule"], f"there is no rule '{name}'", hint)
        window, times = self._window(node), self._times(node, "fires")
        if name in known and times:
            text = f"rule {name} fires"
            yield ExpectFiring(mark=node.mark, text=text, rule=name, window=window, times=times)

    def _throughout(self, node: MapNode) -> Iterator[Expectation]:
        kind = self._kind(node)
        check_keys(node, (kind, "after"), self._context.problems)
        condition = self._condition(node.entries[kind])
        after = self._duration(node, "after") if "after" in node.entries else timedelta()
        if condition is None or after is None:
            return
        is_never = kind == "never"
        if after:
            self._timing.name(self._timing.clockwork.start + after, node.entries["after"].mark)
        yield ExpectThroughout(
            mark=node.mark,
            text=f"{kind} {condition.text}",
            wrong=condition if is_never else self._opposite(condition),
            known=compile_expression(f"({condition.text}) or not ({condition.text})", self._context.scope),
            is_never=is_never,
            after=after,
        )

    def _opposite(self, condition: Compiled) -> Compiled:
        return compile_expression(f"not ({condition.text})", self._context.scope)

    def _condition(self, node: Node) -> Compiled | None:
        """Return a condition that can be true and can be false, as far as that is known."""
        problems, before = self._context.problems, len(self._context.problems)
        found = self._context.condition(node, self._context.scope)
        # In a rule that is doubtful; here it is an expectation that can never be checked.
        always = [each for each in problems[before:] if _ALWAYS in each.message]
        problems[before:] = [
            replace(each, severity=Severity.ERROR) if each in always else each for each in problems[before:]
        ]
        if found is None or always:
            return None
        if not found.points and not found.reads_time:
            message = "this reads no point and no time: it is the same whatever happens"
            self._context.report(node, message)
            return None
        all_ = truths(found, self._context.targets)
        if all_ is not None and len(all_) == 1 and None not in all_:
            self._context.report(node, f"this is always {str(all_ == frozenset({True})).lower()}")
            return None
        return found

    def _state(self, node: MapNode) -> Iterator[Expectation]:
        check_keys(node, ("at", "is", "tolerance"), self._context.problems)
        if "at" not in node.entries:
            hint = "write 'at: \"12:10\"' beside it, or 'always' or 'never' for the whole scenario"
            self._context.report(node, "'is' needs the time at which it is so", hint)
            return
        at, judged = self._timing.named(node.entries["at"]), node.entries["is"]
        values = self._values(judged) if isinstance(judged, MapNode) else None
        condition = None if isinstance(judged, MapNode) else self._condition(judged)
        tolerance = self._tolerance(node)
        points = values or {}
        if tolerance and not any(self._is_number(point) for point in points):
            self._context.report(node.entries["tolerance"], "'tolerance' needs a number to be about")
        if at is None or (not values and condition is None):
            return
        yield ExpectState(
            mark=node.mark,
            text=f"is {shown(judged)}",
            at=at,
            condition=condition,
            values=values,
            tolerance=tolerance,
        )

    def _values(self, node: MapNode) -> Mapping[Point, Value]:
        found: dict[Point, Value] = {}
        for key, value in node.entries.items():
            for target in readable(self._context, key, node.keys[key]):
                if is_computed(value):
                    self._context.report(value, f"{target.point} needs a constant here")
                elif (checked := constant(self._context, value, target.capability)) is not None:
                    found[target.point] = checked
        if not node.entries:
            self._context.report(node, "'is' needs a point and its value, or a condition")
        return found

    def _nothing_else(self, node: MapNode) -> Iterator[Expectation]:
        check_keys(node, ("nothing_else",), self._context.problems)
        value = node.entries["nothing_else"]
        if isinstance(value, ScalarNode) and value.value is True:
            yield ExpectNothingElse(mark=node.mark)
        else:
            self._context.report(value, "'nothing_else' is true, or is left out")

    def _window(self, node: MapNode) -> Window | None:
        """Return when something must come; None for the whole scenario, or after a finding."""
        entries = node.entries
        if "between" in entries:
            self._check_alone(node)
            return self._between(entries["between"])
        if "at" not in entries:
            if "within" in entries:
                hint = "write 'at: \"12:10\"' beside it"
                self._context.report(node.keys["within"], "'within' counts from a time 'at'", hint)
            return None
        at = self._timing.named(entries["at"])
        within = self._duration(node, "within") if "within" in entries else _PROMPT
        if at is None or within is None:
            return None
        return Window(at, self._timing.name(at + within, entries.get("within", entries["at"]).mark))

    def _check_alone(self, node: MapNode) -> None:
        for key in ("at", "within"):
            if key in node.entries:
                self._context.report(node.keys[key], f"'{key}' does not go with 'between'")

    def _between(self, node: Node) -> Window | None:
        limits = items(node)
        if not isinstance(node, ListNode) or len(limits) != 2:
            self._context.report(node, "'between' needs two times", 'write ["12:30", "12:45"]')
            return None
        start, end = (self._timing.named(each) for each in limits)
        if start is None or end is None:
            return None
        if end <= start:
            self._context.report(limits[1], "this must be later than the time before it")
            return None
        return Window(start, end)

    def _times(self, node: MapNode, key: str = "times") -> Times | None:
        """Return how often something must come; None after a finding."""
        if key not in node.entries:
            if key == "fires":
                self._context.report(node, "'rule' needs 'fires'", "write for example 'fires: 1'")
                return None
            return Times()
        value = node.entries[key]
        found = _TIMES.fullmatch(shown(value)) if isinstance(value, ScalarNode) else None
        if found is None:
            hint = "write a whole number, or one after 'at least' or 'at most'"
            self._context.report(value, f"'{key}' says how often", hint)
            return None
        count, bound = int(found["count"]), found["bound"]
        if bound == "at least" and count == 0:
            self._context.report(value, "this is so whatever happens")
            return None
        if count == 0 and "at" in node.entries:
            hint = "write 'between: [FROM, TO]' for a time in which it must not come"
            self._context.report(value, f"'{key}: 0' does not go with 'at'", hint)
            return None
        return Times(0 if bound == "at most" else count, None if bound == "at least" else count)

    def _tolerance(self, node: MapNode) -> float:
        value = node.entries.get("tolerance")
        if value is None:
            return 0.0
        number = value.value if isinstance(value, ScalarNode) else None
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < float("inf"):
            return float(number)
        self._context.report(value, "'tolerance' is a number above 0", "it has the unit of the point")
        return 0.0

    def _is_number(self, point: Point) -> bool:
        return self._context.targets[point].capability.type in _NUMERIC

    def _duration(self, node: MapNode, key: str) -> timedelta | None:
        found = amount(self._context, node.entries[key])
        if found is None or isinstance(found, timedelta):
            return found
        self._context.report(node.entries[key], f"'{key}' is a duration that is written out")
        return None

    def _kind(self, node: MapNode) -> str:
        return next(key for key in node.entries if key in self._readers)
