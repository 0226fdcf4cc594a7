"""Types that are laid out in octets here: against xknx's transcoders, and what is refused."""

from __future__ import annotations

import math
import struct
from datetime import date, datetime, time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt.dpt import DPTBase
from xknx.dpt.dpt_10 import KNXDay, KNXTime
from xknx.dpt.dpt_11 import KNXDate
from xknx.dpt.dpt_18 import SceneControl
from xknx.dpt.dpt_19 import KNXDateTime, KNXDayOfWeek
from xknx.dpt.dpt_232 import RGBColor
from xknx.dpt.payload import DPTArray
from xknx.exceptions import ConversionError

from interlock import InvalidValue, ProtocolFault, RejectedValue, Value, ValueType
from interlock_knx.datapoint_table import DATAPOINTS, ROWS
from interlock_knx.datapoints import Datapoint
from interlock_knx.knxip import decode, encode, fits, zero

WHOLE = [row for row in ROWS if row.main in (7, 8, 12, 13)]
FORMATS = {7: ">H", 8: ">h", 12: ">I", 13: ">i"}
LENGTHS = {7: 2, 8: 2, 10: 3, 11: 3, 12: 4, 13: 4, 16: 14, 17: 1, 18: 1, 19: 8, 20: 1, 232: 3}
BEYOND = "2156-01-01T00:00"
"""The end of the last day of DPT 19, which it can say in one way only: 24:00."""
ENUMERATIONS = ["20.102", "20.105"]


def theirs(number: str) -> type[DPTBase]:
    """Return xknx's transcoder; of a main type that it has none for, the one of its first sub-type."""
    row = DATAPOINTS[number]
    first = {20: 102, 232: 600}.get(row.main, 1)
    found = DPTBase.transcoder_by_dpt(row.main, row.sub) or DPTBase.transcoder_by_dpt(row.main, first)
    assert found is not None
    return found


def by_xknx(number: str, value: object) -> bytes:
    payload = theirs(number).to_knx(value)
    assert isinstance(payload, DPTArray)
    return bytes(payload.value)


def extremes(row: Datapoint) -> list[int | float]:
    assert row.minimum is not None
    assert row.maximum is not None
    return [row.minimum, row.minimum + row.resolution, 0, row.maximum - row.resolution, row.maximum]


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row.number)
def test_the_ends_of_a_range_are_as_xknx_has_them(row: Datapoint) -> None:
    # Not encoded by xknx, which cuts what floats make of hundredths.
    given = [round(value / row.resolution) for value in extremes(row)]
    octets = [encode(row, value) for value in extremes(row)]
    assert octets == [struct.pack(FORMATS[row.main], raw) for raw in given]
    assert [theirs(row.number).from_knx(DPTArray(each)) for each in octets] == pytest.approx(extremes(row))


@given(row=st.sampled_from(WHOLE), data=st.data())
def test_whole_numbers_are_those_of_xknx_and_come_back(row: Datapoint, data: st.DataObject) -> None:
    octets = data.draw(st.binary(min_size=LENGTHS[row.main], max_size=LENGTHS[row.main]))
    value = decode(row, octets)
    assert value == pytest.approx(theirs(row.number).from_knx(DPTArray(octets)))
    assert row.capability(is_readable=True).check(value) == value
    assert encode(row, value) == octets
    if row.resolution >= 1:
        assert type(value) is int
        assert by_xknx(row.number, value) == octets


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row.number)
def test_a_number_beyond_its_octets_is_refused(row: Datapoint) -> None:
    least, *_, most = extremes(row)
    given = [least - row.resolution, most + row.resolution, math.nan, math.inf, -math.inf, "many", None]
    for value in given:
        with pytest.raises(RejectedValue) as caught:
            encode(row, value)  # type: ignore[arg-type]
        assert caught.value.message == f"DPT {row.number} has no value {value!r}"


