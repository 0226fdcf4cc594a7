"""Scenarios in a JSON Schema: what is given, what happens, and what is expected."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.capabilities import Capability, ValueType
from interlock.config.site import Site
from interlock.schema.actions import action_kinds
from interlock.schema.values import (
    ANYTHING,
    DURATION,
    PRIORITY,
    Schema,
    one_or_many,
    required_of,
    settings_of,
    value_of,
)
from interlock.simulation.scenarios.scenario import RuleTurn, Trouble, Turn
from interlock.simulation.scenarios.shapes import ScenarioShape

_TIME: Schema = {
    "type": "string",
    "description": 'such as "12:10", 2026-07-15T07:00 or, counted from the start, +10m',
}
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_RULE: Schema = {"$ref": "#/$defs/ruleid"}
_VALUES: Schema = {"$ref": "#/$defs/values"}
_ANY_POINTS: Schema = one_or_many({"$ref": "#/$defs/point"})
_TROUBLES: Schema = {"enum": [each.value for each in Trouble]}
_TEXT: Schema = {"type": ["string", "number"], "description": "a part of it; * stands for anything"}
_OPTIONS: Mapping[str, Schema] = {
    "at": {**_TIME, "description": "when it comes, or is so"},
    "within": {**DURATION, "description": "how long after 'at' it may come; 1s by default"},
    "between": {"type": "array", "items": _TIME, "minItems": 2, "maxItems": 2},
    "times": {"type": ["integer", "string"], "description": "how often: 2, at least 2 or at most 2"},
    "fires": {"type": ["integer", "string"], "description": "how often: 2, at least 2 or at most 2"},
    "tolerance": {"type": "number", "exclusiveMinimum": 0, "description": "how far numbers may be off"},
    "after": {**DURATION, "description": "how long it is tolerated"},
    "via": {"type": "string", "description": "the notifier"},
    "with": {"type": "object"},
}


def scenario_schemas(site: Site) -> Mapping[str, Schema]:
    """Return the definitions of a scenario and its parts."""
    states = _states(site)
    return {
        "scenario": _scenario(),
        # Patterns, groups and telegrams can be keys as well.
        "states": {"type": ["object", "null"], "properties": states},
        "moment": {"type": "object", "properties": {**_happenings(site), **states}, "minProperties": 1},
        "expectation": _expectation(site),
    }


def _scenario() -> Schema:
    own: Mapping[str, Schema] = {
        "start": {"type": "string", "description": "a local date and time, such as 2026-07-14T12:00"},
        "given": {"$ref": "#/$defs/states", "description": "what is so before the service starts"},
        "timeline": {
            "type": ["object", "null"],
            "additionalProperties": one_or_many({"$ref": "#/$defs/moment"}),
            "description": "what happens when",
        },
        "until": _TIME,
        "expect": {**one_or_many({"$ref": "#/$defs/expectation"}), "description": "what must come of it"},
        "variables": {"type": "object"},
        "for_each": {"type": ["object", "array"]},
    }
    return {
        "type": "object",
        "properties": {**settings_of(ScenarioShape), **own},
        "required": list(required_of(ScenarioShape)),
        "additionalProperties": False,
    }


def _states(site: Site) -> Mapping[str, Schema]:
    """Return what points can hold, and what can be wrong with devices and connections."""
    readable = {str(point): each.capability for point, each in site.targets.items()}
    points = {point: _held(each) for point, each in readable.items() if each.has_reading}
    devices = {name: _TROUBLES for name in (*site.devices, *site.groups) if name not in site.connections}
    servers: Mapping[str, Schema] = {name: {"enum": ["away", "back"]} for name in site.connections}
    return {**points, **devices, **servers}


def _held(capability: Capability) -> Schema:
    """Return what a device may tell: texts and open choices are as it likes."""
    is_open = capability.open_choices or capability.type is ValueType.TEXT
    further: list[Schema] = [{"type": "string"}] if is_open else []
    if capability.type is ValueType.INTEGER:
        further.append({"type": "number"})
    return {"anyOf": [value_of(capability), _TROUBLES, *further]}


def _happenings(site: Site) -> Mapping[str, Schema]:
    return {
        "service": {"enum": [each.value for each in Turn], "description": "what is done to the service"},
        "set": {**_VALUES, "description": "a person commands"},
        "call": {"type": "string", "description": "a person calls a controller"},
        "with": {"type": "object"},
        "override": {
            "type": "object",
            "properties": {"for": DURATION, "priority": PRIORITY},
            "description": "a person overrides",
        },
        "release": {**_ANY_POINTS, "description": "a person lets go"},
        **{each.value: one_or_many(_RULE) for each in RuleTurn},
        **_verbs(site),
    }


def _expectation(site: Site) -> Schema:
    kinds: Mapping[str, Schema] = {
        "set": {"anyOf": [_VALUES, _ANY_POINTS], "description": "it is commanded"},
        "call": {"type": "string", "description": "it is called"},
        **_verbs(site),
        "refused": {**_VALUES, "description": "it is refused"},
        "notify": {**_TEXT, "description": "a message has this in it"},
        "log": {**_TEXT, "description": "a line in the log has this in it"},
        "http": {**_TEXT, "description": "a request has this in it"},
        "rule": {**_RULE, "description": "it fires so often"},
        "never": {**_EXPRESSION, "description": "what is never true"},
        "always": {**_EXPRESSION, "description": "what is always true"},
        "is": {"anyOf": [_EXPRESSION, {"type": "object"}], "description": "what is so at that time"},
        "nothing_else": {"const": True, "description": "nothing comes that is not named here"},
    }
    return {
        "type": "object",
        "properties": {**_OPTIONS, **kinds},
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in kinds],
    }


def _verbs(site: Site) -> Mapping[str, Schema]:
    """Return the verbs of the site's devices; ``stop`` and others stand for different things elsewhere."""
    known = {verb for target in site.targets.values() for verb in target.capability.verbs}
    return {kind: ANYTHING for kind in action_kinds(site) if kind in known}
