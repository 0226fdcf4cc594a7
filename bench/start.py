"""How long a small site takes from the command to its first poll, and what Python itself takes of it.

The server is the bundled one on loopback; the service is a process of its own. The first round is not
counted: it leaves the compiled modules for the others, as an installation does. The share is that of a bare
interpreter that imports the same third-party packages, measured in turn in the same run.

    python bench/start.py [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
PACKAGES = (
    "typer, rich, pydantic, pluggy, jinja2, ruamel.yaml, httpx, cronsim, sqlalchemy.ext.asyncio, aiosqlite"
)
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
    program = Path(sys.executable).parent / "interlock"
    process = subprocess.Popen([program, "run", site], env=COMPILED, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
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


def import_once() -> float:
    """Return the wall seconds of an interpreter that imports the packages and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {PACKAGES}"], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    walls, processors, shares = [], [], []
    for number in range(given.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            wall, processor = asyncio.run(start_once(Path(folder)))
        if number == 0:
            continue
        walls.append(wall)
        processors.append(processor)
        shares.append(import_once() / wall)
    result = {
        "start_to_first_poll_s": round(statistics.median(walls), 3),
        "processor_s": round(statistics.median(processors), 3),
        "share_of_bare_imports": round(statistics.median(shares), 3),
    }
    for name, value in result.items():
        print(f"{name:24} {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
