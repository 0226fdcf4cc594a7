"""Group addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xknx.telegram import GroupAddress

from interlock_knx.addresses import format_group_address, parse_group_address


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("1/2/3", "1/2/3"),
        (" 1/2/3 ", "1/2/3"),
        ("01/02/003", "1/2/3"),
        ("1/515", "1/2/3"),
        ("2563", "1/2/3"),
        ("0/0/1", "0/0/1"),
        ("1", "0/0/1"),
        ("31/7/255", "31/7/255"),
        ("31/2047", "31/7/255"),
        ("65535", "31/7/255"),
    ],
)
def test_each_spelling_has_one_canonical_form(written: str, canonical: str) -> None:
    assert parse_group_address(written) == canonical


@given(st.integers(1, 0xFFFF))
def test_all_spellings_of_an_address_are_what_xknx_takes_them_for(raw: int) -> None:
    three = format_group_address(raw)
    spellings = [three, f"{raw >> 11}/{raw & 2047}", str(raw)]
    assert [GroupAddress(spelling).raw for spelling in spellings] == [raw, raw, raw]
    assert [parse_group_address(spelling) for spelling in spellings] == [three, three, three]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("32/0/0", "its main group goes from 0 to 31"),
        ("1/8/0", "its middle group goes from 0 to 7"),
        ("1/2/256", "its subgroup goes from 0 to 255"),
        ("32/0", "its main group goes from 0 to 31"),
        ("1/2048", "its subgroup goes from 0 to 2047"),
        ("65536", "its free address goes from 0 to 65535"),
        *(
            (text, "write for example 1/2/3, 1/515 or 2563")
            for text in ("", "1/2/3/4", "1.2.3", "a/b/c", "1//3", "-1", "1/2/-3", "123456", "١/2/3")
        ),
    ],
)
def test_anything_else_is_no_group_address(written: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_group_address(written)
    assert str(caught.value) == f"'{written}' is no group address: {complaint}"


@pytest.mark.parametrize("written", ["0/0/0", "0/0", "0"])
def test_the_broadcast_is_no_group_of_a_device(written: str) -> None:
    with pytest.raises(ValueError, match="is no group address of a device: on KNX it is the broadcast"):
        parse_group_address(written)
