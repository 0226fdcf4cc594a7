"""KNX: the driver ``knx-raw``, the trigger ``telegram:``, the importer ``ets``, and a simulated bus."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from interlock import Driver, EventKind, Importer, Simulator, hookimpl
from interlock_knx.addresses import parse_group_address
from interlock_knx.driver import KnxRaw


@hookimpl
def interlock_drivers() -> Sequence[type[Driver]]:
    """Return the driver for KNX."""
    return (KnxRaw,)


@hookimpl
def interlock_simulators() -> Sequence[type[Simulator]]:
    """Return the gateway that stands in for real equipment; nothing where the extra knx is not installed."""
    if importlib.util.find_spec("xknx") is None:
        return ()
    from interlock_knx.simulator import KnxSimulator

    return (KnxSimulator,)


@hookimpl
def interlock_event_kinds() -> Sequence[EventKind]:
    """Return the telegram: what somebody sent to a group address, also where the value did not change."""
    return (
        EventKind(
            name="telegram",
            description="a telegram on a KNX bus, by its group address, even of an unchanged value",
            check=parse_group_address,
        ),
    )


@hookimpl
def interlock_importers() -> Sequence[type[Importer]]:
    """Return the importer of ETS projects; imported only where it is asked for."""
    from interlock_knx.ets import EtsImporter

    return (EtsImporter,)
