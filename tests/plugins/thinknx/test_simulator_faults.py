"""What goes wrong with the simulated server when it is told to."""

from __future__ import annotations

import asyncio
import json
import re

import httpx
import pytest

from interlock import Fault, Point
from interlock_thinknx.simulator import ThinknxSimulator
from interlock_thinknx.simulator.faults import FAULTS, ThinknxFaults
from support.thinknx_house import OPEN, TARGETS, House, thinknx_house

pytestmark = pytest.mark.slow

KINDS = ", ".join(kind.name for kind in FAULTS)
STATUS = "powerstatus?guid=LAMP"
DOCUMENT = '{"namespace": "powerstatus", "guid": "LAMP", "status": 0, "comm_obj": 1}'


async def ask(*faults: str, call: str = STATUS) -> httpx.Response:
    """Return what a server with these faults answers."""
    async with thinknx_house() as house:
        for fault in faults:
            house.simulator.add_fault(fault)
        return await house.get(call)


@pytest.mark.parametrize(
    ("fault", "status", "document"),
    [
        ("400", 400, {"error": "params errors"}),
        ("impossible", 400, {"error": "impossible to execute"}),
        ("404", 404, {"error": "device not found"}),
    ],
)
async def test_errors_of_the_manual_come_as_it_prints_them(fault: str, status: int, document: object) -> None:
    response = await ask(fault)
    assert (response.status_code, response.json()) == (status, document)


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_errors_without_a_document_come_as_a_page(status: int) -> None:
    response = await ask(str(status))
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html")
    assert "retry-after" not in response.headers


async def test_a_rate_limit_can_say_when_to_come_back() -> None:
    assert (await ask("429:30")).headers["retry-after"] == "30"


