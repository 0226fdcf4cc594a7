"""How the cost grows: with rules that are installed, with what happens, and with time.

Sites of 1,000 to 100,000 rules, ten on each point, run side by side in one process and get single changes in
turn, none of which makes a rule fire. They are made in memory, by the grammar of the rules and without files.
What is installed should cost nothing, and what happens no more than in proportion: the exponent is the slope
on log axes, and 1 is linear. A change touches the rules on its point where it comes to the limit of one, and
none while it stays away from all limits. Then each rule of a site keeps a point, and one of them lets go and
keeps again, which should not cost more for what the others keep. A month of flats is then played in virtual
time.

    python bench/growth.py [--most N] [--days N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from math import log

import rules as rules_bench
import simulate
from harness import EXPONENT, Curve, Findings, Row, at_least, parser_for, ratio, row, tell
from rules import START, THRESHOLD, load_text, make_rules, make_site

from interlock.config.site import Site
from interlock.history.journal import MemoryJournal
from interlock.model import Point, Reading
from interlock.rules.rule import Rule
from interlock.runtime.engine import Engine
from interlock.simulation.house import House
from interlock.simulation.virtual_time import VirtualLoop

FEWEST = 1000
EACH = 10
"""Rules on a point."""
CHANGES = 300
"""So many in a round, one after the other."""
MOST_RATIO = 1.5
"""Of a change's cost at the most rules to that at the fewest."""
MOST_KEPT = 4000
TURNS = 50
"""Of rules that keep, in a round."""
MOST_EXPONENT = 1.1
MOST_GAIN = 1.05
"""Of the memory at the end of the month to that after its first fifth."""
ROOMS = 20
STEPS = (1, 10, 100, 1000)
"""So many rules on one point, and so many readings at once."""
_COUNT = itertools.count()


@dataclass(frozen=True, slots=True)
class Built:
    """A site, and what it took to make it."""

    site: Site
    rules: Sequence[Rule]
    seconds: float
    mb: float


def build(rules: int, points: int) -> Built:
    """Return a site of so many rules, spread evenly over its points."""
    gc.collect()
    # Loading looks for no garbage either.
    gc.disable()
    before, began = simulate.rss_mb(), time.process_time()
    site = make_site(points)
    made = make_rules(site, rules, points)
    took = time.process_time() - began
    gc.enable()
    gc.collect()
    return Built(site, made, took, simulate.rss_mb() - before)


def build_keeping(points: int) -> Built:
    """Return a site in which a rule keeps each of so many points where it is warm."""
    before, began = simulate.rss_mb(), time.process_time()
    site = make_site(points)
    text = "".join(
        f"- id: keep-{n}\n  while: room{n}.temperature > {THRESHOLD}\n  keep: {{room{n}.cooling: on}}\n"
        for n in range(points)
    )
    made = load_text(site, text)
    return Built(site, made, time.process_time() - began, simulate.rss_mb() - before)


@asynccontextmanager
async def at_work(built: Built) -> AsyncIterator[Engine]:
    """Give an engine at work whose points are known."""
    async with rules_bench.at_work(built.site, built.rules, MemoryJournal()) as engine:
        await time_batches(engine, [change(range(len(built.site.devices)))])
        yield engine


def change(rooms: Iterable[int]) -> list[Reading]:
    """Return readings of rooms that hold another value now, which comes near no rule's limit."""
    value = 20 + next(_COUNT) % 50 / 10
    return [Reading(point=Point(f"room{n}.temperature"), value=value, observed_at=START) for n in rooms]


def touch(room: int) -> Sequence[list[Reading]]:
    """Return two changes of a room that touch all its rules: it comes just to their limit, and goes back."""
    return warmth([room], 0), warmth([room], -5)


def pass_by(room: int) -> Sequence[list[Reading]]:
    """Return two changes of a room that touch no rule."""
    return change([room]), change([room])


async def time_batches(engine: Engine, batches: Sequence[list[Reading]]) -> float:
    """Return the processor microseconds of a batch."""
    began = time.process_time()
    for batch in batches:
        engine.deliver(batch)
        await engine.idle()
    return (time.process_time() - began) / len(batches) * 1e6


