"""From the YAML of triggers on events to triggers: the service's, rules', commands' and plugins'."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from interlock.capabilities import ValueType, nearest
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.sections import is_empty
from interlock.config.site import Site
from interlock.config.validation import check_keys, validate
from interlock.driver import Target
from interlock.errors import Severity
from interlock.hookspecs import EventKind
from interlock.rules.grammar.context import items, shown
from interlock.rules.grammar.triggers.shapes import EventShape
from interlock.rules.grammar.triggers.source import EMPTY, Source
from interlock.rules.triggers import FAILED, FIRING, RAISED, SERVICE, WEBHOOK, EventTrigger, Trigger
from interlock.strangers import StrangersFault, ask

LIFECYCLE = ("start", "stop", "reload")
"""What happens to the service."""
_OWN_EVENTS = ("rule_held_back", "rule_stopped")
"""What the engine itself raises."""


def read_lifecycle(source: Source, kind: str) -> Trigger | None:
    """Return the trigger of ``start``, ``stop`` or ``reload``."""
    node = source.entries[kind]
    is_bare = is_empty(node) or (isinstance(node, ScalarNode) and node.value is True)
    if not is_bare:
        source.report(node, f"'{kind}' takes nothing", f"write '- {kind}'")
    shape = _shape(source, kind)
    return _trigger(shape, kind, SERVICE, [kind]) if shape and is_bare else None


def lifecycle(kind: str) -> Trigger:
    """Return the trigger of a bare ``start``, ``stop`` or ``reload``."""
    return EventTrigger(id="", text=kind, kind=SERVICE, names=(kind,))


def read_firing(source: Source) -> Trigger | None:
    """Return the trigger of ``firing``."""
    return _named(source, FIRING, lambda item: _rule(source, item))


def read_failed(source: Source) -> Trigger | None:
    """Return the trigger of ``failed``: points, or patterns for some."""
    shape = _shape(source, FAILED)
    node = source.entries[FAILED]
    found = [_commanded(source, item) for item in items(node)]
    if not found:
        source.report(node, EMPTY)
    names = [str(target.point) for group in found for target in group]
    return _trigger(shape, source.text(FAILED), FAILED, names) if shape and found and all(found) else None


def read_raised(source: Source) -> Trigger | None:
    """Return the trigger of ``event``; one that no rule raises is a warning."""
    return _named(source, RAISED, lambda item: _event(source, item))


def read_webhook(source: Source) -> Trigger | None:
    """Return the trigger of ``webhook``; one that the site does not take is a warning."""
    return _named(source, WEBHOOK, lambda item: _webhook(source, item))


def read_event(source: Source, kind: EventKind) -> Trigger | None:
    """Return the trigger of a kind of events that a plugin brings."""
    shape = _shape(source, kind.name)
    names = source.each(source.entries[kind.name], lambda text: spelt(kind, text))
    return _trigger(shape, source.text(kind.name), kind.name, names) if shape and names else None


def _shape(source: Source, kind: str) -> EventShape | None:
    problems = source.context.problems
    shape = validate(EventShape, source.node, problems)
    check_keys(source.node, (kind, "id"), problems)
    return shape if set(source.entries) <= {kind, "id"} else None


def _trigger(shape: EventShape, text: str, kind: str, names: Sequence[str]) -> Trigger:
    return EventTrigger(id=shape.id, text=text, kind=kind, names=tuple(dict.fromkeys(names)))


def _named(source: Source, kind: str, read: Callable[[Node], str | None]) -> Trigger | None:
    shape, node = _shape(source, kind), source.entries[kind]
    if not items(node):
        source.report(node, EMPTY)
    found = [read(item) for item in items(node)]
    names = [name for name in found if name]
    is_sound = shape is not None and names and len(names) == len(found)
    return _trigger(shape, source.text(kind), kind, names) if shape and is_sound else None


def _rule(source: Source, node: Node) -> str | None:
    rule = shown(node)
    if rule == source.rule:
        source.report(node, "a rule that fires after itself would never end")
        return None
    if rule in source.context.keeping_rules:
        hint = "say by 'becomes' what it goes by"
        source.report(node, f"rule '{rule}' keeps something, and never fires", hint)
        return None
    if rule in source.context.rule_ids:
        return rule
    meant = nearest(rule, source.context.rule_ids)
    source.report(node, f"there is no rule '{rule}'", f"did you mean '{meant}'?" if meant else "")
    return None


def _commanded(source: Source, node: Node) -> Sequence[Target]:
    """Return the points that a pattern names and that take commands; nothing after a finding."""
    pattern, context = shown(node), source.context
    if not re.search(r"[*?\[]", pattern):
        found: Sequence[Target] = context.points(pattern, node.mark)
        readonly = [target for target in found if not _takes_commands(target)]
        if readonly:
            source.report(node, f"{readonly[0].point} can only be read: no command to it can fail")
        return () if readonly else found
    matched = [each for each in context.targets.values() if fnmatchcase(each.point, pattern)]
    commanded = [each for each in matched if _takes_commands(each)]
    if not commanded:
        source.report(node, f"no point that takes commands is called like '{pattern}'")
    return commanded


def _takes_commands(target: Target) -> bool:
    capability = target.capability
    return capability.writable or bool(capability.fields) or capability.type is ValueType.NONE


def _event(source: Source, node: Node) -> str | None:
    name = _identifier(source, node)
    raised = (*source.context.raised_events, *_OWN_EVENTS, *_of_interlocks(source.context.site))
    if name is not None and name not in raised:
        meant = nearest(name, raised)
        message = f"no rule raises '{name}': the trigger comes only if a plugin does"
        hint = f"did you mean '{meant}'?" if meant else ""
        source.context.problems.append(node.mark.diagnostic(message, hint=hint, severity=Severity.WARNING))
    return name


def _webhook(source: Source, node: Node) -> str | None:
    name = _identifier(source, node)
    known = source.context.site.service.webhooks
    if name is not None and name not in known:
        meant = nearest(name, known)
        message = f"the site takes no webhook '{name}': the trigger never comes"
        hint = f"did you mean '{meant}'?" if meant else "write it under service: {webhooks: …}"
        source.context.problems.append(node.mark.diagnostic(message, hint=hint, severity=Severity.WARNING))
    return name


def _of_interlocks(site: Site) -> Iterable[str]:
    """Return the events that say that the world has broken an interlock."""
    for node in site.interlocks:
        name = node.entries.get("id") if isinstance(node, MapNode) else None
        if isinstance(name, ScalarNode):
            yield f"interlock.{name.value}"


def _identifier(source: Source, node: Node) -> str | None:
    text = shown(node)
    if re.fullmatch(r"[^\W\d][\w.-]*", text):
        return text
    source.report(node, f"'{text}' is no name", "use letters, digits, '_', '-' and '.'")
    return None


def spelt(kind: EventKind, text: str) -> str:
    """Return a name as its kind spells it.

    Raises:
        ValueError: it is none.
    """
    try:
        name = ask(lambda: kind.check(text), ValueError)
    except StrangersFault as error:
        raise ValueError(f"the check of '{kind.name}' failed over this: {error}") from error
    if not isinstance(name, str):
        raise ValueError(f"the check of '{kind.name}' gave no text for this")
    return name
