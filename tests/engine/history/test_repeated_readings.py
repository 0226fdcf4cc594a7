"""What stays the same is stored now and then, and looks like one thing all the same."""

from datetime import timedelta
from pathlib import Path

import pytest

from interlock.expressions import Sample
from interlock.history.journal import NewsFilter
from interlock.history.queries import JournalReader
from interlock.history.recording import Recording
from interlock.history.sql_journal import SqlJournal
from interlock.model import Quality
from support.journal_entries import AC_MODE, START, TEMPERATURE, HandClock, minute, reading

HOUR = timedelta(hours=1)


def test_what_was_stored_lately_is_not_due() -> None:
    seen = NewsFilter()
    seen.news([reading(21.0, at=minute(0))])
    assert seen.overdue([reading(21.0, at=minute(59))], HOUR) == ()


def test_what_was_stored_long_ago_is_due_once() -> None:
    seen = NewsFilter()
    seen.news([reading(21.0, at=minute(0))])
    again = reading(21.0, at=minute(60))
    assert seen.overdue([again], HOUR) == (again,)
    assert seen.overdue([reading(21.0, at=minute(119))], HOUR) == ()
    assert len(seen.overdue([reading(21.0, at=minute(120))], HOUR)) == 1


def test_repetitions_that_are_not_stored_put_nothing_off() -> None:
    seen = NewsFilter()
    seen.news([reading(21.0, at=minute(0))])
    assert seen.news([reading(21.0, at=minute(50))]) == ()
    assert len(seen.overdue([reading(21.0, at=minute(60))], HOUR)) == 1


@pytest.mark.parametrize(
    "other",
    [
        reading(22.0, at=minute(90)),
        reading(True, at=minute(90)),
        reading(21.0, at=minute(90), quality=Quality.ASSUMED),
        reading(21.0, at=minute(90), point=AC_MODE),
    ],
)
def test_what_is_not_as_it_was_is_no_repetition(other: object) -> None:
    seen = NewsFilter()
    seen.news([reading(1.0 if other is True else 21.0, at=minute(0))])
    assert seen.overdue([other], HOUR) == ()  # type: ignore[list-item]


@pytest.mark.slow
async def test_a_repetition_is_stored_and_is_no_change(path: Path, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    await journal.open()
    journal.record(reading(21.0, at=minute(0)))
    journal.record(reading(22.0, at=minute(10)))
    for number in (30, 70, 100):
        journal.repeat([reading(22.0, at=minute(number))], HOUR)
    await journal.commit()
    since = {TEMPERATURE: START}
    held = (await journal.load_samples(since))[TEMPERATURE]
    await journal.close()
    assert held == [Sample(minute(0), 21.0), Sample(minute(10), 22.0), Sample(minute(70), None)]
    with Recording(path) as recording:
        assert [at for at, _ in recording.readings(START, minute(1000))] == [
            minute(0),
            minute(10),
            minute(70),
        ]
    async with JournalReader(path) as reader:
        run = await reader.last_run()
        assert run
        changes = [reading(22.0, at=minute(10)), reading(21.0, at=minute(0))]
        assert list(await reader.last_readings(TEMPERATURE, limit=9)) == changes
        assert list(await reader.readings_in(run, TEMPERATURE, limit=9)) == changes
        assert list(await reader.last_readings(TEMPERATURE, limit=1)) == changes[:1]


@pytest.mark.slow
async def test_the_same_in_another_run_is_a_change(path: Path, clock: HandClock) -> None:
    for number in (0, 10):
        journal = SqlJournal(path, clock)
        await journal.open()
        journal.record(reading(21.0, at=minute(number)))
        await journal.close()
    async with JournalReader(path) as reader:
        assert len(await reader.last_readings(TEMPERATURE, limit=9)) == 2


@pytest.mark.slow
async def test_nothing_to_repeat_writes_nothing(path: Path, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    await journal.open()
    journal.repeat([reading(21.0)], HOUR)
    assert not len(journal._buffer)
    await journal.close()
