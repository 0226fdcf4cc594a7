"""The JSON Schema of a site file: connections and devices with the settings of the installed drivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import available_timezones

from pydantic import BaseModel

from interlock.config.header import HeaderModel
from interlock.config.loader import SITE_KEYS
from interlock.config.site import Site
from interlock.driver import DeviceType, Driver
from interlock.plugins import Registry
from interlock.service.schema.rules import definitions
from interlock.service.schema.values import ANYTHING, DIALECT, Schema, required_of, settings_of
from interlock.virtual import TYPES

_NAME: Schema = {"pattern": r"^[^\W\d]\w*$"}


def site_schema(site: Site, registry: Registry) -> Schema:
    """Return the schema of a site's own file.

    Args:
        site: Has the names that are completed.
        registry: Has the drivers.
    """
    sections: dict[str, Schema] = {
        "site": _header(),
        "connections": _named(_connection(registry)),
        "devices": _named(_device(site)),
        "groups": _named({"type": "array", "items": {"enum": sorted({*site.devices, *site.groups})}}),
        "watch": {"type": ["array", "null"], "items": {"enum": sorted({*site.targets, *site.devices})}},
        "include": {"type": ["array", "null"], "items": {"type": "string"}},
        "rules": {"type": ["array", "null"], "items": {"$ref": "#/$defs/rule"}},
    }
    return {
        "$schema": DIALECT,
        "title": site.name,
        "type": "object",
        "properties": {key: sections.get(key, ANYTHING) for key in SITE_KEYS},
        "required": ["site"],
        "additionalProperties": False,
        "$defs": definitions(site),
    }


def _named(schema: Schema) -> Schema:
    """Return the schema of a section of things with names."""
    return {"type": ["object", "null"], "propertyNames": _NAME, "additionalProperties": schema}


def _header() -> Schema:
    own = settings_of(HeaderModel) | {
        "timezone": {
            "enum": sorted(available_timezones()),
            "description": "such as Europe/Rome",
        },
        "holidays": {"type": "string", "description": "whose public holidays count, such as IT or DE-BY"},
    }
    return _object(HeaderModel, own)


def _object(model: type[BaseModel], properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required_of(model)),
        "additionalProperties": False,
    }


def _connection(registry: Registry) -> Schema:
    drivers = {name: loaded.driver for name, loaded in registry.drivers.items()}
    return {
        "type": "object",
        "properties": {"driver": {"enum": list(drivers), "description": _described(drivers)}},
        "required": ["driver"],
        "allOf": [
            {
                "if": _is({"driver": [name]}),
                "then": _object(driver.Settings, settings_of(driver.Settings) | {"driver": ANYTHING}),
            }
            for name, driver in drivers.items()
        ],
    }


def _described(drivers: Mapping[str, type[Driver]]) -> str:
    return "\n".join(f"{name}: {driver.description}" for name, driver in drivers.items())


def _device(site: Site) -> Schema:
    types = dict.fromkeys(each.name for name in site.connections for each in _types(site, name))
    return {
        "type": "object",
        "properties": {
            "connection": {"enum": list(site.connections)},
            "type": {"enum": list(types | dict.fromkeys(TYPES))},
        },
        "required": ["type"],
        "allOf": [*_of_connections(site), *_virtual()],
    }


def _of_connections(site: Site) -> Iterator[Schema]:
    """Yield what follows from a device's connection, and from its type on it."""
    for name in site.connections:
        types = _types(site, name)
        known: Schema = {"properties": {"type": {"enum": [each.name for each in types]}}}
        yield {"if": _is({"connection": [name]}), "then": known}
        for each in types:
            yield {"if": _is({"connection": [name], "type": [each.name]}), "then": _settings(each)}


def _virtual() -> Iterator[Schema]:
    """Yield the settings of devices that are on no connection."""
    for each in TYPES.values():
        alone: Schema = {**_is({"type": [each.name]}), "not": {"required": ["connection"]}}
        yield {"if": alone, "then": _settings(each)}


def _settings(device_type: DeviceType) -> Schema:
    own = settings_of(device_type.settings)
    said: Schema = {"description": device_type.description}
    return _object(device_type.settings, own | {"connection": ANYTHING, "type": said})


def _types(site: Site, connection: str) -> tuple[DeviceType, ...]:
    return tuple(site.connections[connection].driver.device_types)


def _is(wanted: Mapping[str, list[str]]) -> Schema:
    """Return a schema that holds where keys have one of these values."""
    return {
        "properties": {key: {"enum": values} for key, values in wanted.items()},
        "required": list(wanted),
    }
