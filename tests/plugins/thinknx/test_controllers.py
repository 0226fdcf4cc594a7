"""The table of controllers says what the manual says."""

from __future__ import annotations

import pytest

from interlock import Capability, ValueType
from interlock_thinknx.controllers import CONTROLLERS, DEVICE_TYPES, capabilities_of
from interlock_thinknx.settings import AnalogSettings, DimmerSettings, ThinknxDeviceSettings

# Device type: controller, set endpoint, status endpoint, title of its section; typed from the manual.
MANUAL = {
    "light": {
        "power": ("power", "powerstatus", "Power Controller"),
    },
    "dimmer": {
        "power": ("power", "powerstatus", "Power Controller"),
        "powerlevel": ("powerlevel", "powerlevelstatus", "Power Level Controller"),
        "color": ("color", "color", "Color Controller (Coming soon)"),
        "colortemp": ("colortemp", "colortemp", "Color Temperature Controller (Coming soon)"),
    },
    "blind": {
        "updown": ("updown", None, "Movement Controller / Up or Down"),
        "stop": ("stop", None, "Movement Controller / Stop"),
        "heightlevel": ("heightlevel", "heightlevelstatus", "Position Controller / Height"),
        "blindstep": ("blindstep", None, "Angle Controller / Blind step"),
        "blindangle": ("blindangle", "blindanglestatus", "Angle Controller / Blind angle"),
    },
    "analog": {
        "value": ("setvalue", "getvalue", "Analog controller / Value"),
    },
    "thermostat": {
        "actualtemp": (None, "actualtemp", "Thermostat Controller / Actual temperature"),
        "setpoint": ("setpoint", "setpointstatus", "Thermostat Controller / Setpoint"),
        "tempmode": ("tempmode", "tempmodestatus", "Thermostat Controller / Modality"),
        "chronoen": ("chronoen", "chronoenstatus", "Thermostat Controller / Chronoscheduling"),
    },
    "hvac": {
        "hvacpower": ("hvacpower", "hvacpowerstatus", "HVAC Controller / Powering"),
        "hvacsetpoint": ("hvacsetpoint", "hvacsetpointstatus", "HVAC Controller / Setpoint"),
        "hvacmode": ("hvacmode", "hvacmodestatus", "HVAC Controller / Modality"),
        "hvacfan": ("hvacfan", "hvacfanstatus", "HVAC Controller / Fan speed"),
    },
    "scene": {
        "scenelaunch": ("scenelaunch", None, "Scene controller / Scene launch"),
    },
    "button": {
        "trigger": ("trigger", None, "Generic Button controller / Operation trigger"),
    },
    "server": dict.fromkeys(
        ("version", "process_uptime", "server_uptime", "config_time", "connected_clients", "pbx_users"),
        (None, "system/serverStatus", "System controller / Get server status"),
    )
    | {
        name: (f"system/{name}", None, f"System controller / Send KNX telegram {datapoint_type}")
        for name, datapoint_type in {
            "sendKNXbit": "DPT1",
            "sendKNX4bits": "DPT3 / DPT2 (4 bits)",
            "sendKNXbyte": "DPT5",
            "sendKNXbyteun": "DPT6",
            "sendKNXfloat2bytes": "DPT9",
            "sendKNXfloat4bytes": "DPT14",
        }.items()
    },
}


def capability(device_type: str, controller: str) -> Capability:
    return CONTROLLERS[device_type][controller].capability


def test_every_controller_of_the_manual_is_there_with_its_endpoints_and_section() -> None:
    found = {
        device_type: {
            name: (
                row.set_endpoint,
                row.status_endpoint,
                row.capability.source.removeprefix("Thinknx Integration Kit 1.3b, "),
            )
            for name, row in rows.items()
        }
        for device_type, rows in CONTROLLERS.items()
    }
    assert found == MANUAL


def test_every_device_type_declares_the_capabilities_of_its_rows() -> None:
    declared = {kind.name: [row.controller for row in kind.controllers] for kind in DEVICE_TYPES}
    assert declared == {name: list(rows) for name, rows in MANUAL.items()}


def test_a_controller_is_writable_and_readable_where_it_has_the_endpoints() -> None:
    for rows in CONTROLLERS.values():
        for row in rows.values():
            assert row.capability.writable == (row.set_endpoint is not None)
            assert row.capability.readable == (row.status_endpoint is not None)


def test_feedback_is_offered_where_the_manual_offers_it() -> None:
    offering = {
        name for rows in CONTROLLERS.values() for name, row in rows.items() if row.capability.feedback
    }
    assert offering == {
        "power",
        "powerlevel",
        "heightlevel",
        "blindangle",
        "value",
        "setpoint",
        "tempmode",
        "chronoen",
        "hvacpower",
        "hvacsetpoint",
        "hvacmode",
        "hvacfan",
    }


@pytest.mark.parametrize(
    ("device_type", "controller", "codes"),
    [
        ("blind", "updown", {"up": 0, "down": 1}),
        ("blind", "blindstep", {"clockwise": 0, "counterclockwise": 1}),
        ("thermostat", "tempmode", {"standby": 0, "comfort": 1, "economy": 2, "protection": 3}),
        ("hvac", "hvacmode", {"cooling": 0, "heating": 1, "dry": 2, "fan": 3, "auto": 4}),
        ("hvac", "hvacfan", {"auto": 0, "minimum": 1, "average": 2, "maximum": 3}),
        ("scene", "scenelaunch", {"launch": 1, "stop": 0}),
    ],
)
def test_choices_have_the_manuals_numbers(device_type: str, controller: str, codes: dict[str, int]) -> None:
    row = CONTROLLERS[device_type][controller]
    assert (row.capability.type, row.codes, row.capability.choices) == (ValueType.CHOICE, codes, tuple(codes))


