"""The simulated server's calls for devices, against the documents that the manual prints."""

from __future__ import annotations

import asyncio

import pytest

from interlock import Point
from support.thinknx_house import House, thinknx_house

pytestmark = pytest.mark.slow

PARAMS = (400, {"error": "params errors"})
NOT_FOUND = (404, {"error": "device not found"})

LIVING = "a%2Bb%2Fc%3D"

DOCUMENTS = [
    ("power?guid=LAMP&cmd=1", {"namespace": "power", "guid": "LAMP", "comm_obj": 1}),
    ("power?guid=LAMP&cmd=1&fb", {"namespace": "power", "guid": "LAMP", "status": 1, "comm_obj": 1}),
    ("power?guid=LAMP&cmd=0&fb", {"namespace": "power", "guid": "LAMP", "status": 0, "comm_obj": 1}),
    ("powerstatus?guid=LAMP", {"namespace": "powerstatus", "guid": "LAMP", "status": 0, "comm_obj": 1}),
    ("power?guid=SPOTS&cmd=0&fb", {"namespace": "power", "guid": "SPOTS", "status": 0, "comm_obj": 2}),
    ("powerlevel?guid=SPOTS&cmd=50", {"namespace": "powerlevel", "guid": "SPOTS", "comm_obj": 3}),
    (
        "powerlevel?guid=SPOTS&cmd=50&fb",
        {"namespace": "powerlevel", "guid": "SPOTS", "status": 50, "comm_obj": 3},
    ),
    (
        "powerlevelstatus?guid=SPOTS",
        {"namespace": "powerlevelstatus", "guid": "SPOTS", "status": 0, "comm_obj": 3},
    ),
    ("color?light=3", {"namespace": "color", "light": 3, "status": [255, 255, 255]}),
    ("color?light=3&cmd=255,0,7", {"namespace": "color", "light": 3, "status": [255, 0, 7]}),
    ("colortemp?light=3", {"namespace": "colortemp", "light": 3, "status": 4000}),
    ("colortemp?light=3&cmd=1000", {"namespace": "colortemp", "light": 3, "status": 1000}),
    ("updown?guid=SHUTTER&cmd=1", {"namespace": "updown", "guid": "SHUTTER", "comm_obj": 6}),
    ("stop?guid=SHUTTER&cmd=1", {"namespace": "stop", "guid": "SHUTTER", "comm_obj": 7}),
    ("heightlevel?guid=SHUTTER&cmd=50", {"namespace": "heightlevel", "guid": "SHUTTER", "comm_obj": 8}),
    (
        "heightlevel?guid=SHUTTER&cmd=50&fb",
        {"namespace": "heightlevel", "guid": "SHUTTER", "status": 50, "comm_obj": 8},
    ),
    (
        "heightlevelstatus?guid=SHUTTER",
        {"namespace": "heightlevelstatus", "guid": "SHUTTER", "status": 0, "comm_obj": 8},
    ),
    ("blindstep?guid=SHUTTER&cmd=0", {"namespace": "blindstep", "guid": "SHUTTER", "comm_obj": 9}),
    ("blindangle?guid=SHUTTER&cmd=100", {"namespace": "blindangle", "guid": "SHUTTER", "comm_obj": 10}),
    (
        "blindangle?guid=SHUTTER&cmd=100&fb",
        {"namespace": "blindangle", "guid": "SHUTTER", "status": 100, "comm_obj": 10},
    ),
    (
        "blindanglestatus?guid=SHUTTER",
        {"namespace": "blindanglestatus", "guid": "SHUTTER", "status": 0, "comm_obj": 10},
    ),
    ("setvalue?guid=SUN&cmd=85.325", {"namespace": "setvalue", "guid": "SUN", "comm_obj": 16}),
    (
        "setvalue?guid=SUN&cmd=85.325&fb",
        {"namespace": "setvalue", "guid": "SUN", "status": 85.325, "comm_obj": 16},
    ),
    (
        "setvalue?guid=SUN&cmd=-3&fb",
        {"namespace": "setvalue", "guid": "SUN", "status": -3, "comm_obj": 16},
    ),
    ("getvalue?guid=SUN", {"namespace": "getvalue", "guid": "SUN", "status": 0, "comm_obj": 16}),
    (
        f"actualtemp?guid={LIVING}",
        {"namespace": "actualtemp", "guid": "a+b/c=", "status": 21.5, "comm_obj": 17},
    ),
    (
        f"setpoint?guid={LIVING}&cmd=20.5",
        {"namespace": "setpoint", "guid": "a+b/c=", "comm_obj": 18},
    ),
    (
        f"setpoint?guid={LIVING}&cmd=20.5&fb",
        {"namespace": "setpoint", "guid": "a+b/c=", "status": 20.5, "comm_obj": 18},
    ),
    (
        f"setpointstatus?guid={LIVING}",
        {"namespace": "setpointstatus", "guid": "a+b/c=", "status": 20, "comm_obj": 18},
    ),
    (f"tempmode?guid={LIVING}&cmd=1", {"namespace": "tempmode", "guid": "a+b/c=", "comm_obj": 19}),
    (
        f"tempmode?guid={LIVING}&cmd=3&fb",
        {"namespace": "tempmode", "guid": "a+b/c=", "status": 3, "comm_obj": 19},
    ),
    (
        f"tempmodestatus?guid={LIVING}",
        {"namespace": "tempmodestatus", "guid": "a+b/c=", "status": 1, "comm_obj": 19},
    ),
    (f"chronoen?guid={LIVING}&cmd=1", {"namespace": "chronoen", "guid": "a+b/c=", "comm_obj": 20}),
    (
        f"chronoen?guid={LIVING}&cmd=1&fb",
        {"namespace": "chronoen", "guid": "a+b/c=", "status": 1, "comm_obj": 20},
    ),
    (
        f"chronoenstatus?guid={LIVING}",
        {"namespace": "chronoenstatus", "guid": "a+b/c=", "status": 0, "comm_obj": 20},
    ),
    ("hvacpower?guid=AC&cmd=1", {"namespace": "hvacpower", "guid": "AC", "comm_obj": 21}),
    ("hvacpower?guid=AC&cmd=1&fb", {"namespace": "hvacpower", "guid": "AC", "status": 1, "comm_obj": 21}),
    ("hvacpowerstatus?guid=AC", {"namespace": "hvacpowerstatus", "guid": "AC", "status": 0, "comm_obj": 21}),
    ("hvacsetpoint?guid=AC&cmd=20.5", {"namespace": "hvacsetpoint", "guid": "AC", "comm_obj": 22}),
    (
        "hvacsetpoint?guid=AC&cmd=20.5&fb",
        {"namespace": "hvacsetpoint", "guid": "AC", "status": 20.5, "comm_obj": 22},
    ),
    (
        "hvacsetpointstatus?guid=AC",
        {"namespace": "hvacsetpointstatus", "guid": "AC", "status": 22, "comm_obj": 22},
    ),
    ("hvacmode?guid=AC&cmd=2", {"namespace": "hvacmode", "guid": "AC", "comm_obj": 23}),
    ("hvacmode?guid=AC&cmd=2&fb", {"namespace": "hvacmode", "guid": "AC", "status": 2, "comm_obj": 23}),
    ("hvacmodestatus?guid=AC", {"namespace": "hvacmodestatus", "guid": "AC", "status": 4, "comm_obj": 23}),
    ("hvacfan?guid=AC&cmd=2", {"namespace": "hvacfan", "guid": "AC", "comm_obj": 24}),
    ("hvacfan?guid=AC&cmd=3&fb", {"namespace": "hvacfan", "guid": "AC", "status": 3, "comm_obj": 24}),
    ("hvacfanstatus?guid=AC", {"namespace": "hvacfanstatus", "guid": "AC", "status": 0, "comm_obj": 24}),
    ("scenelaunch?guid=EVENING&cmd=1", {"namespace": "scenelaunch", "guid": "EVENING", "comm_obj": 25}),
    ("scenelaunch?guid=EVENING&cmd=0", {"namespace": "scenelaunch", "guid": "EVENING", "comm_obj": 25}),
    ("trigger?guid=BELL", {"namespace": "trigger", "guid": "BELL", "comm_obj": 26}),
    ("trigger?guid=BELL&cmd=1", {"namespace": "trigger", "guid": "BELL", "comm_obj": 26}),
]


