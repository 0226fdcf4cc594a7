"""A service that is killed two hundred times, at any moment: nothing is lost, and nothing is done twice."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from interlock.history.queries import JournalReader
from interlock.model import Outcome
from support.kill_storm import (
    BELL,
    FAN,
    HOUR_S,
    LAMP,
    MODE,
    SCENE,
    SPELLS,
    Storm,
    storm_of,
    within,
)

pytestmark = pytest.mark.lengthy

KILLS = 200
_MINUTE_S = 60.0
_SLACK_S = 90.0
"""Polls, and being down some times in a row."""


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Storm:
    """Return a house that lived through it all."""
    return storm_of(tmp_path_factory.mktemp("storm"), kills=KILLS, seed=20261122, most_turns=1000)


@pytest.fixture(scope="module")
def quiet(storm: Storm, tmp_path_factory: pytest.TempPathFactory) -> Storm:
    """Return the same house, which lived as long and was never killed."""
    other = Storm.over(tmp_path_factory.mktemp("quiet"))
    other.live(storm.passed_s)
    return other


def hours(storm: Storm) -> Iterator[float]:
    """Yield when each whole hour began that the house lived through."""
    return (hour * HOUR_S for hour in range(int(storm.passed_s // HOUR_S)))


def outcomes(storm: Storm, point: str, begin: float, end: float) -> list[Outcome | None]:
    """Return what became of the commands for a point that were given in a time."""

    async def ask() -> list[Outcome | None]:
        async with JournalReader(storm.journal) as reader:
            past = await reader.commands_for(storm.loaded.site.targets[point].point, limit=100_000)  # type: ignore[index]
        return [
            each.receipt and each.receipt.outcome
            for each in reversed(past)
            if begin <= storm.after(each.command.created_at) < end
        ]

    return asyncio.run(ask())


def test_it_was_killed_so_often(storm: Storm, quiet: Storm) -> None:
    assert (len(storm.kills), len(quiet.kills)) == (KILLS, 0)


def test_devices_hold_at_the_end_what_they_hold_without_kills(storm: Storm, quiet: Storm) -> None:
    assert storm.held == quiet.held
    assert storm.held[MODE] == "cooling"


def test_no_hold_is_lost_and_no_scene_is_launched_twice(storm: Storm) -> None:
    launched = storm.times_of(SCENE)
    for hour in hours(storm):
        begin, end = hour + 15 * _MINUTE_S, hour + 40 * _MINUTE_S
        sent = within(launched, hour, hour + HOUR_S)
        [outcome] = outcomes(storm, SCENE, hour, hour + HOUR_S)
        assert outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}
        assert len(sent) == 1 or (not sent and outcome is Outcome.UNCERTAIN)
        # Each kill takes what was held since the last sign of life, which comes each minute.
        late_s = len(within(storm.kills, begin - 300, end)) * 62 + _SLACK_S
        assert all(begin <= at < begin + late_s for at in sent)


def test_no_bell_is_rung_twice_and_none_is_forgotten(storm: Storm) -> None:
    rung, quarter_s = storm.times_of(BELL), 15 * _MINUTE_S
    for number in range(int(storm.passed_s // quarter_s)):
        begin, end = number * quarter_s, (number + 1) * quarter_s
        sent = within(rung, begin, end)
        [outcome] = outcomes(storm, BELL, begin, end)
        assert outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}
        assert len(sent) == 1 or (not sent and outcome is Outcome.UNCERTAIN)
        assert all(at < begin + _SLACK_S for at in sent)


def test_no_keep_is_lost(storm: Storm) -> None:
    told = [(at, value) for at, point, value in storm.writes if point == FAN]
    for hour in hours(storm):
        turns = [(at, value) for at, value in told if hour <= at < hour + HOUR_S]
        assert [value for _, value in turns][:: len(turns) - 1] == [True, False]
        assert turns[0][0] < hour + 20 * _MINUTE_S + _SLACK_S
        assert turns[-1][0] < hour + 50 * _MINUTE_S + _SLACK_S


def test_no_delay_is_lost_or_begun_anew(storm: Storm) -> None:
    told = [(at, value) for at, point, value in storm.writes if point == LAMP]
    for hour in hours(storm):
        turns = [(at, value) for at, value in told if hour <= at < hour + HOUR_S]
        on, off = turns[0], turns[-1]
        assert (on[1], off[1]) == (True, False)
        assert on[0] < hour + 5 * _MINUTE_S + _SLACK_S
        assert 4 * _MINUTE_S - _SLACK_S <= off[0] - on[0] < 4 * _MINUTE_S + _SLACK_S


def test_every_spell_is_counted_once(storm: Storm) -> None:
    async def ask() -> object:
        async with JournalReader(storm.journal) as reader:
            [last] = await reader.last_readings(SPELLS, limit=1)
        return last.value

    assert asyncio.run(ask()) == len(list(hours(storm)))


def test_the_journal_is_whole(storm: Storm) -> None:
    with closing(sqlite3.connect(storm.journal)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ends = Counter(end for (end,) in database.execute("SELECT ended_at IS NULL FROM firings"))
        assert ends[1] == 0
        [(unanswered,)] = database.execute(
            "SELECT count(*) FROM commands WHERE NOT EXISTS"
            " (SELECT 1 FROM receipts WHERE command = commands.id AND run = commands.run)"
        ).fetchall()
        assert unanswered == 0
