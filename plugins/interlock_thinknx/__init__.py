"""Thinknx servers: the drivers ``thinknx-local`` and ``thinknx-cloud``, and a server for both."""

from __future__ import annotations

from collections.abc import Sequence

from interlock import Driver, Simulator, hookimpl
from interlock_thinknx.driver import ThinknxCloud, ThinknxLocal


@hookimpl
def interlock_drivers() -> Sequence[type[Driver]]:
    """Return the drivers for Thinknx servers."""
    return (ThinknxLocal, ThinknxCloud)


@hookimpl
def interlock_simulators() -> Sequence[type[Simulator]]:
    """Return the Thinknx server that stands in for real equipment; imported only where it is asked for."""
    from interlock_thinknx.simulator import ThinknxSimulator

    return (ThinknxSimulator,)
