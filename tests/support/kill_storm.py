"""A house whose service is killed again and again: real processes, a real journal, virtual time.

Each life of the service is a process of its own, forked from this one, on the same SQLite journal. It is
killed by SIGKILL after some turns of its event loop, wherever it is then, also in the thread that writes to
the disk. What reached the devices before is known by a pipe, which outlives the dead.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import random
import signal
import struct
import sys
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from interlock import Point, Value, Write
from interlock.history.sql_journal import SqlJournal
from interlock.service.loading import Loaded, load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import VirtualClock, VirtualLoop

P = ParamSpec("P")
T = TypeVar("T")

START = datetime(2026, 7, 14, 10, tzinfo=UTC)
HOUR_S = 3600.0
_NEVER = sys.maxsize
_DOWN_S = 2.0
"""How long the service is down after each kill, by the house's clock."""
_STEP_S = 10.0

SITE = """
site: {name: Storm, timezone: UTC}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 10s}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
  window: {connection: house, type: light, guid: 3LaRubKYCWwxzvZDOmbYS}
  fan: {connection: house, type: light, guid: 4MbSvcLZDXxyawAEPncZT, default: {power: off}}
  movement: {connection: house, type: light, guid: 5NcTwdMAEYyzbxBFQodAU}
  lamp: {connection: house, type: light, guid: 6OdUxeNBFZzacyCGRpeBV}
  evening: {connection: house, type: scene, guid: 8QfWzgPDHBbceaEITrgDX}
  bell: {connection: house, type: button, guid: 7PeVyfOCGAabdzDHSqfCW}
  hot_spells: {type: counter}
rules:
  - id: hold
    triggers: [{becomes: thermostat.actualtemp > 26, for: 5m}]
    actions:
      - launch: evening
      - set: {ac.hvacmode: cooling}
      - increment: hot_spells
  - id: kept
    while: window.power
    keep: {fan.power: on}
    priority: 12
  - id: delayed
    triggers: [{becomes: movement.power}]
    actions:
      - set: {lamp.power: on}
      - delay: 4m
      - set: {lamp.power: off}
  - id: bell
    triggers: [{every: 15m}]
    actions: [{press: bell}]
"""
TEMPERATURE, WINDOW, MOVEMENT = (
    Point("thermostat.actualtemp"),
    Point("window.power"),
    Point("movement.power"),
)
MODE, FAN, LAMP = Point("ac.hvacmode"), Point("fan.power"), Point("lamp.power")
SCENE, BELL, SPELLS = Point("evening.scenelaunch"), Point("bell.trigger"), Point("hot_spells.value")
FIRST: Mapping[Point, Value] = {MODE: "auto", FAN: False, LAMP: False}


def world_at(passed_s: float) -> Mapping[Point, Value]:
    """Return what the world does by itself: the same each hour."""
    minute = passed_s % HOUR_S / 60
    return {
        TEMPERATURE: 27.0 if 10 <= minute < 40 else 24.0,
        WINDOW: 20 <= minute < 50,
        MOVEMENT: 5 <= minute < 6,
    }


