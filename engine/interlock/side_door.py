"""A simulator's own URLs under ``/simulator/``, for hands-on use; no vendor's server has them.

``curl -X PUT -d 27.5 localhost:5051/simulator/points/living_thermostat.actualtemp``
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import unquote

from interlock.capabilities import Capability, ValueType
from interlock.durations import format_duration, parse_duration
from interlock.errors import InvalidValue
from interlock.model import Point, Value
from interlock.protocol_server import Reply, Request


class SimulatedPoints(Protocol):
    """The points of a simulated building; what takes a point raises LookupError where there is none."""

    def points(self) -> Sequence[Point]:
        """Return every point."""
        ...

    def capability(self, point: str) -> Capability:
        """Return what a point can hold."""
        ...

    def value(self, point: str) -> Value | None:
        """Return what a point holds now."""
        ...

    def hold(self, point: str, value: Value) -> None:
        """Make a point hold a value, or raise `InvalidValue`."""
        ...


class FaultSwitches(Protocol):
    """The faults that are switched on."""

    def texts(self) -> Sequence[str]:
        """Return them as they were written."""
        ...

    def add(self, text: str) -> object:
        """Switch one on, or raise ValueError."""
        ...

    def clear(self) -> None:
        """Switch every fault off."""
        ...


class SideDoor:
    """Shows and changes the simulated building, for clients on this machine only."""

    PREFIX = "/simulator/"
    """Where the side door stands."""

    def __init__(self, points: SimulatedPoints, faults: FaultSwitches) -> None:
        self._points = points
        self._faults = faults

    def answer(self, request: Request) -> Reply:
        """Return what a request under `PREFIX` is answered."""
        if not request.is_local:
            return _json(403, {"error": "the side door is open to this machine only"})
        try:
            return self._route(request)
        except LookupError as error:
            return _json(404, {"error": str(error)})
        except (InvalidValue, ValueError) as error:
            return _json(400, {"error": str(error)})

    def _route(self, request: Request) -> Reply:
        path = unquote(request.path)
        points, faults = f"{self.PREFIX}points", f"{self.PREFIX}faults"
        if path.startswith(points + "/"):
            point = path.removeprefix(points + "/")
            return _by_method(request, {"PUT": lambda: self._put(point, request.body)})
        if path == points:
            return _by_method(request, {"GET": self._tell_points})
        if path == faults:
            return _by_method(
                request,
                {"GET": self._tell_faults, "POST": lambda: self._add_fault(request), "DELETE": self._clear},
            )
        raise LookupError(f"there is no {path}: try {points} or {faults}")

    def _tell_points(self) -> Reply:
        return _json(200, {point: _plain(self._points.value(point)) for point in self._points.points()})

    def _put(self, point: str, body: bytes) -> Reply:
        self._points.hold(point, self._value(point, body.decode("utf-8").strip()))
        return _json(200, {point: _plain(self._points.value(point))})

    def _value(self, point: str, text: str) -> Value:
        """Return a body as the point's capability wants it; most types read texts themselves."""
        match self._points.capability(point).type:
            case ValueType.BOOLEAN:
                return {"1": True, "0": False}.get(text, text)
            case ValueType.DURATION:
                return parse_duration(text)
            case ValueType.INSTANT:
                return datetime.fromisoformat(text)
            case ValueType.LIST:
                return tuple(word.strip() for word in text.split(",") if word.strip())
            case _:
                return text

    def _tell_faults(self) -> Reply:
        return _json(200, self._faults.texts())

    def _add_fault(self, request: Request) -> Reply:
        self._faults.add(request.body.decode("utf-8"))
        return self._tell_faults()

    def _clear(self) -> Reply:
        self._faults.clear()
        return self._tell_faults()


def _by_method(request: Request, methods: Mapping[str, Callable[[], Reply]]) -> Reply:
    if request.method not in methods:
        return Reply(status=405, headers=(("Allow", ", ".join(methods)),))
    return methods[request.method]()


def _plain(value: Value | None) -> object:
    match value:
        case timedelta():
            return format_duration(value)
        case datetime():
            return value.isoformat()
        case _:
            return value


def _json(status: int, document: object) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode() + b"\n")
