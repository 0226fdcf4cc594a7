"""How a service is, at one look; `tests/engine/cli/test_status.py` asks one that runs."""

from datetime import timedelta

import pytest

from interlock.service.control.protocol import Status
from interlock.service.status import status_of
from support.engine_house import START, House, live

RULES = "[{id: a, condition: lamp.power, actions: [{log: it is on}]}]"


def told_after(by: timedelta) -> Status:
    told: list[Status] = []

    async def test(house: House) -> None:
        await house.at(100)
        house.clock.shift = by
        await house.at(140)
        told.append(status_of(house.engine, house.clock.now()))

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
