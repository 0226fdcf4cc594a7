"""The thermostats that a site lists, as a site file would declare them."""

from __future__ import annotations

import pytest

from interlock import Found, UnknownDevice
from support.founten_site import NO_MATCH, Thermostats, founten, refusing

pytestmark = pytest.mark.slow


async def discovered(*thermostats: dict[str, object]) -> list[Found]:
    async with founten(Thermostats(*thermostats)) as site:
        found = [each async for each in site.driver.discover()]
    assert site.calls == [("get", "", "name;groupName;serialNo;")]
    return found


async def test_thermostats_are_listed_with_their_groups() -> None:
    assert await discovered(
        {"name": "Büro #1", "groupName": "Sales", "serialNo": "8A3-U1UW"},
        {"name": "Lobby", "groupName": "", "serialNo": "8A3-U1UX"},
        {"name": "Hall", "groupName": "Sales", "serialNo": ""},
        {"name": "Store", "groupName": "Stores"},
    ) == [
        Found(
            name="Büro #1",
            type="thermostat",
            settings={"name": "Büro #1"},
            description="group Sales, serial number 8A3-U1UW",
        ),
        Found(
            name="Lobby",
            type="thermostat",
            settings={"name": "Lobby"},
            description="serial number 8A3-U1UX",
        ),
        Found(name="Hall", type="thermostat", settings={"name": "Hall"}, description="group Sales"),
        Found(name="Store", type="thermostat", settings={"name": "Store"}, description="group Stores"),
        Found(
            name="Sales",
            type="group",
            settings={"groupName": "Sales"},
            description="group of 2 thermostats",
        ),
        Found(
            name="Stores",
            type="group",
            settings={"groupName": "Stores"},
            description="group of 1 thermostat",
        ),
    ]


async def test_a_name_that_selects_several_gives_way_to_the_serial_number() -> None:
    found = await discovered({"name": "A", "serialNo": "1"}, {"name": "A", "serialNo": "2"}, {"name": "A"})
    assert [each.settings for each in found] == [{"serialNo": "1"}, {"serialNo": "2"}]


async def test_a_name_that_the_protocol_cannot_carry_gives_way_too() -> None:
    found = await discovered(
        {"name": "A: B", "serialNo": "1", "groupName": "x;y"}, {"name": " ", "serialNo": "2"}
    )
    assert [(each.name, each.settings) for each in found] == [
        ("A: B", {"serialNo": "1"}),
        (" ", {"serialNo": "2"}),
    ]


async def test_a_site_that_lists_none_says_so() -> None:
    async with founten(lambda _: refusing(NO_MATCH)) as site:
        with pytest.raises(UnknownDevice):
            _ = [each async for each in site.driver.discover()]
