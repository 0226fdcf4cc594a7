"""When points of a running site are polled, and how that changes while it runs."""

import asyncio

from interlock.model import Point
from interlock.runtime.connections.needs import Urgency
from interlock.runtime.connections.stagger import offset_of
from support.engine_house import LAMP, TEMPERATURE, House, live
from support.fake_driver import FakeDriver, FakeEquipment

WAITS = """
- id: cool
  triggers: [{change: living_thermostat.actualtemp}]
  actions: [{log: it is warm}]
"""


class TimedDriver(FakeDriver):
    """Notes when each batch is asked, in seconds since the start."""

    times: list[tuple[float, tuple[Point, ...]]]

    async def read(self, targets):  # type: ignore[no-untyped-def]
        points = tuple(target.point for target in targets)
        self.times.append((asyncio.get_running_loop().time(), points))
        return await super().read(targets)


def polled(until_s: float, rules: str = WAITS, **options: object) -> tuple[House, list[tuple[float, object]]]:
    """Return when which points are asked, of a house that watches its lamp."""
    equipment = FakeEquipment(values={TEMPERATURE: 20.0, LAMP: True})
    times: list[tuple[float, object]] = []
    driver = type("Timed", (TimedDriver,), {"shared": equipment, "times": times})
    site = {"driver": driver, "watch": (LAMP,), **options.pop("site", {})}  # type: ignore[dict-item]
    house = live(rules, lambda house: house.at(until_s), equipment=equipment, site=site, **options)
    return house, times


def test_polls_count_from_the_start_in_virtual_time() -> None:
    _, times = polled(25)
    assert times == [(at, (TEMPERATURE, LAMP)) for at in (0, 10, 20)]


def test_polls_of_a_service_come_at_once_and_then_at_their_place() -> None:
    house, times = polled(45, is_staggered=True)
    [job] = house.engine.polls
    place = offset_of(house.engine.site, job).total_seconds()
    assert times[0][0] == 0
    assert [round((at + 0.5) % 10, 3) for at, _ in times[1:]] == [round(place, 3)] * len(times[1:])
    assert 5 <= times[1][0] < 15
    assert len(times) in (4, 5)


def test_what_is_urgent_is_polled_as_the_site_says_where_the_rest_has_to_wait() -> None:
    house, times = polled(45, site={"rate": "9/min"})
    assert [(each.urgency, each.interval.total_seconds()) for each in house.engine.polls] == [
        (Urgency.TRIGGER, 10),
        (Urgency.WATCH, 30),
    ]
    assert [at for at, points in times if points == (TEMPERATURE,)] == [0, 10, 20, 30, 40]
    assert [at for at, points in times if points == (LAMP,)] == [0, 30]


def test_an_engine_says_who_needs_what() -> None:
    house, _ = polled(1)
    found = {(need.point, need.urgency, need.who) for need in house.engine.needs()}
    assert found == {(TEMPERATURE, Urgency.TRIGGER, "rule cool"), (LAMP, Urgency.WATCH, "watch")}
    assert house.engine.needed == {TEMPERATURE, LAMP}
