"""What the parts of the grammar share: the site's points, the names of expressions, the findings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from interlock.capabilities import nearest
from interlock.config.nodes import ListNode, MapNode, Mark, Node, Place, ScalarNode, mark_of
from interlock.config.site import Site
from interlock.driver import Driver, Target
from interlock.errors import Diagnostic, Severity
from interlock.expressions.assignment import check_condition
from interlock.expressions.compiler import (
    Compiled,
    CompiledTemplate,
    compile_expression,
    compile_template,
    longest,
)
from interlock.expressions.functions import BUILT_IN, Needs, table
from interlock.expressions.problems import ExpressionError, ExpressionProblem, Finding
from interlock.expressions.scope import TRIGGER, Scope
from interlock.expressions.types import Type
from interlock.model import Point

_TRIGGER = "trigger"

T = TypeVar("T", Compiled, CompiledTemplate)


class Context:
    """One reading of a site's rules. Whatever gives None has appended its findings to `problems`."""

    def __init__(self, site: Site, now: datetime | None = None) -> None:
        self.problems: list[Diagnostic] = []
        self.site = site
        self.now = now
        """The present; None where nobody says, and then nothing is found to be past."""
        self.rule_ids = frozenset(ids_of(site.rules))
        """Of every rule of the site, also of those with faults."""
        self.targets = site.targets
        self.event_kinds = site.event_kinds
        self._connections = site.connections
        self.devices: dict[str, list[Target]] = {}
        """What each device has, in the order of its type."""
        for target in site.targets.values():
            self.devices.setdefault(target.device.name, []).append(target)
        each = (target.capability.verbs for target in site.targets.values())
        self.verbs = tuple(dict.fromkeys(itertools.chain.from_iterable(each)))
        """The verbs that devices bring: found once, as each action needs them and a site has many points."""
        self.scope = Scope(
            site.targets,
            site.declared_devices,
            {_TRIGGER: {}},
            groups=site.groups,
            rules=self.rule_ids,
            has=_what_is_said(site),
            functions=table((*BUILT_IN, *site.functions.values())),
        )
        self.scope_with_trigger = self.scope.extended(TRIGGER)
        self.keeping_rules = frozenset(ids_of(site.rules, "keep"))
        """The ids of the rules that keep something: they have no actions."""
        self.saves: set[str] = set()
        """The names under which the rule saves points."""
        self.restores: list[ScalarNode] = []
        """Where the rule restores what was saved under a name."""
        behind: dict[str, set[str]] = {"run": set(), "raise": set()}
        _collect_behind(behind, site.rules)
        self.called_rules = frozenset(behind["run"])
        """The ids that stand behind some ``run:``."""
        self.raised_events = frozenset(behind["raise"])
        """The names of events that stand behind some ``raise:``."""
        self.no_text = compile_template("", self.scope)
        self.notifiers = site.declared_notifiers
        self._scopes: dict[tuple[tuple[str, Type], ...], tuple[Scope, dict[object, object]]] = {}
        self.shared: dict[object, object] | None = {}
        """What was made where the same names are found, by what it is made of; None where each is made for
        itself."""
        self.windows: dict[Point, timedelta] = {}
        """How far back the rule looks at points."""

    def of_rule(self, brought: Mapping[str, Type]) -> Context:
        """Return the context of one rule, whose triggers bring these fields of ``trigger``."""
        key = tuple(brought.items())
        if key not in self._scopes:
            self._scopes[key] = self.scope.extended({_TRIGGER: brought}), {}
        context = self._copy()
        context.windows = {}
        context.scope_with_trigger, made = self._scopes[key]
        context.shared = None if self.shared is None else made
        return context

    def apart(self) -> Context:
        """Return a context with the same names that notes for itself what is found, until it is joined."""
        context = self._copy()
        context.shared = self.shared
        context.problems, context.windows, context.saves, context.restores = [], {}, set(), []
        return context

    def exact(self) -> Context:
        """Return a context apart in which nothing is shared, so that every place is a rule's own."""
        context = self.apart()
        context.shared = None
        return context

    @property
    def has_nothing_left(self) -> bool:
        """Whether nothing is noted: no findings, windows, or names of what is saved."""
        return not (self.problems or self.windows or self.saves or self.restores)

    def join(self, other: Context) -> None:
        """Note what a context apart has noted."""
        self.problems.extend(other.problems)
        self.windows.update(longest((self.windows, other.windows)))
        self.saves.update(other.saves)
        self.restores.extend(other.restores)

    def with_constants(self, constants: Mapping[str, bool | int | float | str]) -> Context:
        """Return the context of a rule whose expressions find constants by their names."""
        if not constants:
            return self
        context = self._copy()
        context.scope = self.scope.extended(constants=constants)
        context.scope_with_trigger = context.scope.extended(TRIGGER)
        context._scopes = {}
        return context

    def without_trigger(self) -> Context:
        """Return the context of a trigger's own values, which nothing has set off yet."""
        context = self._copy()
        context.scope_with_trigger = self.scope
        return context

    def with_names(self, names: Mapping[str, Mapping[str, Type]]) -> Context:
        """Return the context of actions whose expressions find further names."""
        context = self._copy()
        context.scope_with_trigger = self.scope_with_trigger.extended(names)
        return context

    def with_variables(self, variables: Mapping[str, Type]) -> Context:
        """Return the context of actions whose expressions find further variables."""
        context = self._copy()
        context.scope_with_trigger = self.scope_with_trigger.extended(variables=variables)
        return context

    def _copy(self) -> Context:
        # What copy.copy does, in a quarter of its time.
        other = object.__new__(Context)
        other.__dict__.update(self.__dict__)
        other.shared = None if self.shared is None else {}  # Its names will be others.
        return other

    def driver(self, target: Target) -> type[Driver] | None:
        """Return the driver behind a point; None where its connection is faulty itself."""
        connection = self._connections.get(target.device.connection)
        return connection.driver if connection else None

    def take_problems(self) -> tuple[Diagnostic, ...]:
        """Return what was found since the last time, which is in `problems` no more."""
        taken = tuple(self.problems)
        self.problems.clear()
        return taken

    def report(
        self, place: Node | Place, message: str, hint: str = "", *, severity: Severity = Severity.ERROR
    ) -> None:
        """Append a finding, unless the node's own fault has been reported already."""
        mark = mark_of(place) if isinstance(place, Mark | tuple) else place.mark
        if not (isinstance(place, ScalarNode) and place.is_broken):
            self.problems.append(mark.diagnostic(message, hint=hint, severity=severity))

    def condition(self, node: Node, scope: Scope) -> Compiled | None:
        """Return the compiled condition."""
        compiled = self.expression(node, scope)
        problem = check_condition(compiled) if compiled else None
        if problem is None:
            return compiled
        self.report_in(node, [problem])
        return compiled if problem.severity is Severity.WARNING else None

    def expression(self, node: Node, scope: Scope) -> Compiled | None:
        """Return the compiled expression."""
        return self._compile(node, lambda text: compile_expression(text, scope), "an expression")

    def template(self, node: Node) -> CompiledTemplate | None:
        """Return the compiled text."""
        return self._compile(node, lambda text: compile_template(text, self.scope_with_trigger), "a text")

    def report_in(self, node: Node, problems: Sequence[ExpressionProblem]) -> None:
        """Append what is wrong inside a text, at its place in the file."""
        for problem in problems:
            mark = node.place(problem.offset, problem.length) if isinstance(node, ScalarNode) else node.mark
            self.problems.append(
                mark.diagnostic(problem.message, hint=problem.hint, severity=problem.severity)
            )

    def point(self, text: str, at: Place) -> Target | None:
        """Return what stands behind a point's name."""
        target = self.targets.get(Point(text))
        if target is not None:
            return target
        device, dot, controller = text.partition(".")
        found = self.scope.resolve(device, controller)
        if device in self.devices and not dot:
            points = ", ".join(each.point for each in self.devices[device])
            self.report(at, f"'{device}' is a device: name one of its points", f"it has {points}")
        elif isinstance(found, Finding):
            self.report(at, found.message, found.hint)
        return None

    def points(self, text: str, at: Place) -> tuple[Target, ...]:
        """Return what stands behind the name of a point, or of a group's: those of its members that have it.

        Empty after a finding.
        """
        group, _, controller = text.partition(".")
        if group not in self.scope.groups:
            target = self.point(text, at)
            return () if target is None else (target,)
        found = self.scope.members(group, controller)
        if isinstance(found, Finding):
            self.report(at, found.message, found.hint)
            return ()
        return tuple(self.targets[Point.of(device, controller)] for device in found)

    def readables(self, text: str, at: Place) -> tuple[Target, ...]:
        """Return what stands behind the name of a point that has a reading, or of a group's."""
        if text.partition(".")[0] not in self.scope.groups:
            target = self.readable(text, at)
            return () if target is None else (target,)
        found = [self.readable(target.point, at) for target in self.points(text, at)]
        known = tuple(target for target in found if target is not None)
        return known if len(known) == len(found) else ()

    def readable(self, text: str, at: Place) -> Target | None:
        """Return what stands behind the name of a point that has a reading."""
        target = self.point(text, at)
        if target is None or target.capability.has_reading:
            return target
        found = self.scope.resolve(target.device.name, target.capability.controller)
        if isinstance(found, Finding):
            self.report(at, found.message, found.hint)
        return None

    def _compile(self, node: Node, compile_text: Callable[[str], T], what: str) -> T | None:
        if not isinstance(node, ScalarNode) or node.value is None:
            self.report(node, f"this must be {what}")
            return None
        try:
            compiled = compile_text(str(node.value) if node.tag else node.text)
        except ExpressionError as error:
            self.report_in(node, error.problems)
            return None
        self.report_in(node, compiled.problems)
        if compiled.windows:
            self.windows.update(longest((self.windows, compiled.windows)))
        return compiled