@pytest.mark.parametrize(
    ("device_type", "controller", "expected"),
    [
        ("light", "power", (ValueType.BOOLEAN, None, None, "")),
        ("dimmer", "powerlevel", (ValueType.INTEGER, 0, 100, "%")),
        ("dimmer", "color", (ValueType.COLOR, None, None, "")),
        ("dimmer", "colortemp", (ValueType.INTEGER, 1000, 10000, "K")),
        ("blind", "stop", (ValueType.NONE, None, None, "")),
        ("blind", "heightlevel", (ValueType.INTEGER, 0, 100, "%")),
        ("blind", "blindangle", (ValueType.INTEGER, 0, 100, "%")),
        ("analog", "value", (ValueType.NUMBER, None, None, "")),
        ("thermostat", "actualtemp", (ValueType.NUMBER, -50, 150, "°C")),
        ("thermostat", "setpoint", (ValueType.NUMBER, -50, 150, "°C")),
        ("thermostat", "chronoen", (ValueType.BOOLEAN, None, None, "")),
        ("hvac", "hvacpower", (ValueType.BOOLEAN, None, None, "")),
        ("hvac", "hvacsetpoint", (ValueType.NUMBER, -50, 150, "°C")),
        ("button", "trigger", (ValueType.NONE, None, None, "")),
        ("server", "version", (ValueType.TEXT, None, None, "")),
        ("server", "process_uptime", (ValueType.DURATION, None, None, "")),
        ("server", "server_uptime", (ValueType.DURATION, None, None, "")),
        ("server", "config_time", (ValueType.INSTANT, None, None, "")),
        ("server", "connected_clients", (ValueType.INTEGER, None, None, "")),
        ("server", "pbx_users", (ValueType.LIST, None, None, "")),
    ],
)
def test_values_have_their_type_range_and_unit(
    device_type: str, controller: str, expected: tuple[ValueType, float | None, float | None, str]
) -> None:
    found = capability(device_type, controller)
    assert (found.type, found.minimum, found.maximum, found.unit) == expected


@pytest.mark.parametrize(
    ("device_type", "controller", "verbs"),
    [
        ("blind", "updown", {"move": None}),
        ("blind", "stop", {"stop": None}),
        ("blind", "blindstep", {"step": None}),
        ("scene", "scenelaunch", {"launch": "launch", "stop": "stop"}),
        ("button", "trigger", {"press": None}),
    ],
)
def test_what_starts_something_has_its_verbs(
    device_type: str, controller: str, verbs: dict[str, str | None]
) -> None:
    found = capability(device_type, controller)
    assert (found.is_trigger, found.verbs) == (True, verbs)


def test_steps_buttons_scenes_and_telegrams_that_may_be_such_are_never_repeated() -> None:
    every = [row.capability for rows in CONTROLLERS.values() for row in rows.values()]
    assert {row.controller for row in every if not row.idempotent} == {
        "blindstep",
        "trigger",
        "scenelaunch",
        "sendKNXbit",
        "sendKNX4bits",
    }
    assert {row.controller for row in every if row.is_trigger} == {
        "updown",
        "stop",
        "blindstep",
        "trigger",
        "scenelaunch",
        "sendKNXbit",
        "sendKNX4bits",
        "sendKNXbyte",
        "sendKNXbyteun",
        "sendKNXfloat2bytes",
        "sendKNXfloat4bytes",
    }


@pytest.mark.parametrize(
    ("controller", "type_", "minimum", "maximum"),
    [
        ("sendKNXbit", ValueType.BOOLEAN, None, None),
        ("sendKNX4bits", ValueType.INTEGER, 0, 31),
        ("sendKNXbyte", ValueType.INTEGER, 0, 255),
        ("sendKNXbyteun", ValueType.INTEGER, -128, 127),
        ("sendKNXfloat2bytes", ValueType.NUMBER, -671088.64, 670433.28),
        ("sendKNXfloat4bytes", ValueType.NUMBER, -3.4028234663852886e38, 3.4028234663852886e38),
    ],
)
def test_a_telegram_takes_a_group_and_a_value(
    controller: str, type_: ValueType, minimum: float | None, maximum: float | None
) -> None:
    found = capability("server", controller)
    group, value = found.fields
    assert (found.type, group.name, group.type, value.name) == (
        ValueType.NONE,
        "group",
        ValueType.TEXT,
        "value",
    )
    assert (value.type, value.minimum, value.maximum) == (type_, minimum, maximum)


def capabilities(type_: str, settings: ThinknxDeviceSettings) -> tuple[Capability, ...]:
    device_type = next(known for known in DEVICE_TYPES if known.name == type_)
    return capabilities_of(device_type, settings)


def test_an_analog_device_brings_its_own_limits_and_unit() -> None:
    (value,) = capabilities("analog", AnalogSettings(guid="a", min=-5, max=2000.5, unit="lx"))
    assert (value.controller, value.minimum, value.maximum, value.unit) == ("value", -5, 2000.5, "lx")


def test_a_dimmer_has_color_only_with_a_light_index() -> None:
    without = capabilities("dimmer", DimmerSettings(guid="a"))
    indexed = capabilities("dimmer", DimmerSettings(guid="a", light=0))
    assert [row.controller for row in without] == ["power", "powerlevel"]
    assert [row.controller for row in indexed] == ["power", "powerlevel", "color", "colortemp"]


def test_other_devices_have_what_their_type_has() -> None:
    (power,) = capabilities("light", ThinknxDeviceSettings(guid="a"))
    assert power == capability("light", "power")
