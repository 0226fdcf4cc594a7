"""Which plain words are more than text. The table is YAML 1.2.2, section 10.3.2, with its neighbours."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config.core_schema import resolve, resolve_tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("0", 0),
        ("-19", -19),
        ("+12", 12),
        ("010", 10),
        ("0o7", 7),
        ("0o14", 12),
        ("0x3A", 58),
        ("0.", 0.0),
        ("-0.0", 0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -200000.0),
        ("1e999", math.inf),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
    ],
)
def test_the_core_schemas_constants_and_numbers_are_resolved(text: str, value: object) -> None:
    resolved = resolve(text)
    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_number(text: str) -> None:
    resolved = resolve(text)
    assert isinstance(resolved, float)
    assert math.isnan(resolved)


@pytest.mark.parametrize(
    "text",
    [
        *("on", "On", "off", "yes", "No", "y", "n", "nULL", "tRUE", "none", "None"),
        *("12:30", "1:00:00", "1_000", "0b1", "0o8", "-0o7", "0O7", "-0x1", "0xg", "1e", "e1", "+", "-"),
        *(".", "..", "+.", "1.2.3", "--1", "1 000", "2026-12-24", "1/0/1", ".infinite", "1,5", "0x"),
        *("٣", "１", "1\n"),
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert resolve(text) == text


def test_more_digits_than_python_converts_are_a_number_all_the_same() -> None:
    assert resolve("9" * 4000) == int("9" * 4000)
    assert resolve("9" * 5000) == math.inf


@given(st.integers())
def test_every_integer_is_resolved_to_itself(number: int) -> None:
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_resolved_to_itself(number: float) -> None:
    assert resolve(repr(number)) == number


@given(st.text())
def test_no_text_breaks_the_resolution(text: str) -> None:
    assert isinstance(resolve(text), bool | int | float | str | None)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("!!str", "12", "12"),
        ("!!int", "12", 12),
        ("!!float", "12", 12.0),
        ("!!float", "1.5", 1.5),
        ("!!bool", "true", True),
        ("!!null", "", None),
    ],
)
def test_a_tag_says_what_a_scalar_is(tag: str, text: str, value: object) -> None:
    resolved = resolve_tagged(tag, text)
    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("!!int", "1.5"),
        ("!!int", "true"),
        ("!!bool", "1"),
        ("!!bool", "on"),
        ("!!float", "x"),
        ("!!null", "0"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused_without_quoting_the_text(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=rf"^this is no {tag[2:]}$"):
        resolve_tagged(tag, text)
