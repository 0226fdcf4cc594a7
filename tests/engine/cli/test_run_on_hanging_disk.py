"""``interlock run`` on a disk that does not answer: it ends, and says what is not written."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.flat import environment, read_until

pytestmark = pytest.mark.slow

SITE = """
site: {name: Shed, timezone: Europe/Rome}
devices: {starts: {type: counter}}
rules:
- id: counted
  triggers: [start]
  actions: [{increment: starts}]
"""
PROGRAM = """
import sys
from interlock.cli import main
from interlock.history import batch, run, sql_journal, sqlite
from interlock.service.host import signals

where, door, journal_s, signal_s = sys.argv[1:5]
sqlite._GIVE_UP_S, sql_journal._PATIENCE_S, signals._BEGIN_S = 0.2, 0.1, 0.2
sql_journal._LAST_S, signals._CLOSING_S = float(journal_s), float(signal_s)
owner = {"write": batch.Batch, "_begin": run.Run}[where]
real = getattr(owner, where)

def hang(*arguments):
    print("the disk hangs", file=sys.stderr, flush=True)
    open(door).close()
    return real(*arguments)

setattr(owner, where, hang)
sys.argv[1:] = sys.argv[5:]
main()
"""
"""Whatever passes the place given waits, in its thread and in the kernel, until somebody opens the door."""
UNTIL_KILLED = "3600"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    os.mkfifo(tmp_path / "door")
    return tmp_path


@contextmanager
def running(
    folder: Path, where: str, journal_s: str = UNTIL_KILLED, signal_s: str = UNTIL_KILLED
) -> Iterator[subprocess.Popen[str]]:
    """Run the service until its disk hangs where it is told to, and its rule has fired where it can."""
    arguments = (where, folder / "door", journal_s, signal_s, "run", folder / "site.yaml")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stderr
        try:
            lines = read_until(process.stderr, "the disk hangs")
            if where == "write" and "starts.increment" not in "".join(lines):
                read_until(process.stderr, "starts.increment")
            yield process
        finally:
            process.kill()


def rest_of(process: subprocess.Popen[str]) -> str:
    """Return what else it logs, and make sure that it ends by itself and well."""
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return err


def test_a_disk_that_hangs_for_good_holds_up_the_end_for_a_while_only(folder: Path) -> None:
    with running(folder, "write", journal_s="0.5") as process:
        process.send_signal(signal.SIGTERM)
        log = rest_of(process)
    assert "the disk does not answer; it is waited for, 0.4 s at most" in log
    assert "the disk does not answer, and is waited for no longer; the last " in log
    assert "may be lost" in log
    assert "interlock has ended" in log


def test_a_second_signal_waits_for_a_disk_that_hangs_even_less(folder: Path) -> None:
    with running(folder, "write", signal_s="0.2") as process:
        assert process.stderr
        process.send_signal(signal.SIGTERM)
        read_until(process.stderr, "it is waited for")
        process.send_signal(signal.SIGTERM)
        log = rest_of(process)
    assert "is waited for no longer; the last " in log


def test_a_disk_that_is_slow_is_waited_for_and_nothing_is_lost(folder: Path) -> None:
    with running(folder, "write") as process:
        assert process.stderr
        process.send_signal(signal.SIGTERM)
        read_until(process.stderr, "it is waited for")
        with closing(sqlite3.connect(folder / "interlock.sqlite")) as journal:
            assert journal.execute("SELECT rule FROM firings").fetchall() == []
        door = os.open(folder / "door", os.O_RDWR)
        log = rest_of(process)
        os.close(door)
    assert "nothing was lost" in log
    assert "no longer" not in log
    with closing(sqlite3.connect(folder / "interlock.sqlite")) as journal:
        assert journal.execute("SELECT rule FROM firings").fetchall() == [("counted",)]
        assert journal.execute("SELECT value FROM readings").fetchall() == [("0",), ("1",)]


def test_a_disk_that_hangs_before_anything_has_begun_holds_up_the_end_no_longer(folder: Path) -> None:
    with running(folder, "_begin") as process:
        process.send_signal(signal.SIGTERM)
        log = rest_of(process)
    assert "could not be opened until now" in log
