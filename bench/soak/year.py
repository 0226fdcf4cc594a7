"""A year of a house in virtual time in which everything goes wrong: what must hold holds, and nothing grows.

Servers away, slow, limiting and talking nonsense; dead and mad sensors; clocks set; a full disk; restarts
and power cuts (in the first third, so that what grows in one life is seen); edits; hands and operators who
command what they like. The journal is a real one, on the disk, kept for thirty days; time stands still while
it works, so that a seed gives the same year each time.

    python bench/soak/year.py [--days N] [--rooms N] [--seed N] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import random
import sqlite3
import sys
import tempfile
import time
import traceback
import types
from collections import Counter
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from house import ROOMS, Life, let_write, variants
from promises import DiskJournal, Promises
from rows import Limits, Tally
from still import StillLoop

from interlock.service.heartbeat import begin_heartbeat
from interlock.simulation.house import House

T = TypeVar("T")

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0
MONTHS = 12
"""The time is divided into so many, whatever it is."""
SETTLED = MONTHS // 3
"""From this month's end on the service is not started again, and what it holds is compared."""
MOST_GROWTH = 1.05
MOST_SWING = 1.3
"""Of what one life of the engine holds: past values and firings, which are bounded and fill up in months."""
MOST_MB = 4
"""What the journal may hold."""
FREE_SHARE = 2.0
"""A journal's file is larger than what it holds: free pages, and its write-ahead log."""
_CODE = (
    types.ModuleType,
    type,
    types.FunctionType,
    types.CodeType,
    types.FrameType,
    types.BuiltinMethodType,
)


@dataclass(frozen=True, slots=True)
class Month:
    """What there was at the end of a month."""

    day: float
    reachable: int
    """Objects that the engine holds, directly or through others."""
    kb: int
    """What these take."""
    ours: int
    """Objects of the product's own classes anywhere."""
    tasks: int
    handles: int
    rss_mb: float
    journal_mb: float
    rows: int


class LogTally(logging.Handler):
    """Counts what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line, formatted as it would be."""
        record.getMessage()
        self.lines[record.levelname] += 1
        if record.exc_info:
            self.lines["tracebacks"] += 1


@dataclass(slots=True)
class Year:
    """A house, and what is looked at in it."""

    house: House
    life: Life
    promises: Promises
    journal: DiskJournal
    tally: Tally
    path: Path

    async def judge(self, keep: timedelta) -> None:
        """Complain about commands without an outcome, and about rows that are too many or too few."""
        self.promises.judge_open()
        is_written = await self.journal.settle()
        if not is_written and not self.life.is_disk_full:
            self.promises.complain("the journal is not written, and its disk takes what is written")
        limits = Limits(keep, MOST_MB * 1_000_000)
        for each in self.tally.judge(self.path, self.house.clock.now(), limits, is_written=is_written):
            self.promises.complain(each)

    def month(self, day: float) -> Month:
        """Return what there is now."""
        gc.collect()
        engine = reach(self.house.engine, stop=(self.promises, self.life, self.house))
        ours = sum(str(type(each).__module__).startswith("interlock") for each in gc.get_objects())
        files = [each for each in self.path.parent.glob(self.path.name + "*") if each.is_file()]
        return Month(
            day=round(day, 1),
            reachable=len(engine),
            kb=sum(map(sys.getsizeof, engine)) // 1024,
            ours=ours,
            tasks=len(asyncio.all_tasks()) - self.life.tasks,
            handles=len(list(Path("/proc/self/fd").iterdir())),
            rss_mb=_rss_mb(),
            journal_mb=round(sum(each.stat().st_size for each in files) / 1e6, 2),
            rows=_rows(self.path),
        )


def reach(root: object, stop: tuple[object, ...]) -> list[object]:
    """Return every object that can be reached from one, but for code and what stops it."""
    seen = {id(each) for each in stop}
    found, left = [], [root]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, _CODE):
            continue
        seen.add(id(each))
        found.append(each)
        left.extend(gc.get_referents(each))
    return found


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * 4096 / 1e6, 1)


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)


