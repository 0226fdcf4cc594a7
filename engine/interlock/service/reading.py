"""Reading points once, by hand."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError
from interlock.model import Point, Value
from interlock.runtime.connections.links import close_links, make_links
from interlock.service.keeping import read_kept
from interlock.service.observing import NoJournal
from interlock.virtual import CONNECTION


async def read_points(site: Site, points: Sequence[Point]) -> Mapping[Point, Value | DriverError]:
    """Read points once, all connections at the same time; a value or an error for each, in their order."""
    batches: defaultdict[str, list[Target]] = defaultdict(list)
    for point in points:
        target = site.targets[point]
        batches[target.device.connection].append(target)
    kept = await read_kept(site, batches.pop(CONNECTION, []))
    links = make_links(
        site.connections, batches, clock=WallClock(), journal=NoJournal(), dice=random.Random()
    )
    try:
        answers = await asyncio.gather(*(links[name].seam.read(batch) for name, batch in batches.items()))
    finally:
        await close_links(links)
    merged = {point: answer for each in (kept, *answers) for point, answer in each.items()}
    return {point: merged[point] for point in points}