@dataclass
class Storm:
    """What happened so far, over all lives."""

    folder: Path
    loaded: Loaded
    passed_s: float = 0.0
    """By the house's clock."""
    held: dict[Point, Value] = field(default_factory=lambda: dict(FIRST))
    """What devices hold that only commands change."""
    writes: list[tuple[float, Point, Value | None]] = field(default_factory=list)
    """Every command that reached a device, and when."""
    kills: list[float] = field(default_factory=list)

    @classmethod
    def over(cls, folder: Path) -> Storm:
        """Return a storm that has not begun."""
        (folder / "site.yaml").write_text(SITE, encoding="utf-8")
        return cls(folder, load(folder, environ={}))

    @property
    def journal(self) -> Path:
        """The journal of all lives."""
        return self.folder / "interlock.sqlite"

    def live(self, until_s: float, turns: int = _NEVER) -> bool:
        """Let the service live up to an instant, or until it is killed; return whether it was killed."""
        told, telling = os.pipe()
        clock = mmap.mmap(-1, 8)
        child = os.fork()
        if child == 0:
            os.close(told)
            _be_the_service(self, until_s, turns, telling, clock)
        os.close(telling)
        with os.fdopen(told, encoding="utf-8") as lines:
            self._take(lines.read())
        _, status = os.waitpid(child, 0)
        (self.passed_s,) = struct.unpack("d", clock[:8])
        was_killed = os.WIFSIGNALED(status)
        assert was_killed or os.WEXITSTATUS(status) == 0, "the service failed by itself"
        if was_killed:
            self.kills.append(self.passed_s)
            self.passed_s += _DOWN_S
        return was_killed

    def _take(self, lines: str) -> None:
        for line in lines.splitlines():
            at, name, value = json.loads(line)
            point = Point(name)
            self.writes.append((at, point, value))
            if point in self.held:
                self.held[point] = value

    def after(self, instant: datetime) -> float:
        """Return how long after its beginning an instant was, in seconds."""
        return (instant - START).total_seconds()

    def times_of(self, point: Point) -> list[float]:
        """Return when commands reached a point, in seconds."""
        return [at for at, told, _ in self.writes if told == point]


def _be_the_service(storm: Storm, until_s: float, turns: int, telling: int, clock: mmap.mmap) -> None:
    """Be one life of the service, in a process of its own, which ends here."""
    try:
        with asyncio.Runner(loop_factory=lambda: MortalLoop(turns)) as runner:
            runner.run(_life(storm, until_s, telling, clock))
    except BaseException:  # noqa: BLE001 - the end of a process
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


async def _life(storm: Storm, until_s: float, telling: int, clock: mmap.mmap) -> None:
    began_s = storm.passed_s
    start = START + timedelta(seconds=began_s)
    house = House(
        storm.loaded,
        start,
        tells=False,
        journal=StillJournal(storm.journal, VirtualClock(start, asyncio.get_running_loop())),
    )
    loop = asyncio.get_running_loop()

    def note(write: Write) -> None:
        line = json.dumps([began_s + loop.time(), write.target.point, write.value])
        os.write(telling, line.encode() + b"\n")

    house.equipment.watch(note)
    for point, value in (storm.held | world_at(began_s)).items():
        house.equipment.set_value(point, value)
    clock[:8] = struct.pack("d", began_s)
    await house.switch_on()
    passed_s = began_s
    while passed_s < until_s:
        passed_s = min((passed_s // _STEP_S + 1) * _STEP_S, until_s)
        await house.wait_until(START + timedelta(seconds=passed_s))
        clock[:8] = struct.pack("d", passed_s)
        for point, value in world_at(passed_s).items():
            house.equipment.set_value(point, value)
    await house.switch_off()


class MortalLoop(VirtualLoop):
    """Kills its process after so many turns."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self._left = turns

    def _run_once(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super()._run_once()  # type: ignore[misc]


class StillJournal(SqlJournal):
    """A journal on a real disk, for which virtual time stands still."""

    async def open(self) -> None:
        await _still(super().open)

    async def commit(self) -> bool:
        return await _still(super().commit)

    async def close(self) -> None:
        await _still(super().close)

    async def _write(self) -> None:
        await _still(super()._write)

    async def _ask(
        self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await _still(super()._ask, read, *args, **kwargs)


async def _still(work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    with loop.standing_still():
        return await work(*args, **kwargs)


def storm_of(folder: Path, *, kills: int, seed: int, most_turns: int) -> Storm:
    """Let a house live through so many kills, and quietly through the hour after the last."""
    dice, storm = random.Random(seed), Storm.over(folder)
    while len(storm.kills) < kills:
        storm.live(storm.passed_s + 24 * HOUR_S, dice.randint(1, most_turns))
    storm.live((storm.passed_s // HOUR_S + 2) * HOUR_S)
    return storm


def within(times: Sequence[float], begin: float, end: float) -> Collection[float]:
    """Return the times from an instant until before another."""
    return [at for at in times if begin <= at < end]
