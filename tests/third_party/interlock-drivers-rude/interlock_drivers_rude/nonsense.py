"""Brings what is no driver."""

from __future__ import annotations

from typing import cast

from interlock import Driver, hookimpl


class NoDriver:
    """Has a name and nothing else."""

    name = "rude-nonsense"


@hookimpl
def interlock_drivers() -> list[type[Driver]]:
    """Return no driver."""
    return cast("list[type[Driver]]", [NoDriver])
