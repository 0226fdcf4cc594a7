"""What a service journals of points that stay as they are."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from interlock.history.journal import NewsFilter
from interlock.model import Point, Reading
from interlock.runtime.engine import Engine
from interlock.service.heartbeat import begin_heartbeat
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual
from support.small_house import AWAY, TEMPERATURE, load_small_house

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Beats:
    """Keeps what a journal would store."""

    def __init__(self) -> None:
        self.seen = NewsFilter()
        self.stored: list[Reading] = []
        self.known: set[Point] = set()

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        readings = list(readings)
        self.stored += self.seen.news([each for each in readings if each.point not in self.known])
        self.known.update(each.point for each in readings)
        self.stored += self.seen.overdue(readings, age)

    def of(self, point: Point) -> list[datetime]:
        return [each.observed_at for each in self.stored if each.point == point]


def lived(path: Path, hours: float) -> Beats:
    """Let a house whose thermostat stays as it is live for so long."""
    beats = Beats()

    async def main() -> None:
        house = House(load_small_house(path), NOON, tells=False)
        house.equipment.set_value(TEMPERATURE, 21.0)

        def equip(engine: Engine) -> None:
            begin_heartbeat(engine, beats, HOUR)

        house.equip = equip
        await house.switch_on()
        await house.wait_until(NOON + hours * HOUR)
        await house.switch_off()

    run_virtual(main())
    return beats


def test_a_polled_point_is_stored_at_least_each_heartbeat(tmp_path: Path) -> None:
    told = lived(tmp_path, 12).of(TEMPERATURE)
    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert max(gaps) <= HOUR
    assert min(gaps) >= 0.8 * HOUR
    assert len(gaps) >= 11


def test_what_the_site_keeps_itself_is_not_stored_again(tmp_path: Path) -> None:
    assert len(lived(tmp_path, 5).of(AWAY)) <= 1
