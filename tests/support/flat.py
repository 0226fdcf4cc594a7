"""The example flat, on a Thinknx server in a thread of its own, and the command line to go with it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from interlock.config.site import Site
from interlock.model import Point, Value
from interlock.service.loading import load_devices
from interlock_thinknx.simulator import ThinknxSimulator

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
FLAT = ROOT / "rules" / "flat"
PASSWORD = "correct-horse-battery-staple"
PROGRAM = Path(sys.executable).parent / "interlock"
NO_SERVER = 9
"""The port of the discard service, which no machine runs any more: connections are refused."""


def copy_flat(directory: Path, **replacements: str) -> Path:
    """Copy the flat into a directory, give it a password, and return its site file.

    Words of the site file may be replaced.
    """
    target = directory / "flat"
    shutil.copytree(FLAT, target)
    secrets = target / "secrets.yaml"
    secrets.touch(mode=0o600)
    secrets.write_text(f"house_password: {PASSWORD}\n", encoding="utf-8")
    site = target / "site.yaml"
    text = re.sub("# ((auth|username|password):)", r"\1", site.read_text(encoding="utf-8"))
    for old, new in {"poll: 5s": "poll: 100ms\n    stale_after: 6s", **replacements}.items():
        assert old in text
        text = text.replace(old, new)
    site.write_text(text, encoding="utf-8")
    return site


@dataclass(frozen=True, slots=True)
class FlatServer:
    """The flat's server, which runs, and a copy of its site file that points to it."""

    site: Path
    simulator: ThinknxSimulator
    loop: asyncio.AbstractEventLoop

    @property
    def journal(self) -> Path:
        """Where a service on this site writes."""
        return self.site.parent / "interlock.sqlite"

    def hold(self, point: str, value: Value) -> None:
        """Make a device hold a value."""
        self._call(lambda: self.simulator.set_value(Point(point), value))

    def value(self, point: str) -> Value | None:
        """What a device holds."""
        return self._call(lambda: self.simulator.value(Point(point)))

    def commands(self, point: str) -> Sequence[Value | None]:
        """What a device took up at a point."""
        return self._call(lambda: self.simulator.commands(Point(point)))

    def add_fault(self, text: str) -> None:
        """Switch a fault on."""
        self._call(lambda: self.simulator.add_fault(text))

    def targets(self) -> Sequence[str]:
        """What was asked so far, as paths with queries."""
        return self._call(lambda: [request.target for request in self.simulator.requests])

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._call(self.simulator.clear_faults)

    def _call(self, action: Callable[[], T]) -> T:
        async def act() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self.loop).result(timeout=10)


@contextmanager
def flat_server(directory: Path, **replacements: str) -> Iterator[FlatServer]:
    """Serve a copy of the flat until the block ends; the server has the copy's credentials."""
    site_file = copy_flat(directory, **replacements)
    site = load_devices(site_file)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="flat's server")
    thread.start()
    try:
        simulator, url = asyncio.run_coroutine_threadsafe(_start(site), loop).result(timeout=10)
        text = site_file.read_text(encoding="utf-8")
        site_file.write_text(text.replace("port: 5051", f"port: {urlsplit(url).port}"), encoding="utf-8")
        yield FlatServer(site_file, simulator, loop)
        asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result(timeout=10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(site: Site) -> tuple[ThinknxSimulator, str]:
    [connection] = site.connections.values()
    simulator = ThinknxSimulator(connection.settings, list(site.targets.values()))
    simulator.pace.reaction_s = 0.0
    return simulator, await simulator.start("127.0.0.1", 0)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a program that is nobody's terminal."""
    terminal = {"COLUMNS", "LINES", "NO_COLOR", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in terminal}
    return {**kept, "TZ": "Europe/Rome", "LC_ALL": "C.UTF-8", **changes}


def start_interlock(*arguments: str | Path, **changes: str) -> subprocess.Popen[str]:
    """Start the program with pipes for its output."""
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(**changes),
    )


def read_until(stream: Iterator[str], text: str) -> list[str]:
    """Return the lines up to the one that holds a text."""
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"'{text}' never came; instead:\n{''.join(lines)}")
