"""The hooks that a plugin can implement. Hooks register; the objects they return do the work.

A plugin is a module (or object) named by an entry point of the group ``interlock``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from interlock.driver import Driver, Simulator
    from interlock.expressions.functions import Function
    from interlock.importer import Importer
    from interlock.notifier import Notifier

PROJECT = "interlock"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of a hook of the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """A kind of event that a plugin's drivers raise; its name becomes a trigger: ``telegram: 1/2/3``."""

    name: str
    description: str
    check: Callable[[str], str]
    """Return what a trigger names in its canonical spelling, or raise ValueError with a sentence."""


@hookspec
def interlock_drivers() -> Sequence[type[Driver]]:  # type: ignore[empty-body]
    """Return the driver classes of this plugin."""


@hookspec
def interlock_simulators() -> Sequence[type[Simulator]]:  # type: ignore[empty-body]
    """Return the protocol servers of this plugin, which stand in for real equipment."""


@hookspec
def interlock_event_kinds() -> Sequence[EventKind]:  # type: ignore[empty-body]
    """Return the kinds of events that the drivers of this plugin raise and rules can be triggered by."""


@hookspec
def interlock_functions() -> Sequence[Function]:  # type: ignore[empty-body]
    """Return the functions of this plugin that expressions can call, and use as filters."""


@hookspec
def interlock_importers() -> Sequence[type[Importer]]:  # type: ignore[empty-body]
    """Return the classes of this plugin that read the projects of other tools."""


@hookspec
def interlock_notifiers() -> Sequence[type[Notifier]]:  # type: ignore[empty-body]
    """Return the classes of this plugin that carry messages to people."""
