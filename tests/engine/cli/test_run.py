"""``interlock run``: the service as a process, against a real server."""

import asyncio
import base64
import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from interlock.history.past import PastCommand
from interlock.history.queries import JournalReader
from interlock.model import Outcome, Point
from interlock.service.host.punctual import PunctualSelector
from support.command import Interlock
from support.flat import NO_SERVER, PASSWORD, FlatServer, copy_flat, flat_server, read_until, start_interlock

pytestmark = pytest.mark.slow


@contextmanager
def running(*arguments: str | Path, until: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the service; enter once its log holds a text, and yield the lines up to there."""
    with start_interlock("run", *arguments) as process:
        assert process.stderr
        try:
            yield process, read_until(process.stderr, until)
        finally:
            process.kill()


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, list[str]]:
    """Send a signal and return the exit status and the rest of the log."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert out == ""
    return process.returncode, err.splitlines()


def commands(journal: Path, point: str) -> list[tuple[object, Outcome | None]]:
    found = asyncio.run(_commands(journal, Point(point)))
    return [(past.command.value, past.receipt and past.receipt.outcome) for past in found]


async def _commands(journal: Path, point: Point) -> Sequence[PastCommand]:
    async with JournalReader(journal) as reader:
        return await reader.commands_for(point, limit=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rule_fires_and_a_signal_ends_the_service_with_its_journal_closed(
    flat: FlatServer, number: signal.Signals
) -> None:
    flat.hold("living_thermostat.actualtemp", 27.5)
    with running(flat.site, until="evening.scenelaunch = launch") as (process, lines):
        code, rest = end(process, number)
    assert code == 0
    assert "interlock 0.1.0 runs Flat in Milan: 1 connection, 8 devices, 7 rules, journal " in lines[0]
    assert any("rule cool-living-room fires: becomes" in line for line in lines)
    assert any("living_ac.hvacmode = cooling (rule cool-living-room): accepted" in line for line in lines)
    assert rest[-1].endswith("interlock has ended")
    assert flat.value("living_ac.hvacmode") == "cooling"
    assert flat.commands("evening.scenelaunch") == ["launch"]
    assert not flat.journal.with_name(flat.journal.name + "-wal").exists()
    assert commands(flat.journal, "living_ac.hvacmode") == [("cooling", Outcome.ACCEPTED)]


def test_a_dry_run_sends_nothing_and_says_so(flat: FlatServer) -> None:
    flat.hold("living_thermostat.actualtemp", 27.5)
    with running(flat.site, "--dry-run", until="evening.scenelaunch") as (process, lines):
        process.send_signal(signal.SIGTERM)
        summary = process.communicate(timeout=30)[0].splitlines()
    assert process.returncode == 0
    assert summary[0].endswith(": 3 commands would have been sent")
    assert [line.split()[:2] for line in summary[1:3]] == [["by", "rule"], ["rule", "cool-living-room"]]
    assert summary[-1] == "interlock would-send tells each of them, and why"
    assert lines[0].endswith("dry run: nothing is sent\n")
    assert "suppressed: dry run" in lines[-1]
    assert not any("cmd=" in target for target in flat.targets())
    assert commands(flat.journal, "living_ac.hvacmode") == [("cooling", Outcome.SUPPRESSED)]


def test_a_wrong_password_is_said_once_and_nothing_is_asked_any_more(flat: FlatServer) -> None:
    (flat.site.parent / "secrets.yaml").write_text("house_password: wrong-one\n", encoding="utf-8")
    with running(flat.site, until="until its settings change") as (process, lines):
        asked = len(flat.targets())
        # The next log lines at all come with the end, many polls later.
        with closing(sqlite3.connect(flat.journal)) as journal:
            wait_for_a_write(journal)
        code, rest = end(process, signal.SIGTERM)
    log = "".join([*lines, *rest])
    assert code == 0
    assert log.count("until its settings change") == 1
    assert "wrong-one" not in log
    assert len(flat.targets()) == asked


def wait_for_a_write(journal: sqlite3.Connection) -> None:
    """Wait until the journal, which opens after the first polls, holds what the refusal made unknown."""
    while not journal.execute("select 1 from sqlite_master where name = 'readings'").fetchone():
        pass
    while not journal.execute("select count(*) from readings").fetchone()[0]:
        pass


def test_a_server_that_is_away_does_not_end_the_service(tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"port: 5051": f"port: {NO_SERVER}"})
    with running(site, until="asking again in") as (process, lines):
        code, _ = end(process, signal.SIGTERM)
    assert code == 0
    assert "connection house: " in lines[-1]


def test_the_journal_may_be_elsewhere(flat: FlatServer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite"
    with running(flat.site, "--journal", elsewhere, until=f"journal {elsewhere}") as (process, _):
        code, _ = end(process, signal.SIGTERM)
    assert (code, elsewhere.exists(), flat.journal.exists()) == (0, True, False)


def test_a_second_signal_does_not_wait_for_what_hangs(flat: FlatServer) -> None:
    flat.add_fault("dead:living_ac")
    flat.hold("living_thermostat.actualtemp", 27.5)
    with running(flat.site, until="rule cool-living-room fires") as (process, _):
        assert process.stderr
        process.send_signal(signal.SIGTERM)
        read_until(process.stderr, "SIGTERM: ending")
        code, rest = end(process, signal.SIGTERM)
    assert code == 130
    assert any("SIGTERM again: ending at once" in line for line in rest)
    assert not any("Traceback" in line for line in rest)


def test_a_site_with_errors_is_not_run(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("run", copy_flat(tmp_path, **{"type: scene": "type: scenes"}))
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("1 error\n")


def test_warnings_are_said_at_the_start(tmp_path: Path) -> None:
    site = copy_flat(
        tmp_path, **{"!secret house_password": "in-the-open-1", "port: 5051": f"port: {NO_SERVER}"}
    )
    with running(site, until="runs Flat in Milan") as (process, lines):
        end(process, signal.SIGTERM)
    assert "1 warning\n" in lines


def test_each_line_for_programs_is_an_object_warnings_too(tmp_path: Path) -> None:
    site = copy_flat(
        tmp_path, **{"!secret house_password": "in-the-open-1", "port: 5051": f"port: {NO_SERVER}"}
    )
    with running(site, "--log-format", "json", until="runs Flat in Milan") as (process, lines):
        _, rest = end(process, signal.SIGTERM)
    said = [json.loads(line) for line in (*lines, *rest)]
    assert any("in the open" in each["message"] or "secret" in each["message"] for each in said)


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_the_password_stands_nowhere_at_the_greatest_detail(tmp_path: Path, auth: str) -> None:
    with flat_server(tmp_path, **{"auth: digest": f"auth: {auth}"}) as flat:
        flat.hold("living_thermostat.actualtemp", 27.5)
        with running(flat.site, "-vv", until="evening.scenelaunch = launch") as (process, lines):
            code, rest = end(process, signal.SIGTERM)
        said = "".join([*lines, *rest]).encode() + flat.journal.read_bytes()
    assert code == 0
    assert b"httpx" in said
    assert b"httpcore" not in said
    assert b"/api/v1/hvacmode" in said
    for form in (PASSWORD.encode(), base64.b64encode(f"integrator:{PASSWORD}".encode())):
        assert form not in said


def test_without_detail_no_request_is_logged(flat: FlatServer) -> None:
    with running(flat.site, until="runs Flat in Milan") as (process, lines):
        while not flat.targets():
            pass
        _, rest = end(process, signal.SIGTERM)
    assert "/api/v1/" not in "".join([*lines, *rest])


def test_the_service_runs_on_the_loop_that_wakes_in_time(
    flat: FlatServer, interlock: Interlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    selectors: list[object] = []

    async def note_loop(*_: object, **__: object) -> None:
        selectors.append(vars(asyncio.get_running_loop())["_selector"])

    monkeypatch.setattr("interlock.service.daemon.run_service", note_loop)
    assert interlock("run", flat.site).code == 0
    assert [type(each) for each in selectors] == [PunctualSelector]
