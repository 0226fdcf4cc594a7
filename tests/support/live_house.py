"""One site at work twice with one timeline: live over real HTTP, and in virtual time on twins.

Live time passes as on the wall, but for what holds up the machine: how late it is decides nothing.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from interlock import ConnectionSettings, Point, Simulator, Target, Value
from interlock.history.journal import MemoryJournal
from interlock.history.records import (
    Claimed,
    Entry,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Step,
)
from interlock.model import Command, Receipt, format_command
from interlock.rules.claims import Claim
from interlock.rules.rule import Decision
from interlock.runtime.engine import Engine
from interlock.service.loading import Loaded, load
from interlock.simulation.house import HAND, House
from interlock.simulation.outside import QuietWorld
from interlock.simulation.virtual_time import run_virtual
from support.patient_loop import PatientClock, PatientLoop

_SEED = 7
_START = datetime(2026, 7, 14, 12, tzinfo=UTC)
_TO_GET_READY = timedelta(seconds=3)


class Scene(ABC):
    """What a timeline acts on: a building, its server, and the service."""

    journal: MemoryJournal

    @abstractmethod
    async def until(self, second: float) -> None:
        """Wait until so many seconds after the start."""

    @abstractmethod
    def hold(self, values: Mapping[str, Value]) -> None:
        """Let devices hold values, as the building or a hand does."""

    @abstractmethod
    def lose(self, device: str) -> None:
        """Let a device be unknown to its server."""

    @abstractmethod
    def find(self, device: str) -> None:
        """Let a device be known again."""

    @abstractmethod
    async def leave(self) -> None:
        """Let the server be away."""

    @abstractmethod
    async def come_back(self) -> None:
        """Let the server answer again."""

    @abstractmethod
    async def command(self, point: str, value: Value) -> None:
        """Command a point as a person does."""

    @abstractmethod
    async def switch_on(self) -> None:
        """Start the service."""

    @abstractmethod
    async def switch_off(self) -> None:
        """Stop the service."""


Happening = Callable[[Scene], Awaitable[None] | None]
Timeline = Sequence[tuple[float, Happening]]
"""What happens so many seconds after the start."""


class VirtualScene(Scene):
    """A house in virtual time."""

    def __init__(self, loaded: Loaded, start: datetime) -> None:
        self.journal = MemoryJournal()
        self.house = House(loaded, start, tells=False, journal=self.journal, seed=_SEED)

    async def until(self, second: float) -> None:
        await self.house.wait_until(self.house.clock.start + timedelta(seconds=second))

    def hold(self, values: Mapping[str, Value]) -> None:
        for point, value in values.items():
            self.house.equipment.set_value(Point(point), value)

    def lose(self, device: str) -> None:
        for point in self._points(device):
            self.house.equipment.lose_point(point)

    def find(self, device: str) -> None:
        for point in self._points(device):
            self.house.equipment.find_point(point)

    def _points(self, device: str) -> Sequence[Point]:
        return [point for point in self.house.equipment.points() if point.device == device]

    async def leave(self) -> None:
        self.house.equipment.lose_connection("house")

    async def come_back(self) -> None:
        self.house.equipment.regain_connection("house")

    async def command(self, point: str, value: Value) -> None:
        await self.house.command({Point(point): value})

    async def switch_on(self) -> None:
        await self.house.switch_on()

    async def switch_off(self) -> None:
        await self.house.switch_off()


class LiveScene(Scene):
    """A protocol server on this machine, and a service that asks it."""

    def __init__(
        self, loaded: Loaded, clock: PatientClock, simulator: Simulator, port: int, fault: str
    ) -> None:
        self.journal = MemoryJournal()
        self._loaded = loaded
        self._simulator = simulator
        self._port = port
        self._fault = fault
        self._clock = clock
        self._stop = asyncio.Event()
        self._engine: Engine | None = None
        self._running: asyncio.Task[None] | None = None

    async def until(self, second: float) -> None:
        left = _START + timedelta(seconds=second) - self._clock.now()
        await asyncio.sleep(max(left.total_seconds(), 0))

    def hold(self, values: Mapping[str, Value]) -> None:
        for point, value in values.items():
            self._simulator.set_value(Point(point), value)

    def lose(self, device: str) -> None:
        self._simulator.add_fault(f"{self._fault}@{device}")

    def find(self, device: str) -> None:
        self._simulator.clear_faults()

    async def leave(self) -> None:
        await self._simulator.stop()

    async def come_back(self) -> None:
        await self._simulator.start("127.0.0.1", self._port)

    async def command(self, point: str, value: Value) -> None:
        assert self._engine
        command = Command(
            id=self._engine.new_id(),
            point=Point(point),
            value=value,
            origin=HAND,
            created_at=self._clock.now(),
        )
        await asyncio.gather(*self._engine.submit([command]))

    async def switch_on(self) -> None:
        await self.journal.open()
        self._stop.clear()
        loaded = self._loaded
        self._engine = Engine(
            loaded.site,
            loaded.rules,
            interlocks=loaded.interlocks,
            clock=self._clock,
            journal=self.journal,
            seed=_SEED,
            outside=QuietWorld(),
        )
        self._running = asyncio.create_task(self._engine.run(self._stop))
        await self._engine.has_begun.wait()

    async def switch_off(self) -> None:
        assert self._running
        self._stop.set()
        await self._running
        self.journal.last_seen = self._clock.now()


@dataclass(frozen=True, slots=True)
class Line:
    """Something that a service decided, did or learnt, and when."""

    second: float
    text: str


@dataclass(frozen=True, slots=True)
class Twice:
    """What the same timeline came to, live and in virtual time; lines by what they are about."""

    live: Mapping[str, Sequence[Line]]
    virtual: Mapping[str, Sequence[Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is played."""

    site: Callable[[int, datetime], str]
    """Returns the site's text for its server's port and the start; the connection is called ``house``."""
    serve: Callable[[ConnectionSettings, Sequence[Target]], Simulator]
    """Makes the protocol server."""
    timeline: Timeline
    given: Mapping[str, Value]
    """What devices hold at the start."""
    fault: str = ""
    """Of the server, by which it does not know a device any more."""


