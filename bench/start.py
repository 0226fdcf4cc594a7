"""How long a small site takes from the command to its first poll, the help, and what Python takes of both.

The server is the bundled one on loopback; the service is a process of its own. The first round is not
counted: it leaves the compiled modules for the others, as an installation does. Beside each stands a bare
interpreter that imports the third-party packages behind it, measured in turn in the same run.

    python bench/start.py [--rounds N] [--json FILE]
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Findings, in_turn, parser_for, ratio, row, tell

from interlock.service.loading import load_devices
from interlock_thinknx.simulator import ThinknxSimulator

SITE = """
site: {{name: Small, timezone: Europe/Rome}}
connections:
  house: {{driver: thinknx-local, host: 127.0.0.1, port: {port}, poll: 10s}}
devices:
  living_thermostat: {{connection: house, type: thermostat, guid: A}}
  living_ac: {{connection: house, type: hvac, guid: B}}
rules:
  - id: cool
    triggers: [{{every: 1m}}]
    condition: living_thermostat.actualtemp > 26
    actions: [{{set: {{living_ac.hvacmode: cooling}}}}]
"""
PACKAGES = "typer, rich, pydantic, pluggy, jinja2, ruamel.yaml, httpx, cronsim, sqlalchemy"
HELP_PACKAGES = "typer, rich"
PROGRAM = Path(sys.executable).parent / "interlock"
MOST_START_S = 1.0
MOST_HELP_MS = 150.0
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Where this is set, each start compiles the edited modules anew."""


async def start_once(folder: Path) -> tuple[float, float]:
    """Return the wall and processor seconds from the command to the first request at the server."""
    site = folder / "site.yaml"
    site.write_text(SITE.format(port=1), encoding="utf-8")
    loaded = load_devices(site)
    simulator = ThinknxSimulator(loaded.connections["house"].settings, list(loaded.targets.values()))
    url = await simulator.start("127.0.0.1", 0)
    site.write_text(SITE.format(port=url.rpartition(":")[2]), encoding="utf-8")
    began = time.perf_counter()
    process = subprocess.Popen([PROGRAM, "run", site], env=COMPILED, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        while not simulator.requests:  # noqa: ASYNC110 - a server tells nobody what arrives
            await asyncio.sleep(0.002)
        took = time.perf_counter() - began
        processor = processor_seconds(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        await simulator.stop()
    return took, processor


def processor_seconds(pid: int) -> float:
    """Return what a running process has used of the processors, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_once(*command: str | Path) -> float:
    """Return the wall seconds of a program that ends by itself."""
    began = time.perf_counter()
    subprocess.run(command, check=True, env=COMPILED, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def import_once(packages: str) -> float:
    """Return the wall seconds of an interpreter that imports packages and ends."""
    return run_once(sys.executable, "-c", f"import {packages}")


def start_in_a_folder() -> tuple[float, float]:
    """Return what `start_once` says of a new site."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(start_once(Path(folder)))


def measure(rounds: int) -> Findings:
    """Return what was found; in each round a start, the help and what they import, in turn."""
    start_in_a_folder()
    run_once(PROGRAM, "--help")
    processor: list[float] = []

    def start() -> float:
        wall, used = start_in_a_folder()
        processor.append(used)
        return wall

    took = in_turn(
        rounds,
        start=start,
        imports=lambda: import_once(PACKAGES),
        help=lambda: run_once(PROGRAM, "--help"),
        help_imports=lambda: import_once(HELP_PACKAGES),
        python=lambda: run_once(sys.executable, "-c", "pass"),
    )
    ms = {way: [each * 1000 for each in seconds] for way, seconds in took.items()}
    return Findings(
        about={"points": 2, "rules": 1},
        rows=[
            ratio("start to bare imports", took["start"], took["imports"], note="of the packages it imports"),
            ratio("help to bare imports", took["help"], took["help_imports"], note=f"of {HELP_PACKAGES}"),
            row("start to first poll", took["start"], "s", limit=MOST_START_S),
            row("processor of a start", processor, "s"),
            row("bare imports of a start", took["imports"], "s"),
            row("interlock --help", ms["help"], "ms", limit=MOST_HELP_MS),
            row("bare imports of the help", ms["help_imports"], "ms"),
            row("bare interpreter", ms["python"], "ms"),
        ],
    )


def main() -> None:
    """Measure and print."""
    given = parser_for(__doc__, rounds=5).parse_args()
    tell(measure(given.rounds), given.json)


if __name__ == "__main__":
    main()
