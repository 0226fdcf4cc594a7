"""Thinknx servers: the driver ``thinknx-local`` and a server that speaks their protocol."""

from __future__ import annotations

from collections.abc import Sequence

from interlock import Driver, Simulator, hookimpl
from interlock_thinknx.driver import ThinknxLocal


@hookimpl
def interlock_drivers() -> Sequence[type[Driver]]:
    """Return the drivers for Thinknx servers."""
    return (ThinknxLocal,)


@hookimpl
def interlock_simulators() -> Sequence[type[Simulator]]:
    """Return the Thinknx server that stands in for real equipment; imported only where it is asked for."""
    from interlock_thinknx.simulator import ThinknxSimulator

    return (ThinknxSimulator,)
