"""What virtual points hold, as far as a service left it in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError, JournalError, NotSupported
from interlock.model import Point, Reading, Value
from interlock.runtime.agenda import Agenda
from interlock.runtime.timetable import Timetable
from interlock.runtime.virtual_points import VirtualPoints


async def read_kept(
    site: Site, targets: Sequence[Target], journal: JournalPlace
) -> Mapping[Point, Value | DriverError]:
    """Return what virtual points hold: what is in the journal, or else what they begin with."""
    known = await _known(targets, journal)
    clock = WallClock()
    points = VirtualPoints(
        clock, Timetable(clock), Agenda(clock, lambda due, turned: None), lambda readings: None
    )
    held = points.fit({target.point: target for target in targets}, site.timezone, known)
    values = {reading.point: reading.value for reading in held if reading.value is not None}
    return {target.point: values.get(target.point, _nothing(target)) for target in targets}


def _nothing(target: Target) -> DriverError:
    return NotSupported(f"nobody has set {target.point} yet")


async def _known(targets: Sequence[Target], place: JournalPlace) -> Sequence[Reading]:
    from interlock.history.queries import JournalReader

    try:
        async with JournalReader(place) as journal:
            found = [await journal.last_readings(target.point, limit=1) for target in targets]
    except JournalError:
        return ()
    return [reading for each in found for reading in each if reading.is_usable]
