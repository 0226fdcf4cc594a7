"""From points to a get of thermostats, and from its items to an answer for each point. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from interlock import (
    Device,
    DriverError,
    Point,
    ProtocolFault,
    Target,
    UnknownDevice,
    Value,
    ValueType,
    format_value,
)
from interlock_founten.attributes import CALIBRATION
from interlock_founten.controllers import attribute_of
from interlock_founten.replies import Item, Values
from interlock_founten.settings import (
    FountenSettings,
    GroupSettings,
    ThermostatSettings,
    Unit,
)
from interlock_founten.values import decode
from interlock_founten.wire import Call, Pair

FORMAT = "temperatureFormat"
STATUS_DISPLAY = "statusDisplay"
"""Not in the manual; live sites have it."""
_UNREACHABLE = "unreachable"
_SELECTING = (ThermostatSettings, GroupSettings)
_FORMAT_TAG, _DISPLAY_TAG = FORMAT.lower(), STATUS_DISPLAY.lower()


def criterion(device: Device) -> Pair:
    """Return the attribute and the value by which a device's thermostats are selected."""
    match device.settings:
        case ThermostatSettings(name=str(name)):
            return "name", name
        case ThermostatSettings(serialNo=str(serial)):
            return "serialNo", serial
        case GroupSettings() as group:
            return group.criterion
        case _:
            raise UnknownDevice(f"device {device.name} names no thermostat")


def describe(device: Device) -> str:
    """Return a device as a message names it."""
    name, value = criterion(device)
    return f"device {device.name} ({name} '{value}')"


def spelling(target: Target, settings: FountenSettings) -> str:
    """Return the attribute behind a target as this site spells it."""
    name = target.capability.controller
    return settings.calibration if name in CALIBRATION else name


def unit_of(device: Device, settings: FountenSettings) -> Unit | None:
    """Return the unit in which the site file thinks of a device."""
    own = device.settings.unit if isinstance(device.settings, _SELECTING) else None
    return own or settings.unit


def get_call(targets: Sequence[Target], settings: FountenSettings) -> Call:
    """Return the one get that answers all these points: of one device, or else of every thermostat."""
    devices = list({target.device.name: target.device for target in targets}.values())
    keys = [criterion(device)[0] for device in devices]
    wanted = [spelling(target, settings) for target in targets]
    is_converted = any(needs_format(target, settings) for target in targets)
    extra = [FORMAT] * is_converted + [STATUS_DISPLAY] * settings.status_display
    return Call(
        request="get",
        object="Thermostat",
        selection=(criterion(devices[0]),) if len(devices) == 1 else (),
        attributes=distinct(["name", *keys, *wanted, *extra]),
    )


def look_call(device: Device, attributes: Iterable[str], settings: FountenSettings) -> Call:
    """Return the get of what must be known of a device's thermostats before anything else is asked."""
    known = ["name", "serialNo", criterion(device)[0], FORMAT, *attributes]
    extra = [STATUS_DISPLAY] * settings.status_display
    return Call(
        request="get",
        object="Thermostat",
        selection=(criterion(device),),
        attributes=distinct([*known, *extra]),
    )


def look_at_all(devices: Iterable[Device]) -> Call:
    """Return the get of every thermostat, with what tells these devices' thermostats from the others."""
    keys = [criterion(device)[0] for device in devices]
    return Call(request="get", object="Thermostat", attributes=distinct(["name", "serialNo", *keys, FORMAT]))


