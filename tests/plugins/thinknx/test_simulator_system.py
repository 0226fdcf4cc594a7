"""The simulated server's system calls: KNX telegrams and the server's own status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from interlock import Point
from interlock_thinknx.simulator.system import Telegram
from support.thinknx_house import thinknx_house

pytestmark = pytest.mark.slow

PARAMS = (400, {"error": "params errors"})


@pytest.mark.parametrize(
    ("call", "value", "sent"),
    [
        ("sendKNXbit", "0", 0),
        ("sendKNXbit", "1", 1),
        ("sendKNX4bits", "0", 0),
        ("sendKNX4bits", "31", 31),
        ("sendKNXbyte", "0", 0),
        ("sendKNXbyte", "255", 255),
        ("sendKNXbyteun", "-128", -128),
        ("sendKNXbyteun", "127", 127),
        ("sendKNXfloat2bytes", "3.456", 3.46),
        ("sendKNXfloat2bytes", "20.47", 20.47),
        ("sendKNXfloat2bytes", "20.49", 20.48),
        ("sendKNXfloat2bytes", "-30", -30),
        ("sendKNXfloat2bytes", "-671088.64", -671088.64),
        ("sendKNXfloat2bytes", "670760.96", 670760.96),
        ("sendKNXfloat4bytes", "3.456", 3.456),
        ("sendKNXfloat4bytes", "-1000000", -1000000),
    ],
)
async def test_a_telegram_is_sent_and_told(call: str, value: str, sent: float) -> None:
    async with thinknx_house() as house:
        response = await house.get(f"system/{call}?group=1/0/1&value={value}")
    document = {"namespace": f"system/{call}", "group": "1/0/1", "value": sent}
    assert (response.status_code, response.json()) == (200, document)
    assert house.simulator.telegrams == (Telegram(call, "1/0/1", sent),)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("sendKNXbit", "2"),
        ("sendKNXbit", "-1"),
        ("sendKNXbit", "on"),
        ("sendKNX4bits", "32"),
        ("sendKNX4bits", "-1"),
        ("sendKNXbyte", "256"),
        ("sendKNXbyte", "-1"),
        ("sendKNXbyte", "1.5"),
        ("sendKNXbyteun", "128"),
        ("sendKNXbyteun", "-129"),
        ("sendKNXfloat2bytes", "670760.97"),
        ("sendKNXfloat2bytes", "-671088.65"),
        ("sendKNXfloat2bytes", "nan"),
        ("sendKNXfloat2bytes", "1,5"),
        ("sendKNXfloat4bytes", "1e3"),
        ("sendKNXfloat4bytes", "4" + "0" * 38),
    ],
)
async def test_a_value_that_the_type_lacks_is_refused(call: str, value: str) -> None:
    async with thinknx_house() as house:
        response = await house.get(f"system/{call}?group=1/0/1&value={value}")
    assert (response.status_code, response.json()) == PARAMS
    assert house.simulator.telegrams == ()


@pytest.mark.parametrize("group", ["0/0/1", "31/7/255", "1%2F0%2F1"])
async def test_three_level_group_addresses_are_taken(group: str) -> None:
    async with thinknx_house() as house:
        response = await house.get(f"system/sendKNXbit?group={group}&value=1")
    assert response.json()["group"] == group.replace("%2F", "/")


@pytest.mark.parametrize(
    "group", ["0/0/0", "32/0/0", "0/8/0", "0/0/256", "1/2", "1/2/3/4", "2049", "a/b/c", "1/-1/1", ""]
)
async def test_what_is_no_group_is_refused(group: str) -> None:
    async with thinknx_house() as house:
        response = await house.get(f"system/sendKNXbit?group={group}&value=1")
    assert (response.status_code, response.json()) == PARAMS


@pytest.mark.parametrize(
    "query", ["group=1/0/1", "value=1", "group=1/0/1&value=1&fb", "group=1/0/1&value=1&value=1"]
)
async def test_telegrams_need_their_two_parameters(query: str) -> None:
    async with thinknx_house() as house:
        response = await house.get(f"system/sendKNXbit?{query}")
    assert (response.status_code, response.json()) == PARAMS


async def test_telegrams_are_kept_in_order_and_are_commands_to_the_server() -> None:
    async with thinknx_house() as house:
        await house.get("system/sendKNXbit?group=1/0/1&value=1")
        await house.get("system/sendKNXbyte?group=1/0/2&value=200")
    assert house.simulator.telegrams == (
        Telegram("sendKNXbit", "1/0/1", 1),
        Telegram("sendKNXbyte", "1/0/2", 200),
    )
    assert house.simulator.commands(Point("box.sendKNXbyte")) == [200]


async def test_the_server_tells_its_status() -> None:
    async with thinknx_house() as house:
        document = await house.document("system/serverStatus")
    assert document == {
        "namespace": "system/serverStatus",
        "version": "01.03.02.19",
        "process_uptime": "3 days 4 hours 12 min",
        "server_uptime": "41 days 7 hours 3 min",
        "config_time": "10:21:33 2019-09-23",
        "connected_clients": 2,
        "pbx_users": "101,102",
    }


async def test_the_status_takes_no_parameters() -> None:
    async with thinknx_house() as house:
        response = await house.get("system/serverStatus?guid=LAMP")
    assert (response.status_code, response.json()) == PARAMS


async def test_the_status_can_be_changed_by_hand() -> None:
    async with thinknx_house() as house:
        house.simulator.set_value(Point("box.process_uptime"), timedelta(hours=25, minutes=1))
        house.simulator.set_value(Point("box.pbx_users"), ())
        document = await house.document("system/serverStatus")
    assert (document["process_uptime"], document["pbx_users"]) == ("1 days 1 hours 1 min", "")
