"""The table of datapoint types: row by row against xknx's, and what each means to a rule."""

from __future__ import annotations

import re

import pytest
from xknx.dpt import DPTBase

from interlock import Capability, InvalidValue, ValueType
from interlock_knx.datapoint_table import DATAPOINTS, ROWS, parse_dpt
from interlock_knx.datapoints import Datapoint

MAINS = (1, 2, 3, *range(5, 15), *range(16, 21), 232)
OURS = {"3", "10", "11", "16", "17", "18", "19", "20", "232"}
"""Main types that xknx does not have."""
NOT_KNX = {"9.60000", "20.60102"}
"""What xknx adds to the standard's."""
OTHER_UNITS = {"14.024": "V m", "5.010": "pulses", "6.010": "pulses", "12.001": "pulses", "13.001": "pulses"}
"""Units that the standard does not have as xknx does."""


def of_xknx() -> dict[str, type[DPTBase]]:
    found = (each for each in DPTBase.dpt_class_tree() if each.has_distinct_dpt_numbers())
    return {each.dpt_number_str(): each for each in found if each.dpt_main_number in MAINS}


THEIRS = of_xknx()


def test_the_table_has_the_types_that_xknx_has_and_every_main_type() -> None:
    assert set(DATAPOINTS) == set(THEIRS) - NOT_KNX | OURS
    assert {str(row.main) for row in ROWS} <= set(DATAPOINTS)
    assert len(ROWS) == len(DATAPOINTS)


@pytest.mark.parametrize("number", sorted(set(THEIRS) - NOT_KNX))
def test_a_row_says_what_xknx_says(number: str) -> None:
    ours, theirs = DATAPOINTS[number], THEIRS[number]
    assert (ours.main, ours.sub) == (theirs.dpt_main_number, theirs.dpt_sub_number)
    assert ours.unit == OTHER_UNITS.get(number, theirs.unit or "")


@pytest.mark.parametrize(
    "number", sorted(number for number in THEIRS if number[0] in "569" and number not in NOT_KNX)
)
def test_a_number_has_the_range_that_xknx_gives_it(number: str) -> None:
    ours, theirs = DATAPOINTS[number], THEIRS[number]
    assert (ours.minimum, ours.maximum) == (theirs.value_min, theirs.value_max)  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", sorted(number for number in THEIRS if number.startswith("14")))
def test_four_bytes_hold_the_finite_numbers_of_single_precision(number: str) -> None:
    ours = DATAPOINTS[number]
    assert (ours.minimum, ours.maximum) == (-3.4028234663852886e38, 3.4028234663852886e38)


@pytest.mark.parametrize("number", sorted(number for number in THEIRS if number.startswith("1.")))
def test_a_bit_has_the_words_that_xknx_has(number: str) -> None:
    off, on = (each.name.lower().replace("_", " ") for each in THEIRS[number].data_type)  # type: ignore[attr-defined]
    assert DATAPOINTS[number].words == (off, on)


@pytest.mark.parametrize(
    ("number", "type_", "minimum", "maximum", "unit"),
    [
        ("1", ValueType.BOOLEAN, None, None, ""),
        ("1.001", ValueType.BOOLEAN, None, None, ""),
        ("2.001", ValueType.INTEGER, 0, 3, ""),
        ("3", ValueType.INTEGER, 0, 15, ""),
        ("3.007", ValueType.CHOICE, None, None, ""),
        ("5", ValueType.INTEGER, 0, 255, ""),
        ("5.001", ValueType.NUMBER, 0, 100, "%"),
        ("5.003", ValueType.NUMBER, 0, 360, "°"),
        ("5.004", ValueType.INTEGER, 0, 255, "%"),
        ("5.006", ValueType.INTEGER, 0, 254, ""),
        ("6.001", ValueType.INTEGER, -128, 127, "%"),
        ("9.001", ValueType.NUMBER, -273, 670433.28, "°C"),
        ("9.002", ValueType.NUMBER, -671088.64, 670433.28, "K"),
        ("7.001", ValueType.INTEGER, 0, 65535, "pulses"),
        ("7.003", ValueType.INTEGER, 0, 655350, "ms"),
        ("7.004", ValueType.INTEGER, 0, 6553500, "ms"),
        ("8.001", ValueType.INTEGER, -32768, 32767, "pulses"),
        ("8.004", ValueType.INTEGER, -3276800, 3276700, "ms"),
        ("8.010", ValueType.NUMBER, -327.68, 327.67, "%"),
        ("10.001", ValueType.TEXT, None, None, ""),
        ("11.001", ValueType.TEXT, None, None, ""),
        ("12.001", ValueType.INTEGER, 0, 4294967295, "pulses"),
        ("13.013", ValueType.INTEGER, -2147483648, 2147483647, "kWh"),
        ("16.000", ValueType.TEXT, None, None, ""),
        ("17.001", ValueType.INTEGER, 1, 64, ""),
        ("18.001", ValueType.CHOICE, None, None, ""),
        ("19.001", ValueType.TEXT, None, None, ""),
        ("20", ValueType.INTEGER, 0, 255, ""),
        ("20.102", ValueType.CHOICE, None, None, ""),
        ("232.600", ValueType.COLOR, None, None, ""),
        ("14.056", ValueType.NUMBER, -3.4028234663852886e38, 3.4028234663852886e38, "W"),
    ],
)
def test_a_group_takes_what_its_type_has(
    number: str, type_: ValueType, minimum: float | None, maximum: float | None, unit: str
) -> None:
    capability = DATAPOINTS[number].capability(is_readable=True)
    assert (capability.type, capability.minimum, capability.maximum, capability.unit) == (
        type_,
        minimum,
        maximum,
        unit,
    )


