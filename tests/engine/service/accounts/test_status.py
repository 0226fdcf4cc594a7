"""How a service is, at one look; `tests/engine/cli/test_status.py` asks one that runs."""

from datetime import timedelta
from pathlib import Path

import pytest

from interlock.errors import UnknownDevice
from interlock.history.journal import JournalHealth
from interlock.model import Point
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.accounts.status import status_of
from interlock.service.control.protocol import ApiLine, JournalLine, Status, UnknownPoints
from support.engine_house import LAMP, LEVEL, START, House, live
from support.fake_driver import FakeEquipment

WELL = Condition(
    place=Path("interlock.sqlite"),
    journal=lambda: JournalHealth(is_written=True, waiting=0, lost=0, written_at=START),
    api=ApiDoor("127.0.0.1:8088"),
)
RULES = "[{id: a, condition: lamp.power, actions: [{log: it is on}]}]"


def told_after(by: timedelta) -> Status:
    told: list[Status] = []

    async def test(house: House) -> None:
        await house.at(100)
        house.clock.shift = by
        await house.at(140)
        told.append(status_of(house.engine, house.clock.now(), WELL))

    live(RULES, test)
    return told[0]


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(days=3)])
def test_it_tells_that_the_clock_was_set(by: timedelta) -> None:
    told = told_after(by)
    assert told.clock_set_s == by.total_seconds()
    assert told.clock_set_at is not None
    assert timedelta(seconds=100) <= told.clock_set_at - by - START <= timedelta(seconds=130)


def test_a_clock_that_was_not_set_is_no_news() -> None:
    told = told_after(timedelta())
    assert (told.clock_set_at, told.clock_set_s) == (None, 0.0)


def told_of(equipment: FakeEquipment, rules: str = RULES, **site: object) -> Status:
    told: list[Status] = []

    async def test(house: House) -> None:
        await house.at(20)
        told.append(status_of(house.engine, house.clock.now(), WELL))

    live(rules, test, equipment=equipment, site=site)
    return told[0]


def test_it_tells_how_the_service_itself_is() -> None:
    told = told_of(FakeEquipment(values={LAMP: True}))
    assert told.journal == JournalLine(place="interlock.sqlite", is_written=True, written_at=START)
    assert told.api == ApiLine(listen="127.0.0.1:8088")
    assert told.refused_edit is None


TWO_LAMPS = "[{id: a, condition: lamp.power and lamp.powerlevel > 3, actions: [{log: it is on}]}]"
GONE = UnknownDevice("no such lamp")


def test_points_that_are_unknown_for_one_reason_are_told_together() -> None:
    told = told_of(FakeEquipment(errors={LAMP: GONE, LEVEL: GONE}), TWO_LAMPS)
    [line] = told.connections
    assert (line.is_there, line.needed, line.unknown) == (True, 2, 2)
    [found] = told.unknown_by
    assert found.since is not None
    assert found == UnknownPoints(
        connection="house",
        reason="no such lamp",
        since=found.since,
        count=2,
        points=("lamp.power", "lamp.powerlevel"),
    )


def test_what_is_known_is_among_no_unknown_points() -> None:
    told = told_of(FakeEquipment(values={LEVEL: 4}, errors={LAMP: GONE}), TWO_LAMPS)
    [line] = told.connections
    assert (line.needed, line.unknown, told.known) == (2, 1, 1)
    assert [(each.count, each.points) for each in told.unknown_by] == [(1, ("lamp.power",))]


def test_the_most_common_reason_comes_first_and_names_some_points() -> None:
    names = [f"lamp{number}" for number in range(10)]
    condition = " and ".join(f"{name}.power" for name in ["alone", *names])
    errors: dict[Point, Exception] = dict.fromkeys([Point(f"{name}.power") for name in names], GONE)
    errors[Point("alone.power")] = UnknownDevice("it is another house's")
    rules = f"[{{id: a, condition: {condition}, actions: [{{log: it is on}}]}}]"
    told = told_of(FakeEquipment(errors=errors), rules, devices=dict.fromkeys(["alone", *names], "light"))
    counts = [(each.reason, each.count, len(each.points)) for each in told.unknown_by]
    assert counts == [("no such lamp", 10, 8), ("it is another house's", 1, 1)]
