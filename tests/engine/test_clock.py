"""The system's time."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from interlock.clock import WallClock


def test_now_is_the_systems_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = WallClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_monotonic_is_the_time_that_nobody_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 12.5)
    assert WallClock().monotonic() == timedelta(seconds=12.5)
