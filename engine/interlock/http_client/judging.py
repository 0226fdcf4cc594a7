"""What a reply says by itself in every protocol: its status, how long to wait, its beginning for people."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from interlock.errors import AuthenticationFailed, NotSupported, RateLimited, ServerFault
from interlock.http_client.messages import HttpReply
from interlock.redaction import redact

_LONGEST_WAIT_S = 86_400.0
"""A server that asks for more than a day does not mean it."""
_WAIT_FOR_AN_UNCLEAR_DATE_S = 60.0
_READ_FOR_AN_EXCERPT = 16 * 1024


def refuse_by_status(reply: HttpReply, what: str) -> None:
    """Raise what a status says by itself in every protocol, whatever stands in the body.

    Args:
        reply: The reply; statuses from 200 to 299, 400, 404 and other refusals are the driver's own to judge.
        what: What was asked, for the message.

    Raises:
        AuthenticationFailed: 401 or 403.
        NotSupported: 405, or a redirect, which is never followed.
        RateLimited: 429, with what ``Retry-After`` asks.
        ServerFault: 500 and above.
    """
    match reply.status:
        case 401 | 403:
            raise AuthenticationFailed(f"the credentials are refused by the server (HTTP {reply.status})")
        case 405:
            raise NotSupported(f"{what} does not take this HTTP method: set method to the other one")
        case 429:
            message = "the server asks for fewer requests (HTTP 429)"
            raise RateLimited(message, retry_after_s=retry_after(reply))
        case status if status >= 500:
            message = f"{what} failed in the server (HTTP {status})"
            raise ServerFault(message, retry_after_s=retry_after(reply))
        case status if 300 <= status < 400:
            raise NotSupported(
                f"{what} is redirected to {_destination(reply)}, which is not followed: "
                "check the connection's address"
            )


def _destination(reply: HttpReply) -> str:
    """Return scheme and host alone: a path or a user name in a location may hold a secret."""
    try:
        # Its host will be in lower case, where a secret is no longer known.
        parts = urlsplit(redact(reply.headers.get("location", "")))
        host = parts.hostname
    except ValueError:
        host = None
    return f"{parts.scheme or 'http'}://{host}" if host else "another place of the same server"


def retry_after(reply: HttpReply) -> float | None:
    """Return the seconds that a reply asks to wait, at most a day, or None where it names none.

    A date counts from the reply's own ``Date``: the server's clock may be wrong, its difference is not.
    """
    text = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text), _LONGEST_WAIT_S)
    until = _instant(text)
    if until is None:
        return None
    now = _instant(reply.headers.get("date", ""))
    if now is None:
        # Our own clock is no measure for the server's, which may be years apart; and drivers read none.
        return _WAIT_FOR_AN_UNCLEAR_DATE_S
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT_S)


def _instant(text: str) -> datetime | None:
    """Return the instant that an HTTP date names, by UTC where it names no zone."""
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def excerpt(body: bytes, longest: int = 80) -> str:
    """Return the beginning of a body on one line for people: no secrets, nothing that a terminal obeys."""
    text = redact(body[:_READ_FOR_AN_EXCERPT].decode("utf-8", errors="replace").lstrip("\ufeff"))
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return (line if len(line) <= longest else line[: longest - 1] + "…") or "nothing"
