"""The actions of rules in a JSON Schema: each kind with its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel

from interlock.config.site import Site
from interlock.rules.grammar.actions import VERBS
from interlock.rules.grammar.shapes import HttpShape, NotifyShape, RepeatShape
from interlock.schema.values import ANYTHING, PRIORITY, Schema, one_or_many, required_of, settings_of

_ACTIONS: Schema = {"$ref": "#/$defs/actions"}
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_RULES = one_or_many({"$ref": "#/$defs/ruleid"})
_POINTS = one_or_many({"$ref": "#/$defs/point"})
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_OBJECT: Schema = {"type": "object"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What stands behind an action's name, and what beside it."""

    description: str
    schema: Schema
    options: tuple[str, ...] = ()


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "set": _Kind(
            "writes points, and holds them with 'for' or 'priority'",
            {"$ref": "#/$defs/values"},
            ("only_if_different", "for", "priority"),
        ),
        "release": _Kind("lets go of what the rule holds", _POINTS),
        "call": _Kind("calls a controller with fields", _TEXT, ("with", "priority")),
        "log": _Kind("writes a line into the log", _TEXT),
        "delay": _Kind("waits", {"type": ["string", "object", "integer"]}),
        "wait": _Kind("waits until something is true", _EXPRESSION, ("for", "timeout", "on_timeout")),
        "if": _Kind("branches", _EXPRESSION, ("then", "else")),
        "choose": _Kind("does the first of several branches", {"type": "array"}, ("default",)),
        "repeat": _Kind("does actions again and again", _OBJECT),
        "parallel": _Kind("does actions side by side", {"type": "array"}),
        "sequence": _Kind("does actions one after the other", _ACTIONS),
        "fail": _Kind("ends the firing as a failure", {"type": ["string", "null"]}),
        "verify": _Kind("waits until a point has a value", _OBJECT),
        "save": _Kind("keeps what points hold", _POINTS, ("as",)),
        "restore": _Kind("writes back what was saved", {"type": "string"}),
        "enable": _Kind("lets rules act", _RULES),
        "disable": _Kind("lets rules not act", _RULES),
        "cancel": _Kind("ends what rules are doing", _RULES),
        "run": _Kind("does what a rule does", {"$ref": "#/$defs/ruleid"}, ("with",)),
        "variables": _Kind("gives names to values", _OBJECT),
        "raise": _Kind("tells rules of an event", {"type": "string"}, ("with",)),
        "notify": _Kind("sends a message", _OBJECT),
        "http": _Kind("sends a request", _OBJECT),
        "ramp": _Kind("goes to a value evenly", _OBJECT),
        "pulse": _Kind("switches, and back", _OBJECT),
        "duty": _Kind("is on for a share of each period", _OBJECT),
    }
)
_NESTED: Mapping[str, type[BaseModel]] = MappingProxyType(
    {"repeat": RepeatShape, "notify": NotifyShape, "http": HttpShape}
)
_BRANCH: Schema = {
    "type": "object",
    "properties": {"if": _EXPRESSION, "then": _ACTIONS},
    "required": ["if", "then"],
    "additionalProperties": False,
}
_OPTIONS: Mapping[str, Schema] = MappingProxyType(
    {
        "only_if_different": {"type": "boolean"},
        "priority": PRIORITY,
        "with": _OBJECT,
        "for": ANYTHING,
        "timeout": ANYTHING,
        "on_timeout": {"enum": ["stop", "continue"]},
        "then": _ACTIONS,
        "else": _ACTIONS,
        "default": _ACTIONS,
        "as": {"type": "string"},
        "on_error": {"anyOf": [{"enum": ["stop", "continue"]}, _ACTIONS]},
    }
)


def action_schemas(site: Site) -> Mapping[str, Schema]:
    """Return the definition of an action."""
    verbs = action_kinds(site)[len(_KINDS) :]
    known = {kind: {**_schema(kind), "description": each.description} for kind, each in _KINDS.items()}
    told = {verb: {"description": f"devices that know {verb}"} for verb in verbs}
    keys = {kind: (kind, *each.options, "on_error") for kind, each in _KINDS.items()}
    keys |= {verb: (verb, "priority", "on_error") for verb in verbs}
    return {
        "action": {
            "type": "object",
            "properties": {**_OPTIONS, **told, **known},
            "additionalProperties": False,
            "oneOf": [{"required": [kind]} for kind in keys],
            "allOf": [
                {"if": {"required": [kind]}, "then": {"propertyNames": {"enum": list(allowed)}}}
                for kind, allowed in keys.items()
            ],
        }
    }


def action_kinds(site: Site) -> Sequence[str]:
    """Return the names of all actions: the language's, and the verbs of the site's devices."""
    verbs = [verb for target in site.targets.values() for verb in target.capability.verbs]
    return (*_KINDS, *(verb for verb in dict.fromkeys((*VERBS, *verbs)) if verb not in _KINDS))


def _schema(kind: str) -> Schema:
    """Return what may stand behind an action's name."""
    if kind == "choose":
        return {"type": "array", "items": _BRANCH}
    if kind == "parallel":
        return {"type": "array", "items": _ACTIONS}
    if kind not in _NESTED:
        return _KINDS[kind].schema
    model = _NESTED[kind]
    own = settings_of(model)
    return {
        "type": "object",
        "properties": own | ({"actions": _ACTIONS} if "actions" in own else {}),
        "required": list(required_of(model)),
        "additionalProperties": False,
    }