@pytest.mark.parametrize(
    ("number", "value"), [("7.003", 15), ("7.004", 1050), ("8.003", -5), ("7", 1.5), ("12.001", 0.1)]
)
def test_a_number_between_two_of_the_bus_is_refused(number: str, value: float) -> None:
    with pytest.raises(RejectedValue):
        encode(DATAPOINTS[number], value)


@pytest.mark.parametrize(
    ("value", "octets"),
    [(21.37, b"\x08\x59"), (-0.01, b"\xff\xff"), (33.333, b"\x0d\x05"), (33.336, b"\x0d\x06")],
)
def test_a_percentage_of_two_octets_is_rounded_to_hundredths(value: float, octets: bytes) -> None:
    assert encode(DATAPOINTS["8.010"], value) == octets


@given(st.times(), st.sampled_from(["10", "10.001"]))
def test_a_time_of_day_is_that_of_xknx_and_comes_back(moment: time, number: str) -> None:
    row, text = DATAPOINTS[number], moment.isoformat("seconds")
    octets = encode(row, text)
    assert octets == by_xknx(number, KNXTime.from_time(moment))
    assert decode(row, octets) == text.removesuffix(":00")


@pytest.mark.parametrize(
    ("text", "octets", "read"),
    [
        ("00:00", b"\x00\x00\x00", "00:00"),
        ("7:05", b"\x07\x05\x00", "07:05"),
        ("23:59:59", b"\x17\x3b\x3b", "23:59:59"),
        ("10:00:00", b"\x0a\x00\x00", "10:00"),
    ],
)
def test_a_time_of_day_has_seconds_where_it_has_any(text: str, octets: bytes, read: str) -> None:
    row = DATAPOINTS["10.001"]
    assert (encode(row, text), decode(row, octets)) == (octets, read)


@pytest.mark.parametrize("day", KNXDay)
def test_the_day_of_the_week_of_a_time_is_left_out(day: KNXDay) -> None:
    octets = by_xknx("10.001", KNXTime(23, 59, 58, day))
    assert decode(DATAPOINTS["10.001"], octets) == "23:59:58"


def test_the_reserved_bits_of_times_and_dates_say_nothing() -> None:
    assert decode(DATAPOINTS["10.001"], b"\xe7\xde\xcf") == "07:30:15"
    assert decode(DATAPOINTS["11.001"], b"\xf8\xfc\x9a") == "2026-12-24"
    assert decode(DATAPOINTS["19.001"], b"\x7e\xfc\xf8\x92\xc0\xc0\x25\x3f") == "2026-12-24T18:00"


@given(st.dates(date(1990, 1, 1), date(2089, 12, 31)), st.sampled_from(["11", "11.001"]))
def test_a_date_is_that_of_xknx_and_comes_back(day: date, number: str) -> None:
    row, text = DATAPOINTS[number], day.isoformat()
    octets = encode(row, text)
    assert octets == by_xknx(number, KNXDate.from_date(day))
    assert decode(row, octets) == text


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("1990-01-01", b"\x01\x01\x5a"),
        ("1999-12-31", b"\x1f\x0c\x63"),
        ("2000-02-29", b"\x1d\x02\x00"),
        ("2089-12-31", b"\x1f\x0c\x59"),
    ],
)
def test_years_of_two_digits_are_from_1990_to_2089(text: str, octets: bytes) -> None:
    row = DATAPOINTS["11.001"]
    assert (encode(row, text), decode(row, octets)) == (octets, text)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2155, 12, 31, 23, 59, 59)),  # noqa: DTZ001 - local time
    st.sampled_from(["19", "19.001"]),
)
def test_a_moment_is_that_of_xknx_and_comes_back(at: datetime, number: str) -> None:
    row, text = DATAPOINTS[number], at.isoformat(timespec="seconds")
    octets = encode(row, text)
    expected = KNXDateTime.from_datetime(at)
    expected.day_of_week = KNXDayOfWeek(at.isoweekday())
    assert octets == by_xknx(number, expected)
    assert decode(row, octets) == f"{at.date()}T{at.time().isoformat('seconds').removesuffix(':00')}"


