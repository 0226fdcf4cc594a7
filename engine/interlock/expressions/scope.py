"""What the names in an expression can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Never

from interlock.capabilities import Capability, nearest
from interlock.driver import DeviceSettings, Target
from interlock.expressions.functions import BUILT_IN, Function, Needs, table
from interlock.expressions.problems import Finding, did_you_mean
from interlock.expressions.types import ANY, INSTANT, TEXT, Type, type_of_capability
from interlock.model import Point
from interlock.virtual import is_schedule

TRIGGER: Mapping[str, Mapping[str, Type]] = MappingProxyType(
    {
        "trigger": MappingProxyType(
            {
                "point": TEXT,
                "device": TEXT,
                "value": ANY,
                "was": ANY,
                "id": TEXT,
                "at": INSTANT,
                "origin": TEXT,
                "rule": TEXT,
                "data": ANY,
            },
        )
    }
)
"""The further name that a rule's condition and actions have: what set it off."""
SUN = "sun"
"""The name whose fields tell where the sun stands."""
DATA = "data"
"""Among a further name's fields, the one that has fields of its own, of any name."""


VARIABLES = "variables"
"""Among a view's names, the one whose fields are the variables."""
_NONE: Mapping[str, Never] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scope:
    """The points, further names and functions that expressions of one site may use."""

    targets: Mapping[Point, Target]
    declared_devices: frozenset[str] = frozenset()
    """Devices that the site names, also those with faults of their own: they are reported elsewhere."""
    names: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    """Further names with their fields, such as `TRIGGER`; the view has to bring their values."""
    variables: Mapping[str, Type] = field(default_factory=dict)
    """Further names that have a value of their own; the view has to bring it."""
    functions: Mapping[str, Function] = field(default_factory=lambda: table(BUILT_IN))
    constants: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    """Names that stand for the same value always, unless a variable has the same name."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Devices under a common name."""
    rules: frozenset[str] = frozenset()
    """The ids of the site's rules."""
    has: frozenset[Needs] = frozenset()
    """What the site says, of what some functions need."""
    compiled: dict[tuple[str, bool], object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What the compiler made of each text: equal texts are compiled once."""
    alike: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What it made first of those that differ in their points alone."""
    _devices: dict[str, dict[str, Target]] = field(default_factory=dict, repr=False, compare=False)
    """Made once and shared by the scopes that extend this one."""
    _types: dict[int, Type] = field(default_factory=dict, repr=False, compare=False)
    """Of the capabilities that were asked for, by their identities: devices of a type have the same ones."""

    def __post_init__(self) -> None:
        if self._devices:
            return
        for target in self.targets.values():
            self._devices.setdefault(target.device.name, {})[target.capability.controller] = target

    def extended(
        self,
        names: Mapping[str, Mapping[str, Type]] = _NONE,
        variables: Mapping[str, Type] = _NONE,
        constants: Mapping[str, bool | int | float | str] = _NONE,
    ) -> Scope:
        """Return a scope that has further names, and further variables, which hide what has their names."""
        return replace(
            self,
            names={**self.names, **names},
            variables={**self.variables, **variables},
            constants={**self.constants, **constants},
        )

    def has_device(self, name: str) -> bool:
        """Return whether the site declares a device, or a group of them, of this name."""
        return name in self._devices or name in self.declared_devices or name in self.groups

    def controllers(self, device: str) -> tuple[str, ...]:
        """Return what a device has, in its order; nothing for a device that is faulty itself."""
        return tuple(self._devices.get(device, ()))

    def known_names(self) -> Iterator[str]:
        """Return every name that an expression can begin with."""
        yield from self._devices
        yield from self.declared_devices
        yield from self.groups
        yield from self.names
        yield from self.variables
        yield from self.constants

    def schedule(self, name: str) -> Point | None:
        """Return the point of a schedule, which its bare name stands for; None where it names none."""
        targets = self._devices.get(name, {})
        return next((each.point for each in targets.values() if is_schedule(each)), None)

    def members(self, group: str, controller: str) -> tuple[str, ...] | Finding:
        """Return the devices of a group that have a controller, or why none has."""
        found = tuple(each for each in self.groups[group] if controller in self._devices.get(each, ()))
        if found or not self.groups[group]:
            return found
        known = dict.fromkeys(name for each in self.groups[group] for name in self._devices.get(each, ()))
        if not controller:
            points = ", ".join(f"{group}.{name}" for name in known)
            return Finding(f"'{group}' is a group: name one of its points", f"it has {points}")
        hint = did_you_mean(nearest(controller, known)) or f"they have {', '.join(known)}"
        return Finding(f"no device of the group '{group}' has a controller '{controller}'", hint)

    def resolve(self, device: str, controller: str) -> Type | Finding:
        """Return the type of a point that can be read, or what is wrong with its name."""
        if device in self.groups:
            return _not_aggregated(device, controller)
        if device not in self._devices:
            return ANY if device in self.declared_devices else self._no_device(device)
        target = self._devices[device].get(controller)
        if target is None:
            return self._no_controller(device, controller)
        if not target.capability.has_reading:
            return self._not_readable(device, controller)
        return self._type_of(target.capability)

    def _type_of(self, capability: Capability) -> Type:
        key = id(capability)
        if key not in self._types:
            self._types[key] = type_of_capability(capability)
        return self._types[key]

    def _no_device(self, name: str) -> Finding:
        meant = nearest(name, self.known_names())
        return Finding(f"there is no device '{name}'", did_you_mean(meant))

    def _no_controller(self, device: str, controller: str) -> Finding:
        known = self._devices[device]
        declared = next(iter(known.values())).device
        hint = (
            _setting_for(controller, declared.settings)
            or did_you_mean(nearest(controller, known))
            or f"it has {', '.join(known)}"
        )
        return Finding(f"device '{device}' ({declared.type}) has no controller '{controller}'", hint)

    def _not_readable(self, device: str, controller: str) -> Finding:
        readable = [name for name, target in self._devices[device].items() if target.capability.has_reading]
        hint = f"what can be read of it: {', '.join(readable)}" if readable else ""
        return Finding(f"{device}.{controller} can only be written, it has no value to read", hint)


def _not_aggregated(group: str, controller: str) -> Finding:
    point = f"{group}.{controller}"
    hint = f"say of which: any({point} …), all({point} …), avg({point}), max({point})"
    return Finding(f"{point} is several points, because '{group}' is a group", hint)


def _setting_for(controller: str, settings: DeviceSettings) -> str:
    """Return which setting gives a device a controller, by its own description; empty for none."""
    for name, declared in type(settings).model_fields.items():
        description = declared.description or ""
        is_own = name not in DeviceSettings.model_fields
        if is_own and re.search(rf"\b{re.escape(controller)}\b", description):
            return f"its setting '{name}' is {description}"
    return ""
