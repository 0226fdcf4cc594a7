"""How fast a site runs in virtual time: 50 rooms and 100 rules, polled each minute, for a week or a year.

The engine, its rules and its journal are those of a building; only the drivers are twins in memory. The limit
is what an event loop can do at all: a bare loop on the same virtual time that calls back as often as the site
had timers. The site is then given ten times the rules, by some that never come: a rule whose points do not
change should cost nothing. And the rooms live alone for as long, to tell their share from the engine's.

    python bench/simulate.py [--days N | --year] [--rooms N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import asyncio
import gc
import math
import random
import tempfile
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVarTuple, Unpack

from harness import Better, Findings, at_least, in_turn, parser_for, ratio, row, tell

from interlock.driver import Write
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry
from interlock.model import Point, Receipt, Value
from interlock.service.loading import Loaded, load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import VirtualLoop

Ts = TypeVarTuple("Ts")

START = datetime(2026, 6, 29, tzinfo=UTC)
DAY = timedelta(days=1)
DAY_S = 86400.0
MONTH = 30
"""Days."""
MOST_GROWTH_MB = 8.0
"""So much more memory may be held at the end than after the first month."""
LIMITS_S = {7: 3.0, 365: 120.0}
"""What a week and a year may take, in seconds."""
HEAD = """
site: {name: Tower, timezone: Europe/Rome, holidays: IT}
connections:
  house: {driver: thinknx-local, host: localhost, poll: 1m}
"""
DEVICES = """
  room{n}_thermostat: {{connection: house, type: thermostat, guid: T{n}}}
  room{n}_window: {{connection: house, type: light, guid: W{n}}}
  room{n}_ac: {{connection: house, type: hvac, guid: A{n}}}
  room{n}_empty: {{type: flag}}
"""
RULES = """
  - id: cool-{n}
    while: room{n}_thermostat.actualtemp > 26 and not room{n}_window.power
    until: room{n}_thermostat.actualtemp < 24.5 or room{n}_window.power
    keep: {{room{n}_ac.hvacpower: on}}
  - id: working-hours-{n}
    condition: between('07:30', '18:30') and is_workday() and not room{n}_window.power
    actions: [{{set: {{room{n}_ac.hvacmode: cooling}}}}]
    finally: [{{set: {{room{n}_ac.hvacmode: auto}}}}]
"""
IDLE_RULES = """
  - id: idle-{n}-{x}
    condition: holidays.value and room{n}_empty.value and not between('0{k}:00', '1{k}:30')
    actions: [{{set: {{room{n}_ac.hvacpower: off}}}}]
"""
"""What is installed and never comes, because its points do not change."""
IDLE_PER_ROOM = 18
"""With these there are ten times as many rules."""


class CountingLoop(VirtualLoop):
    """A virtual loop that counts the timers that were set."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = 0

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Count, and call back at a time."""
        self.timers += 1
        return super().call_at(when, callback, *args, context=context)


class Tally(MemoryJournal):
    """A journal that counts what happens, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.sent = 0

    def record(self, *entries: Entry) -> None:
        """Count the entries, without repeated readings."""
        for entry in self._filter.news(entries):
            self.count += 1
            self.sent += isinstance(entry, Receipt)


class Rooms:
    """Rooms whose air follows the day, the window and the cooling."""

    def __init__(self, house: House, rooms: int) -> None:
        self._house = house
        self._dice = random.Random(7)
        self._air = [22.0] * rooms
        self._shown = [22.0] * rooms
        self._warmth = [self._dice.uniform(-2, 3) for _ in range(rooms)]
        self._is_open = [False] * rooms
        self._cools = [False] * rooms
        self._timer: asyncio.TimerHandle | None = None
        house.equipment.watch(self._obey)

    def furnish(self, rooms: int) -> None:
        """Give every point its first value."""
        for n in range(rooms):
            for name, value in FIRST.items():
                self._house.equipment.set_value(Point(name.format(n=n)), value)

    def live(self) -> None:
        """Let time pass in the rooms: each minute five minutes in a fifth of them."""
        # By a timer and no task, as the buildings of a simulation live.
        self._timer = asyncio.get_running_loop().call_later(60, self.live)
        days = self._house.clock.monotonic() / DAY
        outdoors = 18 + 12 * math.cos(math.tau * (days - 25) / 365) + 5 * math.sin(math.tau * (days - 0.375))
        airs, shown, warmth, is_open, cools = self._air, self._shown, self._warmth, self._is_open, self._cools
        for n in range(round(days * 1440) % 5, len(airs), 5):
            before = airs[n]
            airs[n] = air = (
                before + (outdoors + warmth[n] - before) / (60 if is_open[n] else 360) - 0.1 * cools[n]
            )
            if abs(air - shown[n]) > 0.05:
                self._show(n, round(air, 1))
        if self._air and self._dice.random() < 0.1:
            self._turn_window(self._dice.randrange(len(self._air)))

    def stand_still(self) -> None:
        """Let no more time pass in the rooms."""
        if self._timer is not None:
            self._timer.cancel()

    def _show(self, n: int, air: float) -> None:
        self._shown[n] = air
        self._house.equipment.set_value(Point(f"room{n}_thermostat.actualtemp"), air)

    def _turn_window(self, n: int) -> None:
        self._is_open[n] = not self._is_open[n]
        self._house.equipment.set_value(Point(f"room{n}_window.power"), self._is_open[n])

    def _obey(self, write: Write) -> None:
        device, _, controller = write.target.point.partition(".")
        if controller == "hvacpower":
            self._cools[int(device.removeprefix("room").removesuffix("_ac"))] = write.value is True


