"""A recording keeps what can be seen, in bounded memory."""

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.report import Changing, Recording, Sample, Value
from interlock.simulation.report import recording as module
from interlock.simulation.report.recording import is_states, record, told_of_stretches
from support.report_page import BEGINS, minute

HOUR = timedelta(hours=1)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thin from 24 samples on, into 6 stretches."""
    monkeypatch.setattr(module, "MOST_SAMPLES", 24)
    monkeypatch.setattr(module, "STRETCHES", 6)


def recorded(*values: Value, every_s: float = 60) -> Recording:
    samples = [(BEGINS + timedelta(seconds=n * every_s), value) for n, value in enumerate(values)]
    return record(samples, BEGINS, BEGINS + HOUR)


def values_of(recording: Recording) -> list[Value]:
    return [value for _, value in recording.samples()]


def test_few_samples_are_all_kept() -> None:
    recording = recorded(1.0, 2.0, None, 3.0)
    assert recording.samples() == ((minute(0), 1.0), (minute(1), 2.0), (minute(2), None), (minute(3), 3.0))
    assert (recording.count, recording.is_thinned) == (4, False)


def test_of_a_value_that_stays_the_first_and_the_last_sample_are_kept() -> None:
    recording = recorded(1.0, 1.0, 1.0, 1.0, 2.0)
    assert recording.samples() == ((minute(0), 1.0), (minute(3), 1.0), (minute(4), 2.0))
    assert recording.count == 5


def test_on_and_the_number_one_are_not_the_same() -> None:
    assert values_of(recorded(True, True, 1, 1)) == [True, True, 1, 1]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_unknown(number: float) -> None:
    assert values_of(recorded(1.0, number)) == [1.0, None]


def test_a_recording_is_taken_as_it_is() -> None:
    recording = recorded(1.0)
    assert record(recording, BEGINS, BEGINS + HOUR) is recording


@pytest.mark.parametrize(
    ("value", "expected"), [(1.5, False), (None, False), (True, True), ("dry", True), (Changing.OFTEN, True)]
)
def test_words_and_on_and_off_are_states(value: Value, expected: bool) -> None:
    assert is_states([(BEGINS, None), (BEGINS, value)]) is expected


@pytest.mark.usefixtures("few")
def test_each_stretch_of_numbers_keeps_its_ends_its_extremes_and_its_gaps() -> None:
    stretch = [5.0, 1.0, None, 9.0, None, 3.0, None, 4.0, 6.0, 5.5]
    recording = recorded(*stretch, *[float(n) for n in range(50)])
    assert values_of(recording)[:6] == [5.0, 1.0, None, 9.0, None, 5.5]
    assert recording.is_thinned
    assert recording.count == 60


@pytest.mark.usefixtures("few")
def test_a_stretch_of_many_states_keeps_the_first_and_the_last_and_says_that_it_changed() -> None:
    recording = recorded(*["a", "b", "c", "d", "e"] * 12)
    assert recording.samples()[:3] == ((minute(0), "a"), (minute(1), Changing.OFTEN), (minute(9), "e"))


@pytest.mark.usefixtures("few")
def test_a_stretch_of_few_states_keeps_them() -> None:
    calm = ["a"] * 3 + ["b"] * 3 + ["a"] * 4
    recording = recorded(*calm, *["a", "b"] * 25)
    assert recording.samples()[:3] == ((minute(0), "a"), (minute(3), "b"), (minute(6), "a"))


NUMBERS = st.lists(st.one_of(st.none(), st.integers(-50, 50).map(float)), min_size=1, max_size=400)


@given(NUMBERS)
@settings(deadline=None)
def test_extremes_survive_and_nothing_is_invented(numbers: list[float | None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_SAMPLES", 24)
        patch.setattr(module, "STRETCHES", 6)
        samples: list[Sample] = [
            (BEGINS + HOUR * (n / len(numbers)), value) for n, value in enumerate(numbers)
        ]
        recording = record(samples, BEGINS, BEGINS + HOUR)
        kept = recording.samples()
    known = [value for value in numbers if value is not None]
    left = [value for _, value in kept if isinstance(value, float)]
    assert (min(left, default=None), max(left, default=None)) == (
        min(known, default=None),
        max(known, default=None),
    )
    assert set(kept) <= set(samples)
    assert len(kept) <= max(24, 6 * 6)
    assert (kept[0], kept[-1][1]) == (samples[0], samples[-1][1])


@pytest.mark.usefixtures("few")
def test_memory_does_not_grow_with_the_samples() -> None:
    recording = recorded(*[float(n % 7) for n in range(5000)], every_s=0.5)
    assert len(recording._kept) <= 2 * 24


@pytest.mark.usefixtures("few")
def test_what_was_thinned_on_the_way_is_thinned_as_what_was_thinned_at_the_end() -> None:
    numbers = [float(n * 37 % 101) for n in range(60)]
    on_the_way = recorded(*numbers).samples()
    assert record(on_the_way, BEGINS, BEGINS + HOUR).samples() == on_the_way


def test_the_page_says_how_long_stretches_are_and_of_what() -> None:
    told = told_of_stretches(BEGINS, BEGINS + timedelta(days=365), ["a", "b"])
    assert told.split(". ") == [
        "There are more values than can be drawn of a, b",
        "Of each stretch of 2h55m12s, the charts show the first, the last, the lowest and the highest number"
        " as they were; a state that changed more than twice within it is drawn as “changed often”.",
    ]
