"""The JSON Schema of a file with rules: triggers, actions, and the site's own points, rules and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.site import Site
from interlock.expressions import BUILT_IN
from interlock.rules.grammar.shapes import RuleShape
from interlock.service.schema.actions import action_schemas
from interlock.service.schema.triggers import trigger_schemas
from interlock.service.schema.values import (
    COMPUTED,
    DIALECT,
    Schema,
    one_or_many,
    required_of,
    settings_of,
    value_of,
    words,
)

_ACTIONS: Schema = {"$ref": "#/$defs/actions"}
_EXPANSION = ("for_each", "use", "with")


def rules_schema(site: Site) -> Schema:
    """Return the schema of a file with the rules of a site."""
    return {
        "$schema": DIALECT,
        "title": f"rules of {site.name}",
        "type": "object",
        "properties": {
            "rules": {"type": ["array", "null"], "items": {"$ref": "#/$defs/rule"}},
            "template": {"type": "object", "description": "makes this file a template with parameters"},
        },
        "additionalProperties": False,
        "$defs": definitions(site),
    }


def definitions(site: Site) -> Mapping[str, Schema]:
    """Return what rules are made of, by the names that references use."""
    return {
        "rule": _rule(),
        "triggers": one_or_many({"$ref": "#/$defs/trigger"}),
        "actions": one_or_many({"$ref": "#/$defs/action"}),
        **trigger_schemas(site),
        **action_schemas(site),
        "expression": _expression(),
        "point": words(_points(site)),
        "ruleid": words(_rule_ids(site)),
        "values": _values(site),
    }


def _rule() -> Schema:
    # In a template, and in a rule for many rooms, any of them may stand in braces.
    plain: dict[str, Schema] = {
        key: {"anyOf": [each, COMPUTED]} for key, each in settings_of(RuleShape).items()
    }
    own = plain | {
        "triggers": {"$ref": "#/$defs/triggers"},
        "condition": {"$ref": "#/$defs/expression"},
        "actions": _ACTIONS,
        "else": _ACTIONS,
        "finally": _ACTIONS,
        "variables": {"type": "object"},
        "enabled": {"enum": [True, False, "shadow"]},
        "limit": {"type": "string", "pattern": r"^\s*\d+\s+per\s+\S+\s*$", "description": "such as 6 per 1h"},
    }
    further: Schema = {"for_each": {"type": ["object", "array"]}, "use": {"type": "string"}, "with": {}}
    return {
        "type": "object",
        "properties": {**own, **further},
        "additionalProperties": False,
        "if": {"required": ["use"]},
        "then": {"propertyNames": {"enum": list(_EXPANSION)}},
        "else": {"required": required_of(RuleShape)},
    }


def _or_computed(schema: Schema) -> Schema:
    return {"anyOf": [schema, COMPUTED]}


def _expression() -> Schema:
    functions = "\n".join(f"{each.name}: {each.description}" for each in BUILT_IN)
    text = "an expression, such as living_thermostat.actualtemp > 26; it can call:\n" + functions
    return {"type": ["string", "boolean", "number"], "description": text}


def _points(site: Site) -> Iterable[str]:
    yield from site.targets
    for group, members in site.groups.items():
        controllers = (target for target in site.targets.values() if target.device.name in members)
        yield from dict.fromkeys(f"{group}.{target.capability.controller}" for target in controllers)


def _values(site: Site) -> Schema:
    """Return the schema of ``set``: points with what each takes."""
    writable = {point: each for point, each in site.targets.items() if each.capability.writable}
    known: dict[str, Schema] = {str(point): value_of(each.capability) for point, each in writable.items()}
    groups = [name for name in _points(site) if name not in site.targets]
    names = [*known, *groups]
    return {
        "type": "object",
        "properties": known,
        "propertyNames": {"anyOf": [{"enum": names}, COMPUTED]},
        "minProperties": 1,
    }


def _rule_ids(site: Site) -> Iterable[str]:
    for node in site.rules:
        if name := _id(node):
            yield name


def _id(node: Node) -> str:
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return found.text if isinstance(found, ScalarNode) else ""
