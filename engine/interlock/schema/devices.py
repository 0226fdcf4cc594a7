"""The sections of a JSON Schema that every file of a site may have: devices, groups and interlocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.capabilities import Capability
from interlock.config.guard_shapes import GuardShape, HandsShape
from interlock.config.site import Site
from interlock.driver import DeviceType
from interlock.schema.plant import plant_schema
from interlock.schema.values import (
    ANYTHING,
    Schema,
    is_one_of,
    object_of,
    or_computed,
    settings_of,
    value_of,
    words,
)
from interlock.virtual import TYPES

_HOLE = r"\{\{\s*[^\W\d]\w*\s*\}\}"
_NAME = rf"^({_HOLE}|[^\W\d])({_HOLE}|\w)*$"
"""A name that expressions can hold, also one that rows of ``for_each`` complete."""
ROWS: Schema = {"type": ["object", "array"], "description": "makes one for each row of names and values"}


def merged_sections(site: Site) -> Mapping[str, Schema]:
    """Return the schemas of the sections, by their keys."""
    return {
        "devices": named(_device(site), _NAME),
        "groups": named(_group(site), _NAME),
        "schedules": ANYTHING,
        "interlocks": {"type": ["array", "null"], "items": {"$ref": "#/$defs/interlock"}},
        "scenarios": {"type": ["array", "null"], "items": {"$ref": "#/$defs/scenario"}},
        "plant": plant_schema(site),
    }


def named(schema: Schema, pattern: str) -> Schema:
    """Return the schema of a section of things whose names are of a pattern."""
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": pattern},
        "additionalProperties": schema,
    }


def _group(site: Site) -> Schema:
    members: Schema = {"type": "array", "items": words(sorted({*site.devices, *site.groups}))}
    of_rows: Schema = {
        "type": "object",
        "properties": {"for_each": ROWS, "members": members},
        "required": ["for_each", "members"],
        "additionalProperties": False,
    }
    return {"anyOf": [members, of_rows]}


def _device(site: Site) -> Schema:
    types = dict.fromkeys(each.name for name in site.connections for each in _types(site, name))
    return {
        "type": "object",
        "properties": {
            "connection": words(site.connections),
            "type": words(types | dict.fromkeys(TYPES)),
        },
        "required": ["type"],
        "allOf": [*_of_connections(site), *_virtual()],
    }


def _of_connections(site: Site) -> Iterator[Schema]:
    """Yield what follows from a device's connection, and from its type on it."""
    for name in site.connections:
        types = _types(site, name)
        known: Schema = {"properties": {"type": words(each.name for each in types)}}
        yield {"if": is_one_of({"connection": [name]}), "then": known}
        for each in types:
            yield {"if": is_one_of({"connection": [name], "type": [each.name]}), "then": _settings(each)}


def _virtual() -> Iterator[Schema]:
    """Yield the settings of devices that are on no connection."""
    for each in TYPES.values():
        alone: Schema = {**is_one_of({"type": [each.name]}), "not": {"required": ["connection"]}}
        yield {"if": alone, "then": _settings(each)}


def _settings(device_type: DeviceType) -> Schema:
    own = {name: or_computed(each) for name, each in settings_of(device_type.settings).items()}
    said: Schema = {"description": device_type.description}
    further = {"for_each": ROWS, "connection": ANYTHING, "type": said, **_options(device_type)}
    return object_of(device_type.settings, own | further)


def _options(device_type: DeviceType) -> Mapping[str, Schema]:
    """Return what a device says of its points."""
    guard: Schema = {
        "type": "object",
        "properties": {name: or_computed(each) for name, each in settings_of(GuardShape).items()},
        "additionalProperties": False,
        "minProperties": 1,
    }
    settable = [each for each in device_type.controllers if each.writable and not each.is_trigger]
    guards, defaults = ({each.controller: guard for each in settable}, _defaults(settable))
    hands = {name: or_computed(each) for name, each in settings_of(HandsShape).items()}
    is_alone = len(device_type.controllers) < 2
    return {
        "guard": _per_controller(guards, guard, is_alone=is_alone, words="least times and limits"),
        "default": _per_controller(
            defaults, ANYTHING, is_alone=is_alone, words="what is set when nobody claims it any more"
        ),
        **hands,
    }


def _defaults(settable: Sequence[Capability]) -> Mapping[str, Schema]:
    return {each.controller: value_of(each) for each in settable}


def _per_controller(known: Mapping[str, Schema], alone: Schema, *, is_alone: bool, words: str) -> Schema:
    """Return the schema of what stands under controllers' names, or right there where there is one alone."""
    # A device whose settings make its controllers declares none here: nothing is known of their names.
    rest: Schema = {} if known else {"additionalProperties": alone}
    named: Schema = {"type": "object", "properties": known, "additionalProperties": False, **rest}
    return {"anyOf": [named, alone] if is_alone else [named], "description": words}


def _types(site: Site, connection: str) -> tuple[DeviceType, ...]:
    return tuple(site.connections[connection].driver.device_types)
