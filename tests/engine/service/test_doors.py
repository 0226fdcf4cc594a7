"""The doors of a running service: an error that closes one closes no other."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from interlock.service import daemon

DOORS = {"reloads": "reloads", "_control": "the control socket", "_http": "the HTTP API"}


@pytest.mark.parametrize("broken", DOORS)
async def test_a_door_that_breaks_is_told_of_and_closes_no_other(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = []

    async def serve(name: str) -> None:
        if name == broken:
            raise ValueError("a defect")
        opened.append(name)
        await asyncio.Event().wait()

    monkeypatch.setattr(daemon, "_control", lambda *_: serve("_control"))
    monkeypatch.setattr(daemon, "_http", lambda *_: serve("_http"))
    has_begun = asyncio.Event()
    has_begun.set()
    site = SimpleNamespace(name="small", service=SimpleNamespace(listen="127.0.0.1:0"))
    engine: Any = SimpleNamespace(has_begun=has_begun, site=site)
    others: Any = SimpleNamespace(serve=lambda: serve("reloads"), tell_ready=lambda _: None)
    doors = asyncio.create_task(
        daemon._open_doors(engine, others, others, clock=others, journal_path=tmp_path, systemd=others)
    )
    while not caplog.messages or len(opened) < 2:
        assert not doors.done()
        await asyncio.sleep(0)
    doors.cancel()
    await asyncio.gather(doors, return_exceptions=True)
    assert opened == [name for name in DOORS if name != broken]
    assert [message.partition(":")[0] for message in caplog.messages] == [DOORS[broken]]
