"""A week that a flat lived through, played to its rules again, and to edited ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from interlock.errors import JournalError, ReplayFailed
from interlock.service.loading import load
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import (
    Baseline,
    Replayed,
    Sources,
    open_record,
    replay,
    span_of,
)
from support.past_week import END, MINUTE, SITE, START, at

Edit = Callable[[str], str]
BOTH = pytest.mark.parametrize("own", list(Own))


def replayed(
    folder: Path,
    *,
    start: datetime = START,
    end: datetime = END,
    own: Own = Own.AS_RECORDED,
    edit: Edit | None = None,
    sources: Sources | None = None,
) -> Replayed:
    """Replay a part of the week, also with edited rules."""
    loaded = load(folder, environ={})
    other = None
    if edit is not None:
        edited = folder / "edited.yaml"
        edited.write_text(edit(SITE))
        other = load(edited, environ={})
        edited.unlink()
    with open_record(loaded.site, sources or Sources()) as record:
        span = span_of(record, other or loaded, start, end, MINUTE)
        return replay(loaded, record, span, own, other)


def told(found: Replayed) -> list[str]:
    """Return the differences, a line each, by the days of the week from Monday = 0."""
    assert found.comparison is not None
    lines = []
    for each in found.comparison.differences:
        passed = each.at - START
        clock = f"{passed.days} {(passed.seconds + 3) // 3600:02}:{(passed.seconds + 3) // 60 % 60:02}"
        shift = f" {each.shift}" if each.shift else ""
        lines.append(f"{clock} {each.kind.value}{shift} {each.shown} ({each.who})")
    return lines


@BOTH
def test_the_same_rules_do_the_same(week: Path, own: Own) -> None:
    found = replayed(week, own=own)
    assert told(found) == []
    assert found.baseline is Baseline.RECORDED
    assert len(found.before) == len(found.after) == 67


@BOTH
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(at(2, 13.4), id="while a hold is running"),
        pytest.param(at(2, 15), id="while a hand holds"),
        pytest.param(at(1, 10.5), id="while no service runs"),
        pytest.param(at(3, 14), id="while an override stands"),
        pytest.param(at(4, 12.2), id="while a server is away"),
        pytest.param(at(5, 9.5), id="while a firing waits"),
        pytest.param(at(1, 11), id="at a start"),
    ],
)
def test_a_replay_may_begin_anywhere(week: Path, own: Own, start: datetime) -> None:
    found = replayed(week, start=start, own=own)
    assert told(found) == []
    assert found.after


def test_a_journal_is_left_as_it_is(week: Path) -> None:
    before = hashlib.sha256((week / "interlock.sqlite").read_bytes()).digest()
    replayed(week, start=at(1, 0), end=at(2, 0))
    assert hashlib.sha256((week / "interlock.sqlite").read_bytes()).digest() == before
