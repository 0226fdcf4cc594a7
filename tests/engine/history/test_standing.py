"""What lasts until it is replaced or over, gathered from what is recorded."""

from datetime import timedelta

from interlock.history.records import Claimed, FiringEnd, LetGo, Past, Remembered, Unfinished
from interlock.history.standing import Standing
from interlock.model import Origin, OriginKind
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from support.journal_entries import START, TEMPERATURE, reading


def claim(value: float) -> Claim:
    owner = Origin(OriginKind.OPERATOR, "cli")
    return Claim(point=TEMPERATURE, value=value, priority=8, owner=owner, since=START)


def firing(name: str) -> Unfinished:
    return Unfinished(firing=name, rule="cool", digest="", part="actions", names={}, variables={}, notes={})


def standing(*entries: object) -> tuple[object, ...]:
    found = Standing()
    found.take(entries)  # type: ignore[arg-type]
    return found.entries


def test_the_last_of_its_kind_stands_in_its_place_of_time() -> None:
    first, second, other = Claimed(claim(20.0)), Claimed(claim(21.0)), firing("1-1")
    assert standing(first, other, second) == (other, second)


def test_what_is_over_stands_no_more() -> None:
    later = START + timedelta(hours=1)
    over = LetGo(claim(20.0), later, "released"), FiringEnd("1-1", later, "done")
    assert standing(Claimed(claim(20.0)), firing("1-1"), reading(value=20.0), *over) == ()


def test_what_earlier_runs_left_stands_unless_something_newer_does() -> None:
    found = Standing()
    found.take([Claimed(claim(21.0)), Remembered("a/0", TriggerMemory(truth=False))])
    found.take_past(Past(unfinished=(firing("1-1"),), claims=(claim(20.0),)))
    found.take_memory({"a/0": TriggerMemory(truth=True), "b/0": TriggerMemory(truth=True)})
    assert set(map(repr, found.entries)) == {
        repr(entry)
        for entry in (
            firing("1-1"),
            Claimed(claim(21.0)),
            Remembered("a/0", TriggerMemory(truth=False)),
            Remembered("b/0", TriggerMemory(truth=True)),
        )
    }