def test_a_moment_may_be_written_without_seconds() -> None:
    octets = b"\x7e\x0c\x18\x92\x00\x00\x20\x00"
    assert encode(DATAPOINTS["19.001"], "2026-12-24T18:00") == octets
    assert decode(DATAPOINTS["19.001"], octets) == "2026-12-24T18:00"


@pytest.mark.parametrize(
    ("day", "read"), [((126, 12, 24), "2026-12-25T00:00"), ((126, 12, 31), "2027-01-01T00:00")]
)
def test_the_end_of_a_day_is_the_beginning_of_the_next(day: tuple[int, int, int], read: str) -> None:
    assert decode(DATAPOINTS["19.001"], bytes((*day, 24, 0, 0, 0x24, 0))) == read


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x04, 0x20, 0x40, 0x65])
def test_what_a_clock_says_beside_its_moment_does_not_matter(flags: int) -> None:
    octets = bytes((126, 12, 24, 18, 30, 15, flags, 0xC0))
    assert decode(DATAPOINTS["19.001"], octets) == "2026-12-24T18:30:15"


@pytest.mark.parametrize("flag", [0x80, 0x10, 0x08, 0x02])
def test_a_clock_at_fault_or_with_a_part_missing_has_no_moment(flag: int) -> None:
    octets = bytes((126, 12, 24, 18, 30, 15, flag, 0))
    with pytest.raises(ProtocolFault):
        decode(DATAPOINTS["19.001"], octets)


ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=14)
LATIN_1 = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=14
)


@given(ASCII)
def test_an_ascii_text_is_that_of_xknx_and_comes_back(text: str) -> None:
    octets = encode(DATAPOINTS["16.000"], text)
    assert octets == by_xknx("16.000", text)
    assert decode(DATAPOINTS["16.000"], octets) == text


@given(LATIN_1, st.sampled_from(["16", "16.001"]))
def test_a_latin_1_text_is_that_of_xknx_and_comes_back(text: str, number: str) -> None:
    octets = encode(DATAPOINTS[number], text)
    assert octets == by_xknx(number, text)
    assert decode(DATAPOINTS[number], octets) == text


def test_a_text_of_14_characters_fills_its_octets() -> None:
    assert encode(DATAPOINTS["16.001"], "Küche 21,5 °C!") == "Küche 21,5 °C!".encode("latin-1")


def test_a_text_ends_at_its_first_zero() -> None:
    assert decode(DATAPOINTS["16.001"], b"on\0old text\0\0\0") == "on"


def test_an_octet_that_is_no_ascii_does_not_hide_the_others() -> None:
    assert decode(DATAPOINTS["16.000"], b"K\xfcche".ljust(14, b"\0")) == "K\ufffdche"


@pytest.mark.parametrize("number", ["17", "17.001"])
def test_scenes_are_counted_from_one_as_xknx_does(number: str) -> None:
    row = DATAPOINTS[number]
    for scene in range(1, 65):
        octets = encode(row, scene)
        assert octets == by_xknx(number, scene)
        assert decode(row, octets) == scene


@pytest.mark.parametrize("number", ["18", "18.001"])
def test_scenes_are_activated_and_learned_as_xknx_does(number: str) -> None:
    row = DATAPOINTS[number]
    for scene, (verb, learns) in product(range(1, 65), (("activate", False), ("learn", True))):
        octets = encode(row, f"{verb} {scene}")
        assert octets == by_xknx(number, SceneControl(scene, learns))
        assert decode(row, octets) == f"{verb} {scene}"


def test_the_reserved_bit_of_scene_control_says_nothing() -> None:
    assert [decode(DATAPOINTS["18.001"], each) for each in (b"\x44", b"\xff")] == ["activate 5", "learn 64"]


