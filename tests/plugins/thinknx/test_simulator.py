"""The simulated server as the engine sees it: its points, and what it does all in all."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from interlock import InvalidValue, Point, Value
from interlock_thinknx.settings import ThinknxLocalSettings
from interlock_thinknx.simulator import ThinknxSimulator
from support.thinknx_house import OPEN, TARGETS, thinknx_house
from support.thinknx_points import thinknx_target

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("point", "value"),
    [
        ("lamp.power", True),
        ("spots.color", (1, 2, 3)),
        ("shutter.heightlevel", 30),
        ("awning.heightlevel", 30),
        ("sun.value", -9.5),
        ("living.actualtemp", 27.5),
        ("ac.hvacfan", "maximum"),
        ("box.connected_clients", 5),
    ],
)
def test_what_is_set_is_held(point: str, value: Value) -> None:
    simulator = ThinknxSimulator(OPEN, TARGETS)
    simulator.set_value(Point(point), value)
    assert simulator.value(Point(point)) == value


def test_words_are_taken_as_in_yaml() -> None:
    simulator = ThinknxSimulator(OPEN, TARGETS)
    simulator.set_value(Point("lamp.power"), "on")
    assert simulator.value(Point("lamp.power")) is True


def test_a_value_that_the_point_cannot_hold_is_refused() -> None:
    simulator = ThinknxSimulator(OPEN, TARGETS)
    with pytest.raises(InvalidValue, match="hvacmode cannot be 'warm'"):
        simulator.set_value(Point("ac.hvacmode"), "warm")
    assert simulator.value(Point("ac.hvacmode")) == "auto"


@pytest.mark.parametrize("point", ["lamp.glow", "nobody.power", "lamp"])
def test_a_point_that_the_site_lacks_is_unknown(point: str) -> None:
    simulator = ThinknxSimulator(OPEN, TARGETS)
    with pytest.raises(LookupError, match=f"the simulator has no point '{point}'"):
        simulator.value(Point(point))
    with pytest.raises(LookupError):
        simulator.set_value(Point(point), True)


def test_a_dimmer_without_an_index_has_no_color() -> None:
    simulator = ThinknxSimulator(OPEN, [thinknx_target("spots.power", "dimmer")])
    with pytest.raises(LookupError):
        simulator.value(Point("spots.color"))


@pytest.mark.parametrize(
    ("limits", "start"),
    [({}, 0.0), ({"min": 10}, 10.0), ({"max": -5}, -5.0), ({"min": -1, "max": 1}, 0.0)],
)
def test_an_analog_value_starts_within_its_limits(limits: dict[str, float], start: float) -> None:
    simulator = ThinknxSimulator(OPEN, [thinknx_target("sun.value", "analog", **limits)])
    assert simulator.value(Point("sun.value")) == start


def test_two_names_of_one_device_are_one_device() -> None:
    targets = [thinknx_target("one.power", "light", guid="X"), thinknx_target("two.power", "light", guid="X")]
    simulator = ThinknxSimulator(OPEN, targets)
    simulator.set_value(Point("one.power"), True)
    assert simulator.value(Point("two.power")) is True


async def test_a_guid_may_have_several_types() -> None:
    targets = [
        thinknx_target("one.power", "light", guid="X"),
        thinknx_target("two.value", "analog", guid="X"),
    ]
    simulator = ThinknxSimulator(OPEN, targets)
    url = await simulator.start("127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        replies = [await client.get(f"/api/v1/{call}?guid=X") for call in ("powerstatus", "getvalue")]
    await simulator.stop()
    assert [reply.json()["comm_obj"] for reply in replies] == [1, 2]


async def test_the_status_of_a_server_that_the_site_does_not_name_is_told() -> None:
    simulator = ThinknxSimulator(OPEN, [])
    url = await simulator.start("127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        reply = await client.get("/api/v1/system/serverStatus")
    await simulator.stop()
    assert reply.json()["version"] == "01.03.02.19"


async def test_a_scene_runs_until_it_is_stopped() -> None:
    async with thinknx_house() as house:
        states = []
        for cmd in ("1", "0"):
            await house.get(f"scenelaunch?guid=EVENING&cmd={cmd}")
            await house.get("system/serverStatus")
            states.append(house.simulator.value(Point("evening.scenelaunch")))
    assert states == ["launch", "stop"]


async def test_a_blind_can_be_stopped_on_its_way() -> None:
    async with thinknx_house() as house:
        house.simulator.pace.travel_s = 3600
        held = asyncio.create_task(
            house.client.get("/api/v1/heightlevel?guid=SHUTTER&cmd=100&fb", timeout=None)
        )
        await house.arrived(1)
        await house.get("system/serverStatus")
        assert house.simulator.value(Point("shutter.updown")) == "down"
        await house.get("stop?guid=SHUTTER&cmd=1")
        assert (await held).json()["status"] < 100
        assert house.simulator.value(Point("shutter.updown")) is None


async def test_every_request_is_remembered_as_it_came() -> None:
    async with thinknx_house() as house:
        await house.get("powerstatus?guid=LAMP")
        await house.client.post("/api/V1/power", data={"guid": "LAMP", "cmd": "1"})
    requests = [(request.method, request.target, request.body) for request in house.simulator.requests]
    assert requests == [
        ("GET", "/api/v1/powerstatus?guid=LAMP", b""),
        ("POST", "/api/V1/power", b"guid=LAMP&cmd=1"),
    ]


async def test_stopping_forgets_what_devices_still_had_to_do() -> None:
    async with thinknx_house(reaction_s=3600) as house:
        await house.get("power?guid=LAMP&cmd=1")
        await house.simulator.stop()
        await house.simulator.settle()
        assert house.simulator.value(Point("lamp.power")) is False


def test_it_names_the_drivers_that_it_can_serve() -> None:
    assert (ThinknxSimulator.name, ThinknxSimulator.drivers) == (
        "thinknx",
        ("thinknx-local", "thinknx-cloud"),
    )
    assert ThinknxSimulator.default_port == 5051


async def test_it_tells_what_its_devices_took_up_and_not_what_was_refused() -> None:
    async with thinknx_house() as house:
        await house.get("power", guid="LAMP", cmd="1")
        await house.get("power", guid="LAMP", cmd="7")
        await house.get("power", guid="LAMP", cmd="0")
        await house.get("powerstatus", guid="LAMP")
        await house.get("scenelaunch", guid="EVENING", cmd="1")
        await house.get("trigger", guid="BELL")
        assert house.simulator.commands(Point("lamp.power")) == [True, False]
        assert house.simulator.commands(Point("evening.scenelaunch")) == ["launch"]
        assert house.simulator.commands(Point("bell.trigger")) == [None]
        assert house.simulator.commands(Point("ac.hvacpower")) == []
        with pytest.raises(LookupError, match=r"did you mean 'lamp\.power'"):
            house.simulator.commands(Point("lamp.powr"))


async def test_a_digest_challenge_is_no_second_launch() -> None:
    settings = ThinknxLocalSettings(
        host="127.0.0.1", auth="digest", username="me", password=SecretStr("secret")
    )
    async with thinknx_house(settings, auth=httpx.DigestAuth("me", "secret")) as house:
        await house.get("scenelaunch", guid="EVENING", cmd="1")
        assert len(house.simulator.requests) == 2
        assert house.simulator.commands(Point("evening.scenelaunch")) == ["launch"]
