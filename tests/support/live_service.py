"""A service at work on the example flat, in a process of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

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
            socket = flat.journal.with_name("interlock.sqlite.socket")
            while not socket.exists():
                assert running.process.poll() is None
            yield running
        finally:
            running.process.kill()
