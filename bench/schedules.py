"""How late 10,000 timed rules come, all due together and spread over a minute, and what they cost till then.

The whole engine runs on real time and the service's event loop, from a clock that begins shortly before noon,
with a driver that notes what it is told. Each rule is late three times, always counted from when its schedule
was due:

- when it is looked at: the state of that moment is what decides, and it is the time that the journal shows
  for the firing. This is what schedulers count as lateness, as the timetable alone and the bare heap do here,
  and what the rows without a further word and their limits count.
- when its firing is written down, so that it is done whatever happens. To decide with reasons, mind the
  brakes and write an entry for each of thousands takes many times what it takes to call them, so no limit
  that a scheduler keeps can be kept here.
- when its command is at the driver. All that is due at an instant is one moment: its commands are weighed
  with each other before the first of them leaves.

Beside it stand the timetable alone, whose callbacks do nothing, and a bare heap on asyncio, both with as many
callbacks at the same instants. Schedules are in whole seconds: spread over a minute, 10,000 rules are 167 at
each second.

    python bench/schedules.py [--rules N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import heapq
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import rules as rules_bench
from harness import Findings, Row, at_least, in_turn, parser_for, percentile, ratio, row, tell

from interlock import Answer, DriverError, Write
from interlock.cli.awaiting import finish
from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry, Firing
from interlock.rules.rule import Rule
from interlock.rules.schedule import At, Schedule
from interlock.runtime.engine import Engine
from interlock.runtime.timetable import Timetable
from interlock.service.host.punctual import punctual_loop

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""In Rome."""
LEAST_LEAD = timedelta(seconds=1)
SETTLED = timedelta(seconds=2)
"""So long after noon all that was due then has come."""
FAR = timedelta(hours=1)
MOST_WAIT_S = 120.0
IDLE_S = 10.0
MOST_TOGETHER_MS = 50.0
MOST_SPREAD_MS = 5.0
MOST_IDLE_PERCENT = 3.0
P99 = 0.99
ROME = ZoneInfo("Europe/Rome")
NOON_IN_ROME = time_of_day.fromisoformat("12:00")
LATER = 'at: ["13:00", "{x}"]'
TOLD: list[float] = []
"""When the driver was told something."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which many rules are due."""

    name: str
    trigger: str
    limit_ms: float
    waits: timedelta
    """So long after noon it is looked at."""


KINDS = (
    Kind("one schedule", 'at: "12:00"', MOST_TOGETHER_MS, SETTLED),
    Kind("together", 'at: ["12:00", "{x}"]', MOST_TOGETHER_MS, SETTLED),
    Kind("spread", 'at: "12:00", jitter: 1m', MOST_SPREAD_MS, timedelta(seconds=8)),
)
"""Rules of one schedule, with a schedule each for the same instant, and spread over a minute."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late each came, in milliseconds."""

    decided: Sequence[float]
    fired: Sequence[float]
    commanded: Sequence[float]


class ShiftedClock(WallClock):
    """The system's time, put off so that it begins so long before noon."""

    def __init__(self, lead: timedelta) -> None:
        self.start = NOON - lead
        self._by = self.start - super().now()

    def now(self) -> datetime:
        """Return the present instant here."""
        return super().now() + self._by


