"""The system calls of the simulated Thinknx server: KNX telegrams and the server's own status.

Read from the Thinknx Integration Kit 1.3b, "System controller", independently of the driver's own code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from types import MappingProxyType

from interlock_thinknx.controllers import SERVER_STATUS
from interlock_thinknx.simulator.devices import SimulatedDevice
from interlock_thinknx.simulator.parameters import Document, ParametersWrong, decimal, integer, single

_DPT9_RANGE = (-671088.64, 670760.96)
_SINGLE = 3.4028234663852886e38


@dataclass(frozen=True, slots=True)
class Telegram:
    """A telegram that a client had the server send to the bus."""

    call: str
    """``sendKNXbit`` and so on."""
    group: str
    value: int | float


def _limited(text: str, minimum: float, maximum: float) -> float:
    number = decimal(text)
    if not minimum <= number <= maximum:
        raise ParametersWrong
    return number


def _two_byte_float(text: str) -> float:
    """Return the nearest value that DPT 9 has: 0.01 * M * 2^E with an 11-bit signed M."""
    hundredths, exponent = _limited(text, *_DPT9_RANGE) * 100, 0
    while not -2048 <= round(hundredths / 2.0**exponent) <= 2047:
        exponent += 1
    return round(round(hundredths / 2.0**exponent) * 2.0**exponent / 100, 2)


_TELEGRAMS: Mapping[str, Callable[[str], int | float]] = MappingProxyType(
    {
        "sendKNXbit": partial(integer, minimum=0, maximum=1),
        "sendKNX4bits": partial(integer, minimum=0, maximum=31),
        "sendKNXbyte": partial(integer, minimum=0, maximum=255),
        "sendKNXbyteun": partial(integer, minimum=-128, maximum=127),
        "sendKNXfloat2bytes": _two_byte_float,
        "sendKNXfloat4bytes": partial(_limited, minimum=-_SINGLE, maximum=_SINGLE),
    }
)
SYSTEM_CALLS = frozenset({SERVER_STATUS, *(f"system/{name}" for name in _TELEGRAMS)})
"""Every URL that concerns the server itself, by what stands after ``/api/v1/``."""


def group_address(text: str) -> str:
    """Return a three-level group address as it was given.

    Raises:
        ParametersWrong: not three levels, out of 0-31/0-7/0-255, or 0/0/0, which is no group.
    """
    levels = text.split("/")
    if len(levels) != 3:
        raise ParametersWrong
    numbers = [integer(level, 0, top) for level, top in zip(levels, (31, 7, 255), strict=True)]
    if not any(numbers):
        raise ParametersWrong
    return text


class System:
    """Answers the system calls, and keeps the telegrams that clients sent."""

    def __init__(self, server: SimulatedDevice) -> None:
        self._server = server
        self.telegrams: deque[Telegram] = deque(maxlen=10_000)
        """What went to the bus, in order."""

    def answer(self, name: str, parameters: Sequence[tuple[str, str]], timezone: tzinfo) -> Document:
        """Return the document that answers a call of `SYSTEM_CALLS`.

        Args:
            name: What stands after ``/api/v1/``.
            parameters: Those of the request.
            timezone: The one in which the server tells times.

        Raises:
            Refusal: what the server answers instead.
        """
        if name == SERVER_STATUS:
            single(parameters, set(), set())
            return self._status(timezone)
        return self._send(name.removeprefix("system/"), parameters)

    def _send(self, call: str, parameters: Sequence[tuple[str, str]]) -> Document:
        given = single(parameters, {"group", "value"}, set())
        telegram = Telegram(call, group_address(given["group"]), _TELEGRAMS[call](given["value"]))
        self.telegrams.append(telegram)
        self._server.told.append((call, telegram.value))
        return {"namespace": f"system/{call}", "group": telegram.group, "value": telegram.value}

    def _status(self, timezone: tzinfo) -> Document:
        fields = {name: _field(value, timezone) for name, value in self._server.values.items()}
        return {"namespace": SERVER_STATUS, **fields}


def _field(value: object, timezone: tzinfo) -> object:
    match value:
        case timedelta():
            hours, minutes = divmod(value.seconds // 60, 60)
            return f"{value.days} days {hours} hours {minutes} min"
        case datetime():
            return f"{value.astimezone(timezone):%H:%M:%S %Y-%m-%d}"
        case tuple():
            return ",".join(str(item) for item in value)
        case _:
            return value