@pytest.mark.parametrize(("call", "document"), DOCUMENTS, ids=[call for call, _ in DOCUMENTS])
async def test_every_call_is_answered_as_the_manual_prints_it(call: str, document: object) -> None:
    async with thinknx_house() as house:
        response = await house.get(call)
    assert (response.status_code, response.json()) == (200, document)
    assert response.headers["content-type"] == "application/json"


async def test_keys_stand_in_the_order_of_the_manual() -> None:
    async with thinknx_house() as house:
        response = await house.get("powerstatus?guid=LAMP")
    assert response.text == '{"namespace": "powerstatus", "guid": "LAMP", "status": 0, "comm_obj": 1}'


@pytest.mark.parametrize("path", ["/api/v1/powerstatus", "/api/V1/powerstatus"])
async def test_the_version_is_taken_in_either_case(path: str) -> None:
    async with thinknx_house() as house:
        response = await house.client.get(path, params={"guid": "LAMP"})
    assert response.status_code == 200


async def test_a_form_posted_does_the_same_as_a_query() -> None:
    async with thinknx_house() as house:
        response = await house.client.post("/api/v1/power", data={"guid": "LAMP", "cmd": "1", "fb": ""})
    assert response.json() == {"namespace": "power", "guid": "LAMP", "status": 1, "comm_obj": 1}


