"""The house in which a record of the past is played: its rules decide, its devices show what was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from interlock.errors import Unreachable
from interlock.history.records import Entry
from interlock.model import Command, Origin, OriginKind, Point, Quality, Reading
from interlock.rules.claims import Claim
from interlock.service.loading import Loaded
from interlock.simulation.coupling import Plan
from interlock.simulation.house import House
from interlock.simulation.replay.behind import Behind
from interlock.simulation.replay.moments import (
    Beginning,
    Begun,
    ByHand,
    Ended,
    Held,
    Kept,
    Lost,
    Moment,
    Regained,
    Released,
    Shown,
    Switched,
)
from interlock.simulation.replay.recorded_equipment import RecordedEquipment
from interlock.simulation.replay.warm_start import entries_of, windows_of, without_first_rises
from interlock.simulation.streamed_journal import StreamedJournal
from interlock.simulation.virtual_time import EARLIER
from interlock.virtual import is_virtual

_RECORD = Origin(OriginKind.OPERATOR, "the record")
"""Who sets what has gone astray before a replay counts."""


class Stage:
    """A house that is made to live through the past again.

    Args:
        loaded: The site, with the rules that are tried.
        beginning: What was known at the start.
        start: When that was, UTC.
        warm_until: Until then everything is as it was, whatever the replay would have made of it.
        plan: The building whose zones have their temperatures of it from then on; None for none.
        obeys: Whether devices do what the replay commands; otherwise they show what was recorded.
        tell: Is shown every entry of the journal.
    """

    def __init__(
        self,
        loaded: Loaded,
        beginning: Beginning,
        start: datetime,
        warm_until: datetime,
        *,
        plan: Plan | None = None,
        obeys: bool,
        tell: Callable[[Entry], None],
    ) -> None:
        self._loaded = loaded
        self._beginning = beginning
        self._warm_until = warm_until
        self._plan = plan
        self._building: Behind | None = None
        self._obeys = obeys
        self._tell = tell
        self._is_begun = False
        real = [each for each in loaded.site.targets.values() if not is_virtual(each)]
        through = {each.name: each.through for each in loaded.site.connections.values()}
        self.equipment = RecordedEquipment(real, through, obeys=obeys)
        self._journal = StreamedJournal(self._pass_on, windows_of(loaded))
        self.house = House(
            loaded if beginning.is_first else without_first_rises(loaded),
            start,
            tells=True,
            journal=self._journal,
            equipment=self.equipment,
            dry_run=not obeys,
        )

    def _pass_on(self, entry: Entry) -> None:
        if self._is_begun:
            self._tell(entry)

    async def begin(self) -> None:
        """Begin with what was known, where a service ran then."""
        self._journal.record(*entries_of(self._beginning, self._loaded))
        self._is_begun = True
        if self._beginning.is_on:
            await self._begin(self._beginning.shown)
            self._lose(self._beginning.away)

    async def _begin(self, shown: Sequence[Reading] = ()) -> None:
        self.equipment.show(shown)
        await self.house.switch_on()
        # At once, and not when the last point of a connection was read as well.
        now = self.house.clock.now()
        self._deliver([_as_of(now, each) for each in shown])

    async def come(self, at: datetime, moments: Sequence[Moment]) -> None:
        """Live through one instant."""
        if self._plan is not None and self._building is None and at >= self._warm_until:
            await self._wait_until(self._warm_until)
            self._building = Behind(self._plan, self.house, self.equipment)
        await self._wait_until(at)
        shown: list[Shown] = []
        for moment in moments:
            if isinstance(moment, Shown):
                if not self._is_of_building(moment):
                    shown.append(moment)
                continue
            self._show(shown)
            if isinstance(moment, Begun | Ended):
                await self._turn(moment)
            else:
                self._do(moment)
        self._show(shown)

    def _is_of_building(self, shown: Shown) -> bool:
        """Whether a point shows what the building makes of it now, and not what was recorded."""
        return self._building is not None and shown.reading.point in self._building.points

    async def _wait_until(self, at: datetime) -> None:
        """Wait as `House.wait_until` does, and looks at no engine: a record has millions of instants."""
        loop = asyncio.get_running_loop()
        due_s = (at - EARLIER - self.house.clock.start).total_seconds()
        if due_s > loop.time():
            is_due: asyncio.Future[None] = loop.create_future()
            loop.call_at(due_s, is_due.set_result, None)
            await is_due

    async def _turn(self, moment: Begun | Ended) -> None:
        if isinstance(moment, Begun) and not self.house.is_on:
            self.equipment.begin_anew()
            await self._begin(moment.shown)
        elif isinstance(moment, Ended) and self.house.is_on:
            await self.house.wait_until(moment.at)
            await self.house.cut_power()

    async def end(self, at: datetime) -> None:
        """Live on until an instant, and leave it there."""
        await self.house.wait_until(at)
        if self.house.is_on:
            await self.house.cut_power()
        if self._building is not None:
            self._building.close()

    def _show(self, shown: list[Shown]) -> None:
        """Let devices show what was recorded of them in one moment."""
        if not shown:
            return
        confirmed = [each for each in shown if each.is_echo and self._obeys and each.at >= self._warm_until]
        told = [each.reading for each in shown if each not in confirmed]
        if told:
            self._deliver(self.equipment.show(told))
        for each in confirmed:
            self.equipment.confirm(each.reading)
        shown.clear()

    def _deliver(self, readings: Sequence[Reading]) -> None:
        if readings and self.house.is_on:
            self.house.engine.deliver(list(readings))

    def _do(self, moment: Moment) -> None:
        match moment:
            case Lost():
                self._lose([moment])
            case Regained(_, connection):
                self.equipment.regain_connection(connection)
            case Kept(_, reading):
                self._restore(reading)
            case ByHand(_, command):
                self._command(command)
            case Held(at, claim) if not self._is_noticed(claim):
                self._command(_command_for(claim, at))
            case Released(_, claim, why) if self.house.is_on and not self._is_noticed(claim):
                self.house.engine.arbiter.let_go(claim.owner, [claim.point], why)
            case Switched(_, switch):
                self._switch(switch.rule, is_on=switch.is_on, by=switch.by)

    def _is_noticed(self, claim: Claim) -> bool:
        """Whether the replay notices a hand by itself, because what devices show depends on it."""
        return self._obeys and claim.owner.kind is OriginKind.HAND

    def _lose(self, lost: Sequence[Lost]) -> None:
        for each in lost:
            if each.connection in self._loaded.site.connections:
                self.equipment.lose_connection(each.connection, Unreachable(each.why))

    def _command(self, command: Command) -> None:
        if self.house.is_on:
            engine = self.house.engine
            engine.submit([replace(command, id=engine.new_id())])
        elif self._is_virtual(command.point) and command.value is not None:
            # The service that begins next finds it in the journal, as it did then.
            left = Reading(point=command.point, value=command.value, observed_at=command.created_at)
            self._journal.record(left)

    def _restore(self, kept: Reading) -> None:
        """Let a point of the site's own hold what it held, where it does not."""
        point, value = kept.point, kept.value
        is_writable = self._loaded.site.targets[point].capability.writable
        if self.house.is_on and is_writable and self.house.engine.state.values.get(point) != value:
            self._command(
                Command(id="", point=point, value=value, origin=_RECORD, created_at=kept.observed_at)
            )

    def _is_virtual(self, point: Point) -> bool:
        return is_virtual(self._loaded.site.targets[point])

    def _switch(self, rule: str, *, is_on: bool, by: str) -> None:
        if self.house.is_on and any(each.id == rule for each in self._loaded.rules):
            self.house.engine.runner.switch(rule, is_on=is_on, by=by)


def _as_of(now: datetime, reading: Reading) -> Reading:
    """Return a reading as a poll would bring it now, where it is good."""
    return replace(reading, observed_at=now) if reading.quality is Quality.GOOD else reading


def _command_for(claim: Claim, at: datetime) -> Command:
    return Command(
        id="",
        point=claim.point,
        value=claim.value,
        origin=claim.owner,
        created_at=at,
        priority=claim.priority,
        holds=True,
        until=claim.until,
    )
