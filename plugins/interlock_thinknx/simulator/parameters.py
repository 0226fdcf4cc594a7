"""How strictly the simulated Thinknx server takes parameters, and what it answers when they are wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Document: TypeAlias = Mapping[str, object]
"""A JSON object."""


class Refusal(Exception):
    """The server says no: an HTTP status and the text of ``error``."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class ParametersWrong(Refusal):
    """The request is put together wrongly."""

    def __init__(self) -> None:
        super().__init__(400, "params errors")


class DeviceNotFound(Refusal):
    """No such device, or it has no such function."""

    def __init__(self) -> None:
        super().__init__(404, "device not found")


class ImpossibleToExecute(Refusal):
    """The device is there and cannot do it."""

    def __init__(self) -> None:
        super().__init__(400, "impossible to execute")


def single(
    parameters: Sequence[tuple[str, str]], required: set[str], optional: set[str]
) -> Mapping[str, str]:
    """Return parameters by name.

    Raises:
        ParametersWrong: one is missing, stands twice, or is not among the required and optional ones.
    """
    given = dict(parameters)
    if len(given) != len(parameters) or not required <= set(given) <= required | optional:
        raise ParametersWrong
    return given


def integer(text: str, minimum: float | None, maximum: float | None) -> int:
    """Return a whole number that is written without point, blank or exponent.

    Raises:
        ParametersWrong: anything else, or out of range.
    """
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ParametersWrong
    number = int(text)
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        raise ParametersWrong
    return number


def decimal(text: str) -> float:
    """Return a finite number that is written with '.' as decimal separator and without exponent.

    Raises:
        ParametersWrong: anything else.
    """
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) or not math.isfinite(float(text)):
        raise ParametersWrong
    return float(text)