async def test_a_json_body_is_no_form() -> None:
    async with thinknx_house() as house:
        response = await house.client.post("/api/v1/power", json={"guid": "LAMP", "cmd": 1})
    assert (response.status_code, response.json()) == PARAMS


@pytest.mark.parametrize("path", ["/", "/api/v1/", "/api/v1/dance", "/api/v1/power/", "/api/v2/power"])
async def test_a_url_that_the_manual_lacks_is_not_found(path: str) -> None:
    async with thinknx_house() as house:
        response = await house.client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
async def test_other_methods_than_get_and_post_are_refused(method: str) -> None:
    async with thinknx_house() as house:
        response = await house.client.request(method, "/api/v1/powerstatus?guid=LAMP")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


REFUSED = [
    ("power", PARAMS),
    ("power?guid=LAMP", PARAMS),
    ("power?cmd=1", PARAMS),
    ("power?guid=LAMP&cmd=", PARAMS),
    ("power?guid=LAMP&cmd=2", PARAMS),
    ("power?guid=LAMP&cmd=-1", PARAMS),
    ("power?guid=LAMP&cmd=on", PARAMS),
    ("power?guid=LAMP&cmd=1.0", PARAMS),
    ("power?guid=LAMP&cmd=+1", PARAMS),
    ("power?guid=LAMP&cmd=1&cmd=1", PARAMS),
    ("power?guid=LAMP&guid=LAMP&cmd=1", PARAMS),
    ("power?guid=LAMP&cmd=1&fb&fb", PARAMS),
    ("power?guid=LAMP&cmd=1&speed=2", PARAMS),
    ("power?GUID=LAMP&cmd=1", PARAMS),
    ("powerstatus?guid=LAMP&cmd=1", PARAMS),
    ("powerstatus?guid=LAMP&fb", PARAMS),
    ("powerlevel?guid=SPOTS&cmd=101", PARAMS),
    ("powerlevel?guid=SPOTS&cmd=-1", PARAMS),
    ("powerlevel?guid=SPOTS&cmd=50.0", PARAMS),
    ("powerlevel?guid=SPOTS&cmd=5e1", PARAMS),
    ("color?light=3&cmd=1,2", PARAMS),
    ("color?light=3&cmd=1,2,256", PARAMS),
    ("color?light=3&cmd=[1,2,3]", PARAMS),
    ("color?guid=SPOTS&cmd=1,2,3", PARAMS),
    ("color?light=-1", PARAMS),
    ("color?light=one", PARAMS),
    ("color?light=3&fb", PARAMS),
    ("color?light=4", NOT_FOUND),
    ("colortemp?light=3&cmd=999", PARAMS),
    ("colortemp?light=3&cmd=10001", PARAMS),
    ("updown?guid=SHUTTER&cmd=2", PARAMS),
    ("updown?guid=SHUTTER&cmd=1&fb", PARAMS),
    ("stop?guid=SHUTTER", PARAMS),
    ("stop?guid=SHUTTER&cmd=0", PARAMS),
    ("blindstep?guid=SHUTTER&cmd=1&fb", PARAMS),
    ("setvalue?guid=SUN&cmd=nan", PARAMS),
    ("setvalue?guid=SUN&cmd=inf", PARAMS),
    ("setvalue?guid=SUN&cmd=1e3", PARAMS),
    ("setvalue?guid=SUN&cmd=1,5", PARAMS),
    ("setvalue?guid=SUN&cmd=.5", PARAMS),
    ("setvalue?guid=SUN&cmd=5.", PARAMS),
    ("setvalue?guid=SUN&cmd=%D9%A5", PARAMS),
    (f"setvalue?guid=SUN&cmd={'9' * 400}", PARAMS),
    ("setpoint?guid=a+b/c=&cmd=20", NOT_FOUND),
    (f"tempmode?guid={LIVING}&cmd=4", PARAMS),
    ("hvacmode?guid=AC&cmd=5", PARAMS),
    ("hvacfan?guid=AC&cmd=4", PARAMS),
    ("scenelaunch?guid=EVENING&cmd=2", PARAMS),
    ("scenelaunch?guid=EVENING", PARAMS),
    ("trigger?guid=BELL&fb", PARAMS),
    ("trigger", PARAMS),
    ("powerstatus?guid=NOBODY", NOT_FOUND),
    ("powerstatus?guid=lamp", NOT_FOUND),
    ("power?guid=NOBODY&cmd=1", NOT_FOUND),
    ("powerlevel?guid=LAMP&cmd=50", NOT_FOUND),
    ("hvacpowerstatus?guid=LAMP", NOT_FOUND),
]


