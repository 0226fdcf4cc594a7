"""How fast the engine decides: 10,000 rules on 1,000 points against bare Python lambdas behind an index.

Both get the same batches of readings in one run, in turn, and tell a recorder what to switch. The engine goes
the whole way: queue, state, evaluation with reasons, actions, gate, journal, driver; once with the journal in
memory, and once in an SQLite file, where every reading of these batches is a new value and is stored.
The limit is what Python can do at all: a dictionary of values, an index, a lambda a rule, the last truth.

In these batches a building is calm: about one reading in a thousand makes a rule act. The lambdas are called
for each reading, and the engine passes over rules whose limit is not touched. So there are batches too in
which one reading in a hundred makes a rule act, beside the lambdas for the same; the difference to the calm
ones is what it takes to decide with reasons, to arbitrate, to command, and to let go again.

Then single readings come in one by one, each of which makes its rules switch: how long it takes from the
reading to the command at the driver, with either journal. Each of them is of another point, so that nothing
of its rules is in the processor's caches; garbage is looked for as in the service, and a collection that
falls into the time counts. So does whatever else the machine does meanwhile: on one that others use, the
slowest hundredth says how long the process was kept waiting. With the journal in a file, a command waits
until it is safe on the disk.

    python bench/rules.py [--rules N] [--points N] [--batches N] [--rounds N] [--single N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import resource
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from harness import Better, Findings, Row, at_least, in_turn, parser_for, percentile, ratio, row, tell

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
LEAST_SHARE = 0.2
"""Of what bare lambdas do in the same time."""
MOST_P99_MS = 1.0
BUSY = 0.01
"""Of the readings make a rule act where much happens."""
SWITCHES: list[tuple[Point, Value | None]] = []
"""What the engine's driver was told."""
TIMES: list[float] = []
"""When."""
WORKED: list[float] = []
"""How many seconds the processor had worked for the thread by then."""
OBJECTS_TO_LOOK = 50_000
"""After so many new objects the service looks for garbage."""

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
        WORKED.append(time.thread_time())
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
    settings = ConnectionSettings(poll="1d", timeout="1d", concurrency=64)
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
    return load_text(site, text)


def load_text(site: Site, text: str) -> Sequence[Rule]:
    """Return the rules that a text holds, in which nothing is wrong."""
    node = parse_yaml(SourceFile("bench.yaml", text), [])
    assert isinstance(node, ListNode)
    loaded, problems = load_rules(replace(site, rules=node.items))
    assert not problems, problems[0]
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


def make_busy_batches(points: int, batches: int, seed: int = 7) -> list[list[Reading]]:
    """Return batches of one reading a point, of which so many come over a rule's limit, and go back then."""
    dice = random.Random(seed)
    is_warm = [False] * points
    made = []
    for number in range(batches):
        at = START + timedelta(seconds=number)
        is_warm = [not each and dice.random() < BUSY for each in is_warm]
        made.append(
            [
                Reading(
                    point=Point(f"room{n}.temperature"),
                    value=THRESHOLD + (0.5 if warm else -5) + dice.random() / 10,
                    observed_at=at,
                )
                for n, warm in enumerate(is_warm)
            ]
        )
    return made


def run_limit(rules: int, points: int, batches: Sequence[Sequence[Reading]]) -> tuple[float, int]:
    """Return the seconds that the lambdas take, and how many rooms they switch.

    Rules that switch the same room at once are one command.
    """
    index: defaultdict[Point, list[tuple[int, Callable[[dict[Point, Value]], bool]]]] = defaultdict(list)
    for n in range(rules):
        point, limit = Point(f"room{n % points}.temperature"), THRESHOLD + n // points
        index[point].append((n, lambda v, point=point, limit=limit: v[point] > limit))  # type: ignore[misc]
    values: dict[Point, Value] = {}
    last: list[bool] = [False] * rules
    switches: list[tuple[int, int]] = []
    began = time.process_time()
    for number, batch in enumerate(batches):
        for reading in batch:
            if reading.value is not None:
                values[reading.point] = reading.value
        for reading in batch:
            for n, rule in index[reading.point]:
                truth = rule(values)
                if truth and not last[n]:
                    switches.append((number, n % points))
                last[n] = truth
    took = time.process_time() - began
    return took, len(set(switches))


