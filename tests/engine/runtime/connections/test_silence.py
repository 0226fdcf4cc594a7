"""Points that do not answer in time wait their turn, those of one device together."""

import random
from datetime import UTC, datetime, timedelta

from interlock.driver import Target
from interlock.model import Point
from interlock.runtime.connections.silence import Silence
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
TEN_S = timedelta(seconds=10)
SITE = fake_site(FakeEquipment())
TEMPERATURE, SETPOINT, LAMP = (
    SITE.targets[Point(name)]
    for name in ("living_thermostat.actualtemp", "living_thermostat.setpoint", "lamp.power")
)


class EvenDice(random.Random):
    def random(self) -> float:
        return 0.5


def silence(*targets: Target, interval: timedelta = TEN_S) -> Silence:
    made = Silence(interval, EvenDice())
    for target in targets:
        made.begin(target)
    return made


def due(kept: Silence, after_s: float = 0, count: int = 9) -> list[Target]:
    return list(kept.due(NOW + timedelta(seconds=after_s), count, ()))


def test_what_falls_silent_may_be_asked_at_once_in_its_order() -> None:
    kept = silence(TEMPERATURE, LAMP, SETPOINT)
    assert due(kept) == [TEMPERATURE, LAMP, SETPOINT]
    assert due(kept, count=2) == [TEMPERATURE, LAMP]


def test_what_is_under_way_is_not_due() -> None:
    assert silence(TEMPERATURE, LAMP).due(NOW, 2, {TEMPERATURE.point}) == [LAMP]


def test_what_was_asked_comes_last() -> None:
    kept = silence(TEMPERATURE, LAMP)
    kept.begin(TEMPERATURE)
    assert due(kept) == [LAMP, TEMPERATURE]


def test_a_silent_device_is_left_alone_with_all_its_points() -> None:
    kept = silence(TEMPERATURE, SETPOINT, LAMP)
    kept.go_on(TEMPERATURE.device, NOW)
    assert due(kept, 9.9) == [LAMP]
    assert due(kept, 10) == [TEMPERATURE, SETPOINT, LAMP]


def test_the_points_of_a_device_that_fell_silent_together_make_one_pause() -> None:
    kept = silence(TEMPERATURE, SETPOINT)
    for _ in range(2):
        kept.go_on(TEMPERATURE.device, NOW)
    assert due(kept, 10) == [TEMPERATURE, SETPOINT]


def pauses_s(interval: timedelta) -> list[float]:
    kept, now, pauses = silence(LAMP, interval=interval), NOW, []
    for _ in range(5):
        kept.go_on(LAMP.device, now)
        pause = next(s for s in range(10_000) if kept.due(now + timedelta(seconds=s), 1, ()))
        pauses.append(pause)
        now += timedelta(seconds=pause)
    return pauses


def test_pauses_double_up_to_a_minute_and_are_no_shorter_than_the_interval() -> None:
    assert pauses_s(TEN_S) == [10, 20, 40, 60, 60]
    assert pauses_s(timedelta(minutes=5)) == [300] * 5


def test_a_point_that_answers_ends_the_pause_of_its_device() -> None:
    kept = silence(TEMPERATURE, SETPOINT)
    kept.go_on(TEMPERATURE.device, NOW)
    kept.end(TEMPERATURE)
    assert due(kept) == [SETPOINT]
    assert (TEMPERATURE.point in kept, SETPOINT.point in kept) == (False, True)


def test_a_point_that_was_not_silent_ends_no_pause_by_answering() -> None:
    kept = silence(TEMPERATURE)
    kept.go_on(TEMPERATURE.device, NOW)
    kept.end(SETPOINT)
    assert due(kept) == []


def test_nothing_is_silent_once_all_have_answered() -> None:
    kept = silence(LAMP)
    assert kept
    kept.end(LAMP)
    assert not kept
