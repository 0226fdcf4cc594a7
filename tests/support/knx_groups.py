"""Groups of a KNX bus as targets, for tests that drive the KNX plugin without a site file."""

from __future__ import annotations

from collections.abc import Mapping

from interlock import Device, Point, Target
from interlock_knx.driver import GROUP, KnxRaw
from interlock_knx.settings import GroupSettings, KnxSettings

BY_GATEWAY = KnxSettings(gateway="127.0.0.1")
BY_THINKNX = KnxSettings(through="house")


def group(name: str, address: str, dpt: str, *, over: KnxSettings = BY_GATEWAY, **rest: object) -> Target:
    """Return the one point of a group, with the capability that it has over a connection."""
    fields: Mapping[str, object] = {"address": address, "dpt": dpt, **rest}
    settings = GroupSettings.model_validate(fields)
    [capability] = KnxRaw.capabilities(GROUP, settings, over)
    device = Device(name=name, connection="bus", type="group", settings=settings)
    return Target(point=Point.of(name, "value"), device=device, capability=capability)
