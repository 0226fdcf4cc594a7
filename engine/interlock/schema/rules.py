"""The JSON Schema of an included file: rules with the site's own points and groups, and its devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.site import Site
from interlock.expressions import BUILT_IN
from interlock.rules.grammar.shapes import InterlockShape, KeepShape, RuleShape
from interlock.schema.actions import action_schemas
from interlock.schema.devices import ROWS, merged_sections
from interlock.schema.scenarios import scenario_schemas
from interlock.schema.triggers import trigger_schemas
from interlock.schema.values import (
    COMPUTED,
    DIALECT,
    DURATION,
    PRIORITY,
    Schema,
    one_or_many,
    or_computed,
    required_of,
    settings_of,
    value_of,
    words,
)

_ACTIONS: Schema = {"$ref": "#/$defs/actions"}
_EXPANSION = ("for_each", "use", "with")
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_OWN: Mapping[str, Schema] = {
    "triggers": {"$ref": "#/$defs/triggers"},
    "condition": _EXPRESSION,
    "while": _EXPRESSION,
    "until": _EXPRESSION,
    "for": {"anyOf": [DURATION, COMPUTED, {"type": "object"}]},
    "keep": {"$ref": "#/$defs/values"},
    "priority": {"anyOf": [PRIORITY, COMPUTED]},
    "actions": _ACTIONS,
    "else": _ACTIONS,
    "finally": _ACTIONS,
    "variables": {"type": "object"},
    "enabled": {"enum": [True, False, "shadow"]},
    "limit": {"type": "string", "pattern": r"^\s*\d+\s+per\s+\S+\s*$", "description": "such as 6 per 1h"},
}
"""What the shapes of rules leave open."""
_FURTHER: Mapping[str, Schema] = {
    "for_each": ROWS,
    "use": {"type": "string"},
    "with": {},
}


def rules_schema(site: Site) -> Schema:
    """Return the schema of the files that a site includes, and of templates."""
    return {
        "$schema": DIALECT,
        "title": f"rules of {site.name}",
        "type": "object",
        "properties": {
            **merged_sections(site),
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
        "interlock": _interlock(),
        "triggers": one_or_many({"$ref": "#/$defs/trigger"}),
        "actions": one_or_many({"$ref": "#/$defs/action"}),
        **trigger_schemas(site),
        **action_schemas(site),
        **scenario_schemas(site),
        "expression": _expression(),
        "point": words(_points(site)),
        "ruleid": words(_rule_ids(site)),
        "values": _values(site),
    }


def _rule() -> Schema:
    keeps, acts = _keys(KeepShape), _keys(RuleShape)
    return {
        "type": "object",
        "properties": {**acts, **keeps, **_FURTHER},
        "additionalProperties": False,
        "if": {"required": ["use"]},
        "then": {"propertyNames": {"enum": list(_EXPANSION)}},
        "else": {
            "if": {"required": ["keep"]},
            "then": _limited_to(KeepShape, keeps),
            "else": _limited_to(RuleShape, acts),
        },
    }


def _interlock() -> Schema:
    own = {**_keys(InterlockShape), "instead": {"$ref": "#/$defs/values"}, "never": _EXPRESSION}
    return {
        "type": "object",
        "properties": {**own, **_FURTHER},
        "additionalProperties": False,
        "if": {"required": ["use"]},
        "then": {"propertyNames": {"enum": list(_EXPANSION)}},
        "else": _limited_to(InterlockShape, own),
    }


def _keys(model: type[BaseModel]) -> Mapping[str, Schema]:
    """Return what stands under the keys of a kind of rules."""
    # In a template, and in a rule for many rooms, any of them may stand in braces.
    plain = {key: or_computed(each) for key, each in settings_of(model).items()}
    return plain | {key: each for key, each in _OWN.items() if key in plain}


def _limited_to(model: type[BaseModel], keys: Mapping[str, Schema]) -> Schema:
    return {"propertyNames": {"enum": [*keys, "for_each"]}, "required": required_of(model)}


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
