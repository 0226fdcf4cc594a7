"""The JSON Schema of a site file: connections and devices with the settings of the installed drivers."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from pydantic import BaseModel

from interlock.config.header import HeaderModel
from interlock.config.journal_section import JournalModel
from interlock.config.loader import SITE_KEYS
from interlock.config.service_section import ServiceModel
from interlock.config.site import Site
from interlock.driver import Driver
from interlock.plugins import Registry
from interlock.schema.devices import merged_sections, named
from interlock.schema.rules import definitions
from interlock.schema.values import ANYTHING, DIALECT, Schema, is_one_of, object_of, settings_of

_CONNECTION = r"^\w[\w-]*$"


def site_schema(site: Site, registry: Registry) -> Schema:
    """Return the schema of a site's own file.

    Args:
        site: Has the names that are completed.
        registry: Has the drivers.
    """
    sections: dict[str, Schema] = {
        "site": _header(),
        "connections": named(_connection(registry), _CONNECTION),
        **merged_sections(site),
        "watch": {"type": ["array", "null"], "items": {"enum": sorted({*site.targets, *site.devices})}},
        "journal": _section(JournalModel),
        "service": _section(ServiceModel),
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


def _section(model: type[BaseModel]) -> Schema:
    return {**object_of(model, settings_of(model)), "type": ["object", "null"]}


def _header() -> Schema:
    own = settings_of(HeaderModel) | {
        "timezone": {
            "enum": sorted(available_timezones()),
            "description": "such as Europe/Rome",
        },
        "holidays": {"type": "string", "description": "whose public holidays count, such as IT or DE-BY"},
    }
    return object_of(HeaderModel, own)


def _connection(registry: Registry) -> Schema:
    drivers = {name: loaded.driver for name, loaded in registry.drivers.items()}
    return {
        "type": "object",
        "properties": {"driver": {"enum": list(drivers), "description": _described(drivers)}},
        "required": ["driver"],
        "allOf": [
            {
                "if": is_one_of({"driver": [name]}),
                "then": object_of(driver.Settings, settings_of(driver.Settings) | {"driver": ANYTHING}),
            }
            for name, driver in drivers.items()
        ],
    }


def _described(drivers: Mapping[str, type[Driver]]) -> str:
    return "\n".join(f"{name}: {driver.description}" for name, driver in drivers.items())
