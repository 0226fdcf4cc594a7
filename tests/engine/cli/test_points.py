"""``interlock points``: once where nobody looks, a live table on a terminal."""

import json
from pathlib import Path

import pexpect
import pytest

from support.command import Interlock
from support.flat import NO_SERVER, PROGRAM, FlatServer, copy_flat, environment

pytestmark = pytest.mark.slow

IN_A_PROCESS_WITH_THREADS = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
"""Python 3.12 warns of forking then; the child only executes the program."""


def test_where_nobody_looks_every_point_is_read_once(interlock: Interlock, flat: FlatServer) -> None:
    flat.hold("daylight.value", 1200)
    done = interlock("points", flat.site)
    lines = done.out.splitlines()
    assert (done.code, done.err, len(lines)) == (0, "", 19)
    assert [line.split()[0] for line in lines[:2]] == [
        "living_thermostat.actualtemp",
        "living_thermostat.setpoint",
    ]
    assert "daylight.value                1200 lx" in lines
    assert "evening.scenelaunch           takes commands only: launch or stop" in lines


def test_json_has_every_point(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("points", flat.site, "--json")
    points = {each["point"]: each for each in json.loads(done.out)}
    assert len(points) == 19
    assert points["doorbell.trigger"] == {
        "point": "doorbell.trigger",
        "value": None,
        "unit": "",
        "readable": False,
        "writable": True,
        "error": None,
    }


def test_a_server_that_is_away_is_exit_3(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"port: 5051": f"port: {NO_SERVER}"})
    done = interlock("points", site, "--once")
    assert done.code == 3
    assert len(done.err.splitlines()) == 1


@pytest.mark.slow
@IN_A_PROCESS_WITH_THREADS
def test_on_a_terminal_the_table_lives_until_ctrl_c(flat: FlatServer) -> None:
    terminal = pexpect.spawn(
        str(PROGRAM),
        ["points", str(flat.site)],
        env=environment(TERM="xterm-256color"),
        dimensions=(50, 120),
        encoding="utf-8",
        timeout=30,
    )
    terminal.expect_exact("Flat in Milan: Ctrl-C ends")
    terminal.expect(r"hall_light\.power[ │]+off")
    flat.hold("hall_light.power", True)
    terminal.expect(r"hall_light\.power[ │]+on")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, terminal.signalstatus) == (0, None)
    assert "Traceback" not in terminal.before


@pytest.mark.slow
@IN_A_PROCESS_WITH_THREADS
def test_on_a_terminal_once_prints_no_table(flat: FlatServer) -> None:
    terminal = pexpect.spawn(
        str(PROGRAM),
        ["points", str(flat.site), "--once"],
        env=environment(TERM="xterm-256color"),
        encoding="utf-8",
        timeout=30,
    )
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "hall_light.power              off" in terminal.before
