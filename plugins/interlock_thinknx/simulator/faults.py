"""What can go wrong with the simulated Thinknx server, switched on by a text such as ``latency:2s@power``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace

from interlock import HTTP_FAULTS, Fault, FaultArgument, FaultKind, Faults, Reply, Request

_HTTP = {kind.name: kind for kind in HTTP_FAULTS}


def _error(status: int, text: str) -> Reply:
    return Reply(status=status, body=json.dumps({"error": text}).encode())


def _redirect(fault: Fault, request: Request) -> Reply:
    host = request.header("host") or ""
    place = fault.argument or f"https://{host}{request.target}"
    return Reply(status=302, content_type="text/html", headers=(("Location", place),))


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


FAULTS = (
    _HTTP["latency"],
    FaultKind(
        name="400", description="answers params errors", instead=lambda *_: _error(400, "params errors")
    ),
    FaultKind(
        name="impossible",
        description="answers impossible to execute",
        instead=lambda *_: _error(400, "impossible to execute"),
    ),
    replace(_HTTP["403"], description="answers as to wrong credentials"),
    FaultKind(
        name="404", description="answers device not found", instead=lambda *_: _error(404, "device not found")
    ),
    _HTTP["429"],
    _HTTP["500"],
    FaultKind(
        name="redirect",
        description="redirects to https, or to the URL given: redirect:https://example.com/",
        argument=FaultArgument.OPTIONAL,
        instead=_redirect,
    ),
    _HTTP["reset"],
    _HTTP["hang"],
    FaultKind(name="strings", description="answers numbers as strings", spoil=_stringly),
    FaultKind(
        name="no-comma",
        description="answers the server status without the comma that the manual lacks",
        spoil=_without_comma,
    ),
    _HTTP["type"],
    replace(_HTTP["half"], name="half-json", description="answers the first half of the document"),
    _HTTP["rubbish"],
    _HTTP["empty"],
    _HTTP["huge"],
    replace(_HTTP["cut"], description="closes the connection in the middle of the document"),
    _HTTP["drip"],
    _HTTP["close"],
    FaultKind(
        name="dead",
        description="the device given takes commands and does nothing: dead:kitchen",
        argument=FaultArgument.REQUIRED,
    ),
)
"""Every kind of fault, with what the server does; answers are spoiled in this order."""


class ThinknxFaults(Faults):
    """The faults that are switched on.

    Args:
        devices: The names that ``dead`` can be given.
        places: Everything else that can stand after ``@``: endpoints and GUIDs.
    """

    def __init__(self, devices: Collection[str], places: Collection[str]) -> None:
        super().__init__(FAULTS, {*devices, *places}, prefix="/?api/[vV]1/", what="endpoint, GUID or device")
        self._devices = devices

    def read(self, text: str) -> Fault:
        """Return the fault that a text means.

        Raises:
            ValueError: as every simulator's, or no such device is there to be dead.
        """
        fault = super().read(text)
        if fault.kind == "dead":
            self.require(fault.argument, self._devices, "device")
        return fault

    def is_dead(self, names: Collection[str]) -> bool:
        """Return whether the device that has these names does nothing."""
        return any(fault.argument in names for fault in self.active("dead"))
