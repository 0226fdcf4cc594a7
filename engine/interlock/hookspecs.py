"""The hooks that a plugin can implement. Hooks register; the objects they return do the work.

A plugin is a module (or object) named by an entry point of the group ``interlock``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from interlock.driver import Driver, Simulator

PROJECT = "interlock"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of a hook of the same name."""


@hookspec
def interlock_drivers() -> Sequence[type[Driver]]:  # type: ignore[empty-body]
    """Return the driver classes of this plugin."""


@hookspec
def interlock_simulators() -> Sequence[type[Simulator]]:  # type: ignore[empty-body]
    """Return the protocol servers of this plugin, which stand in for real equipment."""
