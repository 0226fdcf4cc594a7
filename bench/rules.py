"""How fast the engine decides: 1,000 rules on 1,000 points against bare Python lambdas behind an index.

Both get the same batches of readings in one run, in turn, and tell a recorder what to switch. The engine goes
the whole way: queue, state, evaluation with reasons, actions, gate, journal, driver; once with the journal in
memory, and once in an SQLite file, where every reading of these batches is a new value and is stored.
The limit is what Python can do at all: a dictionary of values, an index, a lambda a rule, the last truth.

Then single readings come in one by one, each of which makes its rules switch: how long it takes from the
reading to the command at the driver.

    python bench/rules.py [--rules N] [--points N] [--batches N] [--rounds N] [--single N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Device,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Point,
    Target,
    Value,
    ValueType,
    Write,
)
from interlock.clock import WallClock
from interlock.config.nodes import ListNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.site import Connection, Site
from interlock.history.journal import Journal, MemoryJournal
from interlock.history.sql_journal import SqlJournal
from interlock.model import Reading
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule
from interlock.runtime.engine import Engine

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
THRESHOLD = 26.0
SWITCHES: list[tuple[Point, Value | None]] = []
"""What the engine's driver was told."""
TIMES: list[float] = []
"""When."""

ROOM = DeviceType(
    name="room",
    description="a temperature and a switch",
    settings=DeviceSettings,
    controllers=(
        Capability(
            controller="temperature", type=ValueType.NUMBER, description="", source="bench", readable=True
        ),
        Capability(
            controller="cooling", type=ValueType.BOOLEAN, description="", source="bench", writable=True
        ),
    ),
)


class Recorder(Driver):
    """Never answers a poll, since readings are handed in, and notes what it is told."""

    name = "recorder"
    description = "notes commands"
    Settings = ConnectionSettings
    device_types = (ROOM,)

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Never come back."""
        await asyncio.Event().wait()
        return {}

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Take everything."""
        TIMES.append(time.perf_counter())
        SWITCHES.extend((write.target.point, write.value) for write in writes)
        return [Answer() for _ in writes]


def make_site(points: int) -> Site:
    """Return a site of so many rooms."""
    devices = {
        f"room{n}": Device(name=f"room{n}", connection="house", type="room", settings=DeviceSettings())
        for n in range(points)
    }
    targets = {
        Point.of(device.name, capability.controller): Target(
            point=Point.of(device.name, capability.controller), device=device, capability=capability
        )
        for device in devices.values()
        for capability in ROOM.controllers
    }
    settings = ConnectionSettings(poll="1d", concurrency=64)  # type: ignore[arg-type]
    return Site(
        name="bench",
        path=Path("bench.yaml"),
        timezone=ZoneInfo("Europe/Rome"),
        location=None,
        connections={"house": Connection(name="house", driver=Recorder, settings=settings)},
        devices=MappingProxyType(devices),
        declared_devices=frozenset(devices),
        targets=MappingProxyType(targets),
        watch=(),
        rules=(),
    )


def make_rules(site: Site, rules: int, points: int) -> Sequence[Rule]:
    """Return so many rules, spread over the points, as an integrator writes them."""
    text = "\n".join(
        f"- id: cool-{n}\n"
        f"  condition: room{n % points}.temperature > {THRESHOLD + n // points}\n"
        f"  actions: [{{set: {{room{n % points}.cooling: on}}, only_if_different: false}}]"
        for n in range(rules)
    )
    node = parse_yaml(SourceFile("bench.yaml", text), [])
    assert isinstance(node, ListNode)
    loaded, problems = load_rules(
        Site(**{field: getattr(site, field) for field in site.__slots__} | {"rules": node.items})
    )
    assert not problems, problems
    return loaded


def make_batches(points: int, batches: int, seed: int = 7) -> list[list[Reading]]:
    """Return batches of one reading a point: each wanders, and about one in a thousand rises over 26."""
    dice = random.Random(seed)
    values = [dice.uniform(18, 25) for _ in range(points)]
    made = []
    for number in range(batches):
        at = START + timedelta(seconds=number)
        values = [value + dice.gauss((22 - value) * 0.1, 0.6) for value in values]
        made.append(
            [
                Reading(point=Point(f"room{n}.temperature"), value=value, observed_at=at)
                for n, value in enumerate(values)
            ]
        )
    return made


