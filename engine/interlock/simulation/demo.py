"""The demonstration: a hot afternoon in the example flat, with nothing but real parts.

The real driver talks HTTP to the bundled protocol server, the real engine runs the example's rules and
writes a real journal; only the building is simulated, and its time is compressed. The engine itself
runs on the wall clock.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from interlock.clock import HastyClock, WallClock
from interlock.config.site import Connection, Site
from interlock.driver import Simulator
from interlock.errors import PluginError
from interlock.history.journal import Journal
from interlock.history.records import Entry
from interlock.history.sql_journal import SqlJournal
from interlock.model import Point, Value, format_value
from interlock.plugins import Registry
from interlock.runtime.engine import Engine
from interlock.service.loading import Loaded
from interlock.service.onlookers.observing import ObservedJournal
from interlock.service.outer_world import OuterWorld
from interlock.simulation.coupling import Plan, couple_server, plan_of
from interlock.simulation.coupling.place import place_of
from interlock.simulation.plant.outdoors import Weather
from interlock.simulation.plant.synthetic_weather import Climate, SyntheticWeather

TEMPERATURE = Point("living_thermostat.actualtemp")
POWER = Point("living_ac.hvacpower")
MODE = Point("living_ac.hvacmode")
SETPOINT = Point("living_ac.hvacsetpoint")
FAN = Point("living_ac.hvacfan")
SCENE = Point("evening.scenelaunch")

_FALL_K = 1.0
"""How much the room must cool down before the demonstration has shown what it wants to."""
_DAY, _NOON = date(2026, 7, 14), time(12, 30)
"""When it begins, by the flat's time."""
_EVENING = timedelta(hours=6, minutes=30)
"""After so long a story has failed."""
_ROOM_C = 24.5
_HOT = Climate(mean_c=16.0, annual_swing_k=12.0, daily_swing_k=6.0, spell_k=0.0, cloudiness=0.0)
"""A climate without clouds, in which the fourteenth of July has 34 °C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the flat's time passes."""

    hour_s: float
    """Seconds that one of its hours takes."""
    tick_s: float
    """Seconds between two looks of the building at its devices."""
    poll: timedelta

    @property
    def speed(self) -> float:
        """How much faster than ours its time passes."""
        return 3600 / self.hour_s


