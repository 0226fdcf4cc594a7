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
)

DATAPOINTS: Mapping[str, Datapoint] = MappingProxyType({row.number: row for row in ROWS})
"""Every type that groups can have, by its number."""


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
        raise ValueError(f"DPT {number} is not supported: groups are of DPT 1, 2, 3, 5, 6, 9 or 14")
    raise ValueError(f"there is no DPT {number} here: write {main} for the plain values of its encoding")
