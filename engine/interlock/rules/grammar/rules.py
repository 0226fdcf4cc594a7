"""From the YAML of rules to rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.rows import once
from interlock.config.sections import without
from interlock.config.site import Site
from interlock.config.validation import validate
from interlock.errors import Diagnostic
from interlock.expressions.compiler import Compiled
from interlock.rules.actions import Action, VariablesAction
from interlock.rules.grammar.actions import after, read_actions
from interlock.rules.grammar.amounts import constants_of
from interlock.rules.grammar.circles import report_circles
from interlock.rules.grammar.conflicts import report_conflicts
from interlock.rules.grammar.context import Context, shown
from interlock.rules.grammar.doing import Doing
from interlock.rules.grammar.keep import keeps, read_keep_rule, without_keep
from interlock.rules.grammar.readings import Reading, Readings
from interlock.rules.grammar.shapes import RuleShape
from interlock.rules.grammar.triggers import fields_brought, read_triggers
from interlock.rules.rule import Overlap, Rule
from interlock.rules.triggers import BecomesTrigger, Trigger
from interlock.rules.written import Written


def load_rules(
    site: Site, now: datetime | None = None, readings: Readings[Rule] | None = None
) -> tuple[tuple[Rule, ...], list[Diagnostic]]:
    """Return the rules that are right, and every finding in those that are not; warnings too.

    Args:
        site: The loaded site.
        now: The present, by which dates are found to be past; None finds none.
        readings: What an earlier loading of the same site left; it is brought up to date.

    It never raises for what stands in a file. A device whose own declaration is wrong has been reported
    there: a rule that names it is left out without a word.
    """
    context = Context(site, now)
    ids: dict[str, MapNode] = {}
    rules: list[Rule] = []
    nodes: dict[str, Node] = {}
    origins: defaultdict[Diagnostic, list[str]] = defaultdict(list)
    found = (readings or Readings()).of(context, site.rules, _read)
    for each in found:
        is_own = is_unique(context, each.node, ids)
        for problem in (*each.problems, *context.take_problems()):
            origins[problem].append(each.node.origin if isinstance(each.node, MapNode) else "")
        if is_own and each.made:
            rules.append(each.made)
            nodes[each.made.id] = each.node
    _check_saved(context, found)
    doings = [Doing.of(rule) for rule in rules]
    report_circles(context, doings)
    report_conflicts(context, doings, lambda rule: _read(context.exact(), nodes[rule.id]) or rule)
    return tuple(rules), [*once(origins), *context.problems]


def _check_saved(context: Context, readings: Sequence[Reading[Rule]]) -> None:
    """Report each ``restore`` of what no rule saves."""
    saves = frozenset[str]().union(*(each.saves for each in readings))
    for wanted in (wanted for each in readings for wanted in each.restores):
        if wanted.text not in saves:
            meant = nearest(wanted.text, saves)
            hint = f"did you mean '{meant}'?" if meant else "write 'save: [points]' with 'as: NAME' before"
            context.report(wanted, f"no rule saves anything as '{wanted.text}'", hint)


def is_unique(context: Context, node: Node, ids: dict[str, MapNode], what: str = "rules") -> bool:
    """Whether no other node has this one's id, which is noted; otherwise that is reported.

    Args:
        context: Takes the finding.
        node: A rule, or what else has an id.
        ids: What was seen before, by id.
        what: What the nodes are, in the plural.
    """
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    if not isinstance(node, MapNode) or not isinstance(found, ScalarNode) or not isinstance(found.value, str):
        return True
    if found.value not in ids:
        ids[found.value] = node
        return True
    first = ids[found.value]
    place = first.entries["id"].mark
    # Those that were made of one text have one place.
    is_made = place == found.mark and bool(first.origin)
    which = f"is the one {first.origin}" if is_made else f"stands at {place.place}"
    hint = "name in the id what tells the rows apart" if is_made and first.origin != node.origin else ""
    context.report(found, f"two {what} have the id '{found.value}': the first {which}", hint)
    return False


def _read(context: Context, node: Node) -> Rule | None:
    if not isinstance(node, MapNode):
        validate(RuleShape, node, context.problems, what=_name(node))
        return None
    if keeps(node):
        return read_keep_rule(context, node, what=_name(node))
    return _read_reactive(context, node)


def _read_reactive(context: Context, whole: MapNode) -> Rule | None:
    node = without_keep(context, whole)
    shape = validate(RuleShape, node, context.problems, what=_name(node))
    entries = node.entries
    context = context.with_constants(constants_of(entries.get("variables")))
    context = context.of_rule(fields_brought(context, entries.get("triggers")))
    condition = _condition(context, entries)
    acting = _Acting(context, node)
    triggers = _triggers(context, node, condition)
    is_sound = acting.is_sound and ("condition" not in entries or condition is not None)
    if shape is None or triggers is None or not is_sound or node is not whole:
        return None
    return Rule(
        id=shape.id,
        description=shape.description,
        mode=shape.enabled,
        triggers=triggers,
        condition=condition if "triggers" in entries else None,
        actions=acting.of("actions"),
        otherwise=acting.of("else"),
        undo=acting.of("finally"),
        overlap=Overlap(shape.mode),
        most=1 if shape.mode in ("single", "restart") else shape.most,
        cooldown=shape.cooldown,
        limit=shape.limit,
        windows=context.windows,
        written=Written(node),
    )


class _Acting:
    """The actions of a rule, by the key that they stand under."""

    def __init__(self, context: Context, node: MapNode) -> None:
        entries = node.entries
        self._given: tuple[Action, ...] | None = ()
        if "variables" in entries:
            own = without(node, *(key for key in entries if key != "variables"))
            given = read_actions(context, own)
            context = after(context, own, given[0] if given else None)
            self._given = given and tuple(
                replace(each, is_default=True) for each in given if isinstance(each, VariablesAction)
            )
        found = {key: read_actions(context, entries[key]) for key in _ACTING if key in entries}
        self._found = {key: actions for key, actions in found.items() if actions is not None}
        self.is_sound = "actions" in found and len(self._found) == len(found) and self._given is not None

    def of(self, key: str) -> tuple[Action, ...]:
        """Return what stands under a key, behind the variables of the rule."""
        return (*(self._given or ()), *self._found[key]) if key in self._found else ()


_ACTING = ("actions", "else", "finally")


def _condition(context: Context, entries: Mapping[str, Node]) -> Compiled | None:
    if "condition" not in entries:
        return None
    scope = context.scope_with_trigger if "triggers" in entries else context.scope
    return context.condition(entries["condition"], scope)


def _triggers(context: Context, node: MapNode, condition: Compiled | None) -> tuple[Trigger, ...] | None:
    """Return the triggers; a rule that has a condition alone fires when that becomes true."""
    entries, initial = node.entries, node.entries.get("initial")
    waits = initial.value == "wait" if isinstance(initial, ScalarNode) else context.site.waits_at_first
    if "triggers" in entries:
        return read_triggers(context, entries["triggers"], rule=_rule_id(entries), waits=waits)
    if "condition" not in entries:
        if shown(entries.get("id", node)) in context.called_rules:
            return ()
        mark = node.keys.get("id", node.mark)
        context.report(mark, "the rule would never look: it has no triggers and no condition")
    if condition is None:
        return None
    text = f"becomes {condition.text}"
    return (BecomesTrigger(id="", text=text, when=condition, waits_at_first=waits),)


def _rule_id(entries: Mapping[str, Node]) -> str:
    return shown(entries["id"]) if "id" in entries else ""


def _name(node: Node) -> str:
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return f"rule '{found.text}'" if isinstance(found, ScalarNode) and found.text else "a rule"
