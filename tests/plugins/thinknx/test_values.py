"""How values travel, against examples written out by hand from the manual."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import Capability, InvalidValue, Target, Value, ValueType
from interlock_thinknx.controllers import CONTROLLERS
from interlock_thinknx.values import Json, decode_value, encode_value, format_number
from support.thinknx_points import thinknx_target

# A controller that each value goes to: device type, controller, value, what cmd= carries.
COMMANDS: list[tuple[str, str, Value | None, str]] = [
    ("light", "power", True, "1"),
    ("light", "power", False, "0"),
    ("dimmer", "powerlevel", 50, "50"),
    ("dimmer", "powerlevel", 0, "0"),
    ("dimmer", "powerlevel", 100, "100"),
    ("dimmer", "color", (255, 0, 10), "255,0,10"),
    ("dimmer", "colortemp", 2700, "2700"),
    ("blind", "updown", "up", "0"),
    ("blind", "updown", "down", "1"),
    ("blind", "stop", None, "1"),
    ("blind", "heightlevel", 50, "50"),
    ("blind", "blindstep", "clockwise", "0"),
    ("blind", "blindstep", "counterclockwise", "1"),
    ("blind", "blindangle", 50, "50"),
    ("analog", "value", 85.325, "85.325"),
    ("thermostat", "setpoint", 20.5, "20.5"),
    ("thermostat", "setpoint", 21.0, "21"),
    ("thermostat", "tempmode", "standby", "0"),
    ("thermostat", "tempmode", "comfort", "1"),
    ("thermostat", "tempmode", "economy", "2"),
    ("thermostat", "tempmode", "protection", "3"),
    ("thermostat", "chronoen", True, "1"),
    ("hvac", "hvacpower", False, "0"),
    ("hvac", "hvacsetpoint", 20.5, "20.5"),
    ("hvac", "hvacmode", "cooling", "0"),
    ("hvac", "hvacmode", "heating", "1"),
    ("hvac", "hvacmode", "dry", "2"),
    ("hvac", "hvacmode", "fan", "3"),
    ("hvac", "hvacmode", "auto", "4"),
    ("hvac", "hvacfan", "auto", "0"),
    ("hvac", "hvacfan", "minimum", "1"),
    ("hvac", "hvacfan", "average", "2"),
    ("hvac", "hvacfan", "maximum", "3"),
    ("scene", "scenelaunch", "launch", "1"),
    ("scene", "scenelaunch", "stop", "0"),
    ("button", "trigger", None, "1"),
]


def target_of(device_type: str, controller: str) -> Target:
    extra = {"light": 3} if device_type == "dimmer" else {}
    return thinknx_target(f"thing.{controller}", device_type, **extra)


@pytest.mark.parametrize(("device_type", "controller", "value", "text"), COMMANDS)
def test_a_value_is_sent_as_the_manual_writes_it(
    device_type: str, controller: str, value: Value | None, text: str
) -> None:
    assert encode_value(target_of(device_type, controller), value) == text


def test_every_writable_controller_has_an_example() -> None:
    writable = {
        (kind, name)
        for kind, rows in CONTROLLERS.items()
        for name, row in rows.items()
        if row.set_endpoint and not row.capability.fields
    }
    assert {(kind, name) for kind, name, _, _ in COMMANDS} | {("dimmer", "power")} == writable


@pytest.mark.parametrize(
    ("device_type", "controller", "value"),
    [
        ("light", "power", "perhaps"),
        ("light", "power", None),
        ("dimmer", "powerlevel", 101),
        ("dimmer", "powerlevel", -1),
        ("dimmer", "powerlevel", 50.5),
        ("dimmer", "color", (256, 0, 0)),
        ("dimmer", "colortemp", 999),
        ("dimmer", "colortemp", 10001),
        ("thermostat", "setpoint", math.nan),
        ("analog", "value", math.inf),
        ("hvac", "hvacmode", "off"),
        ("button", "trigger", 1),
    ],
)
def test_nothing_that_the_point_refuses_is_sent(
    device_type: str, controller: str, value: Value | None
) -> None:
    with pytest.raises(InvalidValue):
        encode_value(target_of(device_type, controller), value)


def test_a_kind_of_value_that_the_protocol_lacks_is_refused() -> None:
    power = target_of("light", "power")
    odd = Capability(controller="power", type=ValueType.DURATION, description="", source="")
    strange = Target(point=power.point, device=power.device, capability=odd)
    with pytest.raises(InvalidValue, match=r"thing\.power cannot be .* the protocol has no such values"):
        encode_value(strange, timedelta(seconds=1))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (21, "21"),
        (21.0, "21"),
        (100.0, "100"),
        (20.5, "20.5"),
        (20.3, "20.3"),
        (20.300000000000001, "20.3"),
        (0.1 + 0.2, "0.3"),
        (26.4 - 0.1 * 3, "26.1"),
        (-0.0, "0"),
        (-5.25, "-5.25"),
        (1e-7, "0.0000001"),
        (1e12, "1000000000000"),
        (-(10**12), "-1000000000000"),
        (123456789.125, "123456789.125"),
    ],
)
def test_numbers_are_written_without_exponent_and_noise(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (10**12 + 1, "1.00000e+12"),
        (-1.001e12, "-1.00100e+12"),
        (10**400, "1.00000e+400"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_that_no_device_holds_are_not_sent(number: float, shown: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        format_number(number)
    assert str(caught.value) == (
        f"{shown} is not a number that devices hold: at most 1000000000000 can be sent"
    )


def test_a_huge_analog_value_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"^1.00000e\+22 is not a number that devices hold"):
        encode_value(target_of("analog", "value"), 1e22)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_written_number_is_plain_and_the_same_number(number: float) -> None:
    text = format_number(number)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", text)
    assert float(text) == pytest.approx(number, rel=1e-11, abs=0)


@given(st.integers(-(10**6), 10**6), st.integers(0, 3))
def test_short_decimals_travel_there_and_back_unchanged(digits: int, places: int) -> None:
    analog = target_of("analog", "value")
    number = digits / 10**places
    assert decode_value(encode_value(analog, number), analog) == number


# Device type, controller, the JSON status, the value.
STATUSES: list[tuple[str, str, Json, Value]] = [
    ("light", "power", 1, True),
    ("light", "power", 0, False),
    ("light", "power", "1", True),
    ("light", "power", "0", False),
    ("light", "power", True, True),
    ("light", "power", False, False),
    ("light", "power", 1.0, True),
    ("dimmer", "powerlevel", 50, 50),
    ("dimmer", "powerlevel", "50", 50),
    ("dimmer", "powerlevel", 49.8, 50),
    ("dimmer", "powerlevel", 0, 0),
    ("dimmer", "powerlevel", 100, 100),
    ("dimmer", "color", [255, 0, 10], (255, 0, 10)),
    ("dimmer", "color", ["255", "0", "10"], (255, 0, 10)),
    ("dimmer", "color", "255,0 10", (255, 0, 10)),
    ("dimmer", "color", "[255,0,10]", (255, 0, 10)),
    ("dimmer", "colortemp", 2700, 2700),
    ("blind", "heightlevel", 30, 30),
    ("blind", "blindangle", 30, 30),
    ("analog", "value", 85.325, 85.325),
    ("analog", "value", -3, -3.0),
    ("analog", "value", "-3.5", -3.5),
    ("analog", "value", "1.5e3", 1500.0),
    ("thermostat", "actualtemp", 21.5, 21.5),
    ("thermostat", "actualtemp", "21.5", 21.5),
    ("thermostat", "actualtemp", " 21.5 ", 21.5),
    ("thermostat", "actualtemp", -50, -50.0),
    ("thermostat", "setpoint", 20, 20.0),
    ("thermostat", "tempmode", 0, "standby"),
    ("thermostat", "tempmode", "3", "protection"),
    ("thermostat", "chronoen", 1, True),
    ("hvac", "hvacpower", 0, False),
    ("hvac", "hvacsetpoint", 20.5, 20.5),
    ("hvac", "hvacmode", 0, "cooling"),
    ("hvac", "hvacmode", 4, "auto"),
    ("hvac", "hvacmode", 1.0, "heating"),
    ("hvac", "hvacfan", 0, "auto"),
    ("hvac", "hvacfan", "2", "average"),
    ("server", "version", "01.03.02.11", "01.03.02.11"),
    ("server", "version", 3.1, "3.1"),
    ("server", "version", 20260302104100, "20260302104100"),
    (
        "server",
        "process_uptime",
        "3 days 2 hours 5 min",
        timedelta(days=3, hours=2, minutes=5),
    ),
    ("server", "server_uptime", "1 day, 1 hour, 1 minute", timedelta(days=1, hours=1, minutes=1)),
    ("server", "server_uptime", "12 Min", timedelta(minutes=12)),
    ("server", "server_uptime", "7 sec", timedelta(seconds=7)),
    ("server", "connected_clients", 3, 3),
    ("server", "connected_clients", "3", 3),
    ("server", "pbx_users", "100, 101,102", ("100", "101", "102")),
    ("server", "pbx_users", "", ()),
    ("server", "pbx_users", None, ()),
    ("server", "pbx_users", 100, ("100",)),
    ("server", "pbx_users", ["100", 101], ("100", "101")),
]


@pytest.mark.parametrize(("device_type", "controller", "raw", "value"), STATUSES)
def test_a_status_is_read_as_the_manual_means_it(
    device_type: str, controller: str, raw: Json, value: Value
) -> None:
    found = decode_value(raw, target_of(device_type, controller))
    assert (type(found), found) == (type(value), value)


def test_every_readable_controller_has_an_example() -> None:
    readable = {
        (kind, name)
        for kind, rows in CONTROLLERS.items()
        for name, row in rows.items()
        if row.status_endpoint
    }
    apart = {("dimmer", "power"), ("server", "config_time")}
    assert {(kind, name) for kind, name, _, _ in STATUSES} | apart == readable


@pytest.mark.parametrize(
    ("device_type", "controller", "raw"),
    [
        ("light", "power", 2),
        ("light", "power", 0.5),
        ("light", "power", None),
        ("light", "power", "on"),
        ("light", "power", [1]),
        ("dimmer", "powerlevel", 101),
        ("dimmer", "powerlevel", -1),
        ("dimmer", "powerlevel", True),
        ("dimmer", "powerlevel", 1e999),
        ("dimmer", "color", [255, 0]),
        ("dimmer", "color", [255, 0, 256]),
        ("dimmer", "color", 7),
        ("dimmer", "color", "red"),
        ("dimmer", "colortemp", 999),
        ("thermostat", "actualtemp", "21,5"),
        ("thermostat", "actualtemp", ""),
        ("thermostat", "actualtemp", "nan"),
        ("thermostat", "actualtemp", "1_000"),
        ("thermostat", "actualtemp", None),
        ("thermostat", "actualtemp", {}),
        ("thermostat", "actualtemp", -273),
        ("thermostat", "actualtemp", 670760.96),
        ("thermostat", "actualtemp", 10**400),
        ("thermostat", "tempmode", 4),
        ("thermostat", "tempmode", -1),
        ("hvac", "hvacmode", 5),
        ("hvac", "hvacmode", 0.5),
        ("hvac", "hvacmode", "cooling"),
        ("server", "version", None),
        ("server", "version", []),
        ("server", "process_uptime", "a while"),
        ("server", "process_uptime", "3 days ago"),
        ("server", "process_uptime", ""),
        ("server", "process_uptime", 5),
        ("server", "process_uptime", "99999999999 days"),
        ("server", "connected_clients", "many"),
        ("server", "pbx_users", {}),
        ("server", "pbx_users", True),
        ("server", "config_time", 1772444467),
        ("server", "config_time", "10:41:07"),
        ("server", "config_time", "2026-03-02"),
        ("server", "config_time", "10:41:07 02/03/2026"),
        ("server", "config_time", "10:61:07 2026-03-02"),
        ("server", "config_time", "10:41:07 2026-03-02 about"),
    ],
)
def test_a_status_without_meaning_is_refused(device_type: str, controller: str, raw: Json) -> None:
    with pytest.raises(InvalidValue):
        decode_value(raw, target_of(device_type, controller))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    st.sampled_from([(kind, name) for kind, name, _, _ in STATUSES]),
)
def test_any_status_is_a_value_or_refused(raw: Json, where: tuple[str, str]) -> None:
    target = target_of(*where)
    try:
        value = decode_value(raw, target)
    except InvalidValue:
        return
    assert target.capability.check(value) == value


@given(st.integers(0, 100))
def test_an_inverted_blind_counts_from_the_other_end_both_ways(height: int) -> None:
    plain = thinknx_target("blind.heightlevel", "blind")
    inverted = thinknx_target("blind.heightlevel", "blind", inverted=True)
    assert encode_value(inverted, height) == encode_value(plain, 100 - height)
    assert decode_value(height, inverted) == 100 - height


def test_the_angle_of_an_inverted_blind_is_not_turned_round() -> None:
    angle = thinknx_target("blind.blindangle", "blind", inverted=True)
    assert encode_value(angle, 30) == "30"
    assert decode_value(30, angle) == 30


def test_an_analog_value_outside_its_own_limits_is_refused_both_ways() -> None:
    lux = thinknx_target("sensor.value", "analog", min=0, max=2000, unit="lx")
    with pytest.raises(InvalidValue, match="it takes a number from 0 to 2000 lx"):
        encode_value(lux, 2000.5)
    with pytest.raises(InvalidValue):
        decode_value(-1, lux)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("10:41:07 2026-03-02", datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)),
        ("2026-03-02 10:41:07", datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)),
        ("2026-3-2T9:01:07", datetime(2026, 3, 2, 8, 1, 7, tzinfo=UTC)),
        (" 10:41:07, 2026-07-02 ", datetime(2026, 7, 2, 8, 41, 7, tzinfo=UTC)),
        # The clock shows half past two twice that night; the first is meant.
        ("02:30:00 2026-10-25", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_servers_time_is_the_sites_in_either_order(text: str, instant: datetime) -> None:
    assert decode_value(text, target_of("server", "config_time"), ZoneInfo("Europe/Rome")) == instant
