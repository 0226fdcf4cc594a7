"""The soaks of `bench/soak`, for as long as a test may take: nothing breaks, and nothing grows.

`INTERLOCK_SOAK_DAYS` and `INTERLOCK_SOAK_MINUTES` make them longer.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.lengthy

SOAKS = Path(__file__).parents[2] / "bench" / "soak"
DAYS = os.environ.get("INTERLOCK_SOAK_DAYS", "3")
MINUTES = os.environ.get("INTERLOCK_SOAK_MINUTES", "0.5")


def soak(program: str, *options: str) -> str:
    """Run a soak, and return what it says; what it complains of fails the test."""
    command = [sys.executable, SOAKS / program, *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    return ended.stdout


def test_days_in_virtual_time_in_which_everything_goes_wrong() -> None:
    soak("year.py", "--days", DAYS, "--rooms", "2")


def test_days_in_virtual_time_are_the_same_each_time() -> None:
    def happened() -> list[str]:
        lines = soak("year.py", "--days", "1", "--rooms", "2").splitlines()
        return [line for line in lines if line.startswith(("happened", "counts", "log"))]

    assert happened() == happened() != []


def test_a_service_beside_servers_that_fail_in_every_way() -> None:
    soak("live.py", "--minutes", MINUTES)
