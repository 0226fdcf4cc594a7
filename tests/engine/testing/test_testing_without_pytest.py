"""`interlock.testing` needs pytest and says so; nothing else of the engine does."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

BLOCKED = "import sys; sys.modules['pytest'] = None\n"


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )


def test_without_pytest_it_says_what_to_install() -> None:
    done = python(BLOCKED + "import interlock.testing")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: interlock.testing needs pytest: pip install 'interlock[testing]'"
    )


def test_the_program_loads_no_pytest() -> None:
    done = python("import sys, interlock.cli.program\nprint('pytest' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False\n", "")
