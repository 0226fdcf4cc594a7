"""A service at work on the example flat, in a process of its own."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interlock.service.control.place import address_of
from support.flat import FlatServer, read_until, start_interlock


class Service:
    """A service at work on the flat, and its log."""

    def __init__(self, flat: FlatServer, process: subprocess.Popen[str]) -> None:
        self.flat = flat
        self.process = process
        self.folder = flat.site.parent

    def until(self, text: str) -> list[str]:
        assert self.process.stderr
        return read_until(self.process.stderr, text)

    def write(self, rules: str) -> None:
        (self.folder / "rules" / "own.yaml").write_text(rules, encoding="utf-8")


def await_socket(process: subprocess.Popen[str], path: Path) -> None:
    """Wait until a service answers there: its socket is to be seen somewhat before it takes anybody in."""
    while True:
        assert process.poll() is None
        with suppress(FileNotFoundError, ConnectionRefusedError):
            with address_of(path) as address, socket.socket(socket.AF_UNIX) as caller:
                caller.connect(address)
            return
        time.sleep(0.01)


@contextmanager
def live_service(flat: FlatServer, rules: str) -> Iterator[Service]:
    """Run a service on the flat with nothing but these rules, until the block ends."""
    for file in (flat.site.parent / "rules").iterdir():
        file.unlink()
    (flat.site.parent / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    running = Service(flat, start_interlock("run", flat.site))
    with running.process:
        try:
            running.until("interlock 0.1.0 runs")
            await_socket(running.process, flat.journal.with_name("interlock.sqlite.socket"))
            yield running
        finally:
            running.process.kill()
