"""The simulators' own URLs, for a person at the same machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from interlock import (
    HTTP_FAULTS,
    Capability,
    Faults,
    InvalidValue,
    Point,
    Request,
    SideDoor,
    Value,
    ValueType,
)


def new_capability(name: str, type_: ValueType) -> Capability:
    return Capability(controller=name, type=type_, description="", source="")


@dataclass
class Lamp:
    """A building of five points."""

    held: dict[str, Value] = field(default_factory=dict)
    capabilities: dict[str, Capability] = field(
        default_factory=lambda: {
            f"lamp.{name}": new_capability(name, type_)
            for name, type_ in {
                "power": ValueType.BOOLEAN,
                "level": ValueType.INTEGER,
                "time": ValueType.DURATION,
                "users": ValueType.LIST,
                "since": ValueType.INSTANT,
            }.items()
        }
    )

    def points(self) -> Sequence[Point]:
        return [Point(name) for name in self.capabilities]

    def capability(self, point: str) -> Capability:
        if point not in self.capabilities:
            raise LookupError(f"there is no {point}")
        return self.capabilities[point]

    def value(self, point: str) -> Value | None:
        return self.held.get(point)

    def hold(self, point: str, value: Value) -> None:
        checked = self.capability(point).check(value)
        if checked is None:
            raise InvalidValue("nothing")
        self.held[point] = checked


def ask(
    door: SideDoor, method: str, target: str, body: str = "", peer: str = "127.0.0.1"
) -> tuple[int, object]:
    request = Request(method=method, target=f"/simulator/{target}", headers=(), body=body.encode(), peer=peer)
    reply = door.answer(request)
    return reply.status, json.loads(reply.body or b"null")


@pytest.fixture
def lamp() -> Lamp:
    return Lamp()


@pytest.fixture
def door(lamp: Lamp) -> SideDoor:
    return SideDoor(lamp, Faults(HTTP_FAULTS, ()))


@pytest.mark.parametrize(
    ("name", "text", "held"),
    [
        ("power", "on", True),
        ("power", "1", True),
        ("power", "0", False),
        ("level", " 30\n", 30),
        ("time", "1h30m", timedelta(minutes=90)),
        ("users", "a, b,,", ("a", "b")),
        ("since", "2026-01-12T09:05:00+01:00", datetime(2026, 1, 12, 8, 5, tzinfo=UTC)),
    ],
)
def test_a_value_is_written_as_in_yaml(lamp: Lamp, door: SideDoor, name: str, text: str, held: Value) -> None:
    assert ask(door, "PUT", f"points/lamp.{name}", text)[0] == 200
    assert lamp.held == {f"lamp.{name}": held}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("time", "90m", "1h30m"),
        ("users", "a,b", ["a", "b"]),
        ("since", "2026-01-12T08:05Z", "2026-01-12T08:05:00+00:00"),
    ],
)
def test_what_is_held_now_is_answered(door: SideDoor, name: str, text: str, told: object) -> None:
    assert ask(door, "PUT", f"points/lamp.{name}", text) == (200, {f"lamp.{name}": told})


def test_every_point_is_shown(lamp: Lamp, door: SideDoor) -> None:
    lamp.held["lamp.level"] = 7
    assert ask(door, "GET", "points") == (
        200,
        {"lamp.power": None, "lamp.level": 7, "lamp.time": None, "lamp.users": None, "lamp.since": None},
    )


@pytest.mark.parametrize("text", ["warm", "1.5"])
def test_a_value_that_a_point_cannot_hold_is_refused(lamp: Lamp, door: SideDoor, text: str) -> None:
    status, document = ask(door, "PUT", "points/lamp.level", text)
    assert status == 400
    assert isinstance(document, dict)
    assert "level cannot be" in document["error"]
    assert lamp.held == {}


def test_a_point_that_is_not_there_is_said(door: SideDoor) -> None:
    assert ask(door, "PUT", "points/lamp.levl", "1") == (404, {"error": "there is no lamp.levl"})


def test_a_percent_encoded_point_is_decoded(door: SideDoor) -> None:
    assert ask(door, "PUT", "points/lamp%2Elevel", "1") == (200, {"lamp.level": 1})


def test_another_url_is_answered_with_those_there_are(door: SideDoor) -> None:
    assert ask(door, "GET", "lamps") == (
        404,
        {"error": "there is no /simulator/lamps: try /simulator/points or /simulator/faults"},
    )


def test_faults_are_switched_on_shown_and_off(door: SideDoor) -> None:
    assert ask(door, "POST", "faults", "latency:2s") == (200, ["latency:2s"])
    assert ask(door, "POST", "faults", "500") == (200, ["latency:2s", "500"])
    assert ask(door, "GET", "faults") == (200, ["latency:2s", "500"])
    assert ask(door, "DELETE", "faults") == (200, [])


def test_a_fault_that_there_is_not_is_refused(door: SideDoor) -> None:
    status, document = ask(door, "POST", "faults", "earthquake")
    assert status == 400
    assert isinstance(document, dict)
    assert "earthquake" in document["error"]


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [("POST", "points", "GET"), ("GET", "points/lamp.level", "PUT"), ("PUT", "faults", "GET, POST, DELETE")],
)
def test_another_method_is_answered_with_those_there_are(
    door: SideDoor, method: str, target: str, allowed: str
) -> None:
    request = Request(method=method, target=f"/simulator/{target}", headers=(), body=b"", peer="::1")
    reply = door.answer(request)
    assert (reply.status, reply.headers) == (405, (("Allow", allowed),))


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.4", 403)])
def test_it_is_open_to_this_machine_only(door: SideDoor, peer: str, status: int) -> None:
    assert ask(door, "GET", "points", peer=peer)[0] == status
