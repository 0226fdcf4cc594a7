"""What a small computer has to do for a calm site: 1,000 points, each read every ten seconds over real HTTP.

The service is the real program with its journal on the disk, the server a process of its own on loopback
whose temperatures change once a minute. In turn with it a bare loop of httpx, in a process of its own too,
asks for the same in the same way and throws the answers away: once in ten seconds for all, four at a time.
Both sleep in between, so what is told is of whole intervals, from the middle between two polls on. A wake-up
is a voluntary switch of context.

    python bench/idle.py [--points N] [--every SECONDS] [--intervals N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from ctypes import c_ulong
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import cast

import httpx
from harness import Findings, at_least, parser_for, ratio, row, tell
from polling import Answering, serve
from start import COMPILED, PROGRAM, processor_seconds

SITE = """
site: {{name: Calm, timezone: Europe/Rome}}
connections:
  house:
    {{driver: thinknx-local, host: 127.0.0.1, port: {port}, poll: {every}s, stale_after: 1h}}
watch: [{points}]
devices:
{devices}
"""
DEVICE = "  room{n}: {{connection: house, type: thermostat, guid: T{n}}}\n"
AT_ONCE = 4
"""So many requests are under way at most: what a connection has if its file says nothing."""
MOST_MB = 100.0


class Calm(Answering):
    """Answers the same temperature for a minute."""

    def temperature(self, number: int) -> float:
        """Return what is answered to the request of this number."""
        return 20 + time.time() // 60 % 50 / 10


@dataclass(frozen=True, slots=True)
class Load:
    """What a process did while it was looked at."""

    percent: float
    """Of a core."""
    mb: float
    """Of memory that it holds at the end."""
    wakes: float
    """Each second."""


def write_site(folder: Path, port: int, points: int, every: int) -> Path:
    """Write a site of so many thermostats that are watched, and return its file."""
    path = folder / "site.yaml"
    watched = ", ".join(f"room{n}.actualtemp" for n in range(points))
    devices = "".join(DEVICE.format(n=n) for n in range(points))
    path.write_text(SITE.format(port=port, every=every, points=watched, devices=devices), encoding="utf-8")
    return path


async def ask_on(port: int, points: int, every: int) -> None:
    """Ask for all points in each interval, until this process is ended."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    base = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=base, timeout=None, limits=limits, trust_env=False) as client:

        async def ask(numbers: Iterator[int]) -> None:
            for number in numbers:
                reply = await client.get(f"/api/v1/thermostat_status?guid=T{number}")
                reply.json()

        for interval in itertools.count(1):
            numbers = iter(range(points))
            await asyncio.gather(*(ask(numbers) for _ in range(AT_ONCE)))
            await asyncio.sleep(max(began + interval * every - time.monotonic(), 0))


def look_at(command: Sequence[str | Path], count: Synchronized[int], given: argparse.Namespace) -> Load:
    """Return what a program does that polls, from between its second poll and its third."""
    before = count.value
    process = subprocess.Popen(command, env=COMPILED, stderr=subprocess.DEVNULL)
    try:
        # The first comes at once, and each further one at its place in the interval.
        while count.value - before < 2 * given.points:
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.05)
        time.sleep(given.every / 2)
        first = time.monotonic(), processor_seconds(process.pid), wakes(process.pid)
        time.sleep(given.every * given.intervals)
        last = time.monotonic(), processor_seconds(process.pid), wakes(process.pid)
        passed, used, woken = (one - other for one, other in zip(last, first, strict=True))
        # The kernel counts in ticks: what takes less than one takes something all the same.
        used = max(used, 1 / os.sysconf("SC_CLK_TCK"))
        return Load(used / passed * 100, rss_mb(process.pid), woken / passed)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wakes(pid: int) -> int:
    """Return how often the threads of a process went on after they had waited."""
    return sum(
        _status(path, "voluntary_ctxt_switches") for path in Path(f"/proc/{pid}/task").glob("*/status")
    )


def rss_mb(pid: int) -> float:
    """Return how much memory a process holds now."""
    return _status(Path(f"/proc/{pid}/status"), "VmRSS") / 1024


def _status(path: Path, name: str) -> int:
    lines = path.read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; the service and the bare loop take turns."""
    count = cast("Synchronized[int]", multiprocessing.Value(c_ulong, 0))
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, count, Calm), daemon=True)
    server.start()
    service, bare = [], []
    try:
        port = int(ours.recv())
        for _ in range(given.rounds):
            with tempfile.TemporaryDirectory() as folder:
                site = write_site(Path(folder), port, given.points, given.every)
                service.append(look_at((PROGRAM, "run", site), count, given))
            sizes = "--points", str(given.points), "--every", str(given.every)
            bare.append(look_at((sys.executable, __file__, "--ask", str(port), *sizes), count, given))
    finally:
        server.terminate()
        server.join()
    return found(service, bare, given)


def found(service: Sequence[Load], bare: Sequence[Load], given: argparse.Namespace) -> Findings:
    """Return the rows of what was seen."""
    percents = [each.percent for each in service], [each.percent for each in bare]
    return Findings(
        about={"points": given.points, "seconds_between": given.every},
        rows=[
            ratio("processor to a bare loop", *percents, note="which only asks"),
            ratio("memory to a bare loop", [each.mb for each in service], [each.mb for each in bare]),
            row("processor", percents[0], "%", note="of a core"),
            row("processor, bare loop", percents[1], "%", note="of a core"),
            row("memory", [each.mb for each in service], "MB", limit=MOST_MB),
            row("wake-ups", [each.wakes for each in service], "/s"),
            row("wake-ups, bare loop", [each.wakes for each in bare], "/s"),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=2)
    parser.add_argument("--points", type=at_least(1), default=1000)
    parser.add_argument("--every", type=at_least(1), default=10, help="seconds between two polls")
    parser.add_argument("--intervals", type=at_least(1), default=1, help="so many are looked at")
    parser.add_argument("--ask", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        asyncio.run(ask_on(given.ask, given.points, given.every))
        return
    tell(measure(given), given.json)


if __name__ == "__main__":
    # The bare loop is told to end when it has been looked at.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    main()
