"""The devices of a simulated Thinknx server, found by their names in a site file or as requests name them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from interlock import Capability, Device, Point, Target, Value, nearest
from interlock_thinknx.controllers import DEVICE_TYPES, capabilities_of
from interlock_thinknx.settings import AnalogSettings, BlindSettings, DimmerSettings, ThinknxDeviceSettings
from interlock_thinknx.simulator.devices import (
    Pace,
    SimulatedBlind,
    SimulatedDevice,
    SimulatedDimmer,
    SimulatedScene,
)

_KINDS: Mapping[str, type[SimulatedDevice]] = MappingProxyType(
    {"dimmer": SimulatedDimmer, "blind": SimulatedBlind, "scene": SimulatedScene}
)
ACTING = frozenset(_KINDS)
"""The types of devices that do more than to hold what they are told."""
_TYPES = {device_type.name: device_type for device_type in DEVICE_TYPES}


class Equipment:
    """Every device of one server. Devices of a site file with the same type and GUID are one device here."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.pace = Pace()
        self.server = SimulatedDevice("server", self.pace, 0)
        """The server itself; it is there whether the site file names it or not."""
        self._devices: dict[tuple[str, str], SimulatedDevice] = {}
        self._by_name: dict[str, SimulatedDevice] = {}
        self._by_light: dict[int, SimulatedDevice] = {}
        self._capabilities: dict[Point, Capability] = {}
        for device in {target.device.name: target.device for target in targets}.values():
            self._install(device)

    def points(self) -> Sequence[Point]:
        """Return every point of every device."""
        return tuple(self._capabilities)

    def capability(self, point: str) -> Capability:
        """Return what a point can hold.

        Raises:
            LookupError: no such point; the message has the nearest name.
        """
        try:
            return self._capabilities[Point(point)]
        except KeyError:
            meant = nearest(point, self._capabilities)
            hint = f"; did you mean '{meant}'?" if meant else ""
            raise LookupError(f"the simulator has no point '{point}'{hint}") from None

    def value(self, point: str) -> Value | None:
        """Return what a point holds now; LookupError as `capability`."""
        controller = self.capability(point).controller
        return self._by_name[Point(point).device].value(controller)

    def hold(self, point: str, value: Value) -> None:
        """Make a point hold a value at once.

        Raises:
            InvalidValue: the point cannot hold it.
            LookupError: no such point.
        """
        capability = self.capability(point)
        checked = capability.check(value)
        if checked is not None:
            self._by_name[Point(point).device].hold(capability.controller, checked)

    def told(self, point: str) -> Sequence[Value | None]:
        """Return what a point's device took up at it, oldest first; LookupError as `capability`."""
        controller = self.capability(point).controller
        return [value for name, value in self._by_name[Point(point).device].told if name == controller]

    def device(self, name: str) -> SimulatedDevice:
        """Return the device of a name in the site file, which there must be."""
        return self._by_name[name]

    def device_names(self) -> Sequence[str]:
        """Return the devices' names in the site file."""
        return tuple(self._by_name)

    def guids(self) -> Sequence[str]:
        """Return every GUID."""
        return tuple(guid for _, guid in self._devices)

    def with_guid(self, guid: str) -> Sequence[SimulatedDevice]:
        """Return the devices of a GUID: several where the site file gives it several types."""
        return [device for (_, known), device in self._devices.items() if known == guid]

    def with_light_index(self, index: int) -> SimulatedDevice | None:
        """Return the light of an index, or None."""
        return self._by_light.get(index)

    def _install(self, device: Device) -> None:
        simulated = self._simulated(device)
        simulated.names.add(device.name)
        self._by_name[device.name] = simulated
        if isinstance(device.settings, BlindSettings):
            simulated.inverted = device.settings.inverted
        if isinstance(device.settings, AnalogSettings):
            simulated.hold("value", _nearest_to_zero(device.settings))
        light = device.settings.light if isinstance(device.settings, DimmerSettings) else None
        if light is not None:
            self._by_light[light] = simulated
        for capability in capabilities_of(_TYPES[device.type], device.settings):
            self._capabilities[Point.of(device.name, capability.controller)] = capability

    def _simulated(self, device: Device) -> SimulatedDevice:
        if not isinstance(device.settings, ThinknxDeviceSettings):
            return self.server
        guid = device.settings.guid
        if (device.type, guid) not in self._devices:
            self._devices[device.type, guid] = self._new_device(device.type)
            self._devices[device.type, guid].names.add(guid)
        return self._devices[device.type, guid]

    def _new_device(self, device_type: str) -> SimulatedDevice:
        used = sum(len(device.controllers) for device in self._devices.values())
        return _KINDS.get(device_type, SimulatedDevice)(device_type, self.pace, used + 1)


def _nearest_to_zero(settings: AnalogSettings) -> float:
    low, high = settings.min, settings.max
    return max(low if low is not None else -math.inf, min(0.0, high if high is not None else math.inf))
