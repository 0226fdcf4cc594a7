"""What can go wrong with the simulated Thinknx server, switched on by a text such as ``latency:2s@power``."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from interlock import RawReply, Reply, Request, nearest, parse_duration

_DRIP_S = 0.1
_PAGE = b"<html><body>Thinknx</body></html>"

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "latency": "answers late, by the time given: latency:2s",
        "400": "answers params errors",
        "impossible": "answers impossible to execute",
        "403": "answers as to wrong credentials",
        "404": "answers device not found",
        "429": "answers that the rate limit is exceeded, with Retry-After where given: 429:30",
        "500": "answers that something went wrong",
        "redirect": "redirects to https, or to the URL given: redirect:https://example.com/",
        "reset": "resets the connection instead of answering",
        "hang": "never answers",
        "rubbish": "answers an HTML page with status 200",
        "empty": "answers nothing with status 200",
        "half-json": "answers the first half of the document",
        "cut": "closes the connection in the middle of the document",
        "strings": "answers numbers as strings",
        "no-comma": "answers the server status without the comma that the manual lacks",
        "huge": "answers 50 MB of blanks",
        "drip": "answers byte by byte, 100 ms apart or as given: drip:1s",
        "dead": "the device given takes commands and does nothing: dead:kitchen",
    }
)
"""Every kind of fault, with what the server does."""

_WITH_ARGUMENT = frozenset({"latency", "429", "redirect", "drip", "dead"})
_PREFIX = re.compile(r"^/?api/[vV]1/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that is switched on."""

    text: str
    """As it was written."""
    kind: str
    argument: str = ""
    where: str = ""
    """The endpoint, GUID or device that it concerns; empty for all."""

    @property
    def seconds(self) -> float:
        """The argument as a duration."""
        return parse_duration(self.argument).total_seconds()


def parse_fault(text: str) -> Fault:
    """Return the fault that a text ``KIND[:ARGUMENT][@PATH-OR-GUID]`` means.

    Raises:
        ValueError: no such kind, an argument too many or too few, or no duration.
    """
    what, _, where = text.strip().partition("@")
    kind, _, argument = what.partition(":")
    if kind not in FAULTS:
        meant = nearest(kind, FAULTS)
        hint = f"; did you mean '{meant}'?" if meant else ""
        raise ValueError(f"'{kind}' is no fault: it must be one of {', '.join(FAULTS)}{hint}")
    if argument and kind not in _WITH_ARGUMENT:
        raise ValueError(f"fault '{kind}' takes no argument, so ':{argument}' means nothing")
    if not argument and kind in {"latency", "dead"}:
        raise ValueError(f"fault '{kind}' needs an argument: {FAULTS[kind]}")
    fault = Fault(text=text.strip(), kind=kind, argument=argument, where=_PREFIX.sub("", where))
    if kind == "latency" or (kind == "drip" and argument):
        parse_duration(argument)
    return fault


def _error(status: int, text: str) -> Reply:
    return Reply(status=status, body=json.dumps({"error": text}).encode())


def _page(status: int, *headers: tuple[str, str]) -> Reply:
    return Reply(status=status, body=_PAGE, content_type="text/html", headers=headers)


def _redirect(fault: Fault, request: Request) -> Reply:
    host = request.header("host") or ""
    return _page(302, ("Location", fault.argument or f"https://{host}{request.target}"))


def _rate_limit(fault: Fault, request: Request) -> Reply:
    return _page(429, *([("Retry-After", fault.argument)] if fault.argument else []))


_INSTEAD: Mapping[str, Callable[[Fault, Request], Reply | RawReply]] = MappingProxyType(
    {
        "400": lambda fault, request: _error(400, "params errors"),
        "impossible": lambda fault, request: _error(400, "impossible to execute"),
        "403": lambda fault, request: _page(403),
        "404": lambda fault, request: _error(404, "device not found"),
        "429": _rate_limit,
        "500": lambda fault, request: _page(500),
        "redirect": _redirect,
        "reset": lambda fault, request: RawReply(reset=True),
        "hang": lambda fault, request: RawReply(),
    }
)
"""Answers that take the place of the call: nothing is executed."""


