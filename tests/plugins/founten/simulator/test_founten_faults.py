"""What goes wrong with the simulated site when it is told to, and how it can differ."""

from __future__ import annotations

import asyncio
import ssl
import xml.etree.ElementTree as ET
from pathlib import Path

import httpx
import pytest

from interlock import issue_loopback_tls
from interlock_founten.simulator import FountenSimulator
from support.founten_house import SETTINGS, TARGETS, School, founten_school

pytestmark = pytest.mark.slow


async def ask(school: School) -> httpx.Response:
    return await school.post(request="get", object="Thermostat", selection="name:Lobby", value="fan")


async def spoiled(*faults: str) -> httpx.Response:
    async with founten_school() as school:
        for fault in faults:
            school.simulator.add_fault(fault)
        return await ask(school)


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_a_status_takes_the_place_of_the_answer(status: int) -> None:
    response = await spoiled(str(status))
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html")


async def test_a_redirect_leads_to_itself() -> None:
    response = await spoiled("redirect")
    assert (response.status_code, response.headers["location"]) == (302, "/api.cgi")


async def test_the_root_can_be_called_as_the_manuals_text_does() -> None:
    told = ET.fromstring((await spoiled("root-response")).text)
    assert (told.tag, told.findtext("success")) == ("response", "1")


async def test_malformed_xml_cannot_be_read() -> None:
    response = await spoiled("malformed")
    assert "<success>1</succes>" in response.text
    with pytest.raises(ET.ParseError):
        ET.fromstring(response.text)


async def test_the_declaration_can_have_the_manuals_quotes() -> None:
    response = await spoiled("quotes")
    assert response.content.decode().startswith("<?xml version=”1.0” encoding=”UTF-8”?>\n<result>")
    with pytest.raises(ET.ParseError):
        ET.fromstring(response.content)


async def test_an_entity_bomb_is_small_and_well_formed() -> None:
    response = await spoiled("entity-bomb")
    assert response.text.count("<!ENTITY") == 10
    assert "&x8;&x8;" in response.text
    assert len(response.content) < 2000


async def test_an_external_entity_names_a_file() -> None:
    response = await spoiled("external-entity")
    assert 'SYSTEM "file:///etc/hostname"' in response.text
    assert "<name>&secret;</name>" in response.text


async def test_a_right_answer_can_claim_to_be_a_page() -> None:
    response = await spoiled("type")
    assert response.headers["content-type"] == "text/html"
    assert ET.fromstring(response.text).findtext("success") == "1"


async def test_a_dead_site_says_success_and_does_nothing() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("dead")
        assert await school.set("name:Lobby", "fan:On") == ("1", "Updated 1 thermostats.")
        assert await school.value("fan") == "Auto"


async def test_a_fault_can_concern_one_request_or_object() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("500@set")
        school.simulator.add_fault("404@thermostathistory")
        assert (await ask(school)).status_code == 200
        change = await school.post(request="set", object="Thermostat", selection="name:Lobby", value="fan:On")
        past = await school.post(request="get", object="ThermostatHistory", selection="name:Lobby")
        assert (change.status_code, past.status_code) == (500, 404)
        assert await school.value("fan") == "Auto"
        school.simulator.clear_faults()
        assert await school.set("name:Lobby", "fan:On") == ("1", "Updated 1 thermostats.")


@pytest.mark.parametrize("object_", ["Thermostat", "ThermostatSchedule", "ThermostatHistory"])
async def test_every_object_is_a_place(object_: str) -> None:
    async with founten_school() as school:
        school.simulator.add_fault(f"500@{object_.lower()}")
        told = [
            (await school.post(request="get", object=asked, selection="name:Lobby")).status_code
            for asked in ("Thermostat", "ThermostatSchedule", "ThermostatHistory")
            if asked != object_
        ]
        broken = await school.post(request="get", object=object_, selection="name:Lobby")
    assert (told, broken.status_code) == ([200, 200], 500)


async def test_what_is_spoiled_was_done() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("empty")
        await school.post(request="set", object="Thermostat", selection="name:Lobby", value="fan:On")
        school.simulator.clear_faults()
        assert await school.value("fan") == "On"


async def test_refused_connections_are_refused_until_that_is_cleared() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("refused")
        await asyncio.sleep(0)
        with pytest.raises(httpx.ConnectError):
            await ask(school)
        school.simulator.clear_faults()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (await ask(school)).status_code == 200


async def test_open_connections_are_reset_while_new_ones_are_refused() -> None:
    async with founten_school() as school:
        await ask(school)
        school.simulator.add_fault("refused")
        with pytest.raises(httpx.ReadError):
            await ask(school)


async def test_a_refusal_can_be_there_from_the_start_and_end_by_itself() -> None:
    simulator = FountenSimulator(SETTINGS, TARGETS)
    simulator.add_fault("refused:1ms")
    url = await simulator.start("127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while True:
            try:
                response = await client.get("/api.cgi")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0)
    await simulator.stop()
    assert response.status_code == 403


async def test_a_site_that_refuses_can_be_stopped() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("refused")
        await school.simulator.stop()
        with pytest.raises(httpx.ConnectError):
            await ask(school)


async def connect(trusted: Path, *faults: str) -> httpx.Response:
    simulator = FountenSimulator(SETTINGS, TARGETS)
    for fault in faults:
        simulator.add_fault(fault)
    url = await simulator.start("127.0.0.1", 0, issue_loopback_tls(trusted))
    context = await asyncio.to_thread(ssl.create_default_context, cafile=trusted)
    try:
        async with httpx.AsyncClient(base_url=url, verify=context, trust_env=False) as client:
            return await client.get("/api.cgi")
    finally:
        await simulator.stop()


async def test_https_is_served_with_a_certificate_that_can_be_trusted(tmp_path: Path) -> None:
    response = await connect(tmp_path / "ca.pem")
    assert (response.url.scheme, response.status_code) == ("https", 403)


async def test_a_wrong_certificate_is_shown_on_demand(tmp_path: Path) -> None:
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        await connect(tmp_path / "ca.pem", "certificate")


def test_an_unknown_fault_or_place_is_refused_with_what_there_is() -> None:
    simulator = FountenSimulator(SETTINGS, TARGETS)
    with pytest.raises(ValueError, match=r"'malformd' is no fault: it must be one of .*'malformed'\?"):
        simulator.add_fault("malformd")
    with pytest.raises(ValueError, match=r"the simulator has no request or object 'thermostats'; did"):
        simulator.add_fault("500@thermostats")
