"""The simulator's own URLs under ``/simulator/``, for hands-on use; no Thinknx server has them.

``curl -X PUT -d 27.5 localhost:5051/simulator/points/living_thermostat.actualtemp``
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import unquote

from interlock import InvalidValue, Reply, Request, Value, ValueType, format_duration, parse_duration
from interlock_thinknx.simulator.equipment import Equipment
from interlock_thinknx.simulator.faults import Faults

PREFIX = "/simulator/"
"""Where the side door stands."""
_POINTS = PREFIX + "points"
_FAULTS = PREFIX + "faults"


class SideDoor:
    """Shows and changes the simulated building, for clients on this machine only."""

    def __init__(self, equipment: Equipment, faults: Faults) -> None:
        self._equipment = equipment
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
        if path.startswith(_POINTS + "/"):
            point = path.removeprefix(_POINTS + "/")
            return _by_method(request, {"PUT": lambda: self._put(point, request.body)})
        if path == _POINTS:
            return _by_method(request, {"GET": self._points})
        if path == _FAULTS:
            return _by_method(
                request,
                {"GET": self._faults_now, "POST": lambda: self._add_fault(request), "DELETE": self._clear},
            )
        raise LookupError(f"there is no {path}: try {_POINTS} or {_FAULTS}")

    def _points(self) -> Reply:
        points = self._equipment.points()
        return _json(200, {point: _plain(self._equipment.value(point)) for point in points})

    def _put(self, point: str, body: bytes) -> Reply:
        self._equipment.hold(point, self._value(point, body.decode("utf-8").strip()))
        return _json(200, {point: _plain(self._equipment.value(point))})

    def _value(self, point: str, text: str) -> Value:
        """Return a body as the point's capability wants it; most types read texts themselves."""
        match self._equipment.capability(point).type:
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

    def _faults_now(self) -> Reply:
        return _json(200, self._faults.texts())

    def _add_fault(self, request: Request) -> Reply:
        self._faults.add(request.body.decode("utf-8"))
        return self._faults_now()

    def _clear(self) -> Reply:
        self._faults.clear()
        return self._faults_now()


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
