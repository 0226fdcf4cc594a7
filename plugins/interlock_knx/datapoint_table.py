"""The datapoint types that groups can have: KNX System Specifications 03.07.02, Datapoint Types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from interlock_knx.datapoints import Datapoint

_LEAST_OF_DPT_9 = -671088.64
_MOST_OF_DPT_9 = 670433.28
"""The next value, 670760.96, is the encoding 7FFF, which means invalid data (section 3.10)."""
_MOST_OF_DPT_14 = 3.4028234663852886e38
"""The greatest finite number of single precision."""

_TIME_OF_DAY = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DAY = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_DATE = f"(199[0-9]|20[0-8][0-9]){_DAY}"
_YEAR = "(19[0-9]{2}|20[0-9]{2}|21[0-4][0-9]|215[0-5])"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DATE_AND_TIME = f"{_YEAR}{_DAY}T{_CLOCK}"
_ASCII = "[ -~]{0,14}"
_LATIN_1 = "[ -~\u00a0-\u00ff]{0,14}"

_HVAC_MODES = ("auto", "comfort", "standby", "economy", "building protection")
_HVAC_CONTROLLER_MODES = (
    "auto",
    "heat",
    "morning warmup",
    "cool",
    "night purge",
    "precool",
    "off",
    "test",
    "emergency heat",
    "fan only",
    "free cool",
    "ice",
    "maximum heating mode",
    "economic heat cool mode",
    "dehumidification",
    "calibration mode",
    "emergency cool mode",
    "emergency steam mode",
    "",
    "",
    "nodem",
)


def _bit(
    number: str, name: str, off: str, on: str, *, is_trigger: bool = False, is_relative: bool = False
) -> Datapoint:
    return Datapoint(
        number=number, name=name, words=(off, on), is_trigger=is_trigger, is_relative=is_relative
    )


def _two_bits(number: str, name: str) -> Datapoint:
    return Datapoint(number=number, name=name, minimum=0, maximum=3)


def _step(number: str, name: str, down: str, up: str) -> Datapoint:
    return Datapoint(number=number, name=name, words=(down, up), is_trigger=True, is_relative=True)


def _byte(number: str, name: str, minimum: int, maximum: int, unit: str = "") -> Datapoint:
    return Datapoint(number=number, name=name, minimum=minimum, maximum=maximum, unit=unit)


def _whole(
    number: str, name: str, unit: str, octets: int, *, is_signed: bool, resolution: int | float = 1
) -> Datapoint:
    """Return a type whose values fill so many octets: what the bus has of them is all that there are."""
    values = 1 << octets * 8
    least = -(values >> 1) if is_signed else 0
    return Datapoint(
        number=number,
        name=name,
        unit=unit,
        minimum=round(least * resolution, 2),
        maximum=round((least + values - 1) * resolution, 2),
        resolution=resolution,
    )


def _unsigned_2(number: str, name: str, unit: str = "", resolution: int = 1) -> Datapoint:
    return _whole(number, name, unit, 2, is_signed=False, resolution=resolution)


def _signed_2(number: str, name: str, unit: str = "", resolution: int | float = 1) -> Datapoint:
    return _whole(number, name, unit, 2, is_signed=True, resolution=resolution)


def _unsigned_4(number: str, name: str, unit: str = "") -> Datapoint:
    return _whole(number, name, unit, 4, is_signed=False)


def _signed_4(number: str, name: str, unit: str = "") -> Datapoint:
    return _whole(number, name, unit, 4, is_signed=True)


def _text(number: str, name: str, pattern: str, form: str) -> Datapoint:
    return Datapoint(number=number, name=name, pattern=pattern, form=form)


def _time(number: str) -> Datapoint:
    return _text(number, "time of day", _TIME_OF_DAY, "a time of day such as 07:30 or 07:30:15")


def _date(number: str) -> Datapoint:
    return _text(number, "date", _DATE, "a date from 1990 to 2089 such as 2026-12-24")


def _date_and_time(number: str) -> Datapoint:
    form = "a local date and time from 1900 to 2155 such as 2026-12-24T18:00"
    return _text(number, "date and time", _DATE_AND_TIME, form)


def _latin_1(number: str) -> Datapoint:
    return _text(number, "text in Latin-1", _LATIN_1, "a text of up to 14 characters of Latin-1")


def _scene(number: str) -> Datapoint:
    return Datapoint(number=number, name="scene number", minimum=1, maximum=64, is_trigger=True)


def _scene_control(number: str) -> Datapoint:
    return Datapoint(
        number=number, name="activate or learn a scene, which is numbered from 1 to 64", is_trigger=True
    )


def _two_bytes(number: str, name: str, unit: str = "", minimum: float = _LEAST_OF_DPT_9) -> Datapoint:
    return Datapoint(number=number, name=name, minimum=minimum, maximum=_MOST_OF_DPT_9, unit=unit)


def _four_bytes(number: str, name: str, unit: str = "") -> Datapoint:
    return Datapoint(number=number, name=name, minimum=-_MOST_OF_DPT_14, maximum=_MOST_OF_DPT_14, unit=unit)


_FOUR_BITS = Datapoint(number="3", name="four bits", minimum=0, maximum=15, is_trigger=True, is_relative=True)

ROWS: tuple[Datapoint, ...] = (
    _bit("1", "one bit", "false", "true"),
    _bit("1.001", "switch", "off", "on"),
    _bit("1.002", "boolean", "false", "true"),
    _bit("1.003", "enable", "disable", "enable"),
    _bit("1.004", "ramp", "no ramp", "ramp"),
    _bit("1.005", "alarm", "no alarm", "alarm"),
    _bit("1.006", "binary value", "low", "high"),
    _bit("1.007", "step", "decrease", "increase", is_trigger=True, is_relative=True),
    _bit("1.008", "up or down", "up", "down", is_trigger=True),
    _bit("1.009", "open or close", "open", "close"),
    _bit("1.010", "start or stop", "stop", "start"),
    _bit("1.011", "state", "inactive", "active"),
    _bit("1.012", "invert", "not inverted", "inverted"),
    _bit("1.013", "sending of dimmers", "start stop", "cyclically"),
    _bit("1.014", "source of an input", "fixed", "calculated"),
    _bit("1.015", "reset", "no action", "reset", is_trigger=True),
    _bit("1.016", "acknowledge", "no action", "acknowledge", is_trigger=True),
    _bit("1.017", "trigger", "trigger 0", "trigger", is_trigger=True, is_relative=True),
    _bit("1.018", "occupancy", "not occupied", "occupied"),
    _bit("1.019", "window or door", "closed", "open"),
    _bit("1.021", "logical function", "or", "and"),
    _bit("1.022", "scene", "scene a", "scene b"),
    _bit("1.023", "mode of blinds", "up down mode", "step stop mode"),
    _bit("1.024", "day or night", "day", "night"),
    _bit("1.100", "heating or cooling", "cool", "heat"),
    _bit("1.1200", "consumer or producer", "consumer", "producer"),
    _bit("1.1201", "direction of energy", "positive", "negative"),
    _two_bits("2", "one bit with priority"),
    _two_bits("2.001", "switch with priority"),
    _two_bits("2.002", "boolean with priority"),
    _two_bits("2.003", "enable with priority"),
    _two_bits("2.004", "ramp with priority"),
    _two_bits("2.005", "alarm with priority"),
    _two_bits("2.006", "binary value with priority"),
    _two_bits("2.007", "step with priority"),
    _two_bits("2.008", "direction with priority"),
    _two_bits("2.009", "direction with priority"),
    _two_bits("2.010", "start with priority"),
    _two_bits("2.011", "state with priority"),
    _two_bits("2.012", "invert with priority"),
    _FOUR_BITS,
    _step("3.007", "dimming", "decrease", "increase"),
    _step("3.008", "moving blinds", "up", "down"),
    _byte("5", "a byte, unsigned", 0, 255),
    _byte("5.001", "percent", 0, 100, "%"),
    _byte("5.003", "angle", 0, 360, "°"),
    _byte("5.004", "percent up to 255", 0, 255, "%"),
    _byte("5.005", "decimal factor", 0, 255),
    _byte("5.006", "tariff", 0, 254),
    _byte("5.010", "counter", 0, 255, "pulses"),
    _byte("6", "a byte, signed", -128, 127),
    _byte("6.001", "percent, signed", -128, 127, "%"),
    _byte("6.010", "counter, signed", -128, 127, "pulses"),
    _unsigned_2("7", "two bytes, unsigned"),
    _unsigned_2("7.001", "counter", "pulses"),
    _unsigned_2("7.002", "period of time", "ms"),
    _unsigned_2("7.003", "period of time", "ms", 10),
    _unsigned_2("7.004", "period of time", "ms", 100),
    _unsigned_2("7.005", "period of time", "s"),
    _unsigned_2("7.006", "period of time", "min"),
    _unsigned_2("7.007", "period of time", "h"),
    _unsigned_2("7.010", "type of a property's data"),
    _unsigned_2("7.011", "length", "mm"),
    _unsigned_2("7.012", "current", "mA"),
    _unsigned_2("7.013", "brightness", "lx"),
    _unsigned_2("7.600", "color temperature", "K"),
    _signed_2("8", "two bytes, signed"),
    _signed_2("8.001", "counter, signed", "pulses"),
    _signed_2("8.002", "time difference", "ms"),
    _signed_2("8.003", "time difference", "ms", 10),
    _signed_2("8.004", "time difference", "ms", 100),
    _signed_2("8.005", "time difference", "s"),
    _signed_2("8.006", "time difference", "min"),
    _signed_2("8.007", "time difference", "h"),
    _signed_2("8.010", "percent, signed", "%", 0.01),
    _signed_2("8.011", "angle of rotation", "°"),
    _signed_2("8.012", "length", "m"),
    _two_bytes("9", "a number of two bytes"),
    _two_bytes("9.001", "temperature", "°C", minimum=-273),
    _two_bytes("9.002", "temperature difference", "K"),
    _two_bytes("9.003", "temperature change", "K/h"),
    _two_bytes("9.004", "illuminance", "lx", minimum=0),
    _two_bytes("9.005", "wind speed", "m/s", minimum=0),
    _two_bytes("9.006", "pressure", "Pa", minimum=0),
    _two_bytes("9.007", "humidity", "%", minimum=0),
    _two_bytes("9.008", "parts per million", "ppm", minimum=0),
    _two_bytes("9.009", "air flow", "m³/h"),
    _two_bytes("9.010", "time", "s"),
    _two_bytes("9.011", "time", "ms"),
    _two_bytes("9.020", "voltage", "mV"),
    _two_bytes("9.021", "current", "mA"),
    _two_bytes("9.022", "power density", "W/m²"),
    _two_bytes("9.023", "kelvin per percent", "K/%"),
    _two_bytes("9.024", "power", "kW"),
    _two_bytes("9.025", "volume flow", "L/h"),
    _two_bytes("9.026", "rain amount", "L/m²"),
    _two_bytes("9.027", "temperature", "°F", minimum=-459.6),
    _two_bytes("9.028", "wind speed", "km/h", minimum=0),
    _two_bytes("9.029", "absolute humidity", "g/m³", minimum=0),
    _two_bytes("9.030", "concentration", "μg/m³", minimum=0),
    _time("10"),
    _time("10.001"),
    _date("11"),
    _date("11.001"),
    _unsigned_4("12", "four bytes, unsigned"),
    _unsigned_4("12.001", "counter", "pulses"),
    _unsigned_4("12.100", "period of time", "s"),
    _unsigned_4("12.101", "period of time", "min"),
    _unsigned_4("12.102", "period of time", "h"),
    _unsigned_4("12.1200", "volume of a liquid", "L"),
    _unsigned_4("12.1201", "volume", "m³"),
    _signed_4("13", "four bytes, signed"),
    _signed_4("13.001", "counter, signed", "pulses"),
    _signed_4("13.002", "flow rate", "m³/h"),
    _signed_4("13.010", "active energy", "Wh"),
    _signed_4("13.011", "apparent energy", "VAh"),
    _signed_4("13.012", "reactive energy", "VARh"),
    _signed_4("13.013", "active energy", "kWh"),
    _signed_4("13.014", "apparent energy", "kVAh"),
    _signed_4("13.015", "reactive energy", "kVARh"),
    _signed_4("13.016", "active energy", "MWh"),
    _signed_4("13.100", "time difference", "s"),
    _signed_4("13.1200", "difference of a liquid's volume", "L"),
    _signed_4("13.1201", "difference of a volume", "m³"),
    _four_bytes("14", "a number of four bytes"),
    _four_bytes("14.000", "acceleration", "m/s²"),
    _four_bytes("14.001", "angular acceleration", "rad/s²"),
    _four_bytes("14.002", "activation energy", "J/mol"),
    _four_bytes("14.003", "activity", "s⁻¹"),
    _four_bytes("14.004", "amount of substance", "mol"),
    _four_bytes("14.005", "amplitude"),
    _four_bytes("14.006", "angle", "rad"),
    _four_bytes("14.007", "angle", "°"),
    _four_bytes("14.008", "angular momentum", "J s"),
    _four_bytes("14.009", "angular velocity", "rad/s"),
    _four_bytes("14.010", "area", "m²"),
    _four_bytes("14.011", "capacitance", "F"),
    _four_bytes("14.012", "surface charge density", "C/m²"),
    _four_bytes("14.013", "volume charge density", "C/m³"),
    _four_bytes("14.014", "compressibility", "m²/N"),
    _four_bytes("14.015", "conductance", "S"),
    _four_bytes("14.016", "electrical conductivity", "S/m"),
    _four_bytes("14.017", "density", "kg/m³"),
    _four_bytes("14.018", "electric charge", "C"),
    _four_bytes("14.019", "electric current", "A"),
    _four_bytes("14.020", "electric current density", "A/m²"),
    _four_bytes("14.021", "electric dipole moment", "C m"),
    _four_bytes("14.022", "electric displacement", "C/m²"),
    _four_bytes("14.023", "electric field strength", "V/m"),
    _four_bytes("14.024", "electric flux", "V m"),
    _four_bytes("14.025", "electric flux density", "C/m²"),
    _four_bytes("14.026", "electric polarization", "C/m²"),
    _four_bytes("14.027", "electric potential", "V"),
    _four_bytes("14.028", "electric potential difference", "V"),
    _four_bytes("14.029", "electromagnetic moment", "A m²"),
    _four_bytes("14.030", "electromotive force", "V"),
    _four_bytes("14.031", "energy", "J"),
    _four_bytes("14.032", "force", "N"),
    _four_bytes("14.033", "frequency", "Hz"),
    _four_bytes("14.034", "angular frequency", "rad/s"),
    _four_bytes("14.035", "heat capacity", "J/K"),
    _four_bytes("14.036", "heat flow rate", "W"),
    _four_bytes("14.037", "heat quantity", "J"),
    _four_bytes("14.038", "impedance", "Ω"),
    _four_bytes("14.039", "length", "m"),
    _four_bytes("14.040", "light quantity", "lm s"),
    _four_bytes("14.041", "luminance", "cd/m²"),
    _four_bytes("14.042", "luminous flux", "lm"),
    _four_bytes("14.043", "luminous intensity", "cd"),
    _four_bytes("14.044", "magnetic field strength", "A/m"),
    _four_bytes("14.045", "magnetic flux", "Wb"),
    _four_bytes("14.046", "magnetic flux density", "T"),
    _four_bytes("14.047", "magnetic moment", "A m²"),
    _four_bytes("14.048", "magnetic polarization", "T"),
    _four_bytes("14.049", "magnetization", "A/m"),
    _four_bytes("14.050", "magnetomotive force", "A"),
    _four_bytes("14.051", "mass", "kg"),
    _four_bytes("14.052", "mass flux", "kg/s"),
    _four_bytes("14.053", "momentum", "N/s"),
    _four_bytes("14.054", "phase angle", "rad"),
    _four_bytes("14.055", "phase angle", "°"),
    _four_bytes("14.056", "power", "W"),
    _four_bytes("14.057", "power factor"),
    _four_bytes("14.058", "pressure", "Pa"),
    _four_bytes("14.059", "reactance", "Ω"),
    _four_bytes("14.060", "resistance", "Ω"),
    _four_bytes("14.061", "resistivity", "Ωm"),
    _four_bytes("14.062", "self inductance", "H"),
    _four_bytes("14.063", "solid angle", "sr"),
    _four_bytes("14.064", "sound intensity", "W/m²"),
    _four_bytes("14.065", "speed", "m/s"),
    _four_bytes("14.066", "stress", "Pa"),
    _four_bytes("14.067", "surface tension", "N/m"),
    _four_bytes("14.068", "temperature", "°C"),
    _four_bytes("14.069", "absolute temperature", "K"),
    _four_bytes("14.070", "temperature difference", "K"),
    _four_bytes("14.071", "thermal capacity", "J/K"),
    _four_bytes("14.072", "thermal conductivity", "W/mK"),
    _four_bytes("14.073", "thermoelectric power", "V/K"),
    _four_bytes("14.074", "time", "s"),
    _four_bytes("14.075", "torque", "Nm"),
    _four_bytes("14.076", "volume", "m³"),
    _four_bytes("14.077", "volume flux", "m³/s"),
    _four_bytes("14.078", "weight", "N"),
    _four_bytes("14.079", "work", "J"),
    _four_bytes("14.080", "apparent power", "VA"),
    _four_bytes("14.1200", "volume flux of a meter", "m³/h"),
    _four_bytes("14.1201", "volume flux of a meter", "L/s"),
    _latin_1("16"),
    _text("16.000", "text in ASCII", _ASCII, "a text of up to 14 characters of ASCII"),
    _latin_1("16.001"),
    _scene("17"),
    _scene("17.001"),
    _scene_control("18"),
    _scene_control("18.001"),
    _date_and_time("19"),
    _date_and_time("19.001"),
    _byte("20", "an enumeration, by its number", 0, 255),
    Datapoint(number="20.102", name="mode of heating and cooling", modes=_HVAC_MODES),
    Datapoint(number="20.105", name="mode of a heating and cooling controller", modes=_HVAC_CONTROLLER_MODES),
    Datapoint(number="232", name="color"),
    Datapoint(number="232.600", name="color"),
)

DATAPOINTS: Mapping[str, Datapoint] = MappingProxyType({row.number: row for row in ROWS})
"""Every type that groups can have, by its number."""


_SUPPORTED = "groups are of DPT 1 to 3, 5 to 14, 16 to 20 or 232"


def parse_dpt(text: str) -> str:
    """Return the number of a datapoint type as it is written here: ``9.001``, ``5``.

    Raises:
        ValueError: it is written in another way, or groups cannot have it; the message says what to write.
    """
    number = text.strip().upper().removeprefix("DPT").strip()
    if number in DATAPOINTS:
        return number
    main, _, sub = number.partition(".")
    if re.fullmatch(r"\d+\.\d{1,2}", number):
        raise ValueError(f"'{text}' is no DPT: sub-types have three digits, such as {main}.{sub:0>3}")
    if not re.fullmatch(r"\d+(\.\d{3,5})?", number):
        raise ValueError(f"'{text}' is no DPT: write for example 1.001, 5.001 or 9.001")
    if main not in DATAPOINTS:
        raise ValueError(f"DPT {number} is not supported: {_SUPPORTED}")
    raise ValueError(f"there is no DPT {number} here: write {main} for the plain values of its encoding")
