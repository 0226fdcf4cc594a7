"""What a running service knows of points: told as lines, and asked for by others."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.errors import DriverError
from interlock.history.values import encode_value
from interlock.model import Point
from interlock.runtime.engine import Engine
from interlock.service.accounts.keeping import read_kept
from interlock.service.control.client import NoService, ask
from interlock.service.control.protocol import ListPoints, PointLine, Points
from interlock.virtual import is_virtual

_AT_ONCE = 1000
"""Lines of one answer: more would not fit into it."""


def point_lines(engine: Engine, question: ListPoints) -> tuple[PointLine, ...]:
    """Return what an engine knows of the points that were asked for, in the site's order."""
    state, skip = engine.state, question.skip
    wanted = (point for point in engine.site.targets if question.with_unheard or state.reading(point))
    return tuple(
        point_line(engine, point) for point in islice(wanted, skip, skip + min(question.most, _AT_ONCE))
    )


def point_line(engine: Engine, point: Point) -> PointLine:
    """Return what an engine knows of a point."""
    reading = engine.state.reading(point)
    value = reading.value if reading else None
    return PointLine(
        point=point,
        value=None if value is None else encode_value(value),
        reason=reading.reason if reading else "",
        changed_at=engine.state.changed_at(point),
    )


async def known_to_service(journal: JournalPlace) -> Mapping[str, PointLine]:
    """Return what the service that runs with a journal knows, by point.

    Raises:
        NoService: none runs.
        ControlError: it does not answer.
    """
    found: dict[str, PointLine] = {}
    while True:
        told = (await ask(journal, ListPoints(skip=len(found)), Points)).points
        found |= {line.point: line for line in told}
        if len(told) < _AT_ONCE:
            return found


async def known_of(site: Site, journal: JournalPlace) -> Mapping[str, PointLine]:
    """Return what a running service knows; without one what virtual points held last."""
    try:
        return await known_to_service(journal)
    except NoService:
        kept = await read_kept(site, [each for each in site.targets.values() if is_virtual(each)], journal)
    return {
        point: PointLine(point=point, value=None, reason=held.message)
        if isinstance(held, DriverError)
        else PointLine(point=point, value=encode_value(held))
        for point, held in kept.items()
    }
