"""The same seed gives the same journal, byte for byte, in whatever process."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@cache
def told(seed: int, hash_seed: int) -> str:
    """Return the dump of the journal of a day, played in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "support.deterministic_day", str(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    first, second = told(3, 0), told(3, 4711)
    assert first.count("INSERT") > 1000
    assert first == second


def test_another_seed_draws_otherwise() -> None:
    assert told(3, 0) != told(4, 0)
