"""What a telegram's request carries, and what the server's answer says of it."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import InvalidValue, Target, Value
from interlock_thinknx.simulator.system import group_address
from interlock_thinknx.telegrams import check_group, encode_telegram, telegram_note
from support.thinknx_points import thinknx_target

SINGLE = 3.4028234663852886e38


def call(name: str) -> Target:
    return thinknx_target(f"box.{name}", "server")


@pytest.mark.parametrize("group", ["0/0/1", "0/1/0", "1/0/0", "31/7/255"])
def test_three_levels_are_a_group(group: str) -> None:
    check_group(group)


@pytest.mark.parametrize(
    "group",
    [
        "0/0/0",
        "32/0/0",
        "0/8/0",
        "0/0/256",
        "1/2",
        "1/2/3/4",
        "2049",
        "a/b/c",
        "1/-1/1",
        "",
        " 1/2/3",
        "1//3",
    ],
)
def test_anything_else_is_not(group: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check_group(group)
    assert str(caught.value) == (
        f"group cannot be '{group}': it takes three levels from 0/0/1 to 31/7/255, such as 1/0/1"
    )


@given(st.integers(0, 31), st.integers(0, 7), st.integers(0, 255))
def test_what_we_send_is_what_a_server_takes(main: int, middle: int, sub: int) -> None:
    group = f"{main}/{middle}/{sub}"
    if main or middle or sub:
        check_group(group)
        assert group_address(group) == group


@pytest.mark.parametrize(
    ("controller", "value", "sent"),
    [
        ("sendKNXbit", True, "1"),
        ("sendKNXbit", 0, "0"),
        ("sendKNXbit", "on", "1"),
        ("sendKNX4bits", 31, "31"),
        ("sendKNXbyte", 255, "255"),
        ("sendKNXbyteun", -128, "-128"),
        ("sendKNXfloat2bytes", 0.1 + 0.2, "0.3"),
        ("sendKNXfloat2bytes", -671088.64, "-671088.64"),
        ("sendKNXfloat2bytes", 670433.28, "670433.28"),
        ("sendKNXfloat4bytes", 1e-7, "0.0000001"),
        ("sendKNXfloat4bytes", 2e15, "2000000000000000"),
        ("sendKNXfloat4bytes", 1 / 3 * 1e12, "333333333333"),
        ("sendKNXfloat4bytes", SINGLE, "340282346638528860000000000000000000000"),
        ("sendKNXfloat4bytes", -SINGLE, "-340282346638528860000000000000000000000"),
    ],
)
def test_a_value_travels_as_a_plain_number(controller: str, value: Value, sent: str) -> None:
    parameters = encode_telegram(call(controller), {"group": "1/0/1", "value": value})
    assert parameters == f"group=1/0/1&value={sent}"


@given(st.floats(-SINGLE, SINGLE))
def test_any_single_travels_within_a_single_without_an_exponent(value: float) -> None:
    parameters = encode_telegram(call("sendKNXfloat4bytes"), {"group": "1/0/1", "value": value})
    text = parameters.partition("&value=")[2]
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    assert abs(float(text)) <= SINGLE
    assert math.isclose(float(text), value, rel_tol=1e-10)


@pytest.mark.parametrize(
    ("controller", "fields", "message"),
    [
        ("sendKNXbit", {"group": "1/0/1", "value": 2}, "value cannot be 2: it takes on or off"),
        (
            "sendKNX4bits",
            {"group": "1/0/1", "value": 32},
            "value cannot be 32: it takes an integer from 0 to 31",
        ),
        (
            "sendKNXbyte",
            {"group": "1/0/1", "value": 1.5},
            "value cannot be 1.5: it takes an integer from 0 to",
        ),
        (
            "sendKNXbyteun",
            {"group": "1/0/1", "value": 128},
            "value cannot be 128: it takes an integer from -128",
        ),
        ("sendKNXfloat2bytes", {"group": "1/0/1", "value": 670433.29}, "value cannot be 670433.29: it takes"),
        ("sendKNXfloat4bytes", {"group": "1/0/1", "value": math.nan}, "value cannot be nan: it takes"),
        ("sendKNXfloat4bytes", {"group": "1/0/1", "value": 3.5e38}, "value cannot be 3.5e+38: it takes"),
        ("sendKNXbyte", {"group": "0/0/0", "value": 1}, "group cannot be '0/0/0': it takes three levels"),
        ("sendKNXbyte", {"value": 1}, "sendKNXbyte needs 'group': the group address"),
        ("sendKNXbyte", {"group": "1/0/1"}, "sendKNXbyte needs 'value': one byte without sign"),
        ("sendKNXbyte", {"group": "1/0/1", "value": 1, "fb": True}, "sendKNXbyte has no field 'fb'"),
    ],
)
def test_what_fits_no_telegram_is_refused(controller: str, fields: dict[str, Value], message: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{re.escape(message)}"):
        encode_telegram(call(controller), fields)


@pytest.mark.parametrize(
    ("controller", "value", "sent", "note"),
    [
        ("sendKNXbit", True, 1, ""),
        ("sendKNXbit", True, "1", ""),
        ("sendKNXbit", True, 0, "the server says that it sent 0"),
        ("sendKNX4bits", 15, 15, ""),
        ("sendKNX4bits", 16, 16, "16 is more than the four bits of a telegram hold"),
        ("sendKNX4bits", 30, 14, "the server says that it sent 14"),
        ("sendKNXbyte", 31, 31, ""),
        ("sendKNXbyte", 200, 200.5, "the server says that it sent 200.5"),
        ("sendKNXfloat2bytes", 3.456, 3.46, ""),
        ("sendKNXfloat2bytes", 3.456, 3.48, "the server says that it sent 3.48"),
        ("sendKNXfloat2bytes", 20001.0, 20008.96, ""),
        ("sendKNXfloat2bytes", 20001.0, 20100.0, "the server says that it sent 20100"),
        ("sendKNXfloat4bytes", 3.456, 3.4560000896453857, ""),
        ("sendKNXfloat4bytes", 3.456, None, ""),
        ("sendKNXfloat4bytes", 3.456, "much", ""),
    ],
)
def test_what_the_server_says_it_sent_may_be_rounded(
    controller: str, value: Value, sent: int | float | str | None, note: str
) -> None:
    assert telegram_note(call(controller), {"group": "1/0/1", "value": value}, {"value": sent}) == note


def test_a_server_need_not_repeat_the_value() -> None:
    assert telegram_note(call("sendKNXbit"), {"group": "1/0/1", "value": True}, {}) == ""