@pytest.mark.parametrize("number", ENUMERATIONS)
def test_modes_are_the_numbers_of_xknx(number: str) -> None:
    members = {each.name.lower().replace("_", " "): each for each in theirs(number).data_type}  # type: ignore[attr-defined]
    row = DATAPOINTS[number]
    assert row.capability(is_readable=True).choices == tuple(members)
    for word, member in members.items():
        assert encode(row, word) == by_xknx(number, member) == bytes([member.value])
        assert decode(row, bytes([member.value])) == word


@pytest.mark.parametrize("octet", range(256))
def test_an_unknown_enumeration_is_its_number(octet: int) -> None:
    row = DATAPOINTS["20"]
    assert decode(row, bytes([octet])) == octet
    assert encode(row, octet) == bytes([octet])


@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from(["232", "232.600"]))
def test_a_color_is_that_of_xknx_and_comes_back(color: tuple[int, int, int], number: str) -> None:
    octets = encode(DATAPOINTS[number], color)
    assert octets == by_xknx(number, RGBColor(*color)) == bytes(color)
    assert decode(DATAPOINTS[number], octets) == color


@pytest.mark.parametrize(
    ("number", "value"),
    [
        *(
            ("10.001", text)
            for text in ("24:00", "12:60", "12:00:60", "12", "12:5", "-1:00", "noon", "", "1:1:1")
        ),
        *(("10.001", text) for text in ("12:00\n", "١٢:00", 12, 7.5, True)),
        *(
            ("11.001", text)
            for text in ("1989-12-31", "2090-01-01", "2026-02-29", "2026-13-01", "2026-00-10")
        ),
        *(("11.001", text) for text in ("24.12.2026", "2026-12-00", "2026-12-32", "20261224", "today", "")),
        *(("19.001", text) for text in ("1899-12-31T23:59", "2156-01-01T00:00", "2026-02-29T00:00")),
        *(("19.001", text) for text in ("2026-12-24", "2026-12-24T24:00", "2026-12-24T18:00+01:00", "18:00")),
        ("16.000", "fifteen letters"),
        ("16.001", "fifteen letters"),
        ("16.000", "Küche"),
        ("16.001", "20 €"),
        ("16.000", "a\0b"),
        ("16.001", "a\nb"),
        ("16.000", None),
        ("17.001", 0),
        ("17.001", 65),
        ("17.001", math.nan),
        ("18.001", "activate 0"),
        ("18.001", "activate 65"),
        ("18.001", "learn"),
        ("18.001", ""),
        ("18.001", 5),
        ("20", 256),
        ("20", -1),
        ("20.102", "building"),
        ("20.102", 1),
        ("20.105", ""),
        ("232.600", (0, 0)),
        ("232.600", (0, 0, 256)),
        ("232.600", (0, -1, 0)),
        ("232.600", (0, 0, 0, 0)),
        ("232.600", (0, 0, 0.5)),
        ("232.600", 7),
    ],
)
def test_a_value_that_a_type_does_not_have_is_refused(number: str, value: Value) -> None:
    with pytest.raises(RejectedValue) as caught:
        encode(DATAPOINTS[number], value)
    assert caught.value.message == f"DPT {number} has no value {value!r}"


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        ("10.001", b"\x18\x00\x00"),
        ("10.001", b"\x00\x3c\x00"),
        ("10.001", b"\x00\x00\x3c"),
        ("11.001", b"\x00\x01\x00"),
        ("11.001", b"\x01\x00\x00"),
        ("11.001", b"\x01\x0d\x00"),
        ("11.001", b"\x01\x01\x64"),
        ("17.001", b"\x40"),
        ("17.001", b"\xff"),
        ("19.001", b"\x7e\x00\x01\x00\x00\x00\x00\x00"),
        ("19.001", b"\x7e\x01\x00\x00\x00\x00\x00\x00"),
        ("19.001", b"\x7e\x0d\x01\x00\x00\x00\x00\x00"),
        ("19.001", b"\x7e\x01\x01\x19\x00\x00\x00\x00"),
        ("19.001", b"\x7e\x01\x01\x18\x01\x00\x00\x00"),
        ("19.001", b"\x7e\x01\x01\x18\x00\x01\x00\x00"),
        ("19.001", b"\x7e\x01\x01\x00\x3c\x00\x00\x00"),
        ("20.102", b"\x05"),
        ("20.105", b"\x12"),
        ("20.105", b"\x15"),
    ],
)
def test_octets_without_a_valid_value_are_a_fault_here_and_to_xknx(number: str, octets: bytes) -> None:
    with pytest.raises(ConversionError):
        theirs(number).from_knx(DPTArray(octets))
    with pytest.raises(ProtocolFault) as caught:
        decode(DATAPOINTS[number], octets)
    assert caught.value.message == f"{octets.hex()} is no valid value of DPT {number}"


