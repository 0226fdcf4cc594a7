"""The doors of a running service: an error that closes one closes no other."""

import asyncio
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from interlock.config.service_section import Listen, ServiceSettings
from interlock.history.journal import JournalHealth
from interlock.service import daemon
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.api.door import serve_api
from interlock.service.host import garbage
from support.served_site import ServedSite

DOORS = {"reloads": "reloads", "_control": "the control socket", "_http": "the HTTP API"}


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note when something is taken for lasting, and let it go on like before."""
    noted: list[str] = []
    monkeypatch.setattr(garbage, "take_for_lasting", lambda: noted.append("all"))
    return noted


def healthy() -> JournalHealth:
    return JournalHealth(is_written=True, waiting=0, lost=0, written_at=None)


async def test_doors_that_cannot_be_opened_at_all_end_no_work(caplog: pytest.LogCaptureFixture) -> None:
    async def open_doors() -> None:
        raise ValueError("a defect")

    async def work() -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    await daemon._beside(open_doors(), work())
    assert caplog.messages == [
        "edits and requests: closed by an error; the service goes on without, "
        "and start it again once that is mended"
    ]


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
    condition = Condition(place=tmp_path, journal=healthy, api=ApiDoor())
    doors = asyncio.create_task(
        daemon._open_doors(engine, others, others, clock=others, condition=condition, systemd=others)
    )
    while not caplog.messages or len(opened) < 2:
        assert not doors.done()
        await asyncio.sleep(0)
    doors.cancel()
    await asyncio.gather(doors, return_exceptions=True)
    assert opened == [name for name in DOORS if name != broken]
    assert [message.partition(":")[0] for message in caplog.messages] == [DOORS[broken]]


async def test_what_is_there_once_rules_are_looked_at_is_taken_for_lasting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lasting: list[str]
) -> None:
    monkeypatch.setattr(daemon, "_control", lambda *_: asyncio.sleep(0))
    has_begun = asyncio.Event()
    site = SimpleNamespace(name="small", service=SimpleNamespace(listen=None))
    engine: Any = SimpleNamespace(has_begun=has_begun, site=site)
    others: Any = SimpleNamespace(serve=lambda: asyncio.sleep(0), tell_ready=lasting.append)
    condition = Condition(place=tmp_path, journal=healthy, api=ApiDoor())
    doors = daemon._open_doors(engine, others, others, clock=others, condition=condition, systemd=others)
    opening = asyncio.create_task(doors)
    await asyncio.sleep(0)
    assert lasting == []
    has_begun.set()
    await opening
    assert lasting == ["runs small", "all"]


HTTP: Any = SimpleNamespace(site=SimpleNamespace(service=None))
DESK: Any = SimpleNamespace(answer=None)


async def test_an_api_that_an_error_closed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(*_: object) -> None:
        raise ValueError("a defect")

    condition = Condition(place=tmp_path, journal=healthy, api=ApiDoor("127.0.0.1:8088"))
    monkeypatch.setattr("interlock.service.api.door.serve_api", serve)
    with pytest.raises(ValueError, match="a defect"):
        await daemon._http(HTTP, DESK, HTTP, condition, HTTP)
    assert condition.api == ApiDoor("127.0.0.1:8088", "an error closed it, which is in the log")


async def test_an_api_without_its_libraries_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(name: str) -> object:
        raise ModuleNotFoundError(name=name.rpartition(".")[2])

    condition = Condition(place=tmp_path, journal=healthy, api=ApiDoor("127.0.0.1:8088"))
    monkeypatch.setattr(daemon, "import_module", refuse)
    await daemon._http(HTTP, DESK, HTTP, condition, HTTP)
    assert condition.api.trouble == "for want of served: pip install 'interlock[api]'"
    assert caplog.messages == ["there is no HTTP API, for want of served: pip install 'interlock[api]'"]


async def test_an_api_whose_port_is_taken_is_told_of(tmp_path: Path) -> None:
    house = ServedSite(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = Listen("127.0.0.1", taken.getsockname()[1])
        await serve_api(house.served, ServiceSettings(listen=listen, tokens=tmp_path / "tokens.yaml"))
    assert house.served.condition.api.trouble == "address already in use"