async def time_changes(
    sites: Sequence[Built], rounds: int, come: Callable[[int], Sequence[list[Reading]]]
) -> Sequence[Sequence[float]]:
    """Return, by site, the microseconds of a change in each round; the sites take turns."""
    dice = random.Random(7)
    took: list[list[float]] = [[] for _ in sites]
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(at_work(built)) for built in sites]
        gc.collect()
        gc.freeze()
        for _ in range(rounds):
            for built, engine, us in zip(sites, engines, took, strict=True):
                rooms = range(len(built.site.devices))
                batches = [batch for _ in range(CHANGES // 2) for batch in come(dice.choice(rooms))]
                us.append(await time_batches(engine, batches))
        gc.unfreeze()
    return took


async def time_turns(sites: Sequence[Built], rounds: int) -> Sequence[Sequence[float]]:
    """Return, by site, the microseconds in which one rule of all that keep lets go, or keeps again."""
    took: list[list[float]] = [[] for _ in sites]
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(at_work(built)) for built in sites]
        for built, engine in zip(sites, engines, strict=True):
            await time_batches(engine, [warmth(range(len(built.site.devices)), 1)])
        gc.collect()
        gc.freeze()
        for _ in range(rounds):
            for engine, us in zip(engines, took, strict=True):
                turns = [warmth([n], by) for n in range(TURNS) for by in (-1, 1)]
                us.append(await time_batches(engine, turns))
        gc.unfreeze()
    return took


def warmth(rooms: Iterable[int], by: float) -> list[Reading]:
    """Return readings of rooms that are warmer than the rules' limit by so much."""
    value = THRESHOLD + by
    return [Reading(point=Point(f"room{n}.temperature"), value=value, observed_at=START) for n in rooms]


async def time_sizes(built: Built, rounds: int) -> Sequence[Sequence[float]]:
    """Return, by the readings at once, the microseconds of a batch in each round."""
    took: list[list[float]] = [[] for _ in STEPS]
    async with at_work(built) as engine:
        for _ in range(rounds):
            for size, us in zip(STEPS, took, strict=True):
                batches = [change(range(size)) for _ in range(max(CHANGES // size, 10))]
                us.append(await time_batches(engine, batches))
    return took


async def play(days: int, rooms: int) -> tuple[Sequence[float], Sequence[float]]:
    """Return the processor seconds that went by until the end of each day, and the memory then."""
    house = House(simulate.make_site(rooms), simulate.START, tells=False, journal=simulate.Tally())
    building = simulate.Rooms(house, rooms)
    building.furnish(rooms)
    building.live()
    began = time.process_time()
    await house.switch_on()
    seconds, memory = [], []
    for _ in range(days):
        await asyncio.sleep(simulate.DAY_S)
        seconds.append(time.process_time() - began)
        memory.append(simulate.rss_mb())
    building.stand_still()
    await house.switch_off()
    return seconds, memory


def exponent(name: str, xs: Sequence[float], rounds: Sequence[Sequence[float]], note: str = "") -> Row:
    """Return the row of the steepest step between neighbours on log axes, taken in each round."""
    steepest = [
        max(log(b / a) / log(y / x) for (x, a), (y, b) in itertools.pairwise(zip(xs, each, strict=True)))
        for each in zip(*rounds, strict=True)
    ]
    return row(name, steepest, EXPONENT, limit=MOST_EXPONENT, note=note)


def curve(plot: str, name: str, xs: Sequence[float], rounds: Sequence[Sequence[float]]) -> Curve:
    """Return the medians of the rounds as a curve."""
    return Curve(plot=plot, name=name, x=list(xs), y=[rounded(statistics.median(each)) for each in rounds])


def rounded(value: float) -> float:
    """Return a number with as many digits as a plot shows."""
    return float(f"{value:.3g}")


def installed(most: int, rounds: int) -> tuple[Sequence[Row], Sequence[Curve]]:
    """Return what rules cost that are only installed."""
    sizes = [size for size in (FEWEST, 10_000, 100_000) if size <= most]
    sites = [build(size, size // EACH) for size in sizes]
    took = asyncio.run(time_changes(sites, rounds, touch))
    seconds = [[built.seconds] for built in sites]
    kb = sites[-1].mb * 1024 / sizes[-1]
    rows = [
        ratio(f"a change at {sizes[-1]:,} rules to {FEWEST:,}", took[-1], took[0], limit=MOST_RATIO),
        exponent("making rules", sizes, seconds, "by their number"),
        row(f"a change at {FEWEST:,} rules", took[0], "µs"),
        row(f"a change at {sizes[-1]:,} rules", took[-1], "µs"),
        row("making a rule", [seconds[-1][0] / sizes[-1] * 1e6], "µs"),
        row("memory of a rule", [kb], "kB", note=f"with a tenth of a room, at {sizes[-1]:,} rules"),
    ]
    curves = [
        curve("installed", "a change that touches ten rules", sizes, took),
        curve("making", "making the rules", sizes, seconds),
    ]
    return rows, curves


def keeping(rounds: int) -> tuple[Sequence[Row], Sequence[Curve]]:
    """Return what a rule costs that keeps a point, beside others that do."""
    sizes = (MOST_KEPT // 40, MOST_KEPT)
    took = asyncio.run(time_turns([build_keeping(size) for size in sizes], rounds))
    few, many = took
    return [
        ratio(f"a turn of {MOST_KEPT:,} that keep to {sizes[0]:,}", many, few, limit=MOST_RATIO),
        row(f"a turn of {MOST_KEPT:,} that keep", many, "µs"),
    ], []


def happening(rounds: int) -> tuple[Sequence[Row], Sequence[Curve]]:
    """Return what costs more the more happens."""
    sites = [build(rules, 1) for rules in STEPS]
    touched = asyncio.run(time_changes(sites, rounds, touch))
    passed = asyncio.run(time_changes(sites, rounds, pass_by))
    told = asyncio.run(time_sizes(build(STEPS[-1], STEPS[-1]), rounds))
    return [
        exponent("a change", STEPS, touched, "by the rules that it touches"),
        exponent("a change that touches none", STEPS, passed, "by the rules on its point"),
        exponent("a batch", STEPS, told, "by its readings"),
    ], [
        curve("happening", "a change, by the rules that it touches", STEPS, touched),
        curve("happening", "a change that touches none, by the rules on its point", STEPS, passed),
        curve("happening", "a batch, by its readings", STEPS, told),
    ]


def lasting(days: int) -> tuple[Sequence[Row], Sequence[Curve]]:
    """Return what a month costs, day by day."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        seconds, memory = runner.run(play(days, ROOMS))
    numbers = range(1, days + 1)
    fifth = max(days // 5, 1)
    halves = [fifth, days]
    rows = [
        exponent(f"{days} days", halves, [[seconds[day - 1]] for day in halves], "by the days"),
        ratio("memory after the month to its first fifth", memory[-1:], [memory[fifth - 1]], limit=MOST_GAIN),
        row("a simulated day", [seconds[-1] / days], "s", note=f"{ROOMS} rooms"),
    ]
    return rows, [
        curve("lasting", "processor seconds so far", numbers, [[each] for each in seconds]),
        curve("memory", "memory", numbers, [[each] for each in memory]),
    ]


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; the month comes first, in a process that has held nothing else."""
    parts = [
        lasting(given.days),
        keeping(given.rounds),
        happening(given.rounds),
        installed(given.most, given.rounds),
    ]
    rows = [each for part, _ in reversed(parts) for each in part]
    curves = [each for _, part in reversed(parts) for each in part]
    about = {"rules_at_most": given.most, "rules_on_a_point": EACH, "days": given.days}
    return Findings(about=about, rows=rows, curves=curves)


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=5)
    parser.add_argument("--most", type=at_least(10_000), default=100_000, help="rules, 10,000 or more")
    parser.add_argument("--days", type=at_least(2), default=30)
    given = parser.parse_args()
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
