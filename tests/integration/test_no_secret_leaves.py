"""Every byte that the program writes, on a site whose secrets are marked: none of them is found anywhere."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.flat import PROGRAM, environment
from support.secret_site import FAULTS, SECRETS, SecretSite, forms, found_in, secret_site

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

SPELL_S = 0.8
"""How long servers misbehave in each way."""
PATIENCE_S = 60.0
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


@pytest.fixture(scope="module")
def log(site: SecretSite) -> bytes:
    """What a service logs, as much as it can, while its servers misbehave in every way."""
    with (site.folder / "service.log").open("wb") as kept:
        service = subprocess.Popen(
            [PROGRAM, "run", site.folder, "-vv"], stdout=kept, stderr=kept, env=environment(**site.environ)
        )
        try:
            until_said(site.folder / "service.log", b"HTTP 400")
            for fault in FAULTS:
                site.misbehave(fault)
                time.sleep(SPELL_S)
            proc = Path("/proc") / str(service.pid)
            assert not found_in((proc / "cmdline").read_bytes())
        finally:
            service.terminate()
            service.wait(30)
    return (site.folder / "service.log").read_bytes()


@pytest.mark.parametrize("name", SECRETS)
def test_the_search_finds_each_form_of_each_secret(name: str) -> None:
    for form in forms(SECRETS[name]):
        assert name in found_in(b"x" + form + b"y")
        assert name in found_in(form[:7] + b"\n   " + form[7:])


def test_a_service_logs_none(log: bytes) -> None:
    assert b"HTTP 403" in log
    assert not found_in(log)


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_prints_none(line: str, site: SecretSite) -> None:
    said = run(site, line, INTERLOCK_DEBUG="1")
    assert said
    assert b"No such" not in said
    assert not found_in(said)


@pytest.mark.usefixtures("log")
def test_no_file_holds_any(site: SecretSite) -> None:
    found = {path.name: found_in(path.read_bytes()) for path in site.files()}
    assert "interlock.sqlite" in found
    assert not {name: secrets for name, secrets in found.items() if secrets}
