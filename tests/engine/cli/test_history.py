"""How far fetching is, where somebody watches."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from rich.console import Console

from interlock.cli import history
from interlock.driver import Recorded
from interlock.model import Point
from interlock.service.fetching import Fetched

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
    assert "shop: 1 values; now lobby, 2026-03-01" in text
    assert "shop: 101 values; now lobby, 2026-03-01" in text
    assert "shop: 2 values" not in text


@pytest.mark.parametrize(("is_terminal", "is_silent"), [(False, False), (True, True)])
def test_a_file_and_who_reads_the_log_are_not(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, is_silent: bool
) -> None:
    assert shown(monkeypatch, is_terminal=is_terminal, is_silent=is_silent) == ""