def distinct(names: Iterable[str]) -> Sequence[str]:
    """Return names once each, in the order of their first places; case does not count."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name.lower(), name)
    return tuple(kept.values())


def needs_format(target: Target, settings: FountenSettings) -> bool:
    """Whether a target's values are converted, so that the thermostat's format must be known."""
    attribute = attribute_of(target)
    return bool(attribute and attribute.scale and unit_of(target.device, settings))


class Census:
    """The thermostats of a reply, found by what selects them. Every letter and blank counts."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._found: dict[str, Mapping[str, Sequence[Values]]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def members(self, device: Device) -> Sequence[Values]:
        """Return the thermostats that a device stands for.

        Raises:
            UnknownDevice: there is none, or a name stands for several.
        """
        name, value = criterion(device)
        members = self._by(name.lower()).get(value, ())
        if not members:
            raise UnknownDevice(f"{describe(device)} is unknown to the site")
        if len(members) > 1 and isinstance(device.settings, ThermostatSettings):
            hint = ": name it by its serialNo" if name == "name" else ", and a serialNo belongs to one"
            raise UnknownDevice(f"{describe(device)} stands for {len(members)} thermostats{hint}")
        return members

    def _by(self, name: str) -> Mapping[str, Sequence[Values]]:
        if name not in self._found:
            found: defaultdict[str, list[Values]] = defaultdict(list)
            for item in self._items:
                found[item.values.get(name, "")].append(item.values)
            self._found[name] = found
        return self._found[name]


def read_points(
    targets: Sequence[Target], census: Census, settings: FountenSettings
) -> Mapping[Point, Value | DriverError]:
    """Return a value or an error for each point."""
    answers: dict[Point, Value | DriverError] = {}
    for _, run in groupby(targets, lambda target: target.device.name):
        own = list(run)
        try:
            members = census.members(own[0].device)
        except DriverError as error:
            answers |= dict.fromkeys((target.point for target in own), error)
        else:
            answers |= {target.point: _answer(target, members, settings) for target in own}
    return answers


def _answer(target: Target, members: Sequence[Values], settings: FountenSettings) -> Value | DriverError:
    try:
        return read_point(target, members, settings)
    except DriverError as error:
        return error


def read_point(target: Target, members: Sequence[Values], settings: FountenSettings) -> Value:
    """Return the value that a point's thermostats have in common.

    Raises:
        ProtocolFault: they have none, differ, or are not reached by their site.
    """
    first, *others = members
    common = read_member(target, first, settings)
    for member in others:
        value = read_member(target, member, settings)
        if value != common:
            raise ProtocolFault(
                f"{target.point} has no value in common: '{name_of(first)}' has {format_value(common)}, "
                f"'{name_of(member)}' has {format_value(value)}"
            )
    return common


def read_member(target: Target, member: Values, settings: FountenSettings) -> Value:
    """Return the value of one thermostat.

    Raises:
        ProtocolFault: it has none, or its site does not reach it.
    """
    refuse_unreachable(member)
    unit = unit_of(target.device, settings)
    attribute = attribute_of(target)
    try:
        value = decode(attribute, text_of(target, member), unit, member.get(_FORMAT_TAG, ""))
    except ProtocolFault as error:
        raise ProtocolFault(f"{target.point} of thermostat '{name_of(member)}': {error.message}") from None
    if value is None and _is_empty_text(target, member):
        return ""
    if value is None:
        raise ProtocolFault(f"{target.point} has no value: thermostat '{name_of(member)}' leaves it empty")
    return value


def _is_empty_text(target: Target, member: Values) -> bool:
    """Whether a thermostat answers with an empty text: in no group, say.

    A user-defined attribute that is empty may as well be one that the site does not know.
    """
    attribute = attribute_of(target)
    is_text = attribute is not None and attribute.type is ValueType.TEXT
    return is_text and target.capability.controller.lower() in member


def refuse_unreachable(member: Values) -> None:
    """Raise ProtocolFault where a site says that it does not reach a thermostat: its values are frozen."""
    if member.get(_DISPLAY_TAG, "").strip().lower() == _UNREACHABLE:
        raise ProtocolFault(
            f"thermostat '{name_of(member)}' is not reached by its site: its values are frozen"
        )


def text_of(target: Target, member: Values) -> str:
    """Return what a thermostat answers for a target's attribute; empty where it answers nothing."""
    for tag in _tags(target.capability.controller):
        if text := member.get(tag):
            return text
    return ""


@lru_cache(maxsize=1024)
def _tags(controller: str) -> Sequence[str]:
    """Return the elements that may hold a controller's value."""
    return tuple(each.lower() for each in (CALIBRATION if controller in CALIBRATION else (controller,)))


def name_of(member: Values) -> str:
    """Return what a message calls a thermostat."""
    return member.get("name") or member.get("serialno", "")
