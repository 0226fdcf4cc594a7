"""The controllers of the Thinknx Integration Kit as a table: what each means and how it travels.

A row's value travels as its capability's type says: on and off as 1 and 0, a choice as its number in
`Controller.codes`, a color as three numbers, a controller without a value as a bare 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from interlock import Capability, DeviceSettings, DeviceType, Field, Target, ValueType
from interlock_thinknx.settings import (
    AnalogSettings,
    BlindSettings,
    DimmerSettings,
    ServerSettings,
    ThinknxDeviceSettings,
)

SERVER_STATUS = "system/serverStatus"
"""One endpoint answers all controllers of the server itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """A capability together with the way it travels. Endpoints stand after ``/api/v1/``."""

    capability: Capability
    set_endpoint: str | None = None
    """None where it cannot be written."""
    status_endpoint: str | None = None
    """None where it cannot be read."""
    address: Literal["guid", "light"] | None = "guid"
    """The parameter that names the device; None where the server itself is meant."""
    status_key: str = "status"
    """Where a reply to `status_endpoint` holds the value."""
    codes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The number of each choice."""
    can_be_inverted: bool = False
    """Whether a device's ``inverted`` setting turns 0 to 100 % into 100 to 0 %."""


def _source(section: str) -> str:
    return f"Thinknx Integration Kit 1.3b, {section}"


def _state(
    name: str,
    type_: ValueType,
    status_endpoint: str,
    section: str,
    description: str,
    *,
    set_endpoint: str = "",
    codes: Mapping[str, int] | None = None,
    limits: tuple[float, float] | None = None,
    unit: str = "",
    can_be_inverted: bool = False,
) -> Controller:
    """Return the row of a controller that is set, answers with feedback, and has a status."""
    low, high = limits or (None, None)
    return Controller(
        capability=Capability(
            controller=name,
            type=type_,
            description=description,
            source=_source(section),
            readable=True,
            writable=True,
            feedback=True,
            minimum=low,
            maximum=high,
            choices=tuple(codes or ()),
            unit=unit,
        ),
        set_endpoint=set_endpoint or name,
        status_endpoint=status_endpoint,
        codes=codes or {},
        can_be_inverted=can_be_inverted,
    )


def _action(
    name: str,
    section: str,
    description: str,
    verbs: Mapping[str, str | None],
    *,
    codes: Mapping[str, int] | None = None,
    idempotent: bool = False,
) -> Controller:
    """Return the row of a controller that starts something and has no status."""
    return Controller(
        capability=Capability(
            controller=name,
            type=ValueType.CHOICE if codes else ValueType.NONE,
            description=description,
            source=_source(section),
            writable=True,
            is_trigger=True,
            idempotent=idempotent,
            choices=tuple(codes or ()),
            verbs=verbs,
        ),
        set_endpoint=name,
        codes=codes or {},
    )


def _light_index(name: str, type_: ValueType, section: str, description: str, **limits: float) -> Controller:
    """Return the row of a "coming soon" controller: one endpoint, addressed by the light's index."""
    return Controller(
        capability=Capability(
            controller=name,
            type=type_,
            description=description,
            source=_source(section),
            readable=True,
            writable=True,
            minimum=limits.get("minimum"),
            maximum=limits.get("maximum"),
            unit="K" if limits else "",
        ),
        set_endpoint=name,
        status_endpoint=name,
        address="light",
    )


def _server(name: str, type_: ValueType, description: str) -> Controller:
    """Return the row of one field of the server's own status."""
    return Controller(
        capability=Capability(
            controller=name,
            type=type_,
            description=description,
            source=_source("System controller / Get server status"),
            readable=True,
        ),
        status_endpoint=SERVER_STATUS,
        address=None,
        status_key=name,
    )


LARGEST_SINGLE = 3.4028234663852886e38
"""The largest number of DPT 14, an IEEE 754 single."""

_GROUP = Field(
    name="group", type=ValueType.TEXT, description="the group address, of three levels, such as 1/0/1"
)


def _telegram(
    name: str,
    datapoint_type: str,
    type_: ValueType,
    value: str,
    *,
    limits: tuple[float, float] | None = None,
    idempotent: bool = True,
) -> Controller:
    """Return the row of a KNX telegram that the server sends.

    A bit may be a step or a trigger (DPT 1.007, 1.017) and four bits are a step: the server cannot know,
    so they are never sent again in doubt. The others carry a value, which may.
    """
    low, high = limits or (None, None)
    return Controller(
        capability=Capability(
            controller=name,
            type=ValueType.NONE,
            description=f"sends a KNX telegram to a group: {value}",
            source=_source(f"System controller / Send KNX telegram {datapoint_type}"),
            writable=True,
            is_trigger=True,
            idempotent=idempotent,
            fields=(_GROUP, Field(name="value", type=type_, description=value, minimum=low, maximum=high)),
        ),
        set_endpoint=f"system/{name}",
        address=None,
    )


