"""A journal that forgets what nobody asks for: it answers as one that keeps everything."""

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.history.journal import Journal, MemoryJournal
from interlock.history.records import (
    Claimed,
    Entry,
    FiringEnd,
    LetGo,
    Remembered,
    RuleSwitch,
    Saved,
    ServiceStart,
)
from interlock.model import Origin, OriginKind, Outcome, Point, Quality, Value
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from interlock.simulation.streamed_journal import StreamedJournal
from support.journal_entries import command, decision, firing, minute, reading, receipt, unfinished

A, B = Point("a.value"), Point("b.value")
HOUR = timedelta(hours=1)
WINDOWS = {A: timedelta(minutes=10)}
POINTS = st.sampled_from([A, B])
RULES = st.sampled_from(["one", "two"])
OWNERS = st.sampled_from([Origin(OriginKind.RULE, "one", "1-1"), Origin(OriginKind.HAND, "")])


@st.composite
def stories(draw: st.DrawFn) -> Sequence[Entry | None]:
    """Entries in the order of time, one a minute; None is a restart."""
    story: list[Entry | None] = []
    for number in range(draw(st.integers(0, 25))):
        story.append(draw(st.none() | entries(number)))
    return story


def entries(number: int) -> st.SearchStrategy[Entry]:
    at = minute(number)
    claims = st.builds(
        lambda point, owner: Claim(point=point, value=1, priority=8, owner=owner, since=at), POINTS, OWNERS
    )
    return st.one_of(
        st.builds(_read, st.just(number), POINTS, st.sampled_from([0, 1, True, 1.0, None])),
        st.builds(
            lambda point, outcome: receipt(command(str(number), point=point), outcome=outcome),
            POINTS,
            st.sampled_from(Outcome),
        ),
        st.builds(lambda rule: _fired(number, rule), RULES),
        st.builds(unfinished, st.sampled_from(["1-1", "1-2"])),
        st.builds(lambda name: Remembered(f"{name}/0", TriggerMemory(held=number * HOUR)), RULES),
        st.builds(lambda name: Saved(name, {"a.value": number}), RULES),
        st.builds(lambda name, is_on: RuleSwitch(name, at, is_on, "cli"), RULES, st.booleans()),
        st.builds(Claimed, claims),
        st.builds(lambda claim: LetGo(claim, at, "over"), claims),
    )


def _read(number: int, point: Point, value: Value | None) -> Entry:
    quality = Quality.GOOD if value is not None else Quality.FAULT
    return reading(value, point=point, at=minute(number), quality=quality)


def _fired(number: int, rule: str) -> Entry:
    return replace(firing(f"2-{number}"), decision=decision(rule_id=rule, at=minute(number)))


async def play(journal: MemoryJournal | StreamedJournal, story: Sequence[Entry | None]) -> object:
    await journal.open()
    for number, entry in enumerate(story):
        if entry is None:
            journal.last_seen = minute(number)
            await journal.close()
            await journal.open()
            journal.record(ServiceStart(at=minute(number), version="", is_dry_run=False))
        else:
            journal.record(entry)
    journal.last_seen = minute(len(story))
    await journal.open()
    contract: Journal = journal
    now = minute(len(story))
    return (
        contract.run_number,
        await contract.load_memory(),
        await contract.load_known([A, B]),
        await contract.load_commands([A, B]),
        await contract.load_samples({point: now - window for point, window in WINDOWS.items()}),
        await contract.load_past(now - timedelta(minutes=8)),
    )


def at_once(work: Coroutine[object, None, object]) -> object:
    """Return what a coroutine returns that waits for nothing."""
    with pytest.raises(StopIteration) as end:
        work.send(None)
    return end.value.value


@settings(max_examples=60, deadline=None)
@given(stories())
def test_it_answers_as_a_journal_that_keeps_everything(story: Sequence[Entry | None]) -> None:
    streamed = at_once(play(StreamedJournal(lambda _: None, WINDOWS), story))
    assert streamed == at_once(play(MemoryJournal(), story))


def test_it_passes_on_what_is_news() -> None:
    told: list[Entry] = []
    journal = StreamedJournal(told.append)
    journal.record(reading(21.5), reading(21.5), command())
    assert told == [reading(21.5), command()]


async def test_a_firing_that_ended_is_not_kept() -> None:
    journal = StreamedJournal(lambda _: None)
    journal.record(unfinished("1-1"), FiringEnd("1-1", minute(1), "done"))
    assert (await journal.load_past(minute(0))).unfinished == ()


async def test_only_the_window_is_kept() -> None:
    journal = StreamedJournal(lambda _: None, {A: timedelta(minutes=2)})
    for number in range(10):
        journal.record(reading(number, point=A, at=minute(number)))
    found = await journal.load_samples({A: minute(0)})
    assert [each.value for each in found[A]] == [7, 8, 9]


async def test_only_the_last_firings_are_kept() -> None:
    journal = StreamedJournal(lambda _: None, firings=3)
    journal.record(*(_fired(number, "one") for number in range(10)))
    assert (await journal.load_past(minute(0))).fired == {"one": [minute(7), minute(8), minute(9)]}


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.FAILED, Outcome.SUPPRESSED])
async def test_what_was_not_carried_out_is_no_last_command(outcome: Outcome) -> None:
    journal = StreamedJournal(lambda _: None)
    journal.record(receipt(command("1", point=A), outcome=outcome))
    assert list(await journal.load_commands([A])) == []
