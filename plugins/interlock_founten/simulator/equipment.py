"""The thermostats of a simulated site as the site file names them: devices and points."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

from interlock import (
    Answer,
    Capability,
    Clock,
    Device,
    DriverError,
    InvalidValue,
    Point,
    RejectedValue,
    Target,
    Value,
    ValueType,
    Write,
    nearest,
)
from interlock_founten.settings import GroupSettings, ThermostatSettings
from interlock_founten.simulator.point_values import held_name, to_point, to_thermostat, typed
from interlock_founten.simulator.taking import taken
from interlock_founten.simulator.thermostat import Site, Thermostat

Taken: TypeAlias = Answer | DriverError
"""What becomes of a command."""
_SERIAL = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


_UNCHANGING = ("name", "serialNo")
"""What a thermostat cannot be told to have otherwise."""


def serial_number(name: str) -> str:
    """Return a serial number such as ``8A3-U1UW``, always the same for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    text = "".join(_SERIAL[byte % len(_SERIAL)] for byte in digest[:7])
    return f"{text[:3]}-{text[3:]}"


class Equipment:
    """Every device of one site file on one Founten site.

    A thermostat is made for each name and serial number; a group that has no member gets one of its own.
    """

    def __init__(self, targets: Sequence[Target], site: Site, clock: Clock) -> None:
        self._site = site
        self.clock = clock
        """What the thermostats live by."""
        self._capabilities = {target.point: target.capability for target in targets}
        self._seen: dict[str, tuple[Thermostat, int, Value | None]] = {}
        """What points held when they were asked last, which is much oftener than they change."""
        self._single: dict[str, Sequence[Thermostat]] = {}
        self._devices = {target.device.name: target.device for target in targets}
        for device in self._devices.values():
            self._install(device)
        for device in self._devices.values():
            self._fill(device)

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
        """Return what a point holds now, for a group its first member; LookupError as `capability`."""
        capability = self.capability(point)
        self._site.advance(self.clock.now())
        thermostat = self._members(point)[0]
        if capability.fields:
            return None
        if capability.type is ValueType.LIST:
            day = capability.controller.partition("_")[2]
            return tuple(str(entry) for entry in thermostat.schedule.entries() if entry.day == day)
        seen = self._seen.get(point)
        if seen is None or seen[:2] != (thermostat, thermostat.changes):
            seen = self._seen[point] = (thermostat, thermostat.changes, to_point(capability, thermostat))
        return seen[2]

    def hold(self, point: str, value: Value) -> None:
        """Make a point hold a value at once, for a group each member.

        Raises:
            InvalidValue: the point cannot hold it, or it is about the schedule.
            LookupError: no such point.
        """
        capability = self.capability(point)
        if capability.fields or capability.type is ValueType.LIST:
            raise InvalidValue(f"{capability.controller} is changed by clients alone")
        now = self.clock.now()
        self._site.advance(now)
        for thermostat in self._members(point):
            text = to_thermostat(capability, thermostat, value)
            try:
                thermostat.hold(held_name(capability), text, now)
            except ValueError as error:
                raise InvalidValue(str(error)) from None

    def take(self, write: Write) -> Taken:
        """Do a command for each thermostat that it concerns, as its client would have it done.

        Raises:
            LookupError: no such point.
        """
        capability, now = self.capability(write.target.point), self.clock.now()
        self._site.advance(now)
        members = self._members(write.target.point)
        try:
            done = [taken(capability, write, thermostat, now) for thermostat in members]
        except InvalidValue as error:
            return RejectedValue(str(error))
        return Answer() if any(done) else RejectedValue(f"{write.target.point} takes no such value")

    def told(self, point: str) -> Sequence[Value | None]:
        """Return what clients set at a point, oldest first; LookupError as `capability`."""
        capability = self.capability(point)
        thermostat, name = self._members(point)[0], held_name(capability)
        return [typed(capability, thermostat, text) for told, text in thermostat.told if told == name]

    def thermostat(self, device: str) -> Thermostat:
        """Return the thermostat behind a device of the site file, for a group its first member.

        Raises:
            LookupError: no such device.
        """
        if device not in self._devices:
            raise LookupError(f"the simulator has no device '{device}'")
        return self._members(Point.of(device, "name"))[0]

    def _members(self, point: str) -> Sequence[Thermostat]:
        device = Point(point).device
        if device in self._single:
            return self._single[device]
        name, value = _criterion(self._devices[device])
        members = [each for each in self._site.thermostats if each.value(name) == value]
        if members and name in _UNCHANGING:
            self._single[device] = members
        return members

    def _install(self, device: Device) -> None:
        name, value = _criterion(device)
        if isinstance(device.settings, GroupSettings) or self._members(Point.of(device.name, name)):
            return
        is_named = name == "name"
        self._add(value if is_named else device.name, serial_number(value) if is_named else value)

    def _fill(self, device: Device) -> None:
        name, value = _criterion(device)
        if self._members(Point.of(device.name, name)):
            return
        self._add(device.name, serial_number(device.name)).hold(name, value, self.clock.now())

    def _add(self, name: str, serial_no: str) -> Thermostat:
        thermostat = Thermostat(name, serial_no, self.clock.now())
        self._site.thermostats.append(thermostat)
        return thermostat


def _criterion(device: Device) -> tuple[str, str]:
    """Return the attribute by which a device is chosen, and its value."""
    match device.settings:
        case GroupSettings(criterion=criterion):
            return criterion
        case ThermostatSettings(name=str(name)):
            return "name", name
        case ThermostatSettings(serialNo=str(serial_no)):
            return "serialNo", serial_no
        case _:
            raise TypeError(f"device {device.name} is no thermostat")
