"""KNX: the driver ``knx-raw``, the trigger ``telegram:`` and the importer ``ets``."""

from __future__ import annotations

from collections.abc import Sequence

from interlock import Driver, EventKind, Importer, hookimpl
from interlock_knx.addresses import parse_group_address
from interlock_knx.driver import KnxRaw


@hookimpl
def interlock_drivers() -> Sequence[type[Driver]]:
    """Return the driver for KNX."""
    return (KnxRaw,)


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
