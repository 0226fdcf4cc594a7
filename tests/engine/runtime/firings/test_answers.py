"""What is read of other servers' answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.model import Value
from interlock.runtime.firings.answers import values_of_json

TEXT = '{"a": {"b": [1, {"c": 2.5}]}, "on": true, "t": "x", "n": null, "inf": 1e999, "0": "zero", "": 5}'


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b.0", 1),
        ("a.b.1.c", 2.5),
        ("on", True),
        ("t", "x"),
        ("0", "zero"),
        ("", 5),
        ("n", None),
        ("inf", None),
        ("a", None),
        ("a.b", None),
        ("a.b.2", None),
        ("a.b.-1", None),
        ("a.b.c", None),
        ("a.c", None),
        ("t.0", None),
    ],
)
def test_a_path_leads_to_a_single_value_or_to_nothing(path: str, value: Value | None) -> None:
    expected = {} if value is None else {"x": value}
    assert values_of_json(TEXT, {"x": path.split(".")}) == expected


@pytest.mark.parametrize("text", ["", "<html>", "{", "[" * 100_000])
def test_what_is_no_json_holds_nothing(text: str) -> None:
    assert values_of_json(text, {"x": ["a"]}) == {}


def test_a_whole_answer_can_be_a_list() -> None:
    assert values_of_json("[3, 4]", {"x": ["1"], "y": ["0"]}) == {"x": 4, "y": 3}


@given(st.text(), st.lists(st.text()))
def test_no_answer_and_no_path_breaks_it(text: str, path: list[str]) -> None:
    values_of_json(text, {"x": path})