@asynccontextmanager
async def at_work(site: Site, rules: Sequence[Rule], journal: Journal) -> AsyncIterator[Engine]:
    """Give an engine that has begun."""
    await journal.open()
    engine, stop = Engine(site, rules, clock=WallClock(), journal=journal, seed=1), asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    await engine.has_begun.wait()
    yield engine
    stop.set()
    await running
    await journal.close()


async def run_engine(
    site: Site, rules: Sequence[Rule], batches: Sequence[list[Reading]], journal: Journal
) -> tuple[float, int]:
    """Return the seconds from the first reading in to the last command out, and how many there were."""
    SWITCHES.clear()
    async with at_work(site, rules, journal) as engine:
        began = time.process_time()
        for batch in batches:
            engine.deliver(batch)
            await engine.idle()
        return time.process_time() - began, len(SWITCHES)


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


async def time_single(
    site: Site, rules: Sequence[Rule], points: int, count: int, journal: Journal
) -> Sequence[tuple[float, float]]:
    """Return the seconds from each of so many readings to the first command that came of it.

    And how many of them the processor worked for it: on a machine that others use, the rest is theirs.
    """
    took = []
    async with at_work(site, rules, journal) as engine:
        with as_in_the_service():
            for number in range(count):
                point, at = Point(f"room{number % points}.temperature"), START + timedelta(seconds=number)
                for value in (THRESHOLD - 1, THRESHOLD + 0.5):
                    TIMES.clear()
                    WORKED.clear()
                    began, worked = time.perf_counter(), time.thread_time()
                    engine.deliver([Reading(point=point, value=value, observed_at=at)])
                    await engine.idle()
                took.append((TIMES[0] - began, WORKED[0] - worked))
    return took


@contextmanager
def as_in_the_service() -> Iterator[None]:
    """Look for garbage as the service does once it has begun: seldom, and not in what stays."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_TO_LOOK)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def time_with(
    kind: str, site: Site, rules: Sequence[Rule], points: int, count: int
) -> Sequence[tuple[float, float]]:
    """Return what `time_single` says with a journal of this kind."""
    if kind == "memory":
        return asyncio.run(time_single(site, rules, points, count, MemoryJournal()))
    with tempfile.TemporaryDirectory() as folder:
        journal = SqlJournal(Path(folder) / "journal.sqlite", WallClock())
        return asyncio.run(time_single(site, rules, points, count, journal))


def time_transactions(count: int) -> Sequence[float]:
    """Return the seconds that SQLite takes for each of so many transactions of one row, safe on the disk."""
    took = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        connection = stack.enter_context(
            closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None))
        )
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE commands (seq INTEGER PRIMARY KEY, content TEXT)")
        for number in range(count):
            began = time.perf_counter()
            connection.execute("INSERT INTO commands (content) VALUES (?)", (f"room{number}.cooling",))
            took.append(time.perf_counter() - began)
    return took


class Commands:
    """How many commands some batches lead to, whoever works them off."""

    def __init__(self) -> None:
        self.count = -1

    def note(self, ran: tuple[float, int]) -> float:
        """Note how many there were in a run, and return the seconds that it took.

        Raises:
            SystemExit: there were others before.
        """
        seconds, count = ran
        if self.count not in (-1, count):
            raise SystemExit(f"the engine and the lambdas differ: {self.count} commands, and {count}")
        self.count = count
        return seconds


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; in each round the limit and the engine, with either journal, run in turn."""
    site = make_site(given.points)
    compiled = make_rules(site, given.rules, given.points)
    batches = make_batches(given.points, given.batches)
    busy_batches = make_busy_batches(given.points, given.batches)
    calm, busy = Commands(), Commands()
    took = in_turn(
        given.rounds,
        limit=lambda: calm.note(run_limit(given.rules, given.points, batches)),
        memory=lambda: calm.note(run_with("memory", site, compiled, batches)),
        sqlite=lambda: calm.note(run_with("sqlite", site, compiled, batches)),
        busy_limit=lambda: busy.note(run_limit(given.rules, given.points, busy_batches)),
        busy=lambda: busy.note(run_with("memory", site, compiled, busy_batches)),
    )
    readings = given.points * given.batches
    single = {
        kind: time_with(kind, site, compiled, given.points, given.single) for kind in ("memory", "sqlite")
    }
    about = {
        "rules": given.rules,
        "points": given.points,
        "readings": readings,
        "commands": calm.count,
        "commands_where_busy": busy.count,
    }
    rows = [*_rows(took, readings), *_busy_rows(took, readings, busy.count - calm.count)]
    disk = time_transactions(given.single)
    return Findings(about=about, rows=[*rows, *_single_rows(single, disk)])


