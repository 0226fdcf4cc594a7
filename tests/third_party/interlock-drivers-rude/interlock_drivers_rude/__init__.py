"""Drivers that can be loaded, and misbehave at work."""

from __future__ import annotations

from interlock import Driver, hookimpl
from interlock_drivers_rude.drivers import Blocking, Exiting, Hanging, Lying, Raising, Refusing


@hookimpl
def interlock_drivers() -> list[type[Driver]]:
    """Return the driver classes of this plugin."""
    return [Blocking, Exiting, Hanging, Lying, Raising, Refusing]
