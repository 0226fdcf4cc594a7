"""The command line in this process, and the example flat on its server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interlock.cli.failures import guarded
from interlock.cli.program import app
from support.command import Done, Interlock
from support.flat import FlatServer, flat_server
from support.log_state import kept_logging


@pytest.fixture(autouse=True)
def _logging_is_kept() -> Iterator[None]:
    with kept_logging():
        yield


@pytest.fixture
def interlock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Interlock:
    """Runs a command in this process, as ``main`` does."""
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("FORCE_COLOR", "NO_COLOR", "INTERLOCK_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Done:
        try:
            code = guarded(lambda: app([str(argument) for argument in arguments], prog_name="interlock"))
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def flat(tmp_path: Path) -> Iterator[FlatServer]:
    with flat_server(tmp_path) as server:
        yield server


@pytest.fixture
def interlock_in_thread(interlock: Interlock) -> Interlock:
    """The same, from a test that has an event loop of its own."""

    def run(*arguments: str | Path) -> Done:
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(interlock, *arguments).result()

    return run
