"""The Interlock driver ``lamp``: lamps that keep their state in files."""

from __future__ import annotations

from interlock import Driver, hookimpl
from interlock_driver_lamp.driver import LampDriver


@hookimpl
def interlock_drivers() -> list[type[Driver]]:
    """Return the driver classes of this plugin."""
    return [LampDriver]
