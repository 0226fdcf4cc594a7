"""Values as payloads: known answers, xknx's transcoders, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import ProtocolFault, RejectedValue, Value
from interlock_knx.datapoint_table import DATAPOINTS, ROWS
from interlock_knx.datapoints import Datapoint
from interlock_knx.knxip import decode, encode, fits
from interlock_knx.telegrams import Payload


@pytest.mark.parametrize(
    ("number", "value", "payload"),
    [
        ("1.001", True, 1),
        ("1.001", False, 0),
        ("2.001", 2, 2),
        ("3", 9, 9),
        ("3.007", "stop", 0),
        ("3.007", "increase 100%", 9),
        ("3.008", "down 50%", 10),
        ("5", 200, b"\xc8"),
        ("5.001", 100, b"\xff"),
        ("5.001", 50, b"\x80"),
        ("5.003", 360, b"\xff"),
        ("5.010", 7, b"\x07"),
        ("6", -1, b"\xff"),
        ("6.010", 127, b"\x7f"),
        ("9.001", 21.0, b"\x0c\x1a"),
        ("9.001", -30.0, b"\x8a\x24"),
        ("9", 670433.28, b"\x7f\xfe"),
        ("9", -671088.64, b"\xf8\x00"),
        ("9", 0.0, b"\x00\x00"),
        ("14.056", 200.0, b"\x43\x48\x00\x00"),
        ("14", -1.0, b"\xbf\x80\x00\x00"),
        ("7.600", 2700, b"\x0a\x8c"),
        ("8", -2, b"\xff\xfe"),
        ("10.001", "07:30", b"\x07\x1e\x00"),
        ("11.001", "2026-12-24", b"\x18\x0c\x1a"),
        ("12.001", 4294967295, b"\xff\xff\xff\xff"),
        ("13.010", -1, b"\xff\xff\xff\xff"),
        ("16.001", "K\u00fcche", b"K\xfcche" + bytes(9)),
        ("17.001", 5, b"\x04"),
        ("18.001", "learn 5", b"\x84"),
        ("19.001", "2026-12-24T18:00", b"\x7e\x0c\x18\x92\x00\x00\x20\x00"),
        ("20.102", "economy", b"\x03"),
        ("232.600", (255, 128, 0), b"\xff\x80\x00"),
    ],
)
def test_a_value_and_its_payload(number: str, value: Value, payload: Payload) -> None:
    """Source: KNX System Specifications 03.07.02; of DPT 9 sections 3.10, of DPT 14 IEEE 754."""
    datapoint = DATAPOINTS[number]
    encoded, decoded = encode(datapoint, value), decode(datapoint, payload)
    assert (encoded, type(encoded)) == (payload, type(payload))
    assert decoded == value
    assert fits(datapoint, payload)


def test_the_second_stop_of_a_control_is_a_stop_too() -> None:
    assert decode(DATAPOINTS["3.007"], 8) == "stop"


@pytest.mark.parametrize(
    ("number", "payload"),
    [
        ("9.001", b"\x7f\xff"),
        ("9", b"\x7f\xff"),
        ("9.001", b"\xf8\x00"),
        ("9.004", b"\x87\xff"),
        ("14", b"\x7f\x80\x00\x00"),
        ("14", b"\xff\x80\x00\x00"),
        ("14.056", b"\x7f\xc0\x00\x00"),
        ("5.006", b"\xff"),
    ],
)
def test_a_payload_without_a_valid_value_is_a_fault(number: str, payload: bytes) -> None:
    with pytest.raises(ProtocolFault) as caught:
        decode(DATAPOINTS[number], payload)
    assert caught.value.message == f"{payload.hex()} is no valid value of DPT {number}"


@pytest.mark.parametrize(
    ("number", "payloads"),
    [
        ("1", [2, b"\x01", b""]),
        ("2", [4, b"\x03"]),
        ("3", [16, b"\x0f"]),
        ("3.007", [16]),
        ("5", [1, b"", b"\x01\x02"]),
        ("6", [1, b"\x01\x02"]),
        ("9", [1, b"\x0c", b"\x0c\x1a\x00"]),
        ("14", [1, b"\x0c\x1a", b"\x00" * 5]),
    ],
)
def test_a_payload_of_another_length_does_not_fit(number: str, payloads: list[Payload]) -> None:
    assert [fits(DATAPOINTS[number], payload) for payload in payloads] == [False] * len(payloads)


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_the_greatest_payload_of_less_than_a_byte_fits(number: str) -> None:
    assert fits(DATAPOINTS[number], {"1": 1, "2": 3, "3": 15}[number])


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("9.001", -274.0),
        ("9", 670760.96),
        ("5.001", 101),
        ("5", 256),
        ("6", -129),
        ("14", 1e39),
        ("3.007", 1),
        ("1", "on"),
        ("9", "21"),
        ("5", float("nan")),
        ("9.001", float("nan")),
        ("14", float("inf")),
    ],
)
def test_a_value_that_a_type_does_not_have_is_refused(number: str, value: Value) -> None:
    with pytest.raises(RejectedValue) as caught:
        encode(DATAPOINTS[number], value)
    assert caught.value.message == f"DPT {number} has no value {value!r}"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.main in (1, 2, 3, 5, 6)], ids=lambda row: row.number
)
def test_every_payload_of_a_byte_or_less_comes_back_as_it_was(row: Datapoint) -> None:
    bits = {1: 1, 2: 2, 3: 4}.get(row.main)
    payloads: list[Payload] = [*range(1 << bits)] if bits else [bytes([each]) for each in range(256)]
    valid = [payload for payload in payloads if not (row.number == "5.006" and payload == b"\xff")]
    values = [decode(row, payload) for payload in valid]
    capability = row.capability(is_readable=True)
    assert [capability.check(value) for value in values] == values
    assert [decode(row, encode(row, value)) for value in values] == values


@given(st.sampled_from([row for row in ROWS if row.main == 9]), st.floats(-273, 670433.28))
def test_two_bytes_keep_a_value_to_their_resolution(row: Datapoint, value: float) -> None:
    if value < (row.minimum or 0):
        value = -value
    found = decode(row, encode(row, value))
    assert isinstance(found, float)
    # 11 bits of mantissa in steps of 0.01 * 2 ** exponent; half a step is lost at most.
    exponent = max(0, math.frexp(abs(value) * 100 / 2047.5)[1])
    assert abs(found - value) <= 0.005 * 2**exponent + 1e-9


@given(
    st.sampled_from([row for row in ROWS if row.main == 14]),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
)
def test_four_bytes_keep_seven_digits(row: Datapoint, value: float) -> None:
    found = decode(row, encode(row, value))
    assert found == pytest.approx(value, rel=1e-6, abs=1e-44)
