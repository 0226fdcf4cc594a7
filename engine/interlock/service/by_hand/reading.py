"""Reading points once, by hand."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError, NotSupported
from interlock.history.values import decode_value
from interlock.model import Point, Value
from interlock.runtime.connections.links import close_links, make_links
from interlock.service.accounts.keeping import read_kept
from interlock.service.accounts.point_lines import known_to_service
from interlock.service.control.client import NoService
from interlock.service.control.protocol import PointLine
from interlock.service.loading import journal_of
from interlock.service.onlookers.observing import NoJournal
from interlock.virtual import CONNECTION


async def read_points(
    site: Site, points: Sequence[Point], journal: JournalPlace | None = None
) -> Mapping[Point, Value | DriverError]:
    """Read points once, all connections at the same time; a value or an error for each, in their order.

    Virtual points are asked of the service that runs with the journal, beside the site file if not said, or
    looked up in it.
    """
    batches: defaultdict[str, list[Target]] = defaultdict(list)
    for point in points:
        target = site.targets[point]
        batches[target.device.connection].append(target)
    kept = await _virtual(site, batches.pop(CONNECTION, []), journal)
    links = make_links(
        site.connections, batches, clock=WallClock(), journal=NoJournal(), dice=random.Random()
    )
    try:
        answers = await asyncio.gather(*(links[name].seam.read(batch) for name, batch in batches.items()))
    finally:
        await close_links(links)
    merged = {point: answer for each in (kept, *answers) for point, answer in each.items()}
    return {point: merged[point] for point in points}


async def _virtual(
    site: Site, targets: Sequence[Target], journal: JournalPlace | None
) -> Mapping[Point, Value | DriverError]:
    """Return what virtual points hold in the service that runs, or else what it left in its journal."""
    if not targets:
        return {}
    path = journal or journal_of(site)
    kept = await read_kept(site, targets, path)
    try:
        known = await known_to_service(path)
    except NoService:
        return kept
    lines = {target.point: known.get(target.point) for target in targets}
    return {point: _value(line) if line else kept[point] for point, line in lines.items()}


def _value(line: PointLine) -> Value | DriverError:
    return NotSupported(line.reason) if line.value is None else decode_value(line.value)
