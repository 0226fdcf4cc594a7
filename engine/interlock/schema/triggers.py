"""The triggers of rules in a JSON Schema: each kind with its keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from interlock.config.site import Site
from interlock.rules.grammar.triggers import shapes
from interlock.rules.grammar.triggers.events import LIFECYCLE
from interlock.rules.grammar.triggers.shapes import TriggerShape
from interlock.schema.values import ANYTHING, Schema, one_or_many, settings_of

_POINTS = one_or_many({"$ref": "#/$defs/point"})
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_NAMES = one_or_many({"type": ["string", "number"]})
_SHAPES: Mapping[str, type[TriggerShape]] = MappingProxyType(
    {
        "every": shapes.EveryShape,
        "at": shapes.AtShape,
        "cron": shapes.CronShape,
        "date": shapes.DateShape,
        "sun": shapes.SunShape,
        "elevation": shapes.ElevationShape,
        "change": shapes.ChangeShape,
        "update": shapes.UpdateShape,
        "becomes": shapes.BecomesShape,
        "unavailable": shapes.UnavailableShape,
        "available": shapes.AvailableShape,
        "schedule": shapes.ScheduleShape,
        "all": shapes.AllShape,
        "none": shapes.NoneShape,
    }
)
_NAMED = ("event", "firing", "failed", "webhook", *LIFECYCLE)
"""Kinds of events, which have an id and no further keys."""
KINDS = (*_SHAPES, *_NAMED)
"""Every trigger of the language; plugins add kinds of events."""
_OWN: Mapping[str, Schema] = MappingProxyType(
    {
        "change": _POINTS,
        "update": _POINTS,
        "unavailable": _NAMES,
        "available": _NAMES,
        "becomes": _EXPRESSION,
        "until": _EXPRESSION,
        "at": _NAMES,
        "date": _NAMES,
        "every": {"type": "string", "description": "a duration, such as 15m"},
        "firing": one_or_many({"$ref": "#/$defs/ruleid"}),
        "all": {"$ref": "#/$defs/triggers"},
        "none": {"$ref": "#/$defs/triggers"},
        **{kind: {"type": ["null", "boolean"]} for kind in LIFECYCLE},
    }
)


def trigger_schemas(site: Site) -> Mapping[str, Schema]:
    """Return the definition of a trigger."""
    further = {kind: each.description for kind, each in site.event_kinds.items() if kind not in KINDS}
    kinds = (*KINDS, *further)
    keys = {kind: _keys(kind) for kind in kinds}
    properties: dict[str, Schema] = {}
    for found in keys.values():
        for name, schema in found.items():
            properties.setdefault(name, schema)
    properties |= {kind: {**_NAMES, "description": text} for kind, text in further.items()}
    mapping: Schema = {
        "type": "object",
        "properties": properties | {name: _OWN[name] for name in _OWN},
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in kinds],
        "allOf": [_limited(kind, keys[kind]) for kind in kinds],
    }
    return {"trigger": {"if": {"type": "string"}, "then": {"enum": list(LIFECYCLE)}, "else": mapping}}


def _keys(kind: str) -> Mapping[str, Schema]:
    own = settings_of(_SHAPES[kind]) if kind in _SHAPES else {kind: _NAMES, "id": {"type": "string"}}
    return {name: _OWN.get(name, schema or ANYTHING) for name, schema in own.items()}


def _limited(kind: str, keys: Iterable[str]) -> Schema:
    return {"if": {"required": [kind]}, "then": {"propertyNames": {"enum": list(keys)}}}
