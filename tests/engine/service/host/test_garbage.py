"""Nothing walks over what stays; what an edited site leaves in circles is freed."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from interlock.service.host import garbage


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Let nothing else look for garbage, and give back what is taken for lasting."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def left_behind() -> weakref.ref[Ring]:
    return weakref.ref(Ring())


def test_what_is_taken_for_lasting_is_looked_at_no_more() -> None:
    ring = left_behind()
    garbage.take_for_lasting()
    gc.collect()
    assert ring() is not None


def test_what_was_taken_for_lasting_and_is_left_behind_is_freed() -> None:
    ring = left_behind()
    garbage.take_for_lasting()
    garbage.look_once()
    assert ring() is None


def test_what_stays_after_a_look_is_looked_at_no_more() -> None:
    garbage.look_once()
    assert gc.get_freeze_count() > 0