def _rows(took: Mapping[str, Sequence[float]], readings: int) -> Sequence[Row]:
    us = {way: [each / readings * 1e6 for each in seconds] for way, seconds in took.items()}
    return [
        ratio("share of the limit", us["limit"], us["memory"], better=Better.HIGHER, limit=LEAST_SHARE),
        ratio(
            "share of the limit, SQLite journal",
            us["limit"],
            us["sqlite"],
            better=Better.HIGHER,
            note="each reading is new, and stored",
        ),
        row("a reading by the limit", us["limit"], "µs"),
        row("a reading", us["memory"], "µs"),
        row("a reading, SQLite journal", us["sqlite"], "µs"),
    ]


def _busy_rows(took: Mapping[str, Sequence[float]], readings: int, more: int) -> Sequence[Row]:
    """Return what it costs where one reading in a hundred makes a rule act, by so many commands more."""
    what = "one reading in a hundred makes a rule act"
    us = [each / readings * 1e6 for each in took["busy"]]
    shares = ratio(f"{what}: share of the limit", took["busy_limit"], took["busy"], better=Better.HIGHER)
    rows = [shares, row(f"{what}: a reading", us, "µs")]
    if more > 0:
        acts = [(busy - calm) / more * 1e6 for busy, calm in zip(took["busy"], took["memory"], strict=True)]
        rows.append(row("a rule that acts, and lets go again", acts, "µs"))
    return rows


def _single_rows(single: Mapping[str, Sequence[tuple[float, float]]], disk: Sequence[float]) -> Sequence[Row]:
    ms, worked = ([each * 1000 for each in seconds] for seconds in zip(*single["memory"], strict=True))
    stored = [each * 1000 for each, _ in single["sqlite"]]
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        row("from reading to command, median", [percentile(ms, 0.5)], "ms"),
        row("from reading to command, p99", [percentile(ms, 0.99)], "ms", limit=MOST_P99_MS),
        row("… the processor's time, p99", [percentile(worked, 0.99)], "ms"),
        row(
            "… SQLite journal, median", [percentile(stored, 0.5)], "ms", note="the command waits for the disk"
        ),
        row("… SQLite journal, p99", [percentile(stored, 0.99)], "ms"),
        row("a bare transaction of SQLite, median", [percentile(disk, 0.5) * 1000], "ms"),
        row("a bare transaction of SQLite, p99", [percentile(disk, 0.99) * 1000], "ms"),
        row("memory", [memory_mb], "MB"),
    ]


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=5)
    parser.add_argument("--rules", type=at_least(1), default=10_000)
    parser.add_argument("--points", type=at_least(1), default=1000)
    parser.add_argument("--batches", type=at_least(1), default=30)
    parser.add_argument("--single", type=at_least(1), default=1000)
    given = parser.parse_args()
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
