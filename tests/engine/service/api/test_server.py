"""Clients of every kind at the HTTP API: slow, greedy, many, and none at all."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
import trustme
from fastapi import APIRouter
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from interlock.config.service_section import Listen, Tls
from interlock.service.api import connection, limits, server
from interlock.service.api.app import make_app
from interlock.service.api.auth import Reader
from interlock.service.api.connection import PatientProtocol
from interlock.service.api.limits import MOST_BODY_BYTES
from interlock.service.api.server import ApiServer
from interlock.service.tokens import Doorkeeper, Role, TokenFile
from support.journal_entries import START, HandClock

pytestmark = pytest.mark.slow

GET = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"


def app(folder: Path) -> ASGIApp:
    router = APIRouter()

    @router.get("/echo")
    async def get() -> str:
        return "well"

    @router.post("/echo")
    async def post(body: dict[str, str]) -> int:
        return len(body)

    @router.get("/large")
    async def large() -> str:
        return "x" * 50_000_000

    @router.get("/lasting")
    async def lasting() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            await asyncio.sleep(4 * limits._BODY_S)
            yield b"end"

        return StreamingResponse(parts())

    @router.get("/mine")
    async def mine(_: Reader) -> str:
        return "well"

    @router.get("/listening")
    async def listening(_: Reader) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            await asyncio.Event().wait()

        return StreamingResponse(parts())

    @router.get("/broken")
    async def broken() -> str:
        raise RuntimeError("a secret")

    return make_app(Doorkeeper(TokenFile(folder / "tokens.json")), [router], HandClock())


@asynccontextmanager
async def served(folder: Path, **options: object) -> AsyncIterator[ApiServer]:
    running = ApiServer(app(folder), Listen("127.0.0.1", 0), **options)  # type: ignore[arg-type]
    task = asyncio.create_task(running.serve())
    await running.is_open.wait()
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while _writers:
            _writers.pop().close()


_writers: list[asyncio.StreamWriter] = []
"""Of the connections that clients have opened."""


async def opened(running: ApiServer, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = httpx.URL(running.address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    _writers.append(writer)
    writer.write(sent)
    return reader, writer


async def answer(running: ApiServer, sent: bytes = GET) -> bytes:
    """Send bytes and return all that comes back until the other side closes; nothing where it cuts."""
    reader, writer = await opened(running, sent.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_request_is_answered(tmp_path: Path) -> None:
    async with served(tmp_path) as running:
        found = await answer(running)
    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert found.endswith(b'\r\n\r\n"well"')
    assert b"server:" not in found.lower()


@pytest.mark.parametrize("sent", [b"", b"GET /ec", GET[:-2], GET + b"GET /ec"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    tmp_path: Path, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_HEAD_S", 0.05)
    async with served(tmp_path) as running:
        reader, writer = await opened(running, sent)
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_BODY_S", 0.05)
    async with served(tmp_path) as running:
        reader, writer = await opened(running, POST + b'{"a"')
        found = await reader.read()
        writer.close()
    assert found.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in found
    assert b"connection: close\r\n" in found.lower()


async def test_a_body_that_does_not_come_ends_no_answer_that_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits, "_BODY_S", 0.05)
    async with served(tmp_path) as running:
        found = await answer(
            running, GET.replace(b"/echo", b"/lasting").replace(b"Host", b"Content-Length: 5\r\nHost")
        )
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert found.endswith(b"begun\r\n3\r\nend\r\n0\r\n\r\n")
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_a_client_that_does_not_read_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_STALL_S", 0.05)
    async with served(tmp_path) as running:
        reader, writer = await opened(running, GET.replace(b"/echo", b"/large"))
        await reader.readexactly(1)
        await asyncio.gather(*running.clients)
        assert (await answer(running)).startswith(b"HTTP/1.1 200 OK")
        writer.close()


async def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    content = b'{"a": "' + b"x" * MOST_BODY_BYTES + b'"}'
    async with served(tmp_path) as running, httpx.AsyncClient(trust_env=False) as client:
        headers = {"Content-Type": "application/json"}
        found = await client.post(f"{running.address}/echo", content=content, headers=headers)
    assert (found.status_code, found.json()["detail"]) == (413, "the body is larger than 65536 bytes")


@pytest.mark.parametrize("more", [b"", b"Content-Length: 4\r\n"])
async def test_a_body_in_chunks_is_refused_and_nothing_after_it_is_looked_at(
    tmp_path: Path, more: bytes
) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\n" + more + b"Transfer-Encoding: chunked\r\n\r\n"
    async with served(tmp_path) as running:
        found = await answer(running, head + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n" + GET)
    assert found.startswith(b"HTTP/1.1 411 Length Required\r\n")
    assert b"connection: close\r\n" in found
    assert found.endswith(b'"detail": "the body comes in chunks: send it whole, with a Content-Length"}')
    assert found.count(b"HTTP/1.1 ") == 1


async def test_who_goes_on_sending_after_a_refusal_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LINGER_S", 0.05)
    async with served(tmp_path) as running:
        _, writer = await opened(
            running, b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"1\r\nx\r\n")
                await writer.drain()
                await asyncio.sleep(0)


@pytest.mark.parametrize("before", [b"", GET])
async def test_a_head_that_comes_at_once_is_not_parsed_beyond_its_limit(
    tmp_path: Path, before: bytes
) -> None:
    async with served(tmp_path) as running:
        reader, writer = await opened(running, before + GET[:-2] + b"a:\r\n" * 20_000 + b"\r\n")
        found = await reader.read()
        writer.close()
    assert found.count(b"HTTP/1.1 200 OK\r\n") == bool(before)
    assert found.count(b"HTTP/1.1 400 Bad Request\r\n") == 1


async def test_requests_that_come_at_once_are_all_answered(tmp_path: Path) -> None:
    body = POST.replace(b"10", b"12") + b'{"a": "b\xc3\xa9"}'[:12]
    async with served(tmp_path) as running:
        reader, writer = await opened(running, (GET + body) * 300 + GET[:-2] + b"Connection: close\r\n\r\n")
        found = await reader.read()
        writer.close()
    assert found.count(b"HTTP/1.1 ") == 601


async def test_a_body_of_the_largest_size_is_taken(tmp_path: Path) -> None:
    content = b'{"a": "' + b"x" * (MOST_BODY_BYTES - 9) + b'"}'
    assert len(content) == MOST_BODY_BYTES
    async with served(tmp_path) as running, httpx.AsyncClient(trust_env=False) as client:
        headers = {"Content-Type": "application/json"}
        found = await client.post(f"{running.address}/echo", content=content, headers=headers)
    assert (found.status_code, found.json()) == (200, 1)


Client: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def asked(running: ApiServer, path: str = "/echo", token: str = "", until: bytes = b'"well"') -> Client:
    """Ask over a connection that stays open, until so much is answered."""
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    reader, writer = await opened(running, f"GET {path} HTTP/1.1\r\nHost: x\r\n{bearer}\r\n".encode())
    await reader.readuntil(until)
    return reader, writer


async def is_cut(client: Client) -> bool:
    """Whether a connection was cut: nothing comes back any more."""
    reader, writer = client
    writer.write(GET)
    try:
        return await reader.read(1) == b""
    except ConnectionResetError:
        return True


async def seen(running: ApiServer, is_so: Callable[[PatientProtocol], bool]) -> None:
    """Wait until the service sees of a connection that something is so."""
    while not any(map(is_so, running.clients.values())):
        assert running.is_open.is_set()
        await asyncio.sleep(0)


@pytest.fixture
def token(tmp_path: Path) -> str:
    return TokenFile(tmp_path / "tokens.json").create("owner", Role.READ, START)


async def test_for_one_connection_more_the_one_that_was_idle_the_longest_is_cut(tmp_path: Path) -> None:
    async with served(tmp_path, most=2) as running:
        first, second = [await asked(running) for _ in range(2)]
        assert not await is_cut(first)
        third = await asked(running)
        assert await is_cut(second)
        assert [await is_cut(each) for each in (first, third)] == [False, False]


async def test_strangers_are_cut_before_somebody_who_showed_a_token(tmp_path: Path, token: str) -> None:
    async with served(tmp_path, most=3) as running:
        owner = await asked(running, "/mine", token)
        strangers = [await asked(running) for _ in range(5)]
        assert [await is_cut(each) for each in strangers[:3]] == [True] * 3
        assert not await is_cut(owner)


async def test_a_token_that_is_none_makes_nobody_known(tmp_path: Path, token: str) -> None:
    async with served(tmp_path, most=2) as running:
        stranger = await asked(running, "/mine", token[:-1], b'not known"}')
        owner = await asked(running, "/mine", token)
        await asked(running)
        assert await is_cut(stranger)
        assert not await is_cut(owner)


async def test_where_everybody_showed_a_token_the_one_that_was_idle_the_longest_is_cut(
    tmp_path: Path, token: str
) -> None:
    async with served(tmp_path, most=2) as running:
        first, second = [await asked(running, "/mine", token) for _ in range(2)]
        await asked(running)
        assert await is_cut(first)
        assert not await is_cut(second)


@pytest.mark.parametrize("body", ["", "Content-Length: 5\r\n"])
async def test_what_is_at_work_is_not_cut_and_the_new_one_is_closed(
    tmp_path: Path, token: str, body: str
) -> None:
    async with served(tmp_path, most=2) as running:
        streams = [
            await asked(running, "/listening", f"{token}\r\n{body}".rstrip(), b"begun") for _ in range(2)
        ]
        assert await answer(running) == b""
        assert [reader.at_eof() for reader, _ in streams] == [False, False]
        streams[0][1].close()
        await asyncio.wait(running.clients, return_when=asyncio.FIRST_COMPLETED)
        assert (await answer(running)).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("sent", "is_so"),
    [
        (b"", lambda each: each.transport),
        (b"GET /ec", lambda each: each.conn.trailing_data[0]),
        (POST + b'{"a"', lambda each: each.cycle and each.cycle.body),
        (GET.replace(b"/echo", b"/large"), lambda each: each._stall),
    ],
)
async def test_a_stranger_who_sends_or_takes_nothing_more_makes_room(
    tmp_path: Path, sent: bytes, is_so: Callable[[PatientProtocol], bool]
) -> None:
    async with served(tmp_path, most=1) as running:
        await opened(running, sent)
        await seen(running, is_so)
        assert (await answer(running)).startswith(b"HTTP/1.1 200 OK")


async def test_a_flood_of_strangers_locks_nobody_out(tmp_path: Path, token: str) -> None:
    async with served(tmp_path, most=8) as running:
        stream, _ = await asked(running, "/listening", token, b"begun")
        await asyncio.gather(*(opened(running, GET) for _ in range(100)))
        assert (await answer(running)).startswith(b"HTTP/1.1 200 OK")
        assert len(running.clients) <= 8
        assert not stream.at_eof()


async def test_who_speaks_no_tls_makes_room_for_who_does(tmp_path: Path) -> None:
    authority = trustme.CA()
    async with served(tmp_path, tls=issued(tmp_path, authority), most=1) as running:
        await opened(running)
        await seen(running, lambda each: not each.transport)
        async with httpx.AsyncClient(verify=trusting(authority), trust_env=False) as client:
            assert (await client.get(f"{running.address}/echo")).json() == "well"


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET /" + b"x" * 20_000])
async def test_what_is_no_request_is_told_so_and_not_logged(
    tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as running:
        caplog.clear()
        found = await answer(running, sent)
    assert found.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/problem+json\r\n" in found
    assert found.endswith(b'"detail": "invalid http request received"}')
    assert caplog.messages == []


async def test_a_defect_ends_one_request_and_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as running:
        found = await answer(running, GET.replace(b"/echo", b"/broken"))
        assert found.startswith(b"HTTP/1.1 500 ")
        assert found.endswith(b'"detail": "the service failed: RuntimeError"}')
        assert (await answer(running)).startswith(b"HTTP/1.1 200 OK")
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert (record.getMessage(), record.exc_info is not None) == ("a request over HTTP failed", True)


async def test_the_end_waits_for_no_client(tmp_path: Path) -> None:
    async with served(tmp_path) as running:
        reader, writer = await opened(running, GET)
        await reader.readuntil(b'"well"')
    with pytest.raises(ConnectionResetError):
        assert await reader.read() == b""
        raise ConnectionResetError
    writer.close()


async def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    async with served(tmp_path) as running:
        port = httpx.URL(running.address).port
        assert port
        with pytest.raises(OSError, match="in use"):
            await ApiServer(app(tmp_path), Listen("127.0.0.1", port)).serve()


def issued(folder: Path, authority: trustme.CA) -> Tls:
    """Write a new certificate for this machine, and return its files."""
    made = authority.issue_cert("127.0.0.1")
    files = Tls(folder / "cert.pem", folder / "key.pem")
    files.key.write_bytes(made.private_key_pem.bytes())
    files.cert.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    return files


def trusting(*authorities: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for each in authorities:
        each.configure_trust(context)
    return context


async def test_tls_is_spoken_and_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    first, second = trustme.CA(), trustme.CA()
    async with served(tmp_path, tls=issued(tmp_path, first)) as running:
        assert running.address.startswith("https://127.0.0.1:")
        for authority in (first, second):
            if authority is second:
                issued(tmp_path, second)
            async with httpx.AsyncClient(verify=trusting(authority), trust_env=False) as client:
                assert (await client.get(f"{running.address}/echo")).json() == "well"


async def test_a_renewed_certificate_that_is_none_leaves_the_one_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = trustme.CA()
    files = issued(tmp_path, authority)
    async with served(tmp_path, tls=files) as running:
        files.cert.write_text("rubbish", encoding="utf-8")
        async with httpx.AsyncClient(verify=trusting(authority), trust_env=False) as client:
            assert (await client.get(f"{running.address}/echo")).json() == "well"
    [line] = [each for each in caplog.messages if "certificate" in each]
    assert line.startswith(f"certificate {files.cert} with key {files.key} cannot be used: ")
    assert line.endswith("; the one before stays")


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("rubbish", encoding="utf-8")])
async def test_a_certificate_that_is_none_is_told_at_the_start(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    files = issued(tmp_path, trustme.CA())
    spoil(files.key)
    with pytest.raises(OSError, match="cannot be used: "):
        await ApiServer(app(tmp_path), Listen("127.0.0.1", 0), files).serve()


async def test_who_speaks_no_tls_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_HANDSHAKE_S", 0.05)
    async with served(tmp_path, tls=issued(tmp_path, trustme.CA()), most=1) as running:
        reader, writer = await opened(running)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        await asyncio.gather(*running.clients)
