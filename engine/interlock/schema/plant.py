"""The JSON Schema of the section ``plant``: zones, and the points that can have a role in them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from interlock.config.site import Site
from interlock.schema.values import (
    ANYTHING,
    Schema,
    object_of,
    one_or_many,
    or_computed,
    settings_of,
    words,
)
from interlock.simulation.coupling.references import PARTS
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.section import METERS, OUTDOOR_SENSORS, ZONE_SENSORS
from interlock.simulation.coupling.shapes import (
    BEARINGS,
    BlindShape,
    CoolingShape,
    FabricShape,
    FanShape,
    HeatingShape,
    HvacShape,
    LampShape,
    MeterShape,
    OutdoorShape,
    PlantShape,
    ThermostatShape,
    ZoneShape,
)
from interlock.virtual import is_virtual

_THINGS: Mapping[str, type[BaseModel]] = {
    "thermostat": ThermostatShape,
    "hvac": HvacShape,
    "heating": HeatingShape,
    "cooling": CoolingShape,
    "fan": FanShape,
    "blind": BlindShape,
    "lamp": LampShape,
}
_ZONE_NAME = r"^\S.*$"


def plant_schema(site: Site) -> Schema:
    """Return the schema of the section.

    Args:
        site: Has the points that are completed.
    """
    things = {kind: _thing(site, kind) for kind in PARTS}
    zone = _computed(settings_of(ZoneShape)) | _sensors(site, ZONE_SENSORS) | things
    zone |= {"facing": _facing(), "occupied": ANYTHING, "for_each": ANYTHING}
    every = _computed(settings_of(FabricShape)) | {"facing": _facing(), "occupied": ANYTHING}
    own: dict[str, Schema] = settings_of(PlantShape) | {
        "weather": {
            "type": ["string", "null"],
            "description": "synthetic, or the path of an EPW or CSV file",
        },
        "every_zone": _described(
            object_of(FabricShape, every), "what all zones have that do not say otherwise"
        ),
        "zones": {
            "type": ["object", "null"],
            "propertyNames": {"pattern": _ZONE_NAME},
            "additionalProperties": {"anyOf": [object_of(ZoneShape, zone), {"type": "null"}]},
        },
        "outdoor": object_of(OutdoorShape, _sensors(site, OUTDOOR_SENSORS)),
        "meters": object_of(MeterShape, _sensors(site, METERS)),
        "values": {
            "type": ["object", "null"],
            "propertyNames": {
                "enum": [point for point, target in site.targets.items() if not is_virtual(target)]
            },
            "description": "what points begin with",
        },
    }
    return {"type": ["object", "null"], "properties": own, "additionalProperties": False}


def _computed(properties: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: or_computed(each) for name, each in properties.items()}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _facing() -> Schema:
    return {"anyOf": [{"enum": list(BEARINGS)}, {"type": "number", "minimum": 0, "maximum": 360}]}


def _sensors(site: Site, roles: Mapping[str, Role]) -> dict[str, Schema]:
    return {
        key: _described(one_or_many(_points(site, role)), f"what shows {role.needs.what}")
        for key, role in roles.items()
    }


def _thing(site: Site, kind: str) -> Schema:
    model = _THINGS[kind]
    parts = {key: _points(site, role) for key, role in PARTS[kind].items()}
    device: dict[str, Schema] = {"device": words(_devices(site))} if "device" in model.model_fields else {}
    full = object_of(model, settings_of(model) | parts | device)
    alone = words([*_devices(site), *_able(site, next(iter(PARTS[kind].values())))])
    return _described(one_or_many({"anyOf": [alone, full]}), ZoneShape.model_fields[kind].description or "")


def _points(site: Site, role: Role) -> Schema:
    return words([*_able(site, role), *_devices(site)])


def _able(site: Site, role: Role) -> list[str]:
    return [
        point
        for point, target in site.targets.items()
        if not is_virtual(target) and not role.needs.fault(target.capability)
    ]


def _devices(site: Site) -> list[str]:
    return [name for name, device in site.devices.items() if device.connection in site.connections]
