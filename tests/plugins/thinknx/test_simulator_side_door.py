"""The simulator's own URLs, by which people and scripts change the simulated building."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from interlock import Point, Request, SideDoor
from interlock_thinknx.settings import ThinknxLocalSettings
from interlock_thinknx.simulator.equipment import Equipment
from interlock_thinknx.simulator.faults import ThinknxFaults
from support.thinknx_house import TARGETS, House, thinknx_house

pytestmark = pytest.mark.slow


async def put(house: House, point: str, body: str) -> httpx.Response:
    return await house.client.put(f"/simulator/points/{point}", content=body)


async def test_every_point_is_shown_with_its_value() -> None:
    async with thinknx_house() as house:
        response = await house.client.get("/simulator/points")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {
        "lamp.power": False,
        "spots.power": False,
        "spots.powerlevel": 0,
        "spots.color": [255, 255, 255],
        "spots.colortemp": 4000,
        "shutter.updown": None,
        "shutter.stop": None,
        "shutter.heightlevel": 0,
        "shutter.blindstep": None,
        "shutter.blindangle": 0,
        "awning.updown": None,
        "awning.stop": None,
        "awning.heightlevel": 0,
        "awning.blindstep": None,
        "awning.blindangle": 0,
        "sun.value": 0,
        "living.actualtemp": 21.5,
        "living.setpoint": 20,
        "living.tempmode": "comfort",
        "living.chronoen": False,
        "ac.hvacpower": False,
        "ac.hvacsetpoint": 22,
        "ac.hvacmode": "auto",
        "ac.hvacfan": "auto",
        "evening.scenelaunch": "stop",
        "bell.trigger": None,
        "box.version": "01.03.02.19",
        "box.process_uptime": "3d4h12m",
        "box.server_uptime": "41d7h3m",
        "box.config_time": "2019-09-23T08:21:33+00:00",
        "box.connected_clients": 2,
        "box.pbx_users": ["101", "102"],
        "box.sendKNXbit": None,
        "box.sendKNX4bits": None,
        "box.sendKNXbyte": None,
        "box.sendKNXbyteun": None,
        "box.sendKNXfloat2bytes": None,
        "box.sendKNXfloat4bytes": None,
    }


@pytest.mark.parametrize(
    ("point", "body", "value"),
    [
        ("living.actualtemp", "27.5", 27.5),
        ("living.actualtemp", " 27.5\n", 27.5),
        ("lamp.power", "on", True),
        ("lamp.power", "1", True),
        ("spots.powerlevel", "40", 40),
        ("spots.color", "1,2,3", [1, 2, 3]),
        ("ac.hvacmode", "cooling", "cooling"),
        ("shutter.heightlevel", "70", 70),
        ("shutter.updown", "down", "down"),
        ("box.server_uptime", "1h30m", "1h30m"),
        ("box.pbx_users", "7, 8", ["7", "8"]),
        ("box.pbx_users", "", []),
        ("box.version", "02.00", "02.00"),
    ],
)
async def test_a_value_is_put_as_in_yaml(point: str, body: str, value: object) -> None:
    async with thinknx_house() as house:
        house.simulator.pace.travel_s = 60
        response = await put(house, point, body)
        shown = (await house.client.get("/simulator/points")).json()[point]
    assert (response.status_code, response.json()) == (200, {point: value})
    assert shown == value


async def test_off_is_put_too() -> None:
    async with thinknx_house() as house:
        await put(house, "lamp.power", "on")
        assert (await put(house, "lamp.power", "0")).json() == {"lamp.power": False}


async def test_what_is_put_is_what_the_protocol_answers() -> None:
    async with thinknx_house() as house:
        await put(house, "ac.hvacmode", "dry")
        assert await house.status("hvacmodestatus?guid=AC") == 2


async def test_a_post_as_curl_sends_it_is_taken() -> None:
    async with thinknx_house() as house:
        response = await house.client.put(
            "/simulator/points/living.actualtemp",
            content=b"27.5",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert response.json() == {"living.actualtemp": 27.5}


@pytest.mark.parametrize(
    ("point", "body", "error"),
    [
        ("lamp.power", "maybe", "power cannot be 'maybe': it takes on or off"),
        (
            "ac.hvacmode",
            "coolign",
            "hvacmode cannot be 'coolign': it takes cooling, heating, dry, fan or auto; "
            "did you mean 'cooling'?",
        ),
        ("spots.powerlevel", "101", "powerlevel cannot be '101': it takes an integer from 0 to 100 %"),
        ("sun.value", "-11", "value cannot be '-11': it takes a number from -10 to 100000"),
        ("bell.trigger", "x", "trigger cannot be 'x': it takes no value"),
        ("box.server_uptime", "x", "'x' is no duration: write for example 30s, 5m, 1h30m or 2d"),
    ],
)
async def test_an_impossible_value_is_refused_with_its_reason(point: str, body: str, error: str) -> None:
    async with thinknx_house() as house:
        response = await put(house, point, body)
    assert (response.status_code, response.json()) == (400, {"error": error})


async def test_a_body_that_is_no_text_is_refused() -> None:
    async with thinknx_house() as house:
        response = await house.client.put("/simulator/points/lamp.power", content=b"\xff")
    assert response.status_code == 400


async def test_an_unknown_point_is_answered_with_the_nearest() -> None:
    async with thinknx_house() as house:
        response = await put(house, "lamp.powr", "on")
    error = "the simulator has no point 'lamp.powr'; did you mean 'lamp.power'?"
    assert (response.status_code, response.json()) == (404, {"error": error})


async def test_an_unknown_url_is_answered_with_those_that_exist() -> None:
    async with thinknx_house() as house:
        response = await house.client.get("/simulator/pionts")
    error = "there is no /simulator/pionts: try /simulator/points or /simulator/faults"
    assert (response.status_code, response.json()) == (404, {"error": error})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "points", "GET"),
        ("POST", "points/lamp.power", "PUT"),
        ("PUT", "faults", "GET, POST, DELETE"),
    ],
)
async def test_other_methods_are_refused(method: str, path: str, allowed: str) -> None:
    async with thinknx_house() as house:
        response = await house.client.request(method, f"/simulator/{path}")
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


async def test_faults_are_added_shown_and_cleared() -> None:
    async with thinknx_house() as house:
        faults = "/simulator/faults"
        answers = [
            await house.client.post(faults, content="latency:1ms"),
            await house.client.post(faults, content="500@lamp\n"),
            await house.client.get(faults),
        ]
        failed = await house.get("powerstatus?guid=LAMP")
        answers.append(await house.client.delete(faults))
        mended = await house.get("powerstatus?guid=LAMP")
    assert [answer.json() for answer in answers] == [
        ["latency:1ms"],
        ["latency:1ms", "500@lamp"],
        ["latency:1ms", "500@lamp"],
        [],
    ]
    assert (failed.status_code, mended.status_code) == (500, 200)


async def test_an_unknown_fault_is_refused() -> None:
    async with thinknx_house() as house:
        response = await house.client.post("/simulator/faults", content="hagn")
    assert response.status_code == 400
    assert response.json()["error"].endswith("did you mean 'hang'?")


async def test_the_side_door_needs_no_credentials_and_has_no_faults() -> None:
    settings = ThinknxLocalSettings(
        host="127.0.0.1", auth="basic", username="ann", password=SecretStr("secret")
    )
    async with thinknx_house(settings) as house:
        house.simulator.add_fault("500")
        assert (await put(house, "lamp.power", "on")).status_code == 200


def test_the_side_door_is_shut_to_other_machines() -> None:
    equipment = Equipment(TARGETS)
    door = SideDoor(equipment, ThinknxFaults(equipment.device_names(), ()))
    path = "/simulator/points/lamp.power"
    reply = door.answer(Request(method="PUT", target=path, headers=(), body=b"on", peer="10.0.0.7"))
    assert reply.status == 403
    assert equipment.value(Point("lamp.power")) is False
