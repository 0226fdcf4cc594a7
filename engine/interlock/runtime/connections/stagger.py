"""When in its interval each poll comes, so that those of one site, and of many sites, do not come together.

A poll has its own place in its interval, by the clock, and keeps it over restarts. The
connections of one site lie as far apart as they can; where a site begins follows from its name and from the
addresses of its devices, so that two services on one server do not meet even where their files are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.runtime.connections.poll_plan import PollJob
from interlock.runtime.timetable import Job, Timetable

_GOLDEN = 0.6180339887498949
"""Steps of this share of a round never come close to where an earlier one was, however many there are."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SOON = 0.5
"""Of an interval: the second poll is not made so soon after the first, which comes at once."""


def offset_of(site: Site, job: PollJob) -> timedelta:
    """Return at what time of its interval a job is done; the same whenever the site is the same."""
    address = min((each.settings.identity for each in site.devices.values()), default=())
    own = _share(site.name, *address)
    rank = list(site.connections).index(job.connection)
    between = _share(str(job.wanted), job.urgency.word) if job.is_part else _share(str(job.wanted))
    piece, pieces = job.piece
    share = (own + rank * _GOLDEN + between + piece / pieces) % 1.0
    return timedelta(seconds=round(share * job.interval.total_seconds(), 1)) % job.interval


def _share(*words: str) -> float:
    digest = blake2b("\0".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def until_place(offset: timedelta, interval: timedelta, now: datetime) -> timedelta:
    """Return how long it is to a job's place in its interval, and not shorter than half of that."""
    wait = (offset - (now - _EPOCH)) % interval
    return wait if wait >= interval * _SOON else wait + interval


class Ticks:
    """Calls back at once, and then at a place in each interval.

    However often the interval changes, the next call is waited for since the last one.

    Args:
        timetable: Calls.
        clock: Wall or virtual time.
        callback: Is called.
        interval: Between two calls.
        offset: The place; None counts from the first call.
    """

    def __init__(
        self,
        timetable: Timetable,
        clock: Clock,
        callback: Callable[[datetime], None],
        interval: timedelta,
        offset: timedelta | None,
    ) -> None:
        self._timetable = timetable
        self._clock = clock
        self._callback = callback
        self.interval = interval
        self._called_at = clock.monotonic()
        """When it called back last."""
        if offset is None:
            self._jobs = [timetable.add_interval(interval, self._call)]
        else:
            self._jobs = self._at_once_and_at(offset)

    def change(self, interval: timedelta, offset: timedelta | None) -> None:
        """Call at another pace from now on; at once, where that would have come already."""
        self.cancel()
        self.interval = interval
        offset = timedelta() if offset is None else offset
        since = self._clock.monotonic() - self._called_at
        wait = until_place(offset, interval, self._clock.now() - since) - since
        self._jobs = [self._begin(wait)] if wait >= timedelta() else self._at_once_and_at(offset)

    def cancel(self) -> None:
        """Never call again."""
        for job in self._jobs:
            job.cancel()

    def _at_once_and_at(self, offset: timedelta) -> list[Job]:
        wait = until_place(offset, self.interval, self._clock.now())
        return [self._timetable.add_once(timedelta(), self._call), self._begin(wait)]

    def _begin(self, wait: timedelta) -> Job:
        return self._timetable.add_once(wait, lambda _: self._go_on())

    def _go_on(self) -> None:
        self._jobs = [self._timetable.add_interval(self.interval, self._call)]

    def _call(self, due: datetime) -> None:
        self._called_at = self._clock.monotonic()
        self._callback(due)
