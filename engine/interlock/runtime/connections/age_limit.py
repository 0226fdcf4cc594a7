"""How old the values of a poll job may grow before they are unknown."""

from __future__ import annotations

from datetime import timedelta

from interlock.clock import Clock
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PollJob


class AgeLimit:
    """How old the values of one poll job may grow.

    As old as the job says: the more rarely it reads, the older. Where it reads more rarely because its server
    is lost, no value is the better for that: once the server has been lost for longer than values could grow
    old before, they can grow no older than that.

    Args:
        job: The poll job.
        link: Its connection.
        clock: Measures.
    """

    def __init__(self, job: PollJob, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._of_job = job.stale_after
        # How often a job that begins while its server is lost read before is not known: as the site wants.
        self._before_loss = job.wanted_stale_after if link.health.is_lost else job.stale_after
        self._all_fresh_until = timedelta()
        """By the time that passes."""

    def change(self, job: PollJob) -> None:
        """Mind another job from now on, with other points."""
        self._of_job = job.stale_after
        self._all_fresh_until = timedelta()

    def hear_all(self) -> None:
        """Take note that every point of the job was heard of now."""
        self._all_fresh_until = self._clock.monotonic() + self._of_job

    def look(self) -> timedelta | None:
        """Return how old a value may be now; None where none can be older, as all were heard of at once."""
        if not self._link.health.is_lost:
            self._before_loss = self._of_job
        now, lost_at = self._clock.monotonic(), self._link.lost_at
        if now <= self._all_fresh_until:
            return None
        is_lost_for_long = lost_at is not None and now - lost_at > self._before_loss
        return min(self._before_loss, self._of_job) if is_lost_for_long else self._of_job
