"""Whose certificates are trusted, and what TLS that never stands leaves behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from interlock.errors import TimedOut, Unreachable
from interlock.http_client import HttpClient, new_trust, trust_for
from interlock.loopback_tls import issue_loopback_tls
from interlock.protocol_server import ProtocolServer, Reply
from support.http_service import ASK, BRIEF_S, answering, failure, served

pytestmark = pytest.mark.slow


async def test_a_private_authority_can_be_trusted(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    async with served(answering(Reply()), tls=issue_loopback_tls(ca), trust=new_trust(ca)) as (client, _):
        assert (await client.exchange(ASK, 5)).status == 200


async def test_an_unknown_authority_is_not_trusted_and_gets_no_request(tmp_path: Path) -> None:
    tls = issue_loopback_tls(tmp_path / "ca.pem")
    async with served(answering(Reply()), tls=tls) as (client, server):
        error = await failure(client)
    assert type(error) is Unreachable
    assert error.message.startswith(f"{client.server} cannot be reached: its certificate is not trusted: ")
    assert not server.requests


async def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    tls = issue_loopback_tls(ca, ["elsewhere.example"])
    async with served(answering(Reply()), tls=tls, trust=new_trust(ca)) as (client, _):
        assert "its certificate is not trusted: " in (await failure(client)).message


async def test_tls_to_a_server_without_it_says_so(tmp_path: Path) -> None:
    server = ProtocolServer(answering(Reply()))
    url = await server.start("127.0.0.1", 0)
    async with HttpClient(url.replace("http:", "https:"), concurrency=1) as client:
        error = await failure(client)
    await server.stop()
    assert type(error) is Unreachable
    assert " cannot be reached: no TLS connection: " in error.message


async def test_tls_that_is_garbled_under_way_is_a_lost_connection(tmp_path: Path) -> None:
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        os.write(writer.get_extra_info("socket").fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))
        await reader.read()
        writer.close()

    ca = tmp_path / "ca.pem"
    listener = await asyncio.start_server(garble, "127.0.0.1", 0, ssl=issue_loopback_tls(ca))
    port = listener.sockets[0].getsockname()[1]
    async with HttpClient(f"https://127.0.0.1:{port}", concurrency=1, trust=new_trust(ca)) as client:
        error = await failure(client)
    listener.close()
    assert type(error) is TimedOut
    assert error.message.startswith("asking the hall lost the connection before a whole answer: no TLS ")


async def test_a_connection_whose_tls_never_stands_is_hung_up() -> None:
    is_hung_up = asyncio.Event()

    async def sulk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        is_hung_up.set()

    listener = await asyncio.start_server(sulk, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with HttpClient(f"https://127.0.0.1:{port}", concurrency=1) as client:
        with pytest.raises(Unreachable):
            await client.exchange(ASK, BRIEF_S)
        await is_hung_up.wait()
    listener.close()
    await listener.wait_closed()


async def test_plain_http_reads_no_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("authorities were read")

    monkeypatch.setattr("interlock.http_client.trust.new_trust", fail)
    assert await trust_for("http://127.0.0.1", Path("missing.pem")) is None
    async with served(answering(Reply())) as (client, _):
        assert (await client.exchange(ASK, 5)).status == 200


async def test_https_trusts_those_who_are_named_or_the_public_ones(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    issue_loopback_tls(ca)
    own = await trust_for("https://shop.example", ca)
    everybody = await trust_for("https://shop.example", None)
    assert own is not None
    assert everybody is not None
    assert len(own.get_ca_certs()) == 1 < len(everybody.get_ca_certs())


async def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="cannot be read: no such file or directory"):
        await trust_for("https://shop.example", tmp_path / "missing.pem")