def _as_strings(document: object) -> object:
    match document:
        case dict():
            return {key: _as_strings(value) for key, value in document.items()}
        case list():
            return [_as_strings(item) for item in document]
        case int() | float():
            return str(document)
        case _:
            return document


def _stringly(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, body=json.dumps(_as_strings(json.loads(reply.body))).encode())


def _without_comma(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, body=re.sub(rb'("server_uptime": "[^"]*"),', rb"\1", reply.body))


def _dripping(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, drip_s=fault.seconds if fault.argument else _DRIP_S)


_SPOILED: Mapping[str, Callable[[Fault, Reply], Reply]] = MappingProxyType(
    {
        "strings": _stringly,
        "no-comma": _without_comma,
        "half-json": lambda fault, reply: replace(reply, body=reply.body[: len(reply.body) // 2]),
        "rubbish": lambda fault, reply: _page(200),
        "empty": lambda fault, reply: replace(reply, body=b""),
        "huge": lambda fault, reply: replace(reply, body=b" " * 65536, repeat=800),
        "cut": lambda fault, reply: replace(reply, cut_after=len(reply.body) // 2),
        "drip": _dripping,
    }
)
"""What becomes of the answer to a call that was executed, in this order."""


class Faults:
    """The faults that are switched on, several at once if need be.

    Args:
        devices: The names that ``dead`` can be given.
        places: Everything else that can stand after ``@``: endpoints and GUIDs.
    """

    def __init__(self, devices: Collection[str], places: Collection[str]) -> None:
        self._devices = devices
        self._places = places
        self._faults: list[Fault] = []
        self._cleared = asyncio.Event()

    def texts(self) -> Sequence[str]:
        """Return the faults as they were written."""
        return tuple(fault.text for fault in self._faults)

    def add(self, text: str) -> None:
        """Switch on a fault.

        Raises:
            ValueError: no such fault, device or place; the message says what there is.
        """
        fault = parse_fault(text)
        if fault.kind == "dead":
            _require(fault.argument, self._devices, "device")
        if fault.where:
            _require(fault.where, {*self._devices, *self._places}, "endpoint, GUID or device")
        self._faults.append(fault)

    def clear(self) -> None:
        """Switch every fault off; requests that hang are dropped."""
        self._faults.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    def is_dead(self, names: Collection[str]) -> bool:
        """Return whether the device that has these names does nothing."""
        return any(fault.kind == "dead" and fault.argument in names for fault in self._faults)

    async def instead(self, request: Request, names: Collection[str]) -> Reply | RawReply | None:
        """Return what is answered instead of executing a call, or None.

        Args:
            request: The request as it came.
            names: What it concerns: its endpoint, and the names of its device.
        """
        fault = next((fault for fault in self._concerning(names) if fault.kind in _INSTEAD), None)
        if fault is None:
            return None
        if fault.kind == "hang":
            await self._cleared.wait()
        return _INSTEAD[fault.kind](fault, request)

    def spoil(self, reply: Reply, names: Collection[str]) -> Reply:
        """Return a reply as the faults leave it: late, and if it was a success, damaged."""
        faults = self._concerning(names)
        if reply.status == 200:
            for kind, spoil in _SPOILED.items():
                for fault in faults:
                    reply = spoil(fault, reply) if fault.kind == kind else reply
        late = (fault.seconds for fault in faults if fault.kind == "latency")
        return replace(reply, delay_s=sum(late, 0.0))

    def _concerning(self, names: Collection[str]) -> Sequence[Fault]:
        return [fault for fault in self._faults if not fault.where or fault.where in names]


def _require(name: str, known: Collection[str], what: str) -> None:
    if name not in known:
        meant = nearest(name, known)
        raise ValueError(
            f"the simulator has no {what} '{name}'" + (f"; did you mean '{meant}'?" if meant else "")
        )