@pytest.mark.parametrize("moment", ["Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_rate_limit_can_name_a_moment(moment: str) -> None:
    assert (await ask(f"429:{moment}")).headers["retry-after"] == moment


async def test_a_redirect_goes_to_https_by_itself() -> None:
    response = await ask("redirect")
    host = response.request.url.netloc.decode()
    assert (response.status_code, response.headers["location"]) == (302, f"https://{host}/api/v1/{STATUS}")


async def test_a_redirect_goes_where_it_is_told() -> None:
    assert (await ask("redirect:http://other:80/x")).headers["location"] == "http://other:80/x"


async def test_rubbish_is_a_page_with_status_200() -> None:
    response = await ask("rubbish")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")
    assert response.text.startswith("<html>")


async def test_an_empty_answer_is_empty() -> None:
    response = await ask("empty")
    assert (response.status_code, response.content) == (200, b"")


async def test_half_a_document_is_whole_http() -> None:
    assert (await ask("half-json")).text == DOCUMENT[: len(DOCUMENT) // 2]


async def test_strings_stand_where_numbers_should() -> None:
    expected = {"namespace": "powerstatus", "guid": "LAMP", "status": "0", "comm_obj": "1"}
    assert (await ask("strings")).json() == expected


async def test_strings_stand_in_a_color_too() -> None:
    document = {"namespace": "color", "light": "3", "status": ["255", "255", "255"]}
    assert (await ask("strings", call="color?light=3")).json() == document


async def test_the_comma_can_lack_as_in_the_manual() -> None:
    text = (await ask("no-comma", call="system/serverStatus")).text
    assert '"server_uptime": "41 days 7 hours 3 min" "config_time"' in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_other_answers_keep_their_commas() -> None:
    assert (await ask("no-comma")).text == DOCUMENT


async def test_a_huge_answer_has_fifty_megabytes() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("huge")
        async with house.client.stream("GET", f"/api/v1/{STATUS}") as response:
            assert response.headers["content-length"] == str(50 * 1024 * 1024)


async def test_a_dripping_answer_arrives_whole() -> None:
    assert (await ask("drip:0.01ms")).text == DOCUMENT


async def test_dripping_is_slow_by_default() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("drip")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.get(STATUS), timeout=0.2)


async def test_a_cut_answer_breaks_off() -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=f"received {len(DOCUMENT) // 2} bytes"):
        await ask("cut")


async def test_a_reset_is_no_answer() -> None:
    with pytest.raises(httpx.ReadError):
        await ask("reset")


async def test_latency_keeps_the_client_waiting() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("latency:1h")
        with pytest.raises(httpx.ReadTimeout):
            await house.client.get(f"/api/v1/{STATUS}", timeout=httpx.Timeout(None, read=0.05))


async def test_a_short_latency_passes() -> None:
    assert (await ask("latency:1ms")).text == DOCUMENT


async def hanging(house: House) -> asyncio.Task[httpx.Response]:
    """Return a request that the server does not answer."""
    house.simulator.add_fault("hang")
    asking = asyncio.create_task(house.client.get(f"/api/v1/{STATUS}", timeout=None))
    await house.arrived(1)
    return asking


async def test_a_hanging_request_is_dropped_when_faults_are_cleared() -> None:
    async with thinknx_house() as house:
        asking = await hanging(house)
        assert not asking.done()
        house.simulator.clear_faults()
        with pytest.raises(httpx.RemoteProtocolError):
            await asking
        assert (await house.get(STATUS)).text == DOCUMENT


async def test_a_server_stops_although_a_request_hangs() -> None:
    async with thinknx_house() as house:
        asking = await hanging(house)
        await house.simulator.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await asking


@pytest.mark.parametrize("fault", ["400", "impossible", "403", "404", "429", "500", "redirect"])
async def test_a_call_that_is_answered_otherwise_is_not_executed(fault: str) -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault(fault)
        await house.get("power?guid=LAMP&cmd=1")
        house.simulator.clear_faults()
        assert await house.status(STATUS) == 0


@pytest.mark.parametrize("fault", ["rubbish", "empty", "half-json"])
async def test_a_call_whose_answer_is_spoiled_is_executed(fault: str) -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault(fault)
        await house.get("power?guid=LAMP&cmd=1")
        house.simulator.clear_faults()
        assert await house.status(STATUS) == 1


async def test_errors_are_not_spoiled() -> None:
    response = await ask("rubbish", "strings", call="powerstatus?guid=NOBODY")
    assert (response.status_code, response.json()) == (404, {"error": "device not found"})


async def test_several_faults_act_at_once() -> None:
    response = await ask("strings", "drip:0.01ms", "latency:1ms", "half-json")
    whole = DOCUMENT.replace("0,", '"0",').replace("1}", '"1"}')
    assert response.text == whole[: len(whole) // 2]


async def test_of_several_refusals_the_first_counts() -> None:
    assert (await ask("500", "404")).status_code == 500


@pytest.mark.parametrize(
    "where", ["powerstatus", "/api/v1/powerstatus", "api/V1/powerstatus", "LAMP", "lamp"]
)
async def test_a_fault_can_concern_one_endpoint_guid_or_device(where: str) -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault(f"500@{where}")
        assert (await house.get(STATUS)).status_code == 500
        assert (await house.get("hvacpowerstatus?guid=AC")).status_code == 200


async def test_a_fault_can_concern_a_light_by_its_index() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("500@spots")
        assert (await house.get("color?light=3")).status_code == 500
        assert (await house.get("color?light=four")).status_code == 400
        assert (await house.get("color?light=4")).status_code == 404


async def test_a_fault_reaches_a_posted_form() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("500@lamp")
        response = await house.client.post("/api/v1/powerstatus", data={"guid": "LAMP"})
    assert response.status_code == 500


async def test_a_dead_device_takes_commands_and_does_nothing() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("dead:lamp")
        assert await house.document("power?guid=LAMP&cmd=1") == {
            "namespace": "power",
            "guid": "LAMP",
            "comm_obj": 1,
        }
        assert await house.status("power?guid=SPOTS&cmd=1&fb") == 1
        await house.simulator.settle()
        assert await house.status(STATUS) == 0


async def test_a_dead_device_gives_no_feedback_until_the_server_gives_up() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("dead:lamp")
        asking = asyncio.create_task(house.client.get("/api/v1/power?guid=LAMP&cmd=1&fb", timeout=None))
        await house.arrived(1)
        assert await house.status(STATUS) == 0
        assert not asking.done()
        await house.simulator.settle()
        response = await asking
    assert (response.status_code, response.json()) == (400, {"error": "impossible to execute"})


async def test_a_dead_device_still_checks_its_commands() -> None:
    response = await ask("dead:lamp", call="power?guid=LAMP&cmd=2")
    assert response.json() == {"error": "params errors"}


async def test_cleared_faults_are_gone() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("dead:lamp")
        house.simulator.add_fault("500")
        house.simulator.clear_faults()
        assert await house.status("power?guid=LAMP&cmd=1&fb") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flood", f"'flood' is no fault: it must be one of {KINDS}"),
        ("hagn", f"'hagn' is no fault: it must be one of {KINDS}; did you mean 'hang'?"),
        ("", f"'' is no fault: it must be one of {KINDS}"),
        ("500:now", "fault '500' takes no argument, so ':now' means nothing"),
        ("latency", "fault 'latency' needs an argument: answers late, by the time given: latency:2s"),
        ("latency:soon", "'soon' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        ("drip:x", "'x' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        (
            "dead",
            "fault 'dead' needs an argument: the device given takes commands and does nothing: dead:kitchen",
        ),
        ("dead:lump", "the simulator has no device 'lump'; did you mean 'lamp'?"),
        ("500@zzz", "the simulator has no endpoint, GUID or device 'zzz'"),
        (
            "500@/api/v1/powrstatus",
            "the simulator has no endpoint, GUID or device 'powrstatus'; did you mean 'powerstatus'?",
        ),
    ],
)
def test_what_is_no_fault_is_refused_with_what_there_is(text: str, message: str) -> None:
    simulator = ThinknxSimulator(OPEN, TARGETS)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        simulator.add_fault(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hang", Fault(text="hang", kind="hang")),
        (" drip ", Fault(text="drip", kind="drip")),
        ("429:30@power", Fault(text="429:30@power", kind="429", argument="30", where="power")),
        ("500@a@b", Fault(text="500@a@b", kind="500", where="a@b")),
        (
            "latency:2s@/api/V1/system/serverStatus",
            Fault(
                text="latency:2s@/api/V1/system/serverStatus",
                kind="latency",
                argument="2s",
                where="system/serverStatus",
            ),
        ),
    ],
)
def test_a_fault_is_kind_argument_and_place(text: str, fault: Fault) -> None:
    assert ThinknxFaults((), ()).read(text) == fault


async def test_a_fault_may_come_before_authentication_and_leaves_the_building_alone() -> None:
    async with thinknx_house() as house:
        house.simulator.add_fault("403")
        await house.get("power?guid=LAMP&cmd=1")
        assert house.simulator.value(Point("lamp.power")) is False
