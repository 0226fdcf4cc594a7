"""The shop: on equipment in memory, and once against the real simulator over HTTP."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry
from interlock.model import Point, Receipt
from interlock.runtime.engine import Engine
from interlock.service.onlookers.observing import ObservedJournal
from interlock_founten.simulator import FountenSimulator
from support.example_house import Played, Values, example, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "*.temperature": 66.0,
    "*.heatSetting": 60,
    "*.coolSetting": 85,
    "*.setBy": "Schedule",
    "*.status": "Occupied",
    "*.system": "Auto",
    "*.frontKeypad": "On",
    "*.runStatus": "Off",
    "*.auxStatus": "Off",
}


def shop(start: str, timeline: dict[str, Values], *, until: str, given: Values | None = None) -> Played:
    return play("shop", start, timeline, given={**GIVEN, **(given or {})}, until=until)


def test_the_colder_the_night_the_earlier_the_heating_starts() -> None:
    played = shop(
        "2026-01-14T04:50",
        {"06:30": {"sales_*.temperature": 62.0}},
        until="07:30",
        given={"sales_front.temperature": 58.0},
    )
    assert played.sent == [
        "06:00:00 sales_front.heatSetting = 68",
        "06:00:00 sales_front.coolSetting = 76",
        "06:00:00 sales_back.heatSetting = 68",
        "06:00:00 sales_back.coolSetting = 76",
    ]


@pytest.mark.parametrize("day", ["2026-01-18", "2026-01-19"], ids=["sunday", "holiday"])
def test_nobody_heats_early_for_a_closed_shop(day: str) -> None:
    assert shop(f"{day}T04:50", {}, until="07:30", given={"sales_front.temperature": 50.0}).sent == []


def test_a_holiday_that_began_while_the_power_was_out_is_known_in_the_morning() -> None:
    played = play(
        "shop",
        "2026-01-18T22:00",
        {},
        given=GIVEN,
        off=("23:00", "2026-01-19T06:40"),
        until="2026-01-19T06:45",
    )
    assert sorted(played.sent) == [
        f"06:40:00 {name}.status = Vacant"
        for name in ("fitting_rooms", "office", "sales_back", "sales_front", "stockroom")
    ]


def test_what_a_hand_set_holds_for_two_hours_from_the_last_touch() -> None:
    played = shop(
        "2026-01-14T09:00",
        {
            "10:00": {"office.heatSetting": 74, "office.setBy": "Station"},
            "11:30": {"office.heatSetting": 76},
        },
        until="14:00",
        given={"*.heatSetting": 68, "*.coolSetting": 76},
    )
    assert played.sent == ["13:30:00 office.heatSetting = 68"]


def test_the_schedule_that_comes_first_is_not_overruled() -> None:
    played = shop(
        "2026-01-14T18:00",
        {
            "19:00": {"office.heatSetting": 74, "office.setBy": "Station"},
            "20:00": {"office.heatSetting": 62, "office.setBy": "Schedule"},
        },
        until="21:30",
    )
    assert [line for line in played.sent if "office" in line] == []


def test_units_that_fight_get_the_same_settings() -> None:
    played = shop(
        "2026-01-14T12:00",
        {"12:05": {"sales_back.runStatus": "Cool-Stage1"}},
        until="12:30",
        given={
            "sales_front.heatSetting": 70,
            "sales_front.coolSetting": 76,
            "sales_front.runStatus": "Heat-Stage1",
            "sales_back.heatSetting": 62,
            "sales_back.coolSetting": 66,
        },
    )
    assert played.sent == [
        "12:15:00 sales_back.heatSetting = 70",
        "12:15:00 sales_back.coolSetting = 76",
    ]


def test_a_freezing_stockroom_is_heated_and_somebody_is_told_where_that_does_not_help() -> None:
    played = shop(
        "2026-01-16T20:30",
        {"21:00": {"stockroom.temperature": 44.0}},
        until="22:30",
        given={"stockroom.system": "Off", "stockroom.coolSetting": 90},
    )
    assert played.sent == [
        "21:10:00 stockroom.system = Heat",
        "21:10:00 stockroom.heatSetting = 55",
        "21:10:00 stockroom.coolSetting = 85",
    ]
    assert played.said == [
        "21:10:00 stockroom is at 44 °F: heating",
        "22:10:00 stockroom does not get warmer: somebody must go there",
    ]


class _Winter(WallClock):
    """The wall clock, set to a second before five on a January morning in Denver."""

    def __init__(self) -> None:
        self._shift = datetime(2026, 1, 14, 11, 59, 59, tzinfo=UTC) - super().now()

    def now(self) -> datetime:
        return super().now() + self._shift


async def test_it_heats_over_http() -> None:
    loaded = example("shop")
    [connection] = loaded.site.connections.values()
    simulator = FountenSimulator(connection.settings, list(loaded.site.targets.values()))
    for name in ("sales_front", "sales_back"):
        simulator.set_value(Point(f"{name}.temperature"), 50)
    url = await simulator.start("127.0.0.1", 0)
    settings = connection.settings.model_copy(
        update={"url": f"{url}/api.cgi", "poll": timedelta(milliseconds=200)}
    )
    connections = MappingProxyType({"shop": replace(connection, settings=settings)})
    stop, is_heated = asyncio.Event(), asyncio.Event()

    def observe(entry: Entry) -> None:
        if isinstance(entry, Receipt) and entry.command.point == "sales_back.coolSetting":
            is_heated.set()

    engine = Engine(
        replace(loaded.site, connections=connections),
        loaded.rules,
        clock=_Winter(),
        journal=ObservedJournal(MemoryJournal(), observe),
        seed=1,
    )
    running = asyncio.create_task(engine.run(stop))
    try:
        async with asyncio.timeout(30):
            await is_heated.wait()
    finally:
        stop.set()
        await running
        held = [
            simulator.value(Point(f"sales_back.{name}")) for name in ("heatSetting", "coolSetting", "setBy")
        ]
        await simulator.stop()
    assert held == [68, 76, "Remote"]
