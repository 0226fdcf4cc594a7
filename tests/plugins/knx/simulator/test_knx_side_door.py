"""The simulated bus by hand: points, telegrams and faults over HTTP, on the gateway's own port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from interlock import Request
from interlock_knx.simulator.equipment import Equipment
from interlock_knx.simulator.faults import KnxFaults
from interlock_knx.simulator.telegram_door import TelegramDoor
from interlock_knx.telegrams import Telegram, TelegramKind
from support.knx_groups import group
from support.knx_line import Line, driver_on, simulated_line

pytestmark = pytest.mark.slow

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    async with simulated_line(LAMP, ROOM) as found:
        yield found


async def ask(line: Line, method: str, path: str, body: str = "") -> tuple[int, object]:
    async with httpx.AsyncClient() as client:
        reply = await client.request(method, f"http://{line.gateway}{path}", content=body)
    return reply.status_code, reply.json() if reply.content.startswith((b"{", b"[")) else reply.text


async def test_points_are_shown_and_changed(line: Line) -> None:
    assert await ask(line, "PUT", "/simulator/points/room.value", "21.5") == (200, {"room.value": 21.5})
    assert await ask(line, "GET", "/simulator/points") == (200, {"lamp.value": False, "room.value": 21.5})


@pytest.mark.parametrize(
    ("path", "body", "shown", "payload"),
    [
        ("0/0/1", "on", {"0/0/1": "1"}, 1),
        ("1", "0", {"0/0/1": "0"}, 0),
        ("2/0/1", "21", {"2/0/1": "0c1a"}, b"\x0c\x1a"),
        ("0/0/1?dpt=5.001", "100", {"0/0/1": "ff"}, b"\xff"),
        ("0/0/1", "", {"0/0/1": "read"}, None),
    ],
)
async def test_a_telegram_is_put_onto_the_bus(
    line: Line, path: str, body: str, shown: object, payload: int | bytes | None
) -> None:
    assert await ask(line, "POST", f"/simulator/telegrams/{path}", body) == (200, shown)
    [address] = shown  # type: ignore[misc]
    kind = TelegramKind.READ if payload is None else TelegramKind.WRITE
    assert line.bus.telegrams == (Telegram(address=address, kind=kind, source="1.1.240", payload=payload),)


async def test_devices_obey_a_telegram_and_clients_hear_it(line: Line) -> None:
    async with driver_on(line, LAMP) as (_, feed):
        await ask(line, "POST", "/simulator/telegrams/1/0/1", "on")
        await feed.until(lambda feed: len(feed.events) == 2)
    assert [(event.name, event.data["source"]) for event in feed.events] == [
        ("1/0/1", "1.1.240"),
        ("1/1/1", "1.1.2"),
    ]
    assert line.bus.value(LAMP.point) is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "complaint"),
    [
        ("POST", "/simulator/telegrams/9/9/9", "1", 400, "'9/9/9' is no group address"),
        ("POST", "/simulator/telegrams/2/0/1", "hot", 400, "value cannot be 'hot'"),
        ("POST", "/simulator/telegrams/2/0/1?dpt=99", "1", 400, "99"),
        ("POST", "/simulator/telegrams/0/0/1", "2", 400, "value cannot be"),
        ("GET", "/simulator/telegrams/2/0/1", "", 405, ""),
        ("GET", "/", "", 404, "this is a KNXnet/IP gateway"),
        ("POST", "/simulator/faults", "negativ", 400, "did you mean 'negative'?"),
        ("POST", "/simulator/faults", "dead@lump", 400, "no group or device 'lump'; did you mean 'lamp'?"),
    ],
)
async def test_what_cannot_be_is_said(
    line: Line, *, method: str, path: str, body: str, status: int, complaint: str
) -> None:
    code, text = await ask(line, method, path, body)
    assert code == status
    assert complaint in str(text)
    assert line.bus.telegrams == ()


async def test_faults_come_and_go(line: Line) -> None:
    assert await ask(line, "POST", "/simulator/faults", "no-answer@room") == (200, ["no-answer@room"])
    assert await ask(line, "GET", "/simulator/faults") == (200, ["no-answer@room"])
    assert await ask(line, "DELETE", "/simulator/faults") == (200, [])
    assert [request.method for request in line.bus.requests] == ["POST", "GET", "DELETE"]


def test_the_door_is_open_to_this_machine_only() -> None:
    sent: list[Telegram] = []
    door = TelegramDoor(Equipment([], KnxFaults([]), sent.append), sent.append)
    request = Request(
        method="POST", target="/simulator/telegrams/0/0/1", headers=(), body=b"1", peer="192.0.2.7"
    )
    assert (door.answer(request).status, sent) == (403, [])
