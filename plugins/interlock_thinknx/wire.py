"""What travels between Interlock and a Thinknx server: requests out of values, values out of replies.

Plain functions. Source: Thinknx Integration Kit 1.3b; where it is silent, replies are judged by their HTTP
status first, then by an ``error`` in their body, whatever the status, then by the value itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from urllib.parse import quote

from interlock import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    HttpReply,
    InvalidValue,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    Target,
    UnknownDevice,
    Value,
    excerpt,
    redact,
    refuse_by_status,
)
from interlock_thinknx.controllers import SERVER_STATUS, Controller, controller_of
from interlock_thinknx.settings import DimmerSettings, ThinknxDeviceSettings
from interlock_thinknx.telegrams import encode_telegram
from interlock_thinknx.values import Json, decode_value, encode_value

API = "/api/v1/"
"""What every path begins with. The manual writes ``/api/V1`` too."""

_LONGEST_EXCHANGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of the API. Equal requests get equal answers, so that one may serve several points."""

    endpoint: str
    """What stands after ``/api/v1/``."""
    parameters: str = ""
    """All but ``fb``, encoded."""
    feedback: bool = False
    """Whether the server shall answer only after the device did."""
    address: tuple[str, str] = field(default=("", ""), compare=False)
    """The parameter that names the device, and its value; empty where the request is about none."""
    is_idempotent: bool = True
    """Whether it may be sent twice without doing more than sent once."""
    what: str = field(default="", compare=False)
    """Endpoint and device, for messages."""

    @property
    def query(self) -> str:
        """What follows ``?`` with GET, and is the body with POST. The manual writes ``fb`` bare."""
        return f"{self.parameters}&fb" if self.feedback else self.parameters

    def url(self, method: str) -> str:
        """Return path and query as they stand in the request line."""
        query = f"?{self.query}" if self.query and method == "GET" else ""
        return f"{API}{self.endpoint}{query}"

    def body(self, method: str) -> bytes:
        """Return the form that POST carries; GET has no body."""
        return self.query.encode() if method == "POST" else b""


def status_request(target: Target) -> Request:
    """Return the request that asks for a point's value.

    Raises:
        NotSupported: the point cannot be read.
    """
    row = controller_of(target)
    if row.status_endpoint is None:
        raise NotSupported(f"{target.point} cannot be read: the protocol has no status for it")
    what = _describe(row.status_endpoint, target)
    address = _address(row, target)
    return Request(endpoint=row.status_endpoint, parameters=_encoded(address), address=address, what=what)


def set_request(target: Target, value: Value | None, *, feedback: bool) -> Request:
    """Return the request that gives a point a value.

    Args:
        target: A writable point.
        value: As its capability holds it; None where it takes none.
        feedback: Whether the server shall answer only after the device did.

    Raises:
        NotSupported: the point cannot be written.
        RejectedValue: the point cannot take the value; nothing may be sent.
    """
    row = controller_of(target)
    if row.set_endpoint is None:
        raise NotSupported(f"{target.point} cannot be written: the protocol only reads it")
    try:
        command = encode_value(target, value)
    except InvalidValue as error:
        raise RejectedValue(f"{target.point} is not sent: {error}") from None
    address = _address(row, target)
    return Request(
        endpoint=row.set_endpoint,
        parameters=f"{_encoded(address)}&cmd={command}",
        address=address,
        feedback=feedback,
        is_idempotent=target.capability.idempotent,
        what=_describe(row.set_endpoint, target),
    )


def telegram_request(target: Target, fields: Mapping[str, Value]) -> Request:
    """Return the request that has the server send a KNX telegram.

    Args:
        target: A controller of the server with fields.
        fields: ``group`` and ``value``.

    Raises:
        RejectedValue: the fields fit no telegram; nothing may be sent.
    """
    endpoint = controller_of(target).set_endpoint or ""
    try:
        parameters = encode_telegram(target, fields)
    except InvalidValue as error:
        raise RejectedValue(f"{target.point} is not sent: {error}") from None
    what = f"{_describe(endpoint, target)} to group {fields['group']}"
    return Request(
        endpoint=endpoint, parameters=parameters, is_idempotent=target.capability.idempotent, what=what
    )


def decode_status(reply: HttpReply, request: Request, target: Target, timezone: tzinfo) -> Value:
    """Return the value that a reply to `status_request` holds.

    Args:
        reply: What came back.
        request: What was asked.
        target: The point that it was asked for.
        timezone: The server's, for the times that it tells without one.

    Raises:
        DriverError: there is none, with what the engine does next.
    """
    document = decode_reply(reply, request)
    key = controller_of(target).status_key
    if key not in document:
        raise ProtocolFault(f"{request.what} answers without {key}: {excerpt(reply.body)}")
    return _decode(document[key], request, target, timezone)


def decode_feedback(reply: HttpReply, request: Request, target: Target) -> Value | None:
    """Return the device's own value after a command, or None where there is none that makes sense.

    A server that took a command has taken it, whatever it then says of the device.

    Raises:
        DriverError: the command was not taken, or nobody can tell.
    """
    document = decode_reply(reply, request)
    if not request.feedback or "status" not in document:
        return None
    try:
        return decode_value(document["status"], target)
    except InvalidValue:
        return None


