"""Words that write durations, where a condition chooses between them."""

import pytest

from support.expression_house import marked, value

MINUTES = "('1m' if living_ac.hvacpower else '6m')"


def held(text: str, *, is_on: bool) -> object:
    return value(text, living_ac__hvacpower=is_on, window__power=True, meter__label="3m", meter__value=1.0)


@pytest.mark.parametrize(
    "text",
    [
        f"age('window.power') + '2m' > {MINUTES}",
        f"{MINUTES} < age('window.power') + '2m'",
        "age('window.power') + '2m' > ('1m' if living_ac.hvacpower else '1h' if window.power else '1s')",
        "age('window.power') + '2m' > ('1m' if living_ac.hvacpower else meter.label)",
        "age('window.power') + '2m' > (age('window.power') if living_ac.hvacpower else '6m')",
        f"age('window.power') + {MINUTES} < '2m'",
        f"now() - {MINUTES} >= now() - '1m'",
    ],
)
def test_a_choice_of_words_is_a_duration_beside_one(text: str) -> None:
    assert (marked(text), held(text, is_on=True), held(text, is_on=False)) == ([], True, False)


def test_a_word_that_is_no_duration_is_found_in_a_choice_too() -> None:
    assert marked("age('window.power') > ('1m' if living_ac.hvacpower else '6x')") == [
        ("'6x'", "'6x' is no duration: write for example 30s, 5m, 1h30m or 2d", "")
    ]
    assert marked("now() - ('1x' if living_ac.hvacpower else '6m') > now()")[0][0] == "'1x'"


def test_a_choice_of_words_beside_a_word_stays_one() -> None:
    text = "meter.label == ('3m' if living_ac.hvacpower else '6m')"
    assert (held(text, is_on=True), held(text, is_on=False)) == (True, False)
