"""What travels between Interlock and a Founten site: calls out of values, and what a reply says of them.

Pure functions. Source: Founten API, Constructing an API Request, The API Result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from interlock import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    HttpReply,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    UnknownDevice,
    excerpt,
    refuse_by_status,
)
from interlock_founten.attributes import RESERVED
from interlock_founten.replies import Document, NoReply, parse_document

_LONGEST_EXCHANGE = 300
_TIMES = frozenset({"starttime", "startdatetime", "enddatetime"})
"""The attributes whose values hold colons; the manual forbids them in all others."""
_NAMES = frozenset({"name", "serialno", "groupname"})
"""The predefined attributes that tell thermostats apart."""

Pair = tuple[str, str]
ObjectName = Literal["Thermostat", "ThermostatSchedule", "ThermostatHistory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API."""

    request: Literal["get", "set"]
    object: ObjectName
    selection: Sequence[Pair] = ()
    """What the items must have; nothing means all of them, which only a get may ask for."""
    attributes: Sequence[str] = ()
    """What a get asks for."""
    values: Sequence[Pair] = ()
    """What a set changes."""

    @property
    def what(self) -> str:
        """The call in short, for messages."""
        of = f" of {format_pairs(self.selection)}" if self.selection else ""
        return f"{self.request} {self.object}{of}"

    def form(self, username: str, password: str) -> str:
        """Return the six elements as a form or a query carries them.

        This is where a call becomes bytes, and so where it is refused.

        Raises:
            RejectedValue: it would be read as something else, or would change thermostats that nobody named.
        """
        for name, value in (*self.selection, *self.values):
            _refuse_unfit(name, value)
        for name in self.attributes:
            _refuse_unfit(name, "")
        if self.request == "set":
            self._refuse_aimless()
        # Separators are encoded too: some servers take a plain semicolon for the end of a form's field.
        return urlencode(
            {
                "username": username,
                "password": password,
                "request": self.request,
                "object": self.object,
                "selection": format_pairs(self.selection),
                "value": format_pairs(self.values) or "".join(f"{name};" for name in self.attributes),
            },
            quote_via=quote,
            safe="",
        )

    def _refuse_aimless(self) -> None:
        """Refuse a set that selects every thermostat, as sites do where a selection says nothing."""
        if not self.values:
            raise RejectedValue(f"{self.what} is not sent: it would change nothing")
        if not all(value.strip() for _, value in self.selection) or not any(
            map(self._is_aim, self.selection)
        ):
            raise RejectedValue(f"{self.what} is not sent: it would change every thermostat of the site")

    def _is_aim(self, pair: Pair) -> bool:
        name = pair[0].lower()
        if self.object == "Thermostat":
            return name in _NAMES or name not in RESERVED
        return name == "name"


def format_pairs(pairs: Sequence[Pair]) -> str:
    """Return attributes and values as the manual writes them: ``name:Lobby;``."""
    return "".join(f"{name}:{value};" for name, value in pairs)


def _refuse_unfit(name: str, value: str) -> None:
    if not name.strip() or not name.isprintable() or set(name) & set(";:"):
        raise RejectedValue(f"'{name}' cannot name an attribute: the protocol cannot carry it")
    forbidden = ";" if name.lower() in _TIMES else ";:"
    unfit = next((char for char in value if char in forbidden or not char.isprintable()), None)
    if unfit:
        raise RejectedValue(f"{name} cannot be '{value}': the protocol cannot carry {unfit!r}")


def judge(reply: HttpReply, call: Call) -> Document:
    """Return the document of a reply that says success.

    Raises:
        DriverError: it says something else, with what the engine does next.
    """
    refuse_by_status(reply, call.what)
    if reply.status == 404:
        raise NotSupported("there is no API at this address (HTTP 404): check the connection's url")
    try:
        document = parse_document(reply.body, call.object)
    except NoReply as error:
        fault = RejectedValue if reply.status >= 400 else ProtocolFault
        shown = f"(HTTP {reply.status}) {error}: {excerpt(reply.body)}"
        raise fault(f"the answer to {call.what} {shown}") from None
    if document.success != 1 or reply.status >= 400:
        raise _refusal(document.message, call)
    return document


class Unchanged(RejectedValue):
    """A set changed nothing: everything was so already, or nothing of it can be set. Reading back tells."""


_MEANINGS: Sequence[tuple[str, type[DriverError], str]] = (
    (
        r"credential|authenticat|password|user ?name|log ?in",
        AuthenticationFailed,
        "has wrong credentials",
    ),
    (r"unsupported|not supported|not available", NotSupported, "is not supported by the site"),
    (r"no thermostats|selection", UnknownDevice, "finds no such thermostat"),
    (r"attributes w?h?ere changed", Unchanged, "changed nothing"),
    (r"attribute|invalid|illegal|not allowed", RejectedValue, "is refused"),
)
"""What messages mean; the first that fits counts. The manual gives one of them, sites the others."""


def _refusal(message: str, call: Call) -> DriverError:
    said = f": {excerpt(message.encode())}" if message else " without a reason"
    for pattern, kind, meaning in _MEANINGS:
        if re.search(pattern, message, re.IGNORECASE):
            return kind(f"{call.what} {meaning}{said}")
    return CannotExecute(f"{call.what} failed{said}")


def format_exchange(method: str, call: Call, reply: HttpReply | None) -> str:
    """Return a call and its reply, if any, on one line of at most 300 characters, for people.

    The credentials are not in it.
    """
    asked = format_pairs(call.values) or "".join(f"{name};" for name in call.attributes)
    answer = f"{reply.status} {excerpt(reply.body, _LONGEST_EXCHANGE)}" if reply else "no reply"
    text = f"{method} {call.request} {call.object} selection={format_pairs(call.selection)} value={asked}"
    text = f"{text} -> {answer}"
    return text if len(text) <= _LONGEST_EXCHANGE else text[: _LONGEST_EXCHANGE - 1] + "…"
