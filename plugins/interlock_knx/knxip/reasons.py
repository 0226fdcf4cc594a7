"""Why there is no connection, in words for a person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from xknx.exceptions import RequestResponseError
from xknx.knxip import ErrorCode

_REFUSALS: Mapping[ErrorCode, str] = MappingProxyType(
    {
        ErrorCode.E_NO_MORE_CONNECTIONS: "all its tunnels are in use",
        ErrorCode.E_NO_MORE_UNIQUE_CONNECTIONS: "its tunnels share individual addresses, and all are in use",
        ErrorCode.E_CONNECTION_TYPE: "it offers no tunnels",
        ErrorCode.E_CONNECTION_OPTION: "it offers no such tunnel",
        ErrorCode.E_TUNNELLING_LAYER: "it offers no tunnel on the link layer",
        ErrorCode.E_AUTHORISATION_ERROR: "its tunnels are for authorised clients alone",
    }
)
"""Source: KNX System Specifications 03.08.02 Core and 03.08.04 Tunnelling, status of a connect response."""


def why_not(error: Exception) -> str:
    """Return the reason that an attempt to connect failed for."""
    reason = _reason_of(error.__cause__)
    if reason is not None:
        return reason
    text = str(error) or "no answer in time"
    return text[0].lower() + text[1:]


def _reason_of(cause: BaseException | None) -> str | None:
    match cause:
        case RequestResponseError(error_code=ErrorCode() as code):
            return _REFUSALS.get(code, f"it refuses a tunnel ({code.name})")
        case RequestResponseError():
            return "no answer in time"
        case OSError(errno=int(number)):
            # Not its own text: asyncio puts other words there.
            return os.strerror(number).lower()
        case _:
            return None
