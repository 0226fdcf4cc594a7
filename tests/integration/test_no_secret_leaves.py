"""Every byte that the program writes, on a site whose secrets are marked: none of them is found anywhere."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.flat import PROGRAM, environment
from support.secret_site import FAULTS, SECRETS, SecretSite, forms, found_in, secret_site

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

SPELL_S = 0.8
"""How long servers misbehave in each way."""
PATIENCE_S = 60.0
ENOUGH_BYTES = 4000
COMMANDS = (
    "check {s}",
    "points {s}",
    "read {s} hall.actualtemp -vv",
    "read {s} attic.power -vv",
    "read {s} room.temperature -vv",
    "set {s} bath.power on -vv",
    "eval {s} hall.actualtemp",
    "explain {s} tell --json",
    "explain {s} fetch",
    "explain {s} attic.power --json",
    "status {s} --json",
    "doctor {s}",
    "poll-plan {s}",
    "claims {s}",
    "rules list {s}",
    "would-send {s}",
    "notify {s} desk hello -vv",
    "notify {s} post hello -vv",
    "token list {s}",
    "log {s}",
    "discover {s} founten -vv",
    "simulate {s} --for 5m --from 2026-01-01 --report {s}/report.html --log {s}/simulated.jsonl",
    "replay {s} --report {s}/replayed.html",
    "history export {s} --format csv --output {s}/past.csv",
    "test {s} --junit {s}/junit.xml",
    "schema {s}",
    "install-service {s} --print",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretSite]:
    with secret_site(tmp_path_factory.mktemp("secrets")) as served:
        yield served


def run(site: SecretSite, line: str, **more: str) -> bytes:
    """Return all that a command writes."""
    command = [PROGRAM, *(word.format(s=site.folder) for word in line.split())]
    environ = environment(**site.environ, **more)
    ended = subprocess.run(command, capture_output=True, check=False, env=environ, timeout=2 * PATIENCE_S)
    return ended.stdout + ended.stderr


def until_said(log: Path, text: bytes) -> None:
    """Wait until rules are at work, and their messages were refused."""
    ends = time.monotonic() + PATIENCE_S
    while text not in log.read_bytes():
        assert time.monotonic() < ends, log.read_text(encoding="utf-8")[-2000:]
        time.sleep(0.1)


@dataclass(frozen=True)
class Life:
    """What a service said and answered while its servers misbehaved in every way."""

    log: bytes
    answers: Mapping[str, bytes]
    """What its HTTP API answered, head and body, by the request."""
    proc: Mapping[str, bytes]
    """What the system tells everybody, or its user, of the process and its children."""


@pytest.fixture(scope="module")
def life(site: SecretSite, tokens: Mapping[str, str]) -> Life:
    """Let a service log as much as it can, and be asked all that it answers."""
    path = site.folder / "service.log"
    with path.open("wb") as kept:
        service = subprocess.Popen(
            [PROGRAM, "run", site.folder, "-vv"], stdout=kept, stderr=kept, env=environment(**site.environ)
        )
        try:
            until_said(path, b"HTTP 400")
            until_said(path, b"refuses the username")
            until_said(path, b"the HTTP API is at ")
            for fault in FAULTS:
                site.misbehave(fault)
                time.sleep(SPELL_S)
            address = path.read_bytes().partition(b"the HTTP API is at ")[2].split()[0].decode()
            answers = asyncio.run(all_answers(address, tokens))
            proc = told_of_process(service.pid)
        finally:
            service.terminate()
            service.wait(30)
    return Life(path.read_bytes(), answers, proc)


@pytest.fixture(scope="module")
def tokens(site: SecretSite) -> Mapping[str, str]:
    """Return a token of each role, as it was printed once."""
    roles = ("read", "operate")
    printed = {role: run(site, f"token create {{s}} {role} --role {role}").decode() for role in roles}
    return {role: re.findall(r"interlock_[\w-]{40,}", text)[0] for role, text in printed.items()}


async def all_answers(address: str, tokens: Mapping[str, str]) -> Mapping[str, bytes]:
    """Ask for everything that can be read, with a token and without, and for what there is not."""
    found: dict[str, bytes] = {}
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=PATIENCE_S) as client:

        async def ask(method: str, path: str, **more: Any) -> None:
            async with client.stream(method, path, **more) as answer:
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    # A stream of events has no end; rules fire each second.
                    if path == "/v1/events" and len(body) >= ENOUGH_BYTES:
                        break
                found[f"{method} {path} {len(found)}"] = str(answer.headers).encode() + body

        document = (await client.get("/v1/openapi.json", headers=bearer(tokens["read"]))).json()
        for path in document["paths"]:
            if "get" in document["paths"][path]:
                for name in ("hall.actualtemp", "tell", "local", "nothing"):
                    await ask("GET", re.sub(r"\{\w+\}", name, path), headers=bearer(tokens["operate"]))
                await ask("GET", path)
        for path in ("/v1/openapi.json", "/metrics", "/metrics?point=hall.actualtemp", "/v1/nowhere"):
            await ask("GET", path, headers=bearer(tokens["read"]))
        await ask("POST", "/hooks/door", content=b"{}", headers={"X-Hub-Signature-256": "sha256=00"})
        await ask("POST", "/hooks/gate", content=b"{}", headers={"X-Token": "wrong"})
        await ask("POST", "/v1/reload", headers=bearer(tokens["operate"]))
    return found


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def told_of_process(pid: int) -> Mapping[str, bytes]:
    """Return the command line of a process, and the names of its threads, and the same of its children."""
    proc = Path("/proc") / str(pid)
    threads = list((proc / "task").iterdir())
    children = [each for thread in threads for each in (thread / "children").read_text().split()]
    found = {"cmdline": (proc / "cmdline").read_bytes()}
    found |= {f"thread {each.name}": (each / "comm").read_bytes() for each in threads}
    for child in children:
        found |= {f"{child} {name}": text for name, text in told_of_process(int(child)).items()}
    return found


@pytest.mark.parametrize("name", SECRETS)
def test_the_search_finds_each_form_of_each_secret(name: str) -> None:
    for form in forms(SECRETS[name]):
        assert name in found_in(b"x" + form + b"y")
        assert name in found_in(form[:7] + b"\n   " + form[7:])


def test_a_service_logs_none(life: Life, tokens: Mapping[str, str]) -> None:
    assert b"HTTP 403" in life.log
    assert b" DEBUG " in life.log
    assert not found_in(life.log)
    assert not [role for role, token in tokens.items() if token.encode() in life.log]


def test_no_answer_of_the_api_holds_any(life: Life) -> None:
    assert len(life.answers) > 40
    found = {request: found_in(answer) for request, answer in life.answers.items()}
    assert not {request: secrets for request, secrets in found.items() if secrets}


def test_the_system_tells_none_of_the_process(life: Life) -> None:
    found = {what: found_in(told) for what, told in life.proc.items()}
    assert b"run" in life.proc["cmdline"]
    assert not {what: secrets for what, secrets in found.items() if secrets}


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_prints_none(line: str, site: SecretSite) -> None:
    said = run(site, line, INTERLOCK_DEBUG="1")
    assert said
    assert b"No such" not in said
    assert not found_in(said)


@pytest.mark.usefixtures("life")
def test_no_file_holds_any(site: SecretSite, tokens: Mapping[str, str]) -> None:
    written = {path.name: path.read_bytes() for path in site.files()}
    found = {name: found_in(content) for name, content in written.items()}
    assert {"interlock.sqlite", "tokens.json"} <= found.keys()
    assert not [name for name in written for token in tokens.values() if token.encode() in written[name]]
    assert not {name: secrets for name, secrets in found.items() if secrets}
