"""What a reading costs where rules look at more than a value: times, groups of points, windows of the past.

As many rules of each kind get the same batches of readings, in turn, on the whole way of `bench/rules.py`;
the ratio is to rules that compare one value. A group here has ten members, and a window ten minutes.

Then as many rules that look at times, groups and windows, a third of each, stand in one site, and in a
hundred sites that run side by side in one process and get as many readings: a batch of each is a hundredth.

    python bench/conditions.py [--rules N] [--batches N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from math import ceil

from harness import Findings, Row, at_least, in_turn, parser_for, ratio, row, tell
from rules import at_work, load_text, make_batches, make_site, run_engine

from interlock.config.site import Site
from interlock.history.journal import MemoryJournal
from interlock.model import Reading
from interlock.rules.rule import Rule

Town = tuple[Site, Sequence[Rule]]

PLAIN = "plain"
MEMBERS = 10
"""Of each group."""
CONDITIONS: Mapping[str, str] = {
    PLAIN: "room{n}.temperature > 26",
    "time": "room{n}.temperature > 26 and between('07:30', '18:30')",
    "hold": "is_true_for('room{n}.temperature > 26', '10m')",
    "group": "avg(group{g}.temperature) > 26",
    "group any": "any(group{g}.temperature > 27)",
    "window": "mean_over('room{n}.temperature', '10m') > 26",
    "two points": "room{n}.temperature > room{m}.temperature + 5",
}


MIXED = ("time", "group", "window")
SITES = 100


def make_town(points: int) -> Site:
    """Return a site of so many rooms, in groups."""
    groups = {
        f"group{g}": tuple(f"room{n}" for n in range(g * MEMBERS, min((g + 1) * MEMBERS, points)))
        for g in range(ceil(points / MEMBERS))
    }
    return replace(make_site(points), groups=groups)


def make_rules(site: Site, condition: str, rules: int, points: int, first: int = 0) -> Sequence[Rule]:
    """Return so many rules with such a condition, numbered from the first."""
    text = "\n".join(
        f"- id: rule-{n}\n"
        f'  condition: "{condition.format(n=n % points, m=(n + 1) % points, g=n % points // MEMBERS)}"\n'
        f"  actions: [{{set: {{room{n % points}.cooling: on}}, only_if_different: false}}]"
        for n in range(first, first + rules)
    )
    return load_text(site, text)


def timing(
    site: Site, rules: Sequence[Rule], batches: Sequence[list[Reading]], readings: int
) -> Callable[[], float]:
    """Return what measures the processor microseconds of a reading."""

    def us() -> float:
        return asyncio.run(run_engine(site, rules, batches, MemoryJournal()))[0] / readings * 1e6

    return us


def make_mixed(points: int, rules: int) -> Town:
    """Return a site with rules that look at times, groups and windows, a third of each."""
    site, third = make_town(points), ceil(rules / len(MIXED))
    made = [
        rule
        for place, name in enumerate(MIXED)
        for rule in make_rules(site, CONDITIONS[name], third, points, first=place * third)
    ]
    return site, made[:rules]


async def run_towns(towns: Sequence[Town], batches: Sequence[Sequence[list[Reading]]]) -> float:
    """Return the processor seconds that sites take side by side, each for the batches of its own."""
    async with AsyncExitStack() as stack:
        engines = [
            await stack.enter_async_context(at_work(site, rules, MemoryJournal())) for site, rules in towns
        ]
        began = time.process_time()
        for at_once in zip(*batches, strict=True):
            for engine, batch in zip(engines, at_once, strict=True):
                engine.deliver(batch)
                await engine.idle()
        return time.process_time() - began


def many_sites(given: argparse.Namespace) -> Sequence[Row]:
    """Return what the same rules cost in one site and in many."""
    few = ceil(given.points / SITES), ceil(given.rules / SITES)
    points, rules = few[0] * SITES, few[1] * SITES
    one, many = [make_mixed(points, rules)], [make_mixed(*few) for _ in range(SITES)]
    at_one = [make_batches(points, given.batches)]
    at_many = [make_batches(few[0], given.batches, seed=seed) for seed in range(SITES)]
    took = in_turn(
        given.rounds,
        one=lambda: asyncio.run(run_towns(one, at_one)),
        many=lambda: asyncio.run(run_towns(many, at_many)),
    )
    us = {way: [each / points / given.batches * 1e6 for each in seconds] for way, seconds in took.items()}
    return [
        ratio(f"mixed, in {SITES} sites to one", us["many"], us["one"]),
        row("mixed, in one site", us["one"], "µs"),
        row(f"mixed, in {SITES} sites", us["many"], "µs"),
    ]


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; all kinds take turns."""
    site = make_town(given.points)
    batches = make_batches(given.points, given.batches)
    readings = given.points * given.batches
    ways = {
        name: timing(site, make_rules(site, condition, given.rules, given.points), batches, readings)
        for name, condition in CONDITIONS.items()
    }
    took = in_turn(given.rounds, **ways)
    others = [name for name in CONDITIONS if name != PLAIN]
    rows = [ratio(f"{name} to plain", took[name], took[PLAIN]) for name in others]
    rows += [row(f"a reading, {name}", us, "µs") for name, us in took.items()]
    rows += many_sites(given)
    return Findings(about={"rules": given.rules, "points": given.points, "readings": readings}, rows=rows)


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--rules", type=at_least(1), default=1000)
    parser.add_argument("--points", type=at_least(1), default=1000)
    parser.add_argument("--batches", type=at_least(1), default=10)
    given = parser.parse_args()
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