_TEMPERATURE = (-50.0, 150.0)
"""°C. The manual gives no range; this one lets every plant through and stops a sensor's error values
(-273, 670760.96) from steering it."""

_PERCENT = (0.0, 100.0)

_POWER = _state("power", ValueType.BOOLEAN, "powerstatus", "Power Controller", "whether it is switched on")

_LIGHT = (_POWER,)

_DIMMER = (
    _POWER,
    _state(
        "powerlevel",
        ValueType.INTEGER,
        "powerlevelstatus",
        "Power Level Controller",
        "how bright it is; 0 normally means off",
        limits=_PERCENT,
        unit="%",
    ),
    _light_index("color", ValueType.COLOR, "Color Controller (Coming soon)", "red, green, blue"),
    _light_index(
        "colortemp",
        ValueType.INTEGER,
        "Color Temperature Controller (Coming soon)",
        "the shade of white",
        minimum=1000,
        maximum=10000,
    ),
)

_BLIND = (
    _action(
        "updown",
        "Movement Controller / Up or Down",
        "starts it moving up or down to its end",
        {"move": None},
        codes={"up": 0, "down": 1},
        idempotent=True,
    ),
    _action("stop", "Movement Controller / Stop", "stops it where it is", {"stop": None}, idempotent=True),
    _state(
        "heightlevel",
        ValueType.INTEGER,
        "heightlevelstatus",
        "Position Controller / Height",
        "how far it is down: 0 up … 100 down",
        limits=_PERCENT,
        unit="%",
        can_be_inverted=True,
    ),
    _action(
        "blindstep",
        "Angle Controller / Blind step",
        "turns the lamellas by one step",
        {"step": None},
        codes={"clockwise": 0, "counterclockwise": 1},
    ),
    _state(
        "blindangle",
        ValueType.INTEGER,
        "blindanglestatus",
        "Angle Controller / Blind angle",
        "how far the lamellas are turned",
        limits=_PERCENT,
        unit="%",
    ),
)

_ANALOG = (
    _state(
        "value",
        ValueType.NUMBER,
        "getvalue",
        "Analog controller / Value",
        "the value, in the unit that its device names",
        set_endpoint="setvalue",
    ),
)

_THERMOSTAT = (
    Controller(
        capability=Capability(
            controller="actualtemp",
            type=ValueType.NUMBER,
            description="the measured temperature",
            source=_source("Thermostat Controller / Actual temperature"),
            readable=True,
            minimum=_TEMPERATURE[0],
            maximum=_TEMPERATURE[1],
            unit="°C",
        ),
        status_endpoint="actualtemp",
    ),
    _state(
        "setpoint",
        ValueType.NUMBER,
        "setpointstatus",
        "Thermostat Controller / Setpoint",
        "the desired temperature",
        limits=_TEMPERATURE,
        unit="°C",
    ),
    _state(
        "tempmode",
        ValueType.CHOICE,
        "tempmodestatus",
        "Thermostat Controller / Modality",
        "the operating mode; economy is the night's, protection keeps frost and heat out",
        codes={"standby": 0, "comfort": 1, "economy": 2, "protection": 3},
    ),
    _state(
        "chronoen",
        ValueType.BOOLEAN,
        "chronoenstatus",
        "Thermostat Controller / Chronoscheduling",
        "whether the thermostat follows its own time table",
    ),
)

_HVAC = (
    _state(
        "hvacpower",
        ValueType.BOOLEAN,
        "hvacpowerstatus",
        "HVAC Controller / Powering",
        "whether it is switched on",
    ),
    _state(
        "hvacsetpoint",
        ValueType.NUMBER,
        "hvacsetpointstatus",
        "HVAC Controller / Setpoint",
        "the desired temperature",
        limits=_TEMPERATURE,
        unit="°C",
    ),
    _state(
        "hvacmode",
        ValueType.CHOICE,
        "hvacmodestatus",
        "HVAC Controller / Modality",
        "the operating mode; none of them means off",
        codes={"cooling": 0, "heating": 1, "dry": 2, "fan": 3, "auto": 4},
    ),
    _state(
        "hvacfan",
        ValueType.CHOICE,
        "hvacfanstatus",
        "HVAC Controller / Fan speed",
        "the fan's speed",
        codes={"auto": 0, "minimum": 1, "average": 2, "maximum": 3},
    ),
)