@pytest.mark.parametrize(("call", "answer"), REFUSED, ids=[call[:60] for call, _ in REFUSED])
async def test_what_the_manual_does_not_allow_is_refused(call: str, answer: tuple[int, object]) -> None:
    async with thinknx_house() as house:
        response = await house.get(call)
    assert (response.status_code, response.json()) == answer


@pytest.mark.parametrize("call", ["power?guid=LAMP&cmd=2", "power?guid=LAMP&cmd=1&speed=2"])
async def test_a_refused_command_changes_nothing(call: str) -> None:
    async with thinknx_house() as house:
        await house.get(call)
        await house.simulator.settle()
        assert await house.status("powerstatus?guid=LAMP") == 0


@pytest.mark.parametrize("call", ["color?light=3&cmd=0,0,0", "color?light=3&cmd=255,255,255"])
async def test_color_components_go_from_0_to_255(call: str) -> None:
    async with thinknx_house() as house:
        assert (await house.get(call)).status_code == 200


@pytest.mark.parametrize("cmd", ["0", "100"])
async def test_percentages_include_their_ends(cmd: str) -> None:
    async with thinknx_house() as house:
        assert await house.status(f"powerlevel?guid=SPOTS&cmd={cmd}&fb") == int(cmd)


async def read_while_undone(house: House, call: str) -> tuple[object, object]:
    """Return what a status says right after a command, and when the device has done it."""
    before = await house.status(call)
    await house.simulator.settle()
    return before, await house.status(call)


async def test_without_feedback_the_device_follows_later() -> None:
    async with thinknx_house(reaction_s=60) as house:
        assert "status" not in await house.document("power?guid=LAMP&cmd=1")
        assert await read_while_undone(house, "powerstatus?guid=LAMP") == (0, 1)


@pytest.mark.parametrize("fb", ["fb", "fb=", "fb=1", "fb=0"])
async def test_with_feedback_the_reply_waits_for_the_device(fb: str) -> None:
    async with thinknx_house(reaction_s=60) as house:
        asking = asyncio.create_task(house.status(f"power?guid=LAMP&cmd=1&{fb}"))
        await house.arrived(1)
        assert await house.status("powerstatus?guid=LAMP") == 0
        assert not asking.done()
        await house.simulator.settle()
        assert await asking == 1


async def test_a_color_is_told_when_the_light_has_it() -> None:
    async with thinknx_house(reaction_s=60) as house:
        asking = asyncio.create_task(house.status("color?light=3&cmd=1,2,3"))
        await house.arrived(1)
        assert await house.status("color?light=3") == [255, 255, 255]
        await house.simulator.settle()
        assert await asking == [1, 2, 3]


async def test_a_device_goes_on_when_its_client_has_left() -> None:
    async with thinknx_house(reaction_s=60) as house:
        asking = asyncio.create_task(house.get("power?guid=LAMP&cmd=1&fb"))
        await house.arrived(1)
        asking.cancel()
        assert await read_while_undone(house, "powerstatus?guid=LAMP") == (0, 1)


async def test_a_trigger_leaves_no_state() -> None:
    async with thinknx_house() as house:
        await house.get("trigger?guid=BELL&cmd=1")
        await house.simulator.settle()
        assert house.simulator.value(Point("bell.trigger")) is None


async def test_an_inverted_blind_counts_its_height_the_other_way() -> None:
    async with thinknx_house() as house:
        assert await house.status("heightlevelstatus?guid=AWNING") == 100
        assert await house.status("heightlevel?guid=AWNING&cmd=30&fb") == 30
        assert house.simulator.value(Point("awning.heightlevel")) == 70
        assert await house.status("blindangle?guid=AWNING&cmd=30&fb") == 30
        assert house.simulator.value(Point("awning.blindangle")) == 30
