"""Reading points once, by hand."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError
from interlock.model import Point, Value
from interlock.runtime.seam import Seam


async def read_points(site: Site, points: Sequence[Point]) -> Mapping[Point, Value | DriverError]:
    """Read points once, all connections at the same time; a value or an error for each, in their order."""
    batches: defaultdict[str, list[Target]] = defaultdict(list)
    for point in points:
        target = site.targets[point]
        batches[target.device.connection].append(target)
    answers = await asyncio.gather(*(_read(site, name, batch) for name, batch in batches.items()))
    merged = {point: answer for each in answers for point, answer in each.items()}
    return {point: merged[point] for point in points}


async def _read(site: Site, connection: str, batch: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
    seam = Seam(site.connections[connection])
    try:
        return await seam.read(batch)
    finally:
        await seam.close()