def run_limit(rules: int, points: int, batches: Sequence[Sequence[Reading]]) -> tuple[float, int]:
    """Return the seconds that the lambdas take, and how often they switch."""
    index: defaultdict[Point, list[tuple[int, Callable[[dict[Point, Value]], bool]]]] = defaultdict(list)
    for n in range(rules):
        point, limit = Point(f"room{n % points}.temperature"), THRESHOLD + n // points
        index[point].append((n, lambda v, point=point, limit=limit: v[point] > limit))  # type: ignore[misc]
    values: dict[Point, Value] = {}
    last: list[bool] = [False] * rules
    switches: list[tuple[int, bool]] = []
    began = time.process_time()
    for batch in batches:
        for reading in batch:
            if reading.value is not None:
                values[reading.point] = reading.value
        for reading in batch:
            for n, rule in index[reading.point]:
                truth = rule(values)
                if truth and not last[n]:
                    switches.append((n, True))
                last[n] = truth
    return time.process_time() - began, len(switches)


async def run_engine(
    site: Site, rules: Sequence[Rule], batches: Sequence[list[Reading]], journal: Journal
) -> tuple[float, int]:
    """Return the seconds from the first reading in to the last command out, and how many there were."""
    SWITCHES.clear()
    await journal.open()
    engine, stop = Engine(site, rules, clock=WallClock(), journal=journal, seed=1), asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    await engine.has_begun.wait()
    began = time.process_time()
    for batch in batches:
        engine.deliver(batch)
        await engine.idle()
    took = time.process_time() - began
    stop.set()
    await running
    await journal.close()
    return took, len(SWITCHES)


def run_with(
    kind: str, site: Site, rules: Sequence[Rule], batches: Sequence[list[Reading]]
) -> tuple[float, int]:
    """Return what `run_engine` says with a journal of this kind."""
    gc.collect()
    if kind == "memory":
        return asyncio.run(run_engine(site, rules, batches, MemoryJournal()))
    with tempfile.TemporaryDirectory() as folder:
        journal = SqlJournal(Path(folder) / "journal.sqlite", WallClock())
        return asyncio.run(run_engine(site, rules, batches, journal))


async def time_single(site: Site, rules: Sequence[Rule], points: int, count: int) -> Sequence[float]:
    """Return the seconds from each of so many readings to the first command that came of it."""
    journal = MemoryJournal()
    await journal.open()
    engine, stop = Engine(site, rules, clock=WallClock(), journal=journal, seed=1), asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    await engine.has_begun.wait()
    # As the service does once it has begun: a collection would walk over every rule.
    gc.collect()
    gc.freeze()
    took = []
    for number in range(count):
        point, at = Point(f"room{number % points}.temperature"), START + timedelta(seconds=number)
        for value in (THRESHOLD - 1, THRESHOLD + 0.5):
            TIMES.clear()
            began = time.perf_counter()
            engine.deliver([Reading(point=point, value=value, observed_at=at)])
            await engine.idle()
        took.append(TIMES[0] - began)
    gc.unfreeze()
    stop.set()
    await running
    return took


def measure(rules: int, points: int, count: int, rounds: int, single: int) -> dict[str, float]:
    """Return the medians over the rounds; in each, the limit and the engine run in turn."""
    site = make_site(points)
    compiled = make_rules(site, rules, points)
    batches = make_batches(points, count)
    per_reading = 1e6 / (points * count)
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    commands = 0
    for _ in range(rounds):
        gc.collect()
        limit_s, commands = run_limit(rules, points, batches)
        seconds["limit"].append(limit_s)
        for kind in ("memory", "sqlite"):
            engine_s, sent = run_with(kind, site, compiled, batches)
            if sent != commands:
                raise SystemExit(f"the engine sent {sent} commands, the lambdas {commands}")
            seconds[kind].append(engine_s)
    ratios = {
        kind: statistics.median(
            limit / engine for limit, engine in zip(seconds["limit"], seconds[kind], strict=True)
        )
        for kind in ("memory", "sqlite")
    }
    took = sorted(asyncio.run(time_single(site, compiled, points, single)))
    return {
        "rules": rules,
        "points": points,
        "readings": points * count,
        "commands": commands,
        "limit_us_per_reading": round(statistics.median(seconds["limit"]) * per_reading, 3),
        "engine_us_per_reading": round(statistics.median(seconds["memory"]) * per_reading, 3),
        "ratio_to_limit": round(ratios["memory"], 3),
        "ratio_with_sqlite_journal": round(ratios["sqlite"], 3),
        "single_median_ms": round(took[len(took) // 2] * 1000, 3),
        "single_p99_ms": round(took[len(took) * 99 // 100] * 1000, 3),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--single", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = measure(given.rules, given.points, given.batches, given.rounds, given.single)
    for name, value in result.items():
        print(f"{name:26} {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