_SCENE = (
    _action(
        "scenelaunch",
        "Scene controller / Scene launch",
        "runs the scene, or stops it while it runs; a scene has no state",
        {"launch": "launch", "stop": "stop"},
        codes={"launch": 1, "stop": 0},
    ),
)

_BUTTON = (
    _action(
        "trigger",
        "Generic Button controller / Operation trigger",
        "does what the project ties to the button",
        {"press": None},
    ),
)

_SERVER = (
    _server("version", ValueType.TEXT, "the firmware's version"),
    _server("process_uptime", ValueType.DURATION, "time since the server's software started"),
    _server("server_uptime", ValueType.DURATION, "time since the server itself started"),
    _server("config_time", ValueType.INSTANT, "when the running configuration was made, by the site's time"),
    _server("connected_clients", ValueType.INTEGER, "how many clients are connected"),
    _server("pbx_users", ValueType.LIST, "the PBX users that are connected"),
    _telegram("sendKNXbit", "DPT1", ValueType.BOOLEAN, "one bit: 0 or 1, off or on", idempotent=False),
    _telegram(
        "sendKNX4bits",
        "DPT3 / DPT2 (4 bits)",
        ValueType.INTEGER,
        "a step or a priority; the manual takes up to 31, four bits hold 15",
        limits=(0, 31),
        idempotent=False,
    ),
    _telegram("sendKNXbyte", "DPT5", ValueType.INTEGER, "one byte without sign", limits=(0, 255)),
    _telegram("sendKNXbyteun", "DPT6", ValueType.INTEGER, "one byte with sign", limits=(-128, 127)),
    _telegram(
        "sendKNXfloat2bytes",
        "DPT9",
        ValueType.NUMBER,
        "a float of two bytes, which keeps three to four digits",
        limits=(-671088.64, 670433.28),
    ),
    _telegram(
        "sendKNXfloat4bytes",
        "DPT14",
        ValueType.NUMBER,
        "a float of four bytes, which keeps seven digits",
        limits=(-LARGEST_SINGLE, LARGEST_SINGLE),
    ),
)

CONTROLLERS: Mapping[str, Mapping[str, Controller]] = MappingProxyType(
    {
        device_type: MappingProxyType({row.capability.controller: row for row in rows})
        for device_type, rows in (
            ("light", _LIGHT),
            ("dimmer", _DIMMER),
            ("blind", _BLIND),
            ("analog", _ANALOG),
            ("thermostat", _THERMOSTAT),
            ("hvac", _HVAC),
            ("scene", _SCENE),
            ("button", _BUTTON),
            ("server", _SERVER),
        )
    }
)
"""Every row, by the device type's name and the controller's name."""


def _device_type(
    name: str, description: str, settings: type[ThinknxDeviceSettings | ServerSettings]
) -> DeviceType:
    capabilities = tuple(row.capability for row in CONTROLLERS[name].values())
    return DeviceType(name=name, description=description, settings=settings, controllers=capabilities)


DEVICE_TYPES = (
    _device_type("light", "a light, a switch or a socket", ThinknxDeviceSettings),
    _device_type("dimmer", "a dimmable light", DimmerSettings),
    _device_type("blind", "a blind, a curtain or lamellas", BlindSettings),
    _device_type("analog", "a value on a continuous range", AnalogSettings),
    _device_type("thermostat", "a room thermostat", ThinknxDeviceSettings),
    _device_type("hvac", "an air conditioner or a fan coil", ThinknxDeviceSettings),
    _device_type("scene", "a recorded scene", ThinknxDeviceSettings),
    _device_type("button", "a generic button", ThinknxDeviceSettings),
    _device_type("server", "the Thinknx server itself", ServerSettings),
)
"""The device types of a Thinknx server, whichever way it is reached."""


def controller_of(target: Target) -> Controller:
    """Return the row behind a target of one of `DEVICE_TYPES`."""
    return CONTROLLERS[target.device.type][target.capability.controller]


def capabilities_of(device_type: DeviceType, settings: DeviceSettings) -> tuple[Capability, ...]:
    """Return a device type's capabilities as one device has them: its limits, its unit, no color unasked."""
    match settings:
        case AnalogSettings():
            low, high, unit = settings.min, settings.max, settings.unit
            return tuple(
                replace(row, minimum=low, maximum=high, unit=unit) for row in device_type.controllers
            )
        case DimmerSettings(light=None):
            rows = CONTROLLERS[device_type.name]
            return tuple(row for row in device_type.controllers if rows[row.controller].address != "light")
        case _:
            return device_type.controllers