def play_twice(folder: Path, play: Play) -> Twice:
    """Play live, and then in virtual time from the same instant on; the folder is for the site's file."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        loaded, live = runner.run(_play_live(folder, play))

    async def virtual() -> MemoryJournal:
        scene = VirtualScene(loaded, _START)
        await _play(scene, play)
        return scene.journal

    return Twice(_lines(live.entries), _lines(run_virtual(virtual()).entries))


async def _play_live(folder: Path, play: Play) -> tuple[Loaded, MemoryJournal]:
    clock = PatientClock(_START - _TO_GET_READY)
    file = folder / "site.yaml"
    file.write_text(play.site(9, _START), encoding="utf-8")
    draft = load(folder, environ={}).site
    targets = [each for each in draft.targets.values() if each.device.connection == "house"]
    simulator = play.serve(draft.connections["house"].settings, targets)
    simulator.timezone = draft.timezone
    port = urlsplit(await simulator.start("127.0.0.1", 0)).port
    assert port
    file.write_text(play.site(port, _START), encoding="utf-8")
    loaded = load(folder, environ={})
    scene = LiveScene(loaded, clock, simulator, port, play.fault)
    await _play(scene, play)
    await simulator.stop()
    return loaded, scene.journal


async def _play(scene: Scene, play: Play) -> None:
    scene.hold(play.given)
    for second, happening in play.timeline:
        await scene.until(second)
        if (done := happening(scene)) is not None:
            await done


def _lines(entries: Sequence[Entry]) -> Mapping[str, Sequence[Line]]:
    """Return what was decided by each rule, and what became of each point's commands, in their order."""
    found: dict[str, list[Line]] = {}
    rules = {each.id: each.decision.rule.id for each in entries if isinstance(each, Firing)}
    for entry in entries:
        match entry:
            case Firing():
                about, at, text = entry.decision.rule.id, entry.decision.at, _decided(entry.decision)
            case Decision():
                about, at, text = entry.rule.id, entry.at, _decided(entry)
            case Step():
                about, at, text = rules[entry.firing], entry.at, f"{entry.text}: {entry.note}"
            case FiringEnd():
                about, at, text = rules[entry.firing], entry.at, entry.outcome
            case Claimed():
                about, at, text = f"claims on {entry.claim.point}", entry.claim.since, _claimed(entry.claim)
            case LetGo():
                about, at = f"claims on {entry.claim.point}", entry.at
                text = f"{_claimed(entry.claim)} let go: {entry.why}"
            case InterlockTurn():
                about, at, text = entry.interlock, entry.at, entry.reason
            case Receipt():
                about, at = entry.command.point, entry.at
                text = f"{format_command(entry.command)} by {entry.command.origin}: {entry.outcome.value}"
            case _:
                continue
        found.setdefault(about, []).append(Line((at - _START).total_seconds(), text))
    return found


def _claimed(claim: Claim) -> str:
    return f"{claim.value} at {claim.priority} by {claim.owner.kind.value} {claim.owner.name}"


def _decided(decision: Decision) -> str:
    seen = ", ".join(f"{each.point} = {each.value}" for each in decision.seen)
    return f"{decision.verdict.value} by {decision.cause.trigger}: {seen}"
