"""From the YAML of interlocks to compiled interlocks; every finding at once, at its very place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from interlock.config.nodes import MapNode, Mark, Node, ScalarNode
from interlock.config.rows import once
from interlock.config.site import Site
from interlock.config.validation import validate
from interlock.errors import Diagnostic, Severity
from interlock.expressions.compiler import Compiled
from interlock.expressions.expression import Expression
from interlock.expressions.view import EmptyView
from interlock.model import Value
from interlock.rules.actions import Assignment
from interlock.rules.grammar.amounts import constants_of
from interlock.rules.grammar.context import Context
from interlock.rules.grammar.keep import read_kept
from interlock.rules.grammar.readings import Readings
from interlock.rules.grammar.rules import is_unique
from interlock.rules.grammar.shapes import InterlockShape
from interlock.rules.grammar.worlds import truths
from interlock.rules.interlocks import Interlock
from interlock.rules.written import digest_of


def load_interlocks(
    site: Site, readings: Readings[Interlock] | None = None
) -> tuple[tuple[Interlock, ...], list[Diagnostic]]:
    """Return the interlocks that are right, and every finding in those that are not; warnings too.

    Args:
        site: The loaded site.
        readings: What an earlier loading of the same site left; it is brought up to date.

    It never raises for what stands in a file. A device whose own declaration is wrong has been reported
    there: an interlock that names it is left out without a word.
    """
    if not site.interlocks:
        return (), []
    context = Context(site)
    ids: dict[str, MapNode] = {}
    found: list[Interlock] = []
    origins: defaultdict[Diagnostic, list[str]] = defaultdict(list)
    for each in (readings or Readings()).of(context, site.interlocks, _read):
        is_own = is_unique(context, each.node, ids, "interlocks")
        for problem in (*each.problems, *context.take_problems()):
            origins[problem].append(each.node.origin if isinstance(each.node, MapNode) else "")
        if is_own and each.made:
            found.append(each.made)
    return tuple(found), list(once(origins))


def _read(context: Context, node: Node) -> Interlock | None:
    shape = validate(InterlockShape, node, context.problems, what=_name(node))
    if not isinstance(node, MapNode):
        return None
    entries = node.entries
    context = context.with_constants(constants_of(entries.get("variables")))
    never = context.condition(entries["never"], context.scope) if "never" in entries else None
    instead = _instead(context.without_trigger(), entries)
    if never is not None and not _is_about_something(context, entries["never"], never):
        return None
    if shape is None or never is None or instead is None:
        return None
    if not _is_enough(context, entries.get("instead", node), never, instead):
        return None
    return Interlock(
        id=shape.id,
        description=shape.description,
        never=never,
        instead={each.target.point: value for each in instead if (value := _constant(each)) is not None},
        unknown_is_safe=shape.unknown == "safe",
        mark=node.mark,
        digest=digest_of(node),
    )


def _instead(context: Context, entries: Mapping[str, Node]) -> tuple[Assignment, ...] | None:
    return read_kept(context, entries["instead"], "instead") if "instead" in entries else ()


def _is_about_something(context: Context, node: Node, never: Compiled) -> bool:
    """Report what can lock nothing, and warn of what is the same in every world."""
    known = [context.targets[point] for point in sorted(never.points) if point in context.targets]
    if not any(target.capability.writable for target in known):
        if known or not never.points:
            hint = "name the point that must not be set, such as living_ac.hvacpower"
            context.report(
                node, "'never' reads nothing that can be set, so that it could refuse nothing", hint
            )
        return False
    # What is the same in every world by its words alone has been reported.
    found = None if never.problems else truths(never, context.targets)
    if found == frozenset({True}):
        _warn(context, node, "this is always true: every command for its points would be refused")
    elif found == frozenset({False}):
        _warn(context, node, "this can never be true: it refuses nothing")
    return True


def _is_enough(context: Context, node: Node, never: Compiled, instead: tuple[Assignment, ...]) -> bool:
    """Report an ``instead`` that does not make ``never`` false, as far as that can be computed."""
    if not instead:
        return True
    for each in instead:
        point = each.target.point
        if isinstance(each.value, Expression):
            context.report(each.mark, f"{point} needs a constant here", "an interlock computes nothing")
            return False
        if point not in never.points:
            _warn(context, each.mark, f"'never' does not read {point}: setting it does not end it")
    values = {each.target.point: value for each in instead if (value := _constant(each)) is not None}
    truth = never.truth(EmptyView(values=values))
    if truth is True:
        context.report(node, "'never' is true with these values too: they do not end it")
    elif truth is None and never.points & values.keys():
        _warn(context, node, "'never' can be true with these values too: they do not always end it")
    return truth is not True


def _constant(assignment: Assignment) -> Value | None:
    return None if isinstance(assignment.value, Expression) else assignment.value


def _warn(context: Context, place: Node | Mark, message: str) -> None:
    context.report(place, message, severity=Severity.WARNING)


def _name(node: Node) -> str:
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return f"interlock '{found.text}'" if isinstance(found, ScalarNode) and found.text else "an interlock"