def decode_reply(reply: HttpReply, request: Request) -> dict[str, Json]:
    """Return the JSON object of a reply that says success.

    Raises:
        DriverError: the reply says something else, with what the engine does next.
    """
    _refuse_by_status(reply, request)
    document = _parse(reply.body, request.endpoint)
    error = _error_text(document)
    if error or reply.status >= 400:
        raise _refusal(reply.status, error, request)
    if document is None:
        raise ProtocolFault(f"{request.what} answers no JSON object but {excerpt(reply.body)}")
    _refuse_another(document, request)
    return document


def _refuse_another(document: Mapping[str, Json], request: Request) -> None:
    """Raise ProtocolFault where a reply names another device than was asked; it may name none."""
    key, asked = request.address
    answered = str(document.get(key) or asked).strip()
    if asked and answered not in (asked, quote(asked, safe="")):
        shown = excerpt(answered.encode())
        raise ProtocolFault(f"{request.what} is answered for another device: {key} {shown}")


def format_exchange(method: str, request: Request, reply: HttpReply | None) -> str:
    """Return a request and its reply, if any, on one line of at most 300 characters, for people."""
    form = f" {request.query}" if request.body(method) else ""
    answer = f"{reply.status} {_printable(reply.body)}" if reply else "no reply"
    text = f"{method} {request.url(method)}{form} -> {answer}"
    return text if len(text) <= _LONGEST_EXCHANGE else text[: _LONGEST_EXCHANGE - 1] + "…"


def _address(row: Controller, target: Target) -> tuple[str, str]:
    match target.device.settings:
        case DimmerSettings(light=int(index)) if row.address == "light":
            return "light", str(index)
        case ThinknxDeviceSettings(guid=guid) if row.address == "guid":
            return "guid", guid
        case _:
            return "", ""


def _encoded(address: tuple[str, str]) -> str:
    name, value = address
    return f"{name}={quote(value, safe='')}" if name else ""


def _describe(endpoint: str, target: Target) -> str:
    device = target.device
    guid = f" (guid {device.settings.guid})" if isinstance(device.settings, ThinknxDeviceSettings) else ""
    return f"{endpoint} of device {device.name}{guid}"


def _parse(body: bytes, endpoint: str) -> dict[str, Json] | None:
    """Return the JSON object in a body, or None where it is something else."""
    try:
        text = _text(body)
        if endpoint == SERVER_STATUS:
            text = _MISSING_COMMA.sub(r"\1,", text)
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _text(body: bytes) -> str:
    """Return a body's text: UTF-8 as JSON demands, or else Latin-1, where a unit has a degree sign."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


_MISSING_COMMA = re.compile(r'("server_uptime"\s*:\s*(?:"[^"]*"|[\d.]+))(?=\s*")')
"""The manual's sample of the server's status lacks a comma here, and a server may follow the sample."""


def _error_text(document: dict[str, Json] | None) -> str:
    """Return what a reply says is wrong; null, false or nothing beside ``error`` is no error."""
    error = document.get("error") if document else None
    return str(error).strip() if error else ""


def _refuse_by_status(reply: HttpReply, request: Request) -> None:
    """Raise what a status says by itself, whatever stands in the body."""
    if reply.status in (401, 403):
        raise AuthenticationFailed(_authentication_message(reply))
    refuse_by_status(reply, request.what)


def _authentication_message(reply: HttpReply) -> str:
    scheme = reply.headers.get("www-authenticate", "").partition(" ")[0].lower()
    wanted = f", which wants auth: {scheme}" if scheme in ("basic", "digest") else ""
    return f"the credentials are refused by the server{wanted} (HTTP {reply.status})"


_ERRORS: Mapping[str, tuple[type[DriverError], str]] = {
    "device not found": (UnknownDevice, "is unknown to the server or hidden from this user"),
    "params error": (RejectedValue, "does not take these parameters"),
    "impossible to execute": (CannotExecute, "cannot be executed now"),
}
"""What the manual's error texts mean; every endpoint may send each of them with 400 or 404."""

_BY_STATUS: Mapping[int, tuple[type[DriverError], str]] = {
    400: (RejectedValue, "is refused as a wrong request"),
    404: (UnknownDevice, "is unknown to the server, hidden from this user or key, or no function of it"),
    408: (CannotExecute, "did not reach the server in whole"),
}


def _refusal(status: int, error: str, request: Request) -> DriverError:
    known = next((_ERRORS[text] for text in _ERRORS if text in error.lower()), None)
    default = (ProtocolFault, "answers what the protocol does not know")
    kind, meaning = known or _BY_STATUS.get(status, default)
    said = f": {excerpt(error.encode())}" if error else ""
    return kind(f"{request.what} {meaning} (HTTP {status}{said})")


def _decode(raw: Json, request: Request, target: Target, timezone: tzinfo) -> Value:
    try:
        return decode_value(raw, target, timezone)
    except InvalidValue:
        shown = excerpt(json.dumps(raw, ensure_ascii=False).encode())
        expected = target.capability.allowed
        raise ProtocolFault(f"{request.what} answers {shown}, expected {expected}") from None


def _printable(body: bytes) -> str:
    """Return the beginning of a body on one line, without secrets and what a terminal would obey.

    A server's error page may repeat the URL that was asked for, and in it the key.
    """
    text = redact(body.decode("utf-8", errors="replace"))[: 4 * _LONGEST_EXCHANGE].lstrip("\ufeff")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
