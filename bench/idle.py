"""What a small computer has to do for a calm site: 1,000 points, each read every ten seconds over real HTTP.

The service is the real program with its journal on the disk, the server a process of its own on loopback
whose temperatures change once a minute. In turn with it a bare loop of httpx, in a process of its own too,
asks for the same at that pace and throws the answers away. A wake-up is a voluntary switch of context.

    python bench/idle.py [--points N] [--seconds N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
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
EVERY_S = 10
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


def write_site(folder: Path, port: int, points: int) -> Path:
    """Write a site of so many thermostats that are watched, and return its file."""
    path = folder / "site.yaml"
    watched = ", ".join(f"room{n}.actualtemp" for n in range(points))
    devices = "".join(DEVICE.format(n=n) for n in range(points))
    path.write_text(SITE.format(port=port, every=EVERY_S, points=watched, devices=devices), encoding="utf-8")
    return path


async def ask_on(port: int, points: int) -> None:
    """Ask for each point every ten seconds, evenly, until this process is ended."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
    base = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=base, timeout=None, limits=limits, trust_env=False) as client:
        number = 0
        while True:
            reply = await client.get(f"/api/v1/thermostat_status?guid=T{number % points}")
            reply.json()
            number += 1
            await asyncio.sleep(max(began + number * EVERY_S / points - time.monotonic(), 0))


def look_at(command: Sequence[str | Path], count: Synchronized[int], points: int, seconds: float) -> Load:
    """Return what a program does that polls, from when it has asked for every point."""
    before = count.value
    process = subprocess.Popen(command, env=COMPILED, stderr=subprocess.DEVNULL)
    try:
        while count.value - before < points:
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.05)
        first = time.monotonic(), processor_seconds(process.pid), wakes(process.pid)
        time.sleep(seconds)
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
                site = write_site(Path(folder), port, given.points)
                service.append(look_at((PROGRAM, "run", site), count, given.points, given.seconds))
            asking = (sys.executable, __file__, "--ask", str(port), "--points", str(given.points))
            bare.append(look_at(asking, count, given.points, given.seconds))
    finally:
        server.terminate()
        server.join()
    return found(service, bare, given.points)


def found(service: Sequence[Load], bare: Sequence[Load], points: int) -> Findings:
    """Return the rows of what was seen."""
    percents = [each.percent for each in service], [each.percent for each in bare]
    return Findings(
        about={"points": points, "seconds_between": EVERY_S},
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
    parser.add_argument("--seconds", type=at_least(0.1), default=10.0)
    parser.add_argument("--ask", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        asyncio.run(ask_on(given.ask, given.points))
        return
    tell(measure(given), given.json)


if __name__ == "__main__":
    # The bare loop is told to end when it has been looked at.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    main()
