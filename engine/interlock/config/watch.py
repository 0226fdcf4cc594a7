"""The section ``watch`` of a site file: points that are read although no rule needs them."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.config.devices import DeviceSection
from interlock.config.names import did_you_mean
from interlock.config.nodes import Node, ScalarNode
from interlock.config.sections import texts_of
from interlock.driver import Target
from interlock.errors import Diagnostic
from interlock.model import Point


def read_watch(section: Node | None, devices: DeviceSection, problems: list[Diagnostic]) -> tuple[Point, ...]:
    """Return the watched points, each once; a device's name alone stands for all that can be read of it,
    but not twice where a controller has two names."""
    points = [
        point for item in texts_of(section, "watch", problems) for point in _points(item, devices, problems)
    ]
    return tuple(dict.fromkeys(points))


def _points(item: ScalarNode, devices: DeviceSection, problems: list[Diagnostic]) -> Iterator[Point]:
    name, dot, controller = str(item.value).partition(".")
    if name not in devices.declared:
        hint = did_you_mean(name, sorted(devices.declared), "devices")
        problems.append(item.mark.diagnostic(f"there is no device '{name}'", hint=hint))
    elif name in devices.sound:
        known = {
            target.capability.controller: target
            for target in devices.targets.values()
            if target.device.name == name
        }
        yield from _chosen(item, known, controller, problems) if dot else _readable(item, known, problems)


def _chosen(
    item: ScalarNode, known: dict[str, Target], controller: str, problems: list[Diagnostic]
) -> Iterator[Point]:
    if controller not in known:
        hint = did_you_mean(controller, known, "controllers")
        device = str(item.value).partition(".")[0]
        problems.append(
            item.mark.diagnostic(f"device '{device}' has no controller '{controller}'", hint=hint)
        )
    elif not known[controller].capability.has_reading:
        problems.append(item.mark.diagnostic(f"{item.value} can only be written: there is nothing to watch"))
    else:
        yield known[controller].point


def _readable(item: ScalarNode, known: dict[str, Target], problems: list[Diagnostic]) -> Iterator[Point]:
    rows = [target for target in known.values() if target.capability.has_reading]
    readable = [target.point for target in rows if target.capability.alias_of not in known]
    if not readable:
        message = f"device '{item.value}' can only be written: there is nothing to watch"
        problems.append(item.mark.diagnostic(message))
    yield from readable
