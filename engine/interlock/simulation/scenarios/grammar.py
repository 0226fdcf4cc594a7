"""From the YAML of scenarios to scenarios; every finding at once, at its very place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from interlock.config.expansion import Expansion
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode
from interlock.config.rows import FOR_EACH, once
from interlock.config.sections import entries_of, is_empty
from interlock.config.site import Site
from interlock.config.validation import validate
from interlock.errors import Diagnostic, Severity
from interlock.rules.grammar.amounts import constants_of
from interlock.rules.grammar.context import Context, shown
from interlock.rules.rule import Rule
from interlock.simulation.scenarios.expecting import ExpectationReader
from interlock.simulation.scenarios.happenings import HappeningReader, needs_service
from interlock.simulation.scenarios.scenario import (
    Expectation,
    ExpectState,
    Happening,
    Moment,
    Scenario,
    Serve,
    Turn,
)
from interlock.simulation.scenarios.shapes import ScenarioShape
from interlock.simulation.scenarios.times import Clockwork, NoTime, start_of
from interlock.simulation.scenarios.timing import Timing


def load_scenarios(site: Site, rules: Sequence[Rule]) -> tuple[tuple[Scenario, ...], list[Diagnostic]]:
    """Return the scenarios of a site that are right, and every finding in those that are not; warnings too.

    Args:
        site: The loaded site.
        rules: Its rules, as far as they are sound.
    """
    context = Context(site)
    names: dict[str, Mark] = {}
    found: list[Scenario] = []
    origins: defaultdict[Diagnostic, list[str]] = defaultdict(list)
    known = rules if len(rules) == len(site.rules) else None
    for node in _expanded(context, site.scenarios):
        scenario = _read(context, node, known)
        is_own = _is_unique(context, node, names)
        for problem in context.take_problems():
            origins[problem].append(node.origin if isinstance(node, MapNode) else "")
        if scenario and is_own:
            found.append(scenario)
    return tuple(found), list(once(origins))


def _expanded(context: Context, nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the scenarios that the nodes stand for: one for each row of ``for_each``."""
    expansion = Expansion(lambda file: None, context.problems, "scenarios")
    for node in nodes:
        has_rows = isinstance(node, MapNode) and FOR_EACH in node.entries and "use" not in node.entries
        yield from expansion.of(node) if has_rows else (node,)


def _is_unique(context: Context, node: Node, names: dict[str, Mark]) -> bool:
    found = node.entries.get("name") if isinstance(node, MapNode) else None
    if not isinstance(found, ScalarNode) or not isinstance(found.value, str):
        return True
    first = names.get(found.value)
    if first is None:
        names[found.value] = found.mark
        return True
    hint = "put the name of a row into it, such as {{ room }}" if first == found.mark else ""
    context.report(found, f"two scenarios are called '{found.value}': the first at {first.place}", hint)
    return False


def _read(context: Context, node: Node, rules: Sequence[Rule] | None) -> Scenario | None:
    shape = validate(ScenarioShape, node, context.problems, what=_name(node))
    if not isinstance(node, MapNode):
        return None
    context = context.with_constants(constants_of(node.entries.get("variables")))
    start = _start(context, node.entries.get("start"))
    if start is None:
        return None
    return _ScenarioReader(context, node, start, rules).read(shape)


def _start(context: Context, node: Node | None) -> datetime | None:
    if node is None:
        return None
    try:
        return start_of(shown(node) if isinstance(node, ScalarNode) else "", context.site.timezone)
    except NoTime as error:
        context.report(node, str(error), error.hint)
        return None


class _ScenarioReader:
    """Reads one scenario, whose start is known."""

    def __init__(
        self, context: Context, node: MapNode, start: datetime, rules: Sequence[Rule] | None
    ) -> None:
        self._context = context
        self._node = node
        self._start = start
        self._timing = Timing(context, Clockwork(start, context.site.timezone))
        self._happenings = HappeningReader(context, rules)
        self._off_since: list[tuple[datetime, bool]] = [(start, True)]
        """From when on the service runs, or does not."""

    def read(self, shape: ScenarioShape | None) -> Scenario | None:
        """Return the scenario; None after a finding."""
        before, entries = len(self._context.problems), self._node.entries
        given = self._happenings.given(entries.get("given"))
        timeline = tuple(self._timeline(entries.get("timeline")))
        expected = self._expectations(entries.get("expect"))
        until = self._timing.end(entries.get("until"))
        found = self._context.problems[before:]
        if shape is None or until is None or any(each.severity is Severity.ERROR for each in found):
            return None
        return Scenario(
            name=shape.name,
            description=shape.description,
            start=self._start,
            until=until,
            seed=shape.seed,
            given=given,
            timeline=timeline,
            expectations=expected,
            mark=self._node.mark,
        )

    def _timeline(self, node: Node | None) -> Iterator[Moment]:
        entries = entries_of(node, "'timeline'", self._context.problems)
        last, last_text = None, ""
        for text, what in entries.entries.items() if entries else ():
            mark = entries.keys[text] if entries else what.mark
            at = self._timing.read(text, mark)
            happenings = self._happenings.of_moment(what)
            if at is None:
                continue
            if last is not None and at <= last:
                self._context.report(mark, *_backwards(text, last_text, is_same=at == last))
                continue
            last, last_text = self._timing.name(at, mark), text
            self._check_service(at, happenings, mark)
            yield Moment(at, happenings, shown(what))

    def _check_service(self, at: datetime, happenings: Sequence[Happening], mark: Mark) -> None:
        """Report what needs the service while it is off, or is done to it twice."""
        for each in happenings:
            is_on = self._off_since[-1][1]
            needs = needs_service(each, self._context.targets)
            if needs is not None and needs is not is_on:
                state = "runs already" if is_on else f"is off since {self._shown(self._off_since[-1][0])}"
                self._context.report(mark, f"the service {state}: this cannot happen")
                return
            if isinstance(each, Serve) and each.turn is not Turn.RELOAD:
                self._off_since.append((at, each.turn is Turn.ON))

    def _expectations(self, node: Node | None) -> tuple[Expectation, ...]:
        if node is None:
            return ()
        if is_empty(node):
            self._context.report(
                self._node.keys["expect"], "a scenario without expectations would test nothing"
            )
            return ()
        found = ExpectationReader(self._context, self._timing).read(node)
        for each in found:
            if isinstance(each, ExpectState) and not self._is_on(each.at):
                message = f"the service is off at {self._shown(each.at)}: it knows nothing"
                self._context.report(each.mark, message)
        return found

    def _is_on(self, instant: datetime) -> bool:
        return [is_on for since, is_on in self._off_since if since <= instant][-1]

    def _shown(self, instant: datetime) -> str:
        return self._timing.clockwork.shown(instant)


def _backwards(text: str, before: str, *, is_same: bool) -> tuple[str, str]:
    if is_same:
        return f"'{text}' is the same time as '{before}'", "put what happens then into one entry"
    hint = "write the date too where another day is meant, such as 2026-07-15T00:10"
    return f"the timeline runs backwards: '{text}' stands after '{before}'", hint


def _name(node: Node) -> str:
    found = node.entries.get("name") if isinstance(node, MapNode) else None
    return f"scenario '{found.text}'" if isinstance(found, ScalarNode) and found.text else "a scenario"
