"""Fetching what the devices of several connections remember: one that fails keeps no other from telling."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from interlock.config.site import Site
from interlock.driver import Recorded
from interlock.errors import DriverError, NotSupported
from interlock.model import Point
from interlock.service.by_hand.surveying import HistoryStore, fetch_history, points_with_history


@dataclass(slots=True)
class Fetched:
    """What came of one connection."""

    connection: str
    counts: Counter[Point] = field(default_factory=Counter)
    """How many values came of each point; of those that were named, also none."""
    error: DriverError | None = None
    """Why something did not come; what was told before it is counted all the same."""

    @property
    def total(self) -> int:
        """How many values came."""
        return self.counts.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """A time of a site's past that is fetched.

    Args:
        site: The site.
        wanted: The points; none for all of every connection that keeps a history.
        start: From when on, aware.
        end: Until before when, aware.
    """

    site: Site
    wanted: Sequence[Point]
    start: datetime
    end: datetime
    results: list[Fetched] = field(default_factory=list)
    """One for each connection that was asked, in the site's order."""

    async def run(self, store: HistoryStore) -> AsyncIterator[tuple[Fetched, Recorded]]:
        """Store what the devices remember; yield it, with what has come of its connection so far.

        Raises:
            JournalError: it cannot be written.
        """
        for connection in self.site.connections:
            every = [target.point for target in points_with_history(self.site, connection)]
            chosen = [point for point in every if not self.wanted or point in self.wanted]
            if not chosen:
                continue
            fetched = Fetched(connection, Counter(dict.fromkeys(chosen if self.wanted else (), 0)))
            self.results.append(fetched)
            try:
                async for recorded in fetch_history(self.site, connection, chosen, self.start, self.end):
                    await store.put(recorded)
                    fetched.counts[recorded.point] += 1
                    yield fetched, recorded
            except DriverError as error:
                fetched.error = error

    @property
    def failures(self) -> Sequence[DriverError]:
        """What went wrong; that a connection keeps no history, only where it was named or none keeps any."""
        errors = [each.error for each in self.results if each.error is not None]
        grave = [error for error in errors if self.wanted or not isinstance(error, NotSupported)]
        return errors if len(errors) == len(self.results) else grave
