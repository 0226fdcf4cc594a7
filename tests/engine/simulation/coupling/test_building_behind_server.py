"""A building behind a protocol server: real driver, real HTTP, and the same building as in virtual time."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from interlock.clock import HastyClock, WallClock
from interlock.config.site import Site
from interlock.driver import Simulator
from interlock.history.journal import MemoryJournal
from interlock.model import Point, Value
from interlock.plugins import load_plugins
from interlock.protocol_server import Request
from interlock.runtime.engine import Engine
from interlock.service.loading import Loaded, load
from interlock.service.outer_world import OuterWorld
from interlock.simulation.coupling import couple, couple_server, keep_alive
from interlock.simulation.demo import hot_weather, noon, plan_of_noon
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual
from support.flat import copy_flat
from support.planned_site import write_site

ROOM = Point("living_thermostat.actualtemp")
TOLD = (Point("living_ac.hvacpower"), Point("living_ac.hvacmode"), Point("evening.scenelaunch"))
AFTERNOON = timedelta(minutes=110)
STEP = timedelta(minutes=2)


@dataclass(slots=True)
class Story:
    """What an afternoon came to."""

    temperatures: list[float] = field(default_factory=list)
    commands: list[tuple[Point, Value | None]] = field(default_factory=list)


@dataclass(slots=True)
class StepClock:
    """Goes on when it is told to."""

    at: datetime

    def now(self) -> datetime:
        """Return where it is."""
        return self.at

    def monotonic(self) -> timedelta:
        """Return how far it came."""
        return self.at - datetime(2026, 1, 1, tzinfo=UTC)


def shelf_number(value: Value | None) -> float:
    assert isinstance(value, float)
    return value


def flat(folder: Path) -> Loaded:
    """Return the flat with the rule that cools, polled every two minutes."""
    site = copy_flat(folder)
    (site.parent / "rules" / "light.yaml").unlink()
    return load(site, environ={})


def virtually(loaded: Loaded) -> Story:
    story = Story()

    async def main() -> None:
        start = noon(loaded.site)
        house = House(_polled(loaded, STEP), start, tells=False)
        house.equipment.watch(lambda write: story.commands.append((write.target.point, write.value)))
        coupling = couple(house, plan_of_noon(loaded.site), weather=hot_weather(loaded.site))
        await house.switch_on()
        while house.clock.now() < start + AFTERNOON:
            await house.wait_until(house.clock.now() + STEP)
            story.temperatures.append(shelf_number(house.equipment.value(ROOM)))
        await house.switch_off()
        coupling.close()

    run_virtual(main())
    return story


async def really(loaded: Loaded) -> Story:
    """Let the flat's own clock go on by a step whenever all points were polled once more."""
    story = Story()
    [connection] = loaded.site.connections.values()
    [server] = [
        each.simulator
        for each in load_plugins(kinds=("simulator",)).simulators.values()
        if connection.driver.name in each.simulator.drivers
    ]
    simulator = server(connection.settings, list(loaded.site.targets.values()))
    url = await simulator.start("127.0.0.1", 0)
    clock = StepClock(noon(loaded.site))
    coupling = couple_server(
        simulator,
        loaded.site,
        connection.name,
        clock,
        plan=plan_of_noon(loaded.site),
        weather=hot_weather(loaded.site),
    )
    stop = asyncio.Event()
    engine = _engine(_at(_polled(loaded, timedelta(milliseconds=50)), urlsplit(url).port))
    running = asyncio.create_task(engine.run(stop))
    end = clock.now() + AFTERNOON
    while clock.now() < end:
        await _next_polls(simulator)
        clock.at += STEP
        coupling.attend()
        story.temperatures.append(shelf_number(simulator.value(ROOM)))
    stop.set()
    await running
    story.commands = [(point, value) for point in TOLD for value in simulator.commands(point)]
    await simulator.stop()
    return story


async def _next_polls(simulator: Simulator) -> None:
    """Wait until every point was read again, after all that was told before."""
    asked = _readings(simulator.requests)
    while _readings(simulator.requests) < asked + 2:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.005)


def _readings(requests: Sequence[Request]) -> int:
    return sum("actualtemp?" in request.target for request in requests)


def _polled(loaded: Loaded, poll: timedelta) -> Loaded:
    return replace(loaded, site=_changed(loaded.site, poll=poll, stale_after=timedelta(minutes=10)))


def _at(loaded: Loaded, port: int | None) -> Loaded:
    return replace(loaded, site=_changed(loaded.site, port=port))


def _changed(site: Site, **changes: object) -> Site:
    [connection] = site.connections.values()
    settings = connection.settings.model_copy(update=changes)
    return replace(site, connections={connection.name: replace(connection, settings=settings)})


def _engine(loaded: Loaded) -> Engine:
    clock = WallClock()
    return Engine(
        loaded.site,
        loaded.rules,
        interlocks=loaded.interlocks,
        clock=clock,
        journal=MemoryJournal(),
        seed=0,
        outside=OuterWorld(lambda: loaded.site.notifiers, clock=clock, dice=random.Random(0)),
    )


@pytest.mark.slow
async def test_the_demonstration_and_the_simulation_agree(tmp_path: Path) -> None:
    loaded = flat(tmp_path)
    simulated = await asyncio.to_thread(virtually, loaded)
    real = await really(loaded)
    assert sorted(real.commands) == sorted(simulated.commands)
    assert len(real.commands) == len(TOLD)
    assert max(real.temperatures) > 26
    assert real.temperatures == pytest.approx(simulated.temperatures, abs=0.5)
    assert real.temperatures[:30] == pytest.approx(simulated.temperatures[:30], abs=0.15)


async def test_a_server_shows_the_part_of_the_building_that_it_serves(tmp_path: Path) -> None:
    site = load(write_site(tmp_path), environ={}).site
    [server] = [
        each.simulator
        for each in load_plugins(kinds=("simulator",)).simulators.values()
        if "knx-raw" in each.simulator.drivers
    ]
    targets = [each for each in site.targets.values() if each.device.connection == "bus"]
    simulator = server(site.connections["bus"].settings, targets)
    coupling = couple_server(simulator, site, "bus", StepClock(datetime(2026, 1, 5, tzinfo=UTC)))
    assert list(coupling.building.zones) == ["bath"]
    assert shelf_number(simulator.value(Point("bath_temperature.value"))) == pytest.approx(20, abs=0.5)
    assert simulator.value(Point("bath_setpoint.value")) == 21.0


async def test_a_building_is_kept_alive_by_a_hasty_clock(tmp_path: Path) -> None:
    site = load(write_site(tmp_path), environ={}).site
    own = StepClock(datetime(2026, 1, 5, tzinfo=UTC))
    hasty = HastyClock(own, speed=60)
    [server] = [
        each.simulator
        for each in load_plugins(kinds=("simulator",)).simulators.values()
        if "knx-raw" in each.simulator.drivers
    ]
    targets = [each for each in site.targets.values() if each.device.connection == "bus"]
    simulator = server(site.connections["bus"].settings, targets)
    coupling = couple_server(simulator, site, "bus", hasty)
    looks: list[datetime] = []
    enough = asyncio.Event()

    def observe() -> None:
        looks.append(coupling.building.now)
        own.at += timedelta(minutes=1)
        if len(looks) == 3:
            enough.set()

    alive = asyncio.create_task(keep_alive(coupling, 0, observe))
    await enough.wait()
    alive.cancel()
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert looks[:3] == [start, start + timedelta(hours=1), start + timedelta(hours=2)]