@pytest.mark.parametrize(
    ("number", "octets"), [("11.001", b"\x1e\x02\x1a"), ("19.001", b"\x7e\x02\x1e\x00\x00\x00\x00\x00")]
)
def test_a_day_that_its_month_does_not_have_is_a_fault(number: str, octets: bytes) -> None:
    with pytest.raises(ProtocolFault):
        decode(DATAPOINTS[number], octets)


@pytest.mark.parametrize("row", [row for row in ROWS if row.main in LENGTHS], ids=lambda row: row.number)
def test_payloads_are_as_long_as_those_of_xknx(row: Datapoint) -> None:
    length = theirs(row.number).payload_length
    assert length == LENGTHS[row.main]
    assert [fits(row, bytes(each)) for each in (length - 1, length, length + 1)] == [False, True, False]
    assert not fits(row, 0)


@given(st.sampled_from([row for row in ROWS if row.main in LENGTHS]), st.data())
def test_whatever_octets_come_they_have_a_value_that_comes_back_or_are_a_fault(
    row: Datapoint, data: st.DataObject
) -> None:
    octets = data.draw(st.binary(min_size=LENGTHS[row.main], max_size=LENGTHS[row.main]))
    try:
        value = decode(row, octets)
    except ProtocolFault:
        return
    capability = row.capability(is_readable=True)
    assert capability.check_reading(value) == value
    if row.main != 16 and value != BEYOND:
        assert decode(row, encode(row, value)) == value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_every_type_has_something_to_begin_with(row: Datapoint) -> None:
    value = decode(row, zero(row))
    first = {10: "00:00", 11: "2000-01-01", 16: "", 17: 1, 18: "activate 1", 19: "2000-01-01T00:00"}
    if row.main in first:
        assert value == first[row.main]
    elif row.type is ValueType.CHOICE:
        assert value == row.capability(is_readable=True).choices[0]
    else:
        assert value == ((0, 0, 0) if row.main == 232 else 0)


def test_a_type_says_what_its_texts_are_like() -> None:
    texts = {row.number: row.capability(is_readable=True).allowed for row in ROWS if row.form}
    latin_1 = "a text of up to 14 characters of Latin-1"
    moment = "a local date and time from 1900 to 2155 such as 2026-12-24T18:00"
    assert texts == {
        "10": "a time of day such as 07:30 or 07:30:15",
        "10.001": "a time of day such as 07:30 or 07:30:15",
        "11": "a date from 1990 to 2089 such as 2026-12-24",
        "11.001": "a date from 1990 to 2089 such as 2026-12-24",
        "16": latin_1,
        "16.000": "a text of up to 14 characters of ASCII",
        "16.001": latin_1,
        "19": moment,
        "19.001": moment,
    }


@pytest.mark.parametrize(("number", "raw"), [("17.001", 64), ("20.105", 18), ("20.105", 21), ("18.001", 300)])
def test_a_number_without_a_meaning_has_no_value(number: str, raw: int) -> None:
    with pytest.raises(InvalidValue, match=rf"DPT {number} has no value \d+"):
        DATAPOINTS[number].value(raw)
