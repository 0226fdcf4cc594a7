"""Those who look on while a service works: who counts what it does, and who tells others of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from interlock.clock import Clock
from interlock.history.journal import Journal
from interlock.history.records import Entry
from interlock.model import Point, Reading
from interlock.runtime.engine import Engine
from interlock.service.hooks.gate import HookGate
from interlock.service.onlookers.counts import Counts, LoopLags
from interlock.service.onlookers.feed import EventFeed
from interlock.service.onlookers.observing import ObservedJournal

_BEAT = timedelta(seconds=5)
"""How often it is measured how late the control loop is."""


class Onlookers:
    """What an HTTP API tells of a service besides what is so now.

    Args:
        journal: The service's.
        clock: Wall or virtual time.
        engine: Gives the engine, which may not be there yet.
    """

    def __init__(self, journal: Journal, clock: Clock, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self.journal = ObservedJournal(journal, self._see)
        """The service's, for the engine to write."""
        self.feed = EventFeed(clock, last=self._last, rule_of=self._rule_of)
        self.counts = Counts(self._connection_of)
        self.lags = LoopLags(clock, _BEAT)
        self.hooks = HookGate(clock, lambda: engine().site.service.webhooks)

    def begin(self) -> None:
        """Let the engine's control loop give signs of life."""
        self._engine().beat(_BEAT, self.lags.beat)

    def close(self) -> None:
        """Let those who listen know that the service ends."""
        self.feed.close()

    def _see(self, entry: Entry) -> None:
        self.counts.take(entry)
        self.feed.tell(entry)

    def _last(self, point: Point) -> Reading | None:
        return self._engine().state.reading(point)

    def _rule_of(self, firing: str) -> str:
        run = self._engine().runner.running(firing)
        return run.rule.id if run else ""

    def _connection_of(self, point: Point) -> str:
        target = self._engine().site.targets.get(point)
        return target.device.connection if target else ""