def test_a_capability_is_the_row_in_full() -> None:
    assert DATAPOINTS["1.007"].capability(is_readable=False) == Capability(
        controller="value",
        type=ValueType.BOOLEAN,
        description="step: off is decrease, on is increase",
        source="KNX System Specifications 03.07.02, Datapoint Types, DPT 1.007",
        readable=False,
        writable=True,
        is_trigger=True,
        idempotent=False,
    )


def test_a_text_is_declared_with_what_it_is_like() -> None:
    assert DATAPOINTS["16.000"].capability(is_readable=True) == Capability(
        controller="value",
        type=ValueType.TEXT,
        description="text in ASCII",
        source="KNX System Specifications 03.07.02, Datapoint Types, DPT 16.000",
        readable=True,
        writable=True,
        pattern="[ -~]{0,14}",
        form="a text of up to 14 characters of ASCII",
    )


@pytest.mark.parametrize(
    ("number", "step"),
    [("7", None), ("7.003", 10), ("7.004", 100), ("8.003", 10), ("8.010", None), ("5", None)],
)
def test_values_that_are_counted_in_more_than_one_come_in_steps(number: str, step: int | None) -> None:
    assert DATAPOINTS[number].capability(is_readable=True).step == step


def test_scenes_are_activated_and_learned() -> None:
    capability = DATAPOINTS["18.001"].capability(is_readable=True)
    scenes = range(1, 65)
    assert capability.choices == (
        *(f"activate {each}" for each in scenes),
        *(f"learn {each}" for each in scenes),
    )
    assert capability.allowed == "activate 1, activate 2, … or learn 64"


def test_dimming_has_directions_with_steps() -> None:
    capability = DATAPOINTS["3.007"].capability(is_readable=True)
    assert capability.description == "dimming"
    assert capability.choices == (
        "stop",
        *(f"decrease {step}" for step in ("100%", "50%", "25%", "12%", "6%", "3%", "1%")),
        *(f"increase {step}" for step in ("100%", "50%", "25%", "12%", "6%", "3%", "1%")),
    )


@pytest.mark.parametrize(
    ("number", "is_trigger", "is_idempotent"),
    [
        ("1.001", False, True),
        ("1.008", True, True),
        ("1.015", True, True),
        ("1.016", True, True),
        ("1.007", True, False),
        ("1.017", True, False),
        ("17.001", True, True),
        ("18.001", True, True),
        ("20.102", False, True),
        ("3", True, False),
        ("3.007", True, False),
        ("3.008", True, False),
        ("2.001", False, True),
        ("5.001", False, True),
        ("9.001", False, True),
    ],
)
def test_commands_are_triggers_and_relative_ones_are_never_repeated(
    number: str, is_trigger: bool, is_idempotent: bool
) -> None:
    capability = DATAPOINTS[number].capability(is_readable=True)
    assert (capability.is_trigger, capability.idempotent) == (is_trigger, is_idempotent)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_no_other_type_is_a_trigger(row: Datapoint) -> None:
    assert row.is_trigger == (
        row.main in {3, 17, 18} or row.number in {"1.007", "1.008", "1.015", "1.016", "1.017"}
    )


