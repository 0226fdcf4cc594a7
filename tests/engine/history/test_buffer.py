"""Entries wait in order, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from interlock.history.buffer import Buffer, Group
from support.journal_entries import command


def group(name: str, size: int = 1) -> Group:
    return tuple(command(f"{name}{number}") for number in range(size))


def test_groups_come_out_as_they_went_in() -> None:
    buffer = Buffer(10)
    buffer.put(group("a", 2))
    buffer.put(group("b"))
    assert buffer.take() == (group("a", 2), group("b"))


def test_taking_empties_it() -> None:
    buffer = Buffer(10)
    buffer.put(group("a"))
    buffer.take()
    assert (len(buffer), buffer.take()) == (0, ())


def test_the_oldest_groups_make_place() -> None:
    buffer = Buffer(3)
    for name in "abc":
        buffer.put(group(name, 2))
    assert (buffer.dropped, len(buffer), buffer.take()) == (4, 2, (group("c", 2),))


def test_it_tells_what_it_lets_go_of() -> None:
    lost: list[Group] = []
    buffer = Buffer(2, lost.append)
    for name in "abcd":
        buffer.put(group(name))
    assert lost == [group("a"), group("b")]


def test_it_holds_exactly_its_capacity() -> None:
    buffer = Buffer(3)
    for name in "abc":
        buffer.put(group(name))
    assert (buffer.dropped, len(buffer)) == (0, 3)


def test_what_is_put_back_stands_first() -> None:
    buffer = Buffer(10)
    buffer.put(group("a"))
    buffer.put(group("b"))
    taken = buffer.take()
    buffer.put(group("c"))
    buffer.put_back(taken)
    assert (len(buffer), buffer.take()) == (3, (group("a"), group("b"), group("c")))


def test_what_is_put_back_is_dropped_before_what_is_newer() -> None:
    buffer = Buffer(2)
    buffer.put(group("a"))
    buffer.put(group("b"))
    taken = buffer.take()
    buffer.put(group("c"))
    buffer.put_back(taken)
    assert (buffer.dropped, buffer.take()) == (1, (group("b"), group("c")))


def test_a_group_larger_than_the_capacity_stays_whole() -> None:
    buffer = Buffer(2)
    buffer.put(group("a"))
    buffer.put(group("b", 5))
    assert (buffer.dropped, buffer.take()) == (1, (group("b", 5),))


@given(st.lists(st.integers(1, 4)), st.integers(4, 12))
def test_nothing_vanishes_uncounted_and_memory_is_bounded(sizes: list[int], capacity: int) -> None:
    buffer = Buffer(capacity)
    for number, size in enumerate(sizes):
        buffer.put(group(f"{number}.", size))
        assert len(buffer) <= capacity
    assert len(buffer) + buffer.dropped == sum(sizes)
    assert sum(len(kept) for kept in buffer.take()) + buffer.dropped == sum(sizes)
