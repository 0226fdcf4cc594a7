"""Plugins that are not installed: entry points as pip would have written them."""

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, EntryPoint
from os import PathLike
from types import ModuleType
from typing import NoReturn

import pytest

from interlock import Driver, Simulator, hookimpl
from interlock.plugins import LoadedDriver, PluginSource, Registry
from support.fake_driver import FakeDriver


class FakeDistribution(Distribution):
    """A distribution with entry points of the group ``interlock``."""

    def __init__(self, name: str, version: str, plugins: Mapping[str, str]) -> None:
        lines = "".join(f"{plugin} = {module}\n" for plugin, module in plugins.items())
        self._files = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "entry_points.txt": f"[interlock]\n{lines}",
        }

    def read_text(self, filename: str) -> str | None:
        return self._files.get(filename)

    def locate_file(self, path: str | PathLike[str]) -> NoReturn:
        raise NotImplementedError


def entry_points_of(*, name: str = "shop", version: str = "1.2", **plugins: str) -> Sequence[EntryPoint]:
    """Return the entry points of a distribution whose plugins are named by keyword."""
    return tuple(FakeDistribution(name, version, plugins).entry_points)


class PluginModules:
    """Makes modules that entry points can name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def add(self, name: str, **members: object) -> str:
        """Add a module with these members; return its name."""
        module = ModuleType(name)
        for member, value in members.items():
            setattr(module, member, value)
        self._monkeypatch.setitem(sys.modules, name, module)
        return name

    def with_drivers(self, name: str, *drivers: object) -> str:
        """Add a plugin that brings drivers."""

        @hookimpl
        def interlock_drivers() -> Sequence[object]:
            return drivers

        return self.add(name, interlock_drivers=interlock_drivers)

    def with_event_kinds(self, name: str, *kinds: object) -> str:
        """Add a plugin that brings kinds of events."""

        @hookimpl
        def interlock_event_kinds() -> Sequence[object]:
            return kinds

        return self.add(name, interlock_event_kinds=interlock_event_kinds)

    def with_simulators(self, name: str, *simulators: type[Simulator]) -> str:
        """Add a plugin that brings simulators."""

        @hookimpl
        def interlock_simulators() -> Sequence[type[Simulator]]:
            return simulators

        return self.add(name, interlock_simulators=interlock_simulators)


def driver_named(name: str, **members: object) -> type[Driver]:
    """Return a sound driver class of a name, changed in some members."""
    return type("NamedDriver", (FakeDriver,), {"name": name, **members})


def registry_of(*drivers: type[Driver]) -> Registry:
    """Return a registry with these drivers; `FakeDriver` where none is given."""
    source = PluginSource("fake", "fakes", "1.0")
    return Registry({each.name: LoadedDriver(each, source) for each in drivers or (FakeDriver,)}, {})