PACE = Pace(hour_s=26, tick_s=0.25, poll=timedelta(seconds=1))
"""About three quarters of a minute in all."""
FAST_PACE = Pace(hour_s=3, tick_s=0.05, poll=timedelta(seconds=0.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What the clock in the flat shows, and a thermometer before its window."""

    at: datetime
    """By the flat's time."""
    outdoor_c: float


Observer: TypeAlias = Callable[[Entry | Hour], None]
"""Is shown what the journal gets, and the time in the flat each time that the building has moved on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the server itself saw, whatever the service believes."""

    url: str
    requests: int
    launches: int
    """How often the scene was launched."""
    held: Mapping[Point, Value | None]
    """What the air conditioner holds at the end."""
    peak_c: float
    """The highest temperature in the room."""
    last_c: float

    @property
    def missing(self) -> tuple[str, ...]:
        """What the rule should have done and did not; empty where it did its work."""
        power, mode = format_value(self.held[POWER]), format_value(self.held[MODE])
        claims = {
            f"the air conditioner is not on: it holds {power}": self.held[POWER] is True,
            f"the air conditioner is not cooling: it holds {mode}": self.held[MODE] == "cooling",
            f"the scene was launched {self.launches} times instead of once": self.launches == 1,
            f"the room did not cool down: {self.last_c} °C after {self.peak_c} °C": self.has_cooled,
        }
        return tuple(claim for claim, is_met in claims.items() if not is_met)

    @property
    def has_cooled(self) -> bool:
        """Whether the room is clearly colder than it was."""
        return self.last_c <= self.peak_c - _FALL_K


async def play(loaded: Loaded, registry: Registry, directory: Path, pace: Pace, observe: Observer) -> Proof:
    """Play the afternoon; end when the room has cooled down, or when it is evening.

    Args:
        loaded: The example flat.
        registry: Where its simulator is found.
        directory: Takes the journal.
        pace: How fast.
        observe: Is shown everything as it happens.
    """
    async with _server(loaded.site, registry, pace) as (simulator, site, url):
        journal = ObservedJournal(SqlJournal(directory / "interlock.sqlite", WallClock()), observe)
        flat = _Flat(simulator, loaded.site, pace)
        async with _engine(replace(loaded, site=site), journal):
            peak_c = await flat.live(observe)
    return _proof(simulator, url, peak_c)


def plan_of_noon(site: Site) -> Plan:
    """Return the flat's plan, with the room as warm as it is at noon."""
    plan = plan_of(site)
    zones = tuple(replace(zone, fabric=replace(zone.fabric, starts_c=_ROOM_C)) for zone in plan.zones)
    return replace(plan, zones=zones)


def hot_weather(site: Site) -> Weather:
    """Return the weather of the hot afternoon."""
    return SyntheticWeather(place_of(site), climate=_HOT)


def noon(site: Site) -> datetime:
    """Return when the afternoon begins, aware, in UTC."""
    return datetime.combine(_DAY, _NOON, site.timezone).astimezone(UTC)


@asynccontextmanager
async def _server(site: Site, registry: Registry, pace: Pace) -> AsyncIterator[tuple[Simulator, Site, str]]:
    [connection] = site.connections.values()
    simulator = _simulator_for(connection, registry)(connection.settings, list(site.targets.values()))
    url = await simulator.start("127.0.0.1", 0)
    try:
        yield simulator, _pointed_at(site, connection, url, pace), url
    finally:
        await simulator.stop()


def _simulator_for(connection: Connection, registry: Registry) -> type[Simulator]:
    for loaded in registry.simulators.values():
        if connection.driver.name in loaded.simulator.drivers:
            return loaded.simulator
    raise PluginError(f"no installed plugin has a simulator for {connection.driver.name}")


def _pointed_at(site: Site, connection: Connection, url: str, pace: Pace) -> Site:
    """Return the site with its connection going to the URL, and polled so often that one can watch."""
    changes = {"port": urlsplit(url).port, "poll": pace.poll, "stale_after": timedelta(seconds=10)}
    settings = connection.settings.model_copy(update=changes)
    moved = replace(connection, settings=settings)
    return replace(site, connections=MappingProxyType({connection.name: moved}))


@asynccontextmanager
async def _engine(loaded: Loaded, journal: Journal) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        await journal.open()
        stack.push_async_callback(journal.close)
        clock = WallClock()
        outside = OuterWorld(lambda: loaded.site.notifiers, clock=clock, dice=random.Random(0))
        stack.push_async_callback(outside.close)
        engine = Engine(
            loaded.site,
            loaded.rules,
            interlocks=loaded.interlocks,
            clock=clock,
            journal=journal,
            seed=0,
            outside=outside,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(engine.run(stop), name="engine")
            try:
                yield
            finally:
                stop.set()


class _Flat:
    """The flat, whose building lives behind the server."""

    def __init__(self, simulator: Simulator, site: Site, pace: Pace) -> None:
        [connection] = site.connections
        self._simulator = simulator
        self._timezone = site.timezone
        self._pace = pace
        self._clock = HastyClock(WallClock(), pace.speed, noon(site))
        self._end = self._clock.now() + _EVENING
        self._coupling = couple_server(
            simulator, site, connection, self._clock, plan=plan_of_noon(site), weather=hot_weather(site)
        )

    async def live(self, observe: Observer) -> float:
        """Let the afternoon pass; return the highest temperature that the thermostat showed."""
        peak_c = _number(self._simulator, TEMPERATURE)
        while self._clock.now() < self._end:
            await asyncio.sleep(self._pace.tick_s)
            self._coupling.attend()
            building = self._coupling.building
            observe(
                Hour(at=building.now.astimezone(self._timezone), outdoor_c=building.outdoors.temperature_c)
            )
            shown_c = _number(self._simulator, TEMPERATURE)
            peak_c = max(peak_c, shown_c)
            if shown_c <= peak_c - _FALL_K:
                break
        return peak_c


def _number(simulator: Simulator, point: Point) -> float:
    return float(str(simulator.value(point)))


def _proof(simulator: Simulator, url: str, peak_c: float) -> Proof:
    return Proof(
        url=url,
        requests=len(simulator.requests),
        launches=len(simulator.commands(SCENE)),
        held={point: simulator.value(point) for point in (POWER, MODE, SETPOINT, FAN)},
        peak_c=peak_c,
        last_c=_number(simulator, TEMPERATURE),
    )
