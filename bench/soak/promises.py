"""What must hold at every moment of the year's soak, and a journal on the disk that shows it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from house import MIN_OFF, MIN_ON, POLL, STALE_AFTER
from rows import Tally

from interlock.clock import Clock
from interlock.config.journal_section import JournalSettings
from interlock.driver import Write
from interlock.expressions.view import Sample
from interlock.history.records import Entry, Firing, Past
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Point, Reading, Receipt, Value
from interlock.rules.memory import TriggerMemory
from interlock.simulation.equipment import Equipment

_SLACK = timedelta(seconds=2)
_OUTCOME_WITHIN = timedelta(hours=1)
"""A command may be deferred by a guard for twenty minutes, and wait for a server that is slow."""
_BLIND = ("alarm-", "extra-", "shadow-", "pump-")
"""The rules that do not go by what a sensor shows."""
_MOST_TOLD = 20


class Promises:
    """Looks at every command that reaches a device, and at every entry of the journal."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.counts: Counter[str] = Counter()
        self.open: dict[str, timedelta] = {}
        """Since when commands have been without an outcome, by their ids."""
        self.dead_since: Mapping[int, timedelta] = {}
        self._clock: Clock | None = None
        self._equipment: Equipment | None = None
        self._turned: dict[Point, timedelta] = {}
        """When guarded points were last switched, by the loop's time."""

    def attach(self, clock: Clock, equipment: Equipment, dead_since: Mapping[int, timedelta]) -> None:
        """Look at a house from now on."""
        self._clock, self._equipment, self.dead_since = clock, equipment, dead_since
        equipment.watch(self._see_write)

    @property
    def now(self) -> timedelta:
        """The loop's time."""
        assert self._clock
        return self._clock.monotonic()

    def complain(self, what: str) -> None:
        """Note a promise that was broken."""
        self.counts["broken"] += 1
        if len(self.broken) < _MOST_TOLD:
            self.broken.append(f"{self.now}: {what}")

    def _see_write(self, write: Write) -> None:
        assert self._equipment
        self.counts["writes"] += 1
        point, device = write.target.point, write.target.device.name
        before = self._equipment.value(point)
        if device.startswith(("heat", "cool")) and write.value is True:
            self._judge_interlock(device, self._equipment)
        if device.startswith("pump") and write.value != before:
            self._judge_guard(point, before)

    def _judge_interlock(self, device: str, equipment: Equipment) -> None:
        other = {"heat": "cool", "cool": "heat"}[device[:4]] + device[4:]
        if equipment.value(Point(f"{other}.power")) is True:
            self.complain(f"{device} was switched on while {other} was on")

    def _judge_guard(self, point: Point, before: Value | None) -> None:
        least = MIN_ON if before is True else MIN_OFF
        last, self._turned[point] = self._turned.get(point), self.now
        if last is not None and self.now - last < least - _SLACK:
            self.complain(f"{point} was switched after {self.now - last}, and not {least}")

    def see(self, entries: Sequence[Entry]) -> None:
        """Look at what the engine records."""
        for entry in entries:
            if isinstance(entry, Firing):
                self._see_firing(entry)
            elif isinstance(entry, Command):
                self.open[entry.id] = self.now
            elif isinstance(entry, Receipt):
                self.counts[entry.outcome.value] += 1
                self.open.pop(entry.command.id, None)

    def _see_firing(self, firing: Firing) -> None:
        rule, truth = firing.decision.rule.id, firing.decision.truth
        self.counts[f"fired {rule.partition('-')[0]}" if truth is not False else "not so"] += 1
        ends = firing.decision.reason.startswith("until:")
        if rule.startswith(_BLIND) or truth is not True or ends:
            return
        # That a window is open ends it, whatever the sensor says.
        dead_since = self.dead_since.get(int(rule.partition("-")[2]))
        if dead_since is not None and self.now - dead_since > STALE_AFTER + 2 * POLL:
            reason = firing.decision.reason
            self.complain(f"{rule} fired on a sensor that is dead since {dead_since}: {reason}")

    def begin_run(self) -> None:
        """Learn that the service starts: what was open when it was cut off is closed by the journal."""
        self.open.clear()

    def judge_open(self) -> None:
        """Complain about commands that are without an outcome for too long."""
        for each, since in tuple(self.open.items()):
            if self.now - since > _OUTCOME_WITHIN:
                self.complain(f"command {each} of {since} has no outcome")
                del self.open[each]


class DiskJournal:
    """The service's journal on a real disk, for which virtual time stands still on a `StillLoop`."""

    def __init__(self, path: Path, settings: JournalSettings, promises: Promises, tally: Tally) -> None:
        self._path = path
        self._settings = settings
        self._promises = promises
        self._tally = tally
        self._inner: SqlJournal | None = None
        self.clock: Clock | None = None
        """The house's, which is made after its journal."""
        self._recordings = 0

    @property
    def run_number(self) -> int:
        """Counts the runs, from 1."""
        return self._inner.run_number if self._inner else 0

    @property
    def last_seen(self) -> datetime | None:
        """When the service was last alive before this run."""
        return self._inner.last_seen if self._inner else None

    @property
    def is_late(self) -> bool:
        """Whether this run began without it."""
        return self._journal.is_late

    async def past(self) -> None:
        """Wait until it can be read."""
        await self._journal.past()

    async def open(self) -> None:
        """Begin a run."""
        assert self.clock
        journal = SqlJournal(self._path, self.clock, settings=self._settings)
        await journal.open()
        self._tally.begin_run(len(self._promises.open), journal.last_seen)
        self._promises.begin_run()
        self._inner = journal

    def record(self, *entries: Entry) -> None:
        """Take entries."""
        self._promises.see(entries)
        self._tally.see(entries)
        self._journal.record(*entries)
        self._recordings += 1

    @property
    def _journal(self) -> SqlJournal:
        assert self._inner
        return self._inner

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        """Take what is as it was."""
        known = tuple(readings)
        self._tally.repeat(known, age)
        self._journal.repeat(known, age)
        self._recordings += 1

    async def commit(self) -> bool:
        """Wait until all is written that was recorded before."""
        return await self._journal.commit()

    async def settle(self) -> bool:
        """Wait until all is written, also what is recorded meanwhile; False where it cannot be."""
        recordings, is_written = -1, True
        while is_written and recordings != self._recordings:
            recordings = self._recordings
            is_written = await self.commit()
        return is_written

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered."""
        return await self._journal.load_memory()

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return what was last known of points."""
        return await self._journal.load_known(points)

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last commands of points."""
        return await self._journal.load_commands(points)

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were."""
        return await self._journal.load_samples(since)

    async def load_past(self, since: datetime) -> Past:
        """Return what else a start needs."""
        return await self._journal.load_past(since)

    async def close(self) -> None:
        """End the run."""
        if self._inner:
            await self._inner.close()
