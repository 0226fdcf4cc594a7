"""Founten thermostats: the driver ``founten``, and a site that speaks their protocol."""

from __future__ import annotations

from collections.abc import Sequence

from interlock import Driver, Simulator, hookimpl
from interlock_founten.driver import Founten


@hookimpl
def interlock_drivers() -> Sequence[type[Driver]]:
    """Return the driver for Founten sites."""
    return (Founten,)


@hookimpl
def interlock_simulators() -> Sequence[type[Simulator]]:
    """Return the Founten site that stands in for real equipment; imported only where it is asked for."""
    from interlock_founten.simulator import FountenSimulator

    return (FountenSimulator,)
