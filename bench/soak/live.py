"""The real program for an hour beside servers that fail in every way: what it holds stays as it is.

`interlock run` with its journal on the disk, as a process of its own; the protocol servers of Thinknx (in the
same network and behind the cloud) and of Founten, each behind a door that does to bytes what networks do; a
hand that changes values, an operator who commands, an editor who breaks rules and mends them. At the end the
servers are well again: all has to be known within the time that a service may wait for a server.

    python bench/soak/live.py [--minutes N] [--seed N] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from held import Sample, growth_of
from town import ROOMS, SECRET, Soak, edit, heal, live, make_trouble, operate, set_up

from interlock import Point
from interlock.errors import InterlockError
from interlock.service.control.client import ask
from interlock.service.control.protocol import (
    AskStatus,
    Status,
)

PROGRAM = Path(sys.executable).parent / "interlock"


LONGEST_PAUSE_S = 5 * 60 * 1.2
"""So long a service may wait for a server that was away: see docs/explanation/unknown.md."""


SLACK_S = 60.0
"""For the last polls, and for points that were silent and are asked apart."""


MOST_END_S = 15.0
"""What a service may take to end by SIGTERM."""


MOST_RSS_MB = 160.0


MOST_TROUBLE_A_MINUTE = 150
"""Lines of the log that are warnings or errors: with a fault every few seconds, and broken rules."""


async def start_service(soak: Soak) -> asyncio.subprocess.Process:
    """Start the program, and wait until it answers."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("run", str(soak.folder), "--log-format", "json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    soak.begin(_read_log(soak, process), "log")
    while True:
        await asyncio.sleep(0.2)
        try:
            await ask(soak.journal, AskStatus(), Status)
            return process
        except InterlockError:
            if process.returncode is not None:
                raise


async def _read_log(soak: Soak, process: asyncio.subprocess.Process) -> None:
    assert process.stderr
    with (soak.folder / "log.jsonl").open("wb") as kept:
        async for line in process.stderr:
            kept.write(line)
            kept.flush()
            try:
                soak.lines[json.loads(line)["level"]] += 1
            except (ValueError, KeyError):
                soak.complaints.append(f"a line of the log is no JSON: {line[:300]!r}")


async def watch(soak: Soak, process: asyncio.subprocess.Process) -> None:
    """Take samples of what the process holds, and print one a minute."""
    told = 0.0
    while True:
        sample = take(soak, process.pid)
        soak.samples.append(sample)
        if soak.passed_s - told >= 60:
            told = soak.passed_s
            print(json.dumps(asdict(sample)), flush=True)
        await asyncio.sleep(2)


def take(soak: Soak, pid: int) -> Sample:
    """Return what the process holds now."""
    proc = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    times = (proc / "stat").read_text().rpartition(")")[2].split()[11:13]
    files = soak.folder.glob("interlock.sqlite*")
    return Sample(
        at_s=round(soak.passed_s, 1),
        rss_mb=round(int(status["VmRSS"].split()[0]) / 1024, 1),
        handles=len(list((proc / "fd").iterdir())),
        threads=int(status["Threads"]),
        cpu_s=sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
        lines=soak.lines.total(),
        journal_mb=round(sum(each.stat().st_size for each in files if each.is_file()) / 1e6, 2),
    )


