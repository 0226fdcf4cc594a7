"""``interlock demo``: the whole thing, as a newcomer sees it."""

import signal
import subprocess
from functools import partial
from pathlib import Path

import pexpect
import pytest

from support.flat import PROGRAM, environment

pytestmark = pytest.mark.slow


def spawn(directory: Path, columns: int = 100) -> pexpect.spawn:
    return pexpect.spawn(
        str(PROGRAM),
        ["demo", "--fast"],
        env=environment(TERM="xterm-256color", TMPDIR=str(directory)),
        dimensions=(50, columns),
        encoding="utf-8",
        timeout=60,
        # Whoever runs the tests in the background may ignore Ctrl-C, and a program inherits that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def test_on_a_terminal_the_rule_does_its_work_in_color(tmp_path: Path) -> None:
    terminal = spawn(tmp_path)
    terminal.expect(r"living_thermostat\.actualtemp = 24\.\d °C")
    terminal.expect_exact("rule cool-living-room")
    terminal.expect_exact("becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 26.")
    terminal.expect_exact("living_ac.hvacmode = cooling")
    terminal.expect_exact("GET /api/v1/hvacmode?guid=2KzQtaJXBVvwyuYCNlaXR&cmd=0&fb -> 200")
    terminal.expect_exact("what the server saw")
    terminal.expect(r"scene launches +1 ")
    terminal.expect(r"living_ac\.hvacmode now +cooling")
    terminal.expect_exact("\x1b[1;32mThe rule did its work")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, list(tmp_path.iterdir())) == (0, [])


def test_where_nobody_looks_it_is_plain_lines() -> None:
    done = subprocess.run(
        [PROGRAM, "demo", "--fast"],
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "The rule did its work" in done.stdout


@pytest.mark.parametrize("moment", ["a hot afternoon", "living_thermostat", "rule cool-living-room"])
def test_ctrl_c_ends_it_cleanly_at_any_moment(tmp_path: Path, moment: str) -> None:
    terminal = spawn(tmp_path, columns=40)
    terminal.expect_exact(moment)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, terminal.signalstatus) == (130, None)
    assert "Traceback" not in terminal.before
    assert list(tmp_path.iterdir()) == []
