"""The schema of a text knows its pattern."""

from __future__ import annotations

import pytest

from interlock.capabilities import Capability, ValueType
from interlock.schema.values import value_of
from support.json_schemas import validator_of


def is_taken(value: object, pattern: str = "", form: str = "") -> bool:
    capability = Capability(
        controller="value",
        type=ValueType.TEXT,
        description="when",
        source="",
        writable=True,
        pattern=pattern,
        form=form,
    )
    return validator_of(value_of(capability)).is_valid(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("07:30", True), ("7:30", True), ("17:30:00", False), ("at 7:30", False), ("{{ late.value }}", True)],
)
def test_a_text_matches_its_pattern_as_a_whole(text: str, expected: bool) -> None:
    assert is_taken(text, "[0-9]:[0-9]{2}|[0-9]{2}:[0-9]{2}", "a time") is expected


def test_a_text_without_a_pattern_may_be_anything() -> None:
    assert [is_taken(each) for each in ("17:30:00", "", 5, True)] == [True] * 4