FIRST: dict[str, Value] = {
    "room{n}_thermostat.actualtemp": 22.0,
    "room{n}_window.power": False,
    "room{n}_ac.hvacpower": False,
    "room{n}_ac.hvacmode": "auto",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    seconds: float
    timers: int
    news: int
    """Entries of the journal, without repeated readings."""
    receipts: int
    memory_mb: tuple[float, ...]
    """At the end of each thirtieth day, and at the end."""


def make_site(rooms: int, idle: int = 0) -> Loaded:
    """Return a site of so many rooms, with so many further rules for each that never come."""
    devices = "\n  holidays: {type: flag}" + "".join(DEVICES.format(n=n) for n in range(rooms))
    rules = "".join(RULES.format(n=n) for n in range(rooms))
    rules += "".join(IDLE_RULES.format(n=n, k=k % 10, x=k) for n in range(rooms) for k in range(idle))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        path.write_text(f"{HEAD}devices:{devices}rules:{rules}", encoding="utf-8")
        return load(path)


async def play(loaded: Loaded, rooms: int, days: float) -> tuple[Tally, tuple[float, ...]]:
    """Let a site run for so many days; return its journal, and the memory as time went by."""
    house = House(loaded, START, tells=False, journal=(journal := Tally()))
    building = Rooms(house, rooms)
    building.furnish(rooms)
    building.live()
    await house.switch_on()
    memory: list[float] = []
    while days > 0:
        await asyncio.sleep(min(days, MONTH) * DAY_S)
        days -= MONTH
        memory.append(rss_mb())
    building.stand_still()
    await house.switch_off()
    return journal, tuple(memory)


def measure(loaded: Loaded, rooms: int, days: float) -> Run:
    """Return what a run of a site takes."""
    gc.collect()
    began = time.process_time()
    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        loop = runner.get_loop()
        journal, memory = runner.run(play(loaded, rooms, days))
        assert isinstance(loop, CountingLoop)
        return Run(time.process_time() - began, loop.timers, journal.count, journal.sent, memory)


def rooms_alone_s(loaded: Loaded, rooms: int, days: float) -> float:
    """Return what the rooms and their equipment take, with no service that looks at them."""

    async def live() -> None:
        house = House(loaded, START, tells=False)
        building = Rooms(house, rooms)
        building.furnish(rooms)
        building.live()
        await asyncio.sleep(days * DAY_S)
        building.stand_still()

    began = time.process_time()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(live())
    return time.process_time() - began


def bare_loop_s(timers: int, seconds: float) -> float:
    """Return what as many timers, evenly over the same time, take on a bare loop."""

    async def run() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        step_s, left = seconds / timers, timers

        def again() -> None:
            nonlocal left
            left -= 1
            if left > 0:
                loop.call_later(step_s, again)
            else:
                done.set()

        again()
        await done.wait()

    gc.collect()
    began = time.process_time()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())
    return time.process_time() - began


def rss_mb() -> float:
    """Return how much memory the process holds now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise LookupError("VmRSS")


def compare(days: float, rooms: int, rounds: int) -> Findings:
    """Return what a site takes, beside a bare loop, and beside one with ten times the rules, all in turn."""
    site, full = make_site(rooms), make_site(rooms, IDLE_PER_ROOM)
    few = min(days, 2)
    runs: list[Run] = []

    def whole() -> float:
        runs.append(measure(site, rooms, days))
        return runs[-1].seconds

    took = in_turn(
        rounds,
        whole=whole,
        bare=lambda: bare_loop_s(runs[0].timers, days * DAY_S),
        alone=lambda: rooms_alone_s(site, rooms, days),
        short=lambda: measure(site, rooms, few).seconds,
        full=lambda: measure(full, rooms, few).seconds,
    )
    run = runs[-1]
    gained = run.memory_mb[-1] - run.memory_mb[0]
    return Findings(
        about={
            "rooms": rooms,
            "rules": len(site.rules),
            "days": days,
            "timers": run.timers,
            "news": run.news,
        },
        rows=[
            ratio("to a bare loop with as many timers", took["whole"], took["bare"]),
            ratio("with ten times the rules, that never come", took["full"], took["short"]),
            row(f"{days:g} days", took["whole"], "s", limit=LIMITS_S.get(int(days))),
            row(
                "timers a second, bare loop",
                [runs[0].timers / each for each in took["bare"]],
                "/s",
                better=Better.HIGHER,
            ),
            row("a minute", [_us_a_minute(each, days) for each in took["whole"]], "µs"),
            row(
                "a minute, but for the rooms' own",
                [
                    _us_a_minute(both - own, days)
                    for both, own in zip(took["whole"], took["alone"], strict=True)
                ],
                "µs",
                note="the rooms live in the same process",
            ),
            row("memory", [run.memory_mb[-1]], "MB"),
            *(
                [row("memory gained after a month", [gained], "MB", limit=MOST_GROWTH_MB)]
                if days > MONTH
                else ()
            ),
        ],
    )


def _us_a_minute(seconds: float, days: float) -> float:
    return seconds / days / 1440 * 1e6


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--days", type=at_least(1), default=7)
    parser.add_argument("--year", action="store_true")
    parser.add_argument("--rooms", type=at_least(1), default=50)
    given = parser.parse_args()
    found = compare(365 if given.year else given.days, given.rooms, 1 if given.year else given.rounds)
    tell(found, given.json)


if __name__ == "__main__":
    main()
