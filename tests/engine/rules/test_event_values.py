"""What an event brings, by dotted names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.rules.event_values import unfolded


def test_names_inside_names_are_joined() -> None:
    assert unfolded({"order": {"id": 7, "lines": [{"name": "bulb"}, 3], "tags": ["a", "b"]}, "on": True}) == {
        "order.id": 7,
        "order.lines.0.name": "bulb",
        "order.lines.1": 3,
        "order.tags": ("a", "b"),
        "on": True,
    }


def test_what_is_none_or_empty_is_left_out() -> None:
    assert unfolded({"a": None, "b": {}, "c": [], "d": [None, {}], "e": ""}) == {"e": ""}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"a": {"b": 2**63}}, "a number is too large"),
        ({"a": [-(2**63)]}, "a number is too large"),
        ({"a": float("inf")}, "a number is too large"),
        ({"a": float("nan")}, "a number is too large"),
        (dict.fromkeys(map(str, range(501)), 1), "there are more than 500 values"),
    ],
)
def test_what_is_too_much_is_refused(names: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        unfolded(names)


_NAMES = st.text("abcdefg", min_size=1, max_size=3)
_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=5),
    lambda inner: st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_every_value_is_found_by_the_names_that_lead_to_it(document: dict[str, object]) -> None:
    for name, value in unfolded(document).items():
        place: object = document
        for step in name.split("."):
            assert isinstance(place, dict)
            place = place[step]
        assert place == value or "\0" in str(place)
