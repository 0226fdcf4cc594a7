"""The end of a service by SIGTERM, whatever it is doing: what is half done ends, or goes on later."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from sqlite3 import connect

import pytest

from support.flat import FlatServer, read_until, start_interlock

pytestmark = pytest.mark.slow

COOL = """
rules:
  - {id: cool, condition: living_thermostat.actualtemp > 26, actions: [{set: {living_ac.hvacmode: cooling}}]}
"""
EVENING = """
rules:
  - id: evening
    condition: living_thermostat.actualtemp > 26
    actions: [{launch: evening}, {delay: 1h}, {set: {living_ac.hvacmode: cooling}}]
"""


@contextmanager
def service(flat: FlatServer, rules: str, until: str) -> Iterator[subprocess.Popen[str]]:
    """Run a service on the flat with these rules, which is warm; enter once its log holds a text."""
    for file in (flat.site.parent / "rules").iterdir():
        file.unlink()
    write(flat, rules)
    flat.hold("living_thermostat.actualtemp", 27.5)
    with start_interlock("run", flat.site) as process:
        assert process.stderr
        try:
            read_until(process.stderr, until)
            yield process
        finally:
            process.kill()


def write(flat: FlatServer, rules: str) -> None:
    (flat.site.parent / "rules" / "own.yaml").write_text(rules, encoding="utf-8")


def rest(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Return the exit status and the rest of the log."""
    _, err = process.communicate(timeout=60)
    return process.returncode, [line.partition(": ")[2] for line in err.splitlines()]


def selected(flat: FlatServer, query: str) -> list[tuple[object, ...]]:
    with closing(connect(flat.journal)) as journal:
        return journal.execute(query).fetchall()


def test_a_command_on_the_wire_has_its_receipt(flat: FlatServer) -> None:
    flat.add_fault("latency:1s@hvacmode")
    with service(flat, COOL, until="rule cool fires") as process:
        process.send_signal(signal.SIGTERM)
        code, lines = rest(process)
    assert code == 0
    assert lines[0] == "SIGTERM: ending; once more ends at once"
    assert lines[-1] == "interlock has ended"
    assert selected(flat, "select outcome from receipts") == [("accepted",)]
    assert flat.value("living_ac.hvacmode") == "cooling"


def test_a_delay_is_not_waited_for_and_goes_on_after_the_next_start(flat: FlatServer) -> None:
    with service(flat, EVENING, until="evening.scenelaunch = launch") as process:
        process.send_signal(signal.SIGTERM)
        assert rest(process)[0] == 0
    assert selected(flat, "select count(*) from firings where ended_at is null") == [(1,)]
    with service(flat, EVENING, until="goes on") as process:
        process.send_signal(signal.SIGTERM)
        assert rest(process)[0] == 0
    assert flat.commands("evening.scenelaunch") == ["launch"]


def test_a_service_that_has_hardly_started_ends_too(flat: FlatServer) -> None:
    with service(flat, COOL, until="interlock 0.1.0 runs") as process:
        process.send_signal(signal.SIGTERM)
        code, lines = rest(process)
    assert (code, lines[-1]) == (0, "interlock has ended")
    assert not any("Traceback" in line or "journal" in line for line in lines)


@pytest.mark.parametrize("rules", [EVENING, "rules: ["])
def test_a_reload_under_way_keeps_nothing_from_ending(flat: FlatServer, rules: str) -> None:
    with service(flat, COOL, until="living_ac.hvacmode = cooling") as process:
        write(flat, rules)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        code, lines = rest(process)
    assert (code, lines[-1]) == (0, "interlock has ended")
    assert not any("Traceback" in line for line in lines)


def test_the_journal_is_whole_and_nothing_else_is_left(flat: FlatServer) -> None:
    with service(flat, COOL, until="living_ac.hvacmode = cooling") as process:
        process.send_signal(signal.SIGTERM)
        assert rest(process)[0] == 0
    left = {each.name for each in flat.journal.parent.glob("interlock.sqlite*")}
    assert left == {"interlock.sqlite", "interlock.sqlite.lock"}
    assert selected(flat, "pragma integrity_check") == [("ok",)]