class Told(rules_bench.Recorder):
    """Notes when it is told something."""

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Take everything."""
        TOLD.append(time.perf_counter())
        return [Answer() for _ in writes]


class Noting(MemoryJournal):
    """Notes when rules fire, and for when they were due."""

    def __init__(self, clock: ShiftedClock) -> None:
        super().__init__()
        self._clock = clock
        self.decided_ms: list[float] = []
        self.late_ms: list[float] = []
        self.due: Counter[datetime] = Counter()

    def record(self, *entries: Entry) -> None:
        """Note the firings, and keep nothing."""
        now = self._clock.now()
        for entry in entries:
            if isinstance(entry, Firing) and (due := entry.decision.cause.due):
                self.due[due] += 1
                self.decided_ms.append((entry.decision.at - due) / timedelta(milliseconds=1))
                self.late_ms.append((now - due) / timedelta(milliseconds=1))


def make_site(rules: int) -> Site:
    """Return a site with a room for each rule."""
    site = rules_bench.make_site(rules)
    house = replace(site.connections["house"], driver=Told)
    return replace(site, connections={"house": house})


def make_rules(site: Site, rules: int, trigger: str) -> Sequence[Rule]:
    """Return so many rules with such a trigger, each of which switches a room."""
    text = "\n".join(
        f"- id: timed-{n}\n"
        f"  triggers: [{{{trigger.format(x=_other_time(n))}}}]\n"
        f"  actions: [{{set: {{room{n}.cooling: on}}, only_if_different: false}}]"
        for n in range(rules)
    )
    return rules_bench.load_text(site, text)


def _other_time(n: int) -> str:
    """Return a time of day in the afternoon, another one for each number."""
    seconds = 14 * 3600 + n % 28_800
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


async def begin(
    site: Site, rules: Sequence[Rule], clock: ShiftedClock
) -> tuple[Noting, Callable[[], Awaitable[None]]]:
    """Return the journal of an engine that runs from now on, and what ends it."""
    journal, stop = Noting(clock), asyncio.Event()
    engine = Engine(site, rules, clock=clock, journal=journal, seed=1)
    running = asyncio.create_task(engine.run(stop))
    await engine.has_begun.wait()
    garbage = ExitStack()
    garbage.enter_context(rules_bench.as_in_the_service())

    async def end() -> None:
        garbage.close()
        stop.set()
        await running

    return journal, end


async def lead_for(site: Site, rules: Sequence[Rule]) -> timedelta:
    """Return how long before they are due such rules should be given to an engine, so that it is ready."""
    began = time.perf_counter()
    _, end = await begin(site, rules, ShiftedClock(FAR))
    took = time.perf_counter() - began
    await end()
    return LEAST_LEAD + 3 * timedelta(seconds=took)


async def run_engine(
    site: Site, rules: Sequence[Rule], lead: timedelta, waits: timedelta
) -> tuple[Lateness, Mapping[datetime, int]]:
    """Return how late rules came that were due from noon on, and how many were due at which instant."""
    TOLD.clear()
    clock = ShiftedClock(lead)
    # The driver notes the time of what it is told by this counter.
    began = time.perf_counter()
    journal, end = await begin(site, rules, clock)
    if clock.now() > NOON:
        raise SystemExit("the engine was not ready in time: this machine is too slow, or too busy")
    await asyncio.sleep((NOON + waits - clock.now()).total_seconds())
    due, late, decided = dict(journal.due), tuple(journal.late_ms), tuple(journal.decided_ms)
    async with asyncio.timeout(MOST_WAIT_S):
        while len(TOLD) < len(late):  # noqa: ASYNC110 - the driver only notes
            await asyncio.sleep(0.05)
    told = tuple(each - began for each in TOLD)
    await end()
    return Lateness(decided, late, _late_ms(told, clock.start, due)), due


def _late_ms(told: Sequence[float], start: datetime, due: Mapping[datetime, int]) -> Sequence[float]:
    """Return how late commands were: they come in the order of the instants at which they were due."""
    instants = [at for at, count in sorted(due.items()) for _ in range(count)]
    return [
        (seconds - (at - start).total_seconds()) * 1000 for seconds, at in zip(told, instants, strict=False)
    ]


async def run_heap(due: Mapping[datetime, int]) -> Sequence[float]:
    """Return how late the callbacks of a bare heap come, in milliseconds."""
    loop = asyncio.get_running_loop()
    late: list[float] = []
    start = loop.time() + 1 - NOON.timestamp()
    heap = [(start + at.timestamp(), n, late.append) for at, count in due.items() for n in range(count)]
    heapq.heapify(heap)
    gc.collect()
    done = asyncio.Event()

    def call_due() -> None:
        while heap and heap[0][0] <= loop.time():
            at, _, callback = heapq.heappop(heap)
            callback((loop.time() - at) * 1000)
        if heap:
            loop.call_at(heap[0][0], call_due)
        else:
            done.set()

    call_due()
    await done.wait()
    return late


async def run_timetable(schedules: Sequence[Schedule]) -> Sequence[float]:
    """Return how late the timetable calls back for schedules that are due at noon, in milliseconds."""
    clock = ShiftedClock(LEAST_LEAD * 2)
    late: list[float] = []

    def note(due: datetime) -> None:
        late.append((clock.now() - due) / timedelta(milliseconds=1))

    timetable = Timetable(clock)
    for schedule in schedules:
        timetable.add(schedule.trigger(ROME), note)
    running = asyncio.create_task(timetable.run())
    gc.collect()
    await asyncio.sleep((NOON + SETTLED - clock.now()).total_seconds())
    running.cancel()
    await asyncio.wait({running})
    return late


async def idle_percent(site: Site, rules: Sequence[Rule]) -> float:
    """Return how much of a core rules take that are due later."""
    _, end = await begin(site, rules, ShiftedClock(FAR))
    began = time.process_time()
    await asyncio.sleep(IDLE_S)
    took = time.process_time() - began
    await end()
    return took / IDLE_S * 100


def rows_of(kind: Kind, site: Site, given: argparse.Namespace) -> Sequence[Row]:
    """Return what rules of one kind show, beside a bare heap with the same instants, in turn."""
    rules = make_rules(site, given.rules, kind.trigger)
    lead = asyncio.run(lead_for(site, rules))
    late: list[Lateness] = []
    due: list[Mapping[datetime, int]] = []

    def engine() -> float:
        said, instants = finish(run_engine(site, rules, lead, kind.waits), punctual_loop)
        late.append(said)
        due.append(instants)
        return percentile(said.decided, P99)

    took = in_turn(given.rounds, engine=engine, heap=lambda: percentile(asyncio.run(run_heap(due[0])), P99))
    name = kind.name
    return [
        ratio(f"{name}: p99 to a bare heap", took["engine"], took["heap"]),
        row(f"{name}: lateness, median", [percentile(each.decided, 0.5) for each in late], "ms"),
        row(f"{name}: lateness, p99", took["engine"], "ms", limit=kind.limit_ms),
        row(f"{name}: lateness, bare heap, p99", took["heap"], "ms"),
        row(f"{name}: written down, p99", [percentile(each.fired, P99) for each in late], "ms"),
        row(f"{name}: at the driver, p99", [percentile(each.commanded, P99) for each in late], "ms"),
    ]


def timetable_rows(rules: int, rounds: int) -> Sequence[Row]:
    """Return how late the timetable alone is, beside a bare heap, in turn."""
    schedules = [At((NOON_IN_ROME, time_of_day.fromisoformat(_other_time(n)))) for n in range(rules)]
    took = in_turn(
        rounds,
        timetable=lambda: percentile(finish(run_timetable(schedules), punctual_loop), P99),
        heap=lambda: percentile(asyncio.run(run_heap({NOON: rules})), P99),
    )
    return [
        ratio("timetable alone: p99 to a bare heap", took["timetable"], took["heap"]),
        row("timetable alone: lateness, p99", took["timetable"], "ms", limit=MOST_TOGETHER_MS),
    ]


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found."""
    site = make_site(given.rules)
    rows = [*timetable_rows(given.rules, given.rounds)]
    for kind in KINDS:
        rows += rows_of(kind, site, given)
    idle = finish(idle_percent(site, make_rules(site, given.rules, LATER)), punctual_loop)
    rows.append(row("idle", [idle], "%", limit=MOST_IDLE_PERCENT, note="of a core"))
    return Findings(about={"rules": given.rules, "seconds_of_a_spread": 60}, rows=rows)


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=2)
    parser.add_argument("--rules", type=at_least(20), default=10_000)
    given = parser.parse_args()
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