@pytest.mark.parametrize(
    ("number", "value", "raw"),
    [
        ("1.001", True, 1),
        ("1.001", False, 0),
        ("2.001", 3, 3),
        ("3", 13, 13),
        ("3.007", "stop", 0),
        ("3.007", "decrease 100%", 1),
        ("3.007", "decrease 1%", 7),
        ("3.007", "increase 100%", 9),
        ("3.007", "increase 25%", 11),
        ("3.008", "up 100%", 1),
        ("3.008", "down 1%", 15),
        ("5", 200, 200),
        ("5.001", 0, 0),
        ("5.001", 50, 128),
        ("5.001", 33.3, 85),
        ("5.001", 100, 255),
        ("5.003", 90, 64),
        ("5.003", 360, 255),
        ("5.004", 100, 100),
        ("6.010", -128, -128),
        ("9.001", 21, 21.0),
        ("14.056", 1.5, 1.5),
        ("7.003", 655350, 65535),
        ("8.010", -0.29, -29),
        ("17.001", 1, 0),
        ("17.001", 64, 63),
        ("18.001", "activate 64", 63),
        ("18.001", "learn 1", 128),
        ("20", 17, 17),
        ("20.105", "nodem", 20),
    ],
)
def test_a_value_has_a_number_on_the_bus(number: str, value: bool | float | str, raw: float) -> None:
    found = DATAPOINTS[number].raw(value)
    assert (found, type(found)) == (raw, type(raw))


@pytest.mark.parametrize("number", ["5.001", "5.003"])
def test_scaled_values_become_the_bytes_that_xknx_makes(number: str) -> None:
    most = int(DATAPOINTS[number].maximum or 0)
    tenths = [tenth / 10 for tenth in range(most * 10 + 1)]
    assert [DATAPOINTS[number].raw(value) for value in tenths] == [
        THEIRS[number].to_knx(value).value[0]  # type: ignore[index]
        for value in tenths
    ]


@pytest.mark.parametrize(
    ("number", "value"),
    [("3.007", 3), ("3.007", "faster"), ("1.001", "on"), ("9.001", "21"), ("20.105", ""), ("232", (0, 0, 0))],
)
def test_a_value_of_another_kind_has_none(number: str, value: object) -> None:
    with pytest.raises(InvalidValue, match=re.escape(f"DPT {number} has no value {value!r}")):
        DATAPOINTS[number].raw(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "raw", "value"),
    [
        ("1.001", 1, True),
        ("1.001", 0, False),
        ("2.001", 2, 2),
        ("3", 8, 8),
        ("3.007", 0, "stop"),
        ("3.007", 8, "stop"),
        ("3.007", 15, "increase 1%"),
        ("3.008", 1, "up 100%"),
    ],
)
def test_bits_have_a_value(number: str, raw: int, value: bool | int | str) -> None:
    found = DATAPOINTS[number].value(raw)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("9.001", "9.001"),
        (" 9 ", "9"),
        ("DPT 9.001", "9.001"),
        ("dpt5.010", "5.010"),
        ("14.1200", "14.1200"),
        ("14.000", "14.000"),
    ],
)
def test_a_type_is_written_by_its_number(written: str, number: str) -> None:
    assert parse_dpt(written) == number


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("9.1", "'9.1' is no DPT: sub-types have three digits, such as 9.001"),
        ("5.01", "'5.01' is no DPT: sub-types have three digits, such as 5.001"),
        ("14.0", "'14.0' is no DPT: sub-types have three digits, such as 14.000"),
        ("", "'' is no DPT: write for example 1.001, 5.001 or 9.001"),
        ("DPST-9-1", "'DPST-9-1' is no DPT: write for example 1.001, 5.001 or 9.001"),
        ("9.", "'9.' is no DPT: write for example 1.001, 5.001 or 9.001"),
        ("-9", "'-9' is no DPT: write for example 1.001, 5.001 or 9.001"),
        ("15.000", "DPT 15.000 is not supported: groups are of DPT 1 to 3, 5 to 14, 16 to 20 or 232"),
        ("4", "DPT 4 is not supported: groups are of DPT 1 to 3, 5 to 14, 16 to 20 or 232"),
        ("21", "DPT 21 is not supported: groups are of DPT 1 to 3, 5 to 14, 16 to 20 or 232"),
        ("5.100", "there is no DPT 5.100 here: write 5 for the plain values of its encoding"),
        ("9.60000", "there is no DPT 9.60000 here: write 9 for the plain values of its encoding"),
    ],
)
def test_anything_else_is_no_type_of_a_group(written: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_dpt(written)
    assert str(caught.value) == complaint