async def live(days: float, rooms: int, seed: int, folder: Path) -> tuple[Year, list[Month]]:
    """Let the house live for so long; return what it was like at the end of each month."""
    sites = variants(folder, rooms=rooms, most_mb=MOST_MB)
    promises, tally, path = Promises(), Tally(), folder / "interlock.sqlite"
    settings = sites[0].site.journal
    assert settings.keep is not None
    journal = DiskJournal(path, settings, promises, tally)
    house = House(sites[0], START, tells=False, journal=journal, seed=seed)
    journal.clock = house.clock
    life = Life(house, sites, random.Random(seed), rooms)
    promises.attach(house.clock, house.equipment, life.dead_since)
    every = settings.heartbeat or timedelta(hours=6)
    house.equip = lambda engine: begin_heartbeat(engine, journal, every)
    life.furnish()
    await house.switch_on()
    year = Year(house, life, promises, journal, tally, path)
    beside = [asyncio.create_task(each) for each in (life.weather(), life.trouble())]
    months = []
    for number in range(1, MONTHS + 1):
        await asyncio.wait(beside, timeout=days / MONTHS * DAY_S, return_when=asyncio.FIRST_COMPLETED)
        for each in beside:
            if each.done():
                each.result()
        await _until_on(life, house)
        life.restarts = number < SETTLED
        await year.judge(settings.keep)
        months.append(year.month(days / MONTHS * number))
        life.print_now(json.dumps(asdict(months[-1])))
    for each in beside:
        each.cancel()
    await life.end()
    let_write(True)
    await house.switch_off()
    return year, months


async def _until_on(life: Life, house: House) -> None:
    life.restarts = False
    while not house.is_on:  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(60)


def judge(year: Year, months: list[Month], log: LogTally) -> list[str]:
    """Return what is to be complained of."""
    complaints = list(year.promises.broken)
    early, late = months[SETTLED : SETTLED + 2], months[-2:]
    for what in ("reachable", "kb", "ours", "tasks", "handles", "rss_mb"):
        before, after = (max(getattr(each, what) for each in part) for part in (early, late))
        most = MOST_SWING if what in ("reachable", "kb") else MOST_GROWTH
        if after > before * most + 3:
            complaints.append(f"{what} grew from {before} to {after}")
    if (most := max(each.journal_mb for each in months)) > MOST_MB * FREE_SHARE:
        complaints.append(f"the journal took {most} MB, and may hold {MOST_MB}")
    if log.lines["tracebacks"]:
        complaints.append(f"{log.lines['tracebacks']} tracebacks in the log")
    with closing(sqlite3.connect(year.path)) as database:
        [(state,)] = database.execute("PRAGMA integrity_check").fetchall()
        [(unanswered,)] = database.execute(
            "SELECT count(*) FROM commands c WHERE NOT EXISTS"
            " (SELECT 1 FROM receipts r WHERE r.command = c.id AND r.run = c.run)"
        ).fetchall()
    if state != "ok" or unanswered:
        complaints.append(f"the journal is {state}, with {unanswered} commands without an outcome")
    return complaints


async def _or_die(work: Coroutine[object, object, T]) -> T:
    """Do work; where it fails, end the process: its loop would wait for a journal that nobody writes."""
    try:
        return await work
    except Exception:  # noqa: BLE001 - the end of a process
        let_write(True)
        traceback.print_exc()
        os._exit(2)


def run(days: float, rooms: int, seed: int, folder: Path) -> dict[str, object]:
    """Do all of it; return what there is to say."""
    log = LogTally()
    logging.getLogger("interlock").addHandler(log)
    logging.getLogger("interlock").propagate = False
    logging.getLogger("interlock").setLevel(logging.INFO)
    began = time.monotonic()
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        year, months = runner.run(_or_die(live(days, rooms, seed, folder)))
    first, last = months[SETTLED], months[-1]
    return {
        "days": days,
        "rooms": rooms,
        "seconds": round(time.monotonic() - began, 1),
        "happened": dict(year.life.happened),
        "counts": dict(year.promises.counts),
        "log": dict(log.lines),
        "ratios": {
            what: round(getattr(last, what) / getattr(first, what), 3)
            for what in ("reachable", "kb", "ours", "tasks", "handles", "rss_mb", "journal_mb", "rows")
        },
        "months": [asdict(each) for each in months],
        "complaints": judge(year, months, log),
    }


def main() -> None:
    """Run it, print what came of it, and fail where there is something to complain of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=float, default=365)
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the site and its journal are left")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    # A disk in memory, where there is one: the year has a hundred thousand transactions.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        result = run(given.days, given.rooms, given.seed, folder)
    for name, value in result.items():
        if name != "months":
            print(f"{name:12} {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(bool(result["complaints"]))


if __name__ == "__main__":
    main()
