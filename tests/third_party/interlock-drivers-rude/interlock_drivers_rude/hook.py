"""Fails when it is asked what it brings."""

from __future__ import annotations

from interlock import Driver, hookimpl


@hookimpl
def interlock_drivers() -> list[type[Driver]]:
    """Fail."""
    raise LookupError("forgot them")
