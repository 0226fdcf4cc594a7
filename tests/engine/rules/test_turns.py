"""When watches that time alone can turn are looked at."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.rules.turns import Turns

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
WATCHES = ("c", "a", "b")


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def looked_at(*watches: str) -> Turns[str]:
    """Watches that were looked at once, and cannot turn by what is known."""
    turns = Turns(watches)
    assert turns.pop(START) == list(watches)
    return turns


def test_at_first_all_are_looked_at_soon_in_their_order() -> None:
    turns = Turns(WATCHES)
    assert turns.next is not None
    assert turns.next < START
    assert turns.pop(START) == ["c", "a", "b"]
    assert (turns.next, turns.pop(START)) == (None, [])


def test_each_is_looked_at_when_it_was_said_and_then_no_more() -> None:
    turns = looked_at(*WATCHES)
    turns.set("b", at(5))
    turns.set("c", at(5))
    turns.set("a", at(9))
    assert (turns.next, turns.pop(at(4))) == (at(5), [])
    assert (turns.pop(at(5)), turns.next) == (["c", "b"], at(9))
    assert (turns.pop(at(20)), turns.next) == (["a"], None)


def test_the_earlier_of_two_words_stands() -> None:
    turns = looked_at("a")
    for seconds in (7, 9, 3, 3, 8):
        turns.set("a", at(seconds))
    turns.set("a", None)
    assert [turns.pop(at(seconds)) for seconds in (2, 3, 7, 9)] == [[], ["a"], [], []]


def test_after_the_clock_was_set_all_are_looked_at_soon() -> None:
    turns = looked_at("a", "b")
    turns.set("a", at(500))
    turns.forget()
    assert turns.pop(START) == ["a", "b"]
    turns.set("a", at(500))
    assert turns.pop(at(500)) == ["a"]


def test_it_knows_whom_it_is_about() -> None:
    turns = Turns(WATCHES)
    assert (bool(turns), bool(Turns[str]([]))) == (True, False)
    assert ("a" in turns, "x" in turns) == (True, False)


@given(st.lists(st.tuples(st.sampled_from(WATCHES), st.integers(1, 30)), max_size=30))
def test_nothing_is_forgotten_and_nothing_comes_twice(words: list[tuple[str, int]]) -> None:
    turns, due = looked_at(*WATCHES), dict[str, int]()
    for now, (watch, delay) in enumerate(words):
        expected = [each for each in WATCHES if due.get(each, now + 1) <= now]
        assert turns.pop(at(now)) == expected
        for each in expected:
            del due[each]
        turns.set(watch, at(now + delay))
        due[watch] = min(due.get(watch, now + delay), now + delay)
    if due:
        assert turns.next is not None
        assert turns.next <= at(min(due.values()))