async def suffer(soak: Soak, process: asyncio.subprocess.Process, seconds: float) -> None:
    """Let all of it happen for some time; end early where the service or one of these ends."""
    work: Sequence[Coroutine[object, object, None]] = (
        make_trouble(soak),
        live(soak),
        operate(soak),
        edit(soak),
        watch(soak, process),
    )
    tasks = [asyncio.create_task(each) for each in work]
    gone = asyncio.create_task(process.wait())
    done, _ = await asyncio.wait({*tasks, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if gone in done:
        soak.complaints.append(f"the service ended by itself, with {process.returncode}")
    for task in (*tasks, *(each for each in soak.tasks if each.get_name() == "trouble")):
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    soak.complaints += [f"the soak itself failed: {e!r}" for e in ends if isinstance(e, Exception)]


async def recover(soak: Soak) -> float:
    """Make all well, and return how long it took until the service knew; complain where it was long."""
    for stand in soak.stands:
        await heal(stand)
    soak.write_rules(24)
    soak.write_site(timeout=1000, host="127.0.0.1")
    began, status = time.monotonic(), None
    while (took_s := time.monotonic() - began) < LONGEST_PAUSE_S + SLACK_S:
        await asyncio.sleep(0.5)
        try:
            status = await ask(soak.journal, AskStatus(), Status)
        except InterlockError as error:
            soak.happened[f"after: {error}"] += 1
            continue
        if not status.unknown_count and all(each.is_there for each in status.connections):
            return took_s
    soak.complaints.append(f"not all is known {took_s:.0f} s after all was well: {status}")
    return took_s


async def end(soak: Soak, process: asyncio.subprocess.Process) -> float:
    """End the service as systemd does; return how long that took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(4 * MOST_END_S):
            status = await process.wait()
    except TimeoutError:
        process.kill()
        status = await process.wait()
    took_s = time.monotonic() - began
    if status or took_s > MOST_END_S:
        soak.complaints.append(f"SIGTERM took {took_s:.1f} s and came to {status}")
    return took_s


def judge(soak: Soak) -> None:
    """Complain about what grew, what was said too often, and what the journal lacks."""
    soak.complaints += growth_of(soak.samples)
    if (most := max(each.rss_mb for each in soak.samples)) > MOST_RSS_MB:
        soak.complaints.append(f"it took {most} MB")
    trouble = (soak.lines["warning"] + soak.lines["error"]) / max(soak.samples[-1].at_s / 60, 1)
    if trouble > MOST_TROUBLE_A_MINUTE:
        soak.complaints.append(f"the log has {trouble:.0f} warnings and errors a minute")
    log = (soak.folder / "log.jsonl").read_text(encoding="utf-8")
    soak.complaints += [f"the log has {text!r}" for text in (SECRET, "Traceback") if text in log]
    judge_journal(soak)


def judge_journal(soak: Soak) -> None:
    """Complain about a journal that is not whole, commands without an outcome and scenes launched twice."""
    with closing(sqlite3.connect(soak.journal)) as database:
        [(state,)] = database.execute("PRAGMA integrity_check").fetchall()
        [(unanswered,)] = database.execute(
            "SELECT count(*) FROM commands c WHERE NOT EXISTS"
            " (SELECT 1 FROM receipts r WHERE r.command = c.id AND r.run = c.run)"
        ).fetchall()
        asked = Counter(p for (p,) in database.execute("SELECT point FROM commands"))
    if state != "ok" or unanswered:
        soak.complaints.append(f"the journal is {state}, with {unanswered} commands without an outcome")
    for stand in soak.stands:
        if stand.name == "founten":
            continue
        for n in range(ROOMS):
            point = f"{stand.name}{n}_scene.scenelaunch"
            if (done := len(stand.simulator.commands(Point(point)))) > asked[point]:
                soak.complaints.append(f"{point} was launched {done} times for {asked[point]} commands")


async def run(minutes: float, seed: int, folder: Path) -> tuple[Soak, dict[str, object]]:
    """Do all of it; return what there is to say."""
    soak = Soak(folder, random.Random(seed))
    await set_up(soak)
    process = await start_service(soak)
    await suffer(soak, process, minutes * 60)
    well_s = await recover(soak)
    await asyncio.sleep(2)
    last = take(soak, process.pid)
    ended_s = await end(soak, process)
    judge(soak)
    for stand in soak.stands:
        await stand.proxy.stop()
        await stand.simulator.stop()
    quarter = soak.samples[len(soak.samples) // 4]
    return soak, {
        "minutes": minutes,
        "requests": {each.name: each.proxy.accepted for each in soak.stands},
        "first": asdict(soak.samples[0]),
        "after a quarter": asdict(quarter),
        "last": asdict(soak.samples[-1]),
        "healthy again": asdict(last),
        "most": {w: max(getattr(s, w) for s in soak.samples) for w in ("rss_mb", "handles", "threads")},
        "well after s": round(well_s, 1),
        "ended after s": round(ended_s, 1),
        "log": dict(soak.lines),
        "happened": dict(soak.happened),
        "complaints": soak.complaints,
    }


def main() -> None:
    """Run it, print what came of it, and fail where there is something to complain of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the site and its log are left")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        soak, result = asyncio.run(run(given.minutes, given.seed, folder))
    for name, value in result.items():
        print(f"{name:16} {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(bool(soak.complaints))


if __name__ == "__main__":
    main()
