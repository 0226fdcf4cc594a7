"""Targets of a Thinknx server, as a site file would make them."""

from __future__ import annotations

from interlock import Device, Point, Target
from interlock_thinknx.controllers import DEVICE_TYPES, capabilities_of

GUID = "1IzPszHWAUuvzxtXBMrkzWQ"
"""The one that the manual prints."""


def thinknx_target(point: str, type_: str, **settings: object) -> Target:
    """Return the target of a point written ``device.controller``; its guid is the manual's by default."""
    device_type = next(known for known in DEVICE_TYPES if known.name == type_)
    address = {} if type_ == "server" else {"guid": GUID}
    parsed = device_type.settings.model_validate({**address, **settings})
    name = Point(point)
    device = Device(name=name.device, connection="house", type=type_, settings=parsed)
    capabilities = {row.controller: row for row in capabilities_of(device_type, parsed)}
    return Target(point=name, device=device, capability=capabilities[name.controller])