def _what_is_said(site: Site) -> frozenset[Needs]:
    said = {Needs.LOCATION: site.location, Needs.HOLIDAYS: site.holidays}
    return frozenset(needs for needs, value in said.items() if value is not None)


def ids_of(nodes: Sequence[Node], key: str = "id") -> Iterator[str]:
    """Yield the ids of the rules, or of what else has ids, that have a key."""
    for node in nodes:
        found = node.entries.get("id") if isinstance(node, MapNode) and key in node.entries else None
        if isinstance(found, ScalarNode) and isinstance(found.value, str):
            yield found.value


def _collect_behind(found: Mapping[str, set[str]], nodes: Iterable[Node]) -> None:
    """Add what stands behind some keys, anywhere in these nodes, to what was found of each key."""
    rest = [*nodes]
    while rest:
        node = rest.pop()
        if isinstance(node, MapNode):
            for key, value in node.entries.items():
                if not isinstance(value, ScalarNode):
                    rest.append(value)
                elif key in found:
                    found[key].add(value.text)
        elif isinstance(node, ListNode):
            rest += node.items


def kind_of(
    context: Context,
    node: MapNode,
    kinds: Sequence[str],
    options: Sequence[str],
    what: str,
    *,
    further: str = "",
) -> str | None:
    """Return the one key of a mapping that says what it is, such as ``every`` of a trigger.

    `further` says where kinds come from that are not among these.
    """
    found = [key for key in node.entries if key in kinds]
    if len(found) == 1:
        return found[0]
    strange = [key for key in node.entries if key not in kinds and key not in options]
    if found:
        context.report(
            node.keys[found[1]],
            f"'{found[0]}' and '{found[1]}' are two {what}s: give each an item of its own",
        )
    elif strange:
        hint = meant(strange[0], kinds, further)
        context.report(node.keys[strange[0]], f"there is no {what} '{strange[0]}'", hint)
    else:
        hint = "leave the '- ' out where this goes on with the item before" if node.entries else ""
        context.report(node.mark, f"this is no {what}: one of {', '.join(kinds)} is missing", hint)
    return None


def meant(word: str, known: Sequence[str], further: str = "") -> str:
    """Return the question for the nearest name, or else all names and where further ones come from."""
    found = nearest(word, known)
    return f"did you mean '{found}'?" if found else f"known here: {', '.join(known)}{further}"


def items(node: Node) -> Sequence[Node]:
    """Return the items of a list; anything else is a list of itself."""
    return node.items if isinstance(node, ListNode) else (node,)


def shown(node: Node) -> str:
    """Return a node as a trace shows it, on one line."""
    match node:
        case ScalarNode():
            return " ".join(node.text.split())
        case ListNode():
            return ", ".join(map(shown, node.items))
        case MapNode():
            return ", ".join(f"{key}: {shown(value)}" for key, value in node.entries.items())
