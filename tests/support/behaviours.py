"""Behaviours of real rule sets: rules, what happens when, and what must come of it, read from YAML.

A behaviour names its devices by kind, such as ``lamp: switch``; a kind is a KNX group of some DPT, and
its point is ``lamp.value``. What has a ``type`` is a device of a Thinknx server, or a virtual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML

from interlock import Value, ValueType
from interlock.config.site import Site
from interlock.service.loading import Loaded, load
from interlock.virtual import VirtualDriver
from support.example_house import DEAD, Played, Values, play_site

KINDS = {
    "switch": "1.001",
    "alarm": "1.005",
    "contact": "1.019",
    "percent": "5.001",
    "byte": "5",
    "temperature": "9.001",
    "lux": "9.004",
    "wind": "9.005",
    "humidity": "9.007",
    "ppm": "9.008",
    "number": "14",
    "watts": "14.056",
}
"""The DPT of each kind of device that a behaviour can name."""
VIRTUAL_TYPES = {device_type.name for device_type in VirtualDriver.device_types}
_HEADER: Mapping[str, object] = {
    "site": {
        "name": "Behaviour",
        "timezone": "Europe/Rome",
        "location": {"latitude": 45.464, "longitude": 9.19},
        "holidays": "IT",
    },
    "connections": {
        "bus": {"driver": "knx-raw", "gateway": "192.168.1.10"},
        "house": {"driver": "thinknx-local", "host": "192.168.1.20"},
    },
    "notifiers": {"phone": {"via": "webhook", "url": "http://127.0.0.1/"}},
}
_WORDS: Mapping[str, Value] = {"on": True, "off": False}

Node = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One behaviour as its file has it."""

    name: str
    source: str
    devices: Node
    rules: list[object]
    start: str
    given: Node
    timeline: Mapping[str, Node | str]
    until: str
    expect: list[str]
    site: Node


def read_behaviours(path: Path) -> list[Behaviour]:
    """Return the behaviours in a file."""
    with path.open(encoding="utf-8") as file:
        entries = YAML(typ="safe").load(file)
    optional: Node = {"given": {}, "timeline": {}, "site": {}}
    return [Behaviour(**{**optional, **entry}) for entry in entries]


def play_behaviour(behaviour: Behaviour, directory: Path) -> list[str]:
    """Play a behaviour, with its site file in an empty directory; return what was sent and said.

    What is said twice in one second, as by a rule and its `finally`, counts once.
    """
    return [line for line, _ in groupby(play(behaviour, directory).came)]


def play(behaviour: Behaviour, directory: Path) -> Played:
    """Play a behaviour, with its site file in an empty directory; return all that is known of it."""
    loaded = _load(behaviour, directory)
    kinds = {str(point): target.capability.type for point, target in loaded.site.targets.items()}

    def worded(values: Node) -> Values:
        return {name: _value(kinds.get(name), value) for name, value in values.items()}

    return play_site(
        loaded,
        behaviour.start,
        {
            moment: what if isinstance(what, str) else worded(what)
            for moment, what in behaviour.timeline.items()
        },
        given=worded(behaviour.given),
        until=behaviour.until,
    )


def _value(type_: ValueType | None, value: object) -> Value | None:
    if value is DEAD:
        return DEAD
    assert isinstance(value, bool | int | float | str)
    may_switch = type_ in {ValueType.BOOLEAN, None}
    return _WORDS.get(value, value) if may_switch and isinstance(value, str) else value


def _load(behaviour: Behaviour, directory: Path) -> Loaded:
    devices = {name: _device(number, kind) for number, (name, kind) in enumerate(behaviour.devices.items())}
    text = StringIO()
    YAML().dump({**_HEADER, **behaviour.site, "devices": devices, "rules": behaviour.rules}, text)
    path = directory / "site.yaml"
    path.write_text(text.getvalue(), encoding="utf-8")
    loaded = load(path, environ={})
    return replace(loaded, site=_told_of_changes(loaded.site))


def _device(number: int, kind: object) -> object:
    if isinstance(kind, str):
        address = f"1/{number // 200}/{number % 200 + 1}"
        return {"connection": "bus", "type": "group", "address": address, "dpt": KINDS[kind]}
    assert isinstance(kind, Mapping)
    if kind["type"] in VIRTUAL_TYPES:
        return kind
    return {"connection": "house", "guid": f"1IzPszHWAUuvzxtXBMk{number:03d}", **kind}


def _told_of_changes(site: Site) -> Site:
    told = {name: replace(connection, pushes=True) for name, connection in site.connections.items()}
    return replace(site, connections=MappingProxyType(told))
