"""Why there is no connection to a gateway."""

from __future__ import annotations

import errno

import pytest
from xknx.exceptions import CommunicationError, RequestResponseError
from xknx.knxip import ErrorCode

from interlock_knx.knxip.reasons import why_not


def failed(cause: Exception | None) -> Exception:
    error = CommunicationError("Tunnel connection could not be established")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no answer in time"),
        (failed(RequestResponseError("KNX bus did not respond in time")), "no answer in time"),
        (failed(None), "tunnel connection could not be established"),
        (failed(CommunicationError("other")), "tunnel connection could not be established"),
        (failed(OSError("odd")), "tunnel connection could not be established"),
        (failed(OSError(errno.EHOSTUNREACH, "Connect call failed")), "no route to host"),
    ],
)
def test_failures_are_said_in_our_words(error: Exception, reason: str) -> None:
    assert why_not(error) == reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ErrorCode.E_NO_MORE_CONNECTIONS, "all its tunnels are in use"),
        (ErrorCode.E_CONNECTION_TYPE, "it offers no tunnels"),
        (ErrorCode.E_KNX_CONNECTION, "it refuses a tunnel (E_KNX_CONNECTION)"),
    ],
)
def test_refusals_are_said_by_their_status(code: ErrorCode, reason: str) -> None:
    assert why_not(failed(RequestResponseError("with error", error_code=code))) == reason
