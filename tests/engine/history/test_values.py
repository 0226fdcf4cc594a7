"""Values come back from the journal as they went in, type and all."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.history.values import Json, as_json, decode_value, encode_value
from interlock.model import Value

SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters()),
    st.datetimes(timezones=st.just(UTC)).map(lambda instant: instant.replace(fold=0)),
    st.timedeltas(),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS).map(tuple))


def typed(value: Value) -> object:
    return [typed(item) for item in value] if isinstance(value, tuple) else (type(value), repr(value))


@given(VALUES)
def test_every_value_comes_back_exactly(value: Value) -> None:
    assert typed(decode_value(encode_value(value))) == typed(value)


@given(VALUES, VALUES)
def test_texts_are_equal_only_for_equal_values_of_equal_types(one: Value, other: Value) -> None:
    assert (encode_value(one) == encode_value(other)) == (typed(one) == typed(other))


@given(VALUES)
def test_what_is_stored_is_standard_json_that_utf8_can_hold(value: Value) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    json.loads(encode_value(value).encode("utf-8"), parse_constant=refuse)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        ("1", '"1"'),
        ((255, 128, 0), "[255, 128, 0]"),
        (timedelta(seconds=1.5), '{"duration_us": 1500000}'),
        (datetime(2026, 7, 14, 12, tzinfo=UTC), '{"instant": "2026-07-14T12:00:00+00:00"}'),
        (math.inf, '{"float": "inf"}'),
    ],
)
def test_the_stored_form_stays_as_it_is(value: Value, text: str) -> None:
    assert encode_value(value) == text


def test_a_number_of_a_librarys_own_type_is_stored_as_a_number() -> None:
    class Measured(float):
        def __repr__(self) -> str:
            return f"Measured({float(self)})"

    assert encode_value(Measured(21.5)) == "21.5"


def test_not_a_number_comes_back() -> None:
    value = decode_value(encode_value(math.nan))
    assert isinstance(value, float)
    assert math.isnan(value)


def test_an_instant_of_another_zone_comes_back_in_utc() -> None:
    summer = datetime(2026, 7, 14, 14, tzinfo=timezone(timedelta(hours=2)))
    assert typed(decode_value(encode_value(summer))) == typed(datetime(2026, 7, 14, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", ["null", "{}", '{"instant": 3}', "[[1]]"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no stored value"):
        decode_value(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (3, 3),
        (26.4, 26.4),
        ("cooling", "cooling"),
        (None, None),
        ((255, 0, 9), [255, 0, 9]),
        (timedelta(minutes=2), 120.0),
        (datetime(2026, 7, 14, 12, tzinfo=UTC), "2026-07-14T12:00:00+00:00"),
    ],
)
def test_values_have_their_form_in_json(value: Value, expected: Json) -> None:
    assert as_json(value) == expected
