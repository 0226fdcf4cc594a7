"""How far fetching is, where somebody watches; and what is exported."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from interlock.cli import history
from interlock.driver import Recorded
from interlock.history.sql_journal import SqlJournal
from interlock.model import Point
from interlock.service.by_hand.fetching import Fetched
from support.command import Interlock
from support.flat import PROGRAM
from support.journal_entries import HandClock, reading

FAN = Point("lobby.fan")
RECORDED = Recorded(point=FAN, value="On", at=datetime(2026, 3, 1, tzinfo=UTC))


def shown(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool = True, is_silent: bool = False) -> str:
    """Return what is written while values come."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80)
    monkeypatch.setattr("interlock.cli.output.err", lambda: console)
    with history._progress(is_silent=is_silent) as show:
        for count in (1, 2, 101):
            show(Fetched("shop", Counter({FAN: count})), RECORDED)
            if is_terminal and not is_silent:
                console.print()
    return written.getvalue()


def test_a_terminal_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch)
    assert "shop: 1 value; now lobby, 2026-03-01" in text
    assert "shop: 101 values; now lobby, 2026-03-01" in text
    assert "shop: 2 values" not in text


@pytest.mark.parametrize(("is_terminal", "is_silent"), [(False, False), (True, True)])
def test_a_file_and_who_reads_the_log_are_not(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, is_silent: bool
) -> None:
    assert shown(monkeypatch, is_terminal=is_terminal, is_silent=is_silent) == ""


SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  evening: {connection: house, type: scene, guid: 4MzPszHWAUuvzxtXBMkzWT}
  away: {type: flag}
"""
NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
SPAN = ("--from", "2026-07-14", "--to", "2026-07-15")
HEAD = "at,point,value,quality,reason\n"
TEMPERATURE = "2026-07-14T12:00:00+02:00,thermostat.actualtemp,21.5,good,\n"
AWAY = "2026-07-14T12:01:00+02:00,away.value,on,good,\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site, and the journal of a service that ran there."""
    (tmp_path / "site.yaml").write_text(SITE)

    async def write() -> None:
        journal = SqlJournal(tmp_path / "interlock.sqlite", HandClock())
        await journal.open()
        journal.record(reading(21.5, at=NOON, point=Point("thermostat.actualtemp")))
        journal.record(reading(True, at=NOON + timedelta(minutes=1), point=Point("away.value")))
        journal.record(reading(22.5, at=NOON + timedelta(days=1), point=Point("thermostat.actualtemp")))
        await journal.close()

    asyncio.run(write())
    return tmp_path


@pytest.mark.parametrize(
    ("points", "written"),
    [
        ((), HEAD + TEMPERATURE + AWAY),
        (("thermostat.actualtemp",), HEAD + TEMPERATURE),
        (("thermostat", "away"), HEAD + TEMPERATURE + AWAY),
        (("*.actual*",), HEAD + TEMPERATURE),
    ],
)
def test_what_the_journal_has_of_points_is_printed(
    interlock: Interlock, site: Path, points: tuple[str, ...], written: str
) -> None:
    assert interlock("history", "export", site, *points, *SPAN).out == written


def test_a_file_is_written_and_told(interlock: Interlock, site: Path) -> None:
    ended = interlock("history", "export", site, *SPAN, "--output", site / "out.csv")
    assert (site / "out.csv").read_text() == HEAD + TEMPERATURE + AWAY
    assert ended.out == f"2 values in {site}/out.csv\n"


def test_a_parquet_file_is_written(interlock: Interlock, site: Path) -> None:
    interlock("history", "export", site, *SPAN, "--format", "parquet", "-o", site / "out.parquet")
    assert (site / "out.parquet").read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("thermostaat", *SPAN), 2, "there is no point 'thermostaat'; did you mean 'thermostat'?"),
        (("evening.scenelaunch", *SPAN), 2, "evening.scenelaunch has no readings: it only takes commands"),
        (
            ("--from", "2026-07-15", "--to", "2026-07-15"),
            2,
            "--from 2026-07-15 is not before --to 2026-07-15",
        ),
        (("--from", "2026-03-29T02:30"), 2, "there is no 02:30 on 2026-03-29 in Europe/Rome"),
        ((*SPAN, "--format", "parquet"), 2, "a Parquet file needs --output FILE"),
        (("thermostat.setpoint", *SPAN), 1, "the journal has no readings of these points in that time"),
        ((*SPAN, "--journal", "elsewhere"), 1, "journal elsewhere does not exist"),
    ],
)
def test_what_cannot_be_exported_is_told(
    interlock: Interlock, site: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = interlock("history", "export", site, *arguments)
    assert ended.code == code
    assert said in " ".join(ended.err.replace("│", " ").split())


def test_a_file_stays_where_there_is_nothing_to_export(interlock: Interlock, site: Path) -> None:
    out, span = site / "out.csv", ("--from", "2020-01-01", "--to", "2020-01-02")
    out.write_text("old")
    assert interlock("history", "export", site, *span, "-o", out).code == 1
    assert out.read_text() == "old"


def test_who_wants_no_more_of_it_ends_it_quietly(site: Path) -> None:
    async def write_more() -> None:
        journal = SqlJournal(site / "interlock.sqlite", HandClock())
        await journal.open()
        for count in range(2000):
            at = NOON + timedelta(seconds=count)
            journal.record(reading(float(count), at=at, point=Point("thermostat.setpoint")))
        await journal.close()

    asyncio.run(write_more())
    program = [PROGRAM, "history", "export", site, *SPAN]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
