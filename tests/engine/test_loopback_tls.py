"""A certificate for a server on this machine: trusted by who reads its authority, and by nobody else."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from interlock import ProtocolServer, Reply, issue_loopback_tls
from interlock.protocol_server import Request

pytestmark = pytest.mark.slow


async def answer(_: Request) -> Reply:
    return Reply(body=b"{}")


async def ask(tls: ssl.SSLContext, trusted: Path, *, host: str) -> int:
    """Serve with one context, ask with the authority in a file; return the status."""
    server = ProtocolServer(answer)
    port = urlsplit(await server.start("127.0.0.1", 0, tls)).port
    context = await asyncio.to_thread(ssl.create_default_context, cafile=trusted)
    try:
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            return (await client.get(f"https://{host}:{port}/")).status_code
    finally:
        await server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_client_that_knows_the_authority_is_served(tmp_path: Path, host: str) -> None:
    tls = issue_loopback_tls(tmp_path / "ca.pem")
    assert await ask(tls, tmp_path / "ca.pem", host=host) == 200


async def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    tls = issue_loopback_tls(tmp_path / "ca.pem")
    issue_loopback_tls(tmp_path / "other.pem")
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        await ask(tls, tmp_path / "other.pem", host="127.0.0.1")


async def test_the_certificate_is_for_the_names_given_alone(tmp_path: Path) -> None:
    tls = issue_loopback_tls(tmp_path / "ca.pem", ["data.example"])
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        await ask(tls, tmp_path / "ca.pem", host="127.0.0.1")


def test_a_new_authority_takes_the_place_of_an_older_one_and_no_key_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    issue_loopback_tls(path)
    first = path.read_text(encoding="ascii")
    issue_loopback_tls(path)
    assert path.read_text(encoding="ascii") != first
    assert "PRIVATE KEY" not in first
    assert [each.name for each in tmp_path.iterdir()] == ["ca.pem"]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        issue_loopback_tls(tmp_path / "nowhere" / "ca.pem")
