"""The wall where httpx's exceptions end: what each means, and what lies behind it in words."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from types import MappingProxyType

from interlock.errors import DriverError, ProtocolFault, TimedOut, Unreachable
from interlock.http_client.library import httpx
from interlock.redaction import redact

FAULTS: Mapping[type[Exception], tuple[type[DriverError], str]] = MappingProxyType(
    {
        httpx.HTTPError: (ProtocolFault, "breaks HTTP"),
        httpx.InvalidURL: (Unreachable, "cannot be reached"),
        httpx.StreamError: (ProtocolFault, "breaks HTTP"),
        httpx.TimeoutException: (TimedOut, "gave no whole answer in time"),
        httpx.NetworkError: (TimedOut, "lost the connection before a whole answer"),
        httpx.RemoteProtocolError: (ProtocolFault, "breaks HTTP (is it the right port?)"),
        httpx.ConnectError: (Unreachable, "cannot be reached"),
        httpx.ConnectTimeout: (Unreachable, "cannot be reached"),
        httpx.PoolTimeout: (Unreachable, "cannot be reached"),
        httpx.ProxyError: (Unreachable, "cannot be reached"),
        httpx.UnsupportedProtocol: (Unreachable, "cannot be reached"),
        # What is garbled under way comes through httpx as it is.
        ssl.SSLError: (TimedOut, "lost the connection before a whole answer"),
    }
)
"""What foreign exceptions mean; the nearest class of an exception's own line counts."""

_LOST = re.compile(r"server disconnected|peer closed connection", re.IGNORECASE)
"""How httpcore and h11 begin what they say of a connection that ended too early."""


def meaning_of(error: Exception) -> tuple[type[DriverError], str]:
    """Return the driver error that an exception stands for, and what it says."""
    is_lost = isinstance(error, httpx.RemoteProtocolError) and _LOST.match(str(error))
    kinds = httpx.NetworkError.__mro__ if is_lost else type(error).__mro__
    return next(FAULTS[kind] for kind in kinds if kind in FAULTS)


def cause_of(error: BaseException) -> str:
    """Return what lies behind an exception: TLS, the operating system, or else the exception itself."""
    cause: BaseException | None = error
    found = ""
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _tls_cause(cause)
        if isinstance(cause, OSError) and cause.errno is not None:
            found = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or ""
        cause = cause.__cause__ or cause.__context__
    # It may quote what the server sent; in lower case a secret would no longer be known.
    return (found or redact(str(error)) or type(error).__name__).lower()


def _tls_cause(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.').lower()}"
    return f"no TLS connection: {(error.reason or str(error)).lower().replace('_', ' ')}"
