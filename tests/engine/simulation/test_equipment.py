"""Equipment says what it holds, also of what it was asked for before."""

from collections.abc import Callable

import pytest

from interlock.driver import Target, Write
from interlock.errors import DriverError, UnknownDevice
from interlock.model import Point, Value
from interlock.simulation.equipment import Equipment
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

POWER, TEMPERATURE = Point("living_ac.hvacpower"), Point("living_thermostat.actualtemp")
TARGETS = fake_site(FakeEquipment()).targets


class Alive:
    """A device with a life of its own."""

    def value(self, point: Point) -> Value:
        return 30.0


def equipment() -> Equipment:
    made = Equipment(TARGETS.values())
    made.set_value(POWER, True)
    made.set_value(TEMPERATURE, 20.0)
    return made


def shown(answers: dict[Point, Value | DriverError]) -> dict[Point, object]:
    return {point: str(each) if isinstance(each, DriverError) else each for point, each in answers.items()}


UNKNOWN = f"{TEMPERATURE} was never given a value"


@pytest.mark.parametrize(
    ("act", "after"),
    [
        (lambda it: it.set_value(TEMPERATURE, 21.0), {POWER: True, TEMPERATURE: 21.0}),
        (lambda it: it.take(Write(target=TARGETS[POWER], value=False)), {POWER: False, TEMPERATURE: 20.0}),
        (lambda it: it.lose_value(TEMPERATURE), {POWER: True, TEMPERATURE: UNKNOWN}),
        (
            lambda it: it.lose_point(POWER, UnknownDevice("gone")),
            {POWER: "gone", TEMPERATURE: 20.0},
        ),
        (lambda it: it.falsify(TEMPERATURE, lambda value: 5.0), {POWER: True, TEMPERATURE: 5.0}),
        (
            lambda it: it.lose_connection("house", UnknownDevice("away")),
            {POWER: "away", TEMPERATURE: "away"},
        ),
        (lambda it: it.enliven(TEMPERATURE, Alive()), {POWER: True, TEMPERATURE: 30.0}),
    ],
)
def test_what_is_read_again_is_as_it_is_now(
    act: Callable[[Equipment], object], after: dict[Point, object]
) -> None:
    made, targets = equipment(), (TARGETS[POWER], TARGETS[TEMPERATURE])
    before = made.answers(targets)
    assert before == made.answers(targets) == {POWER: True, TEMPERATURE: 20.0}
    act(made)
    assert shown(dict(made.answers(targets))) == after
    assert before == {POWER: True, TEMPERATURE: 20.0}


def test_a_point_that_lives_is_asked_each_time() -> None:
    made, targets = equipment(), (TARGETS[POWER],)
    made.answers(targets)
    made.enliven(POWER, Alive())  # type: ignore[arg-type]
    assert made.answers(targets) == made.answers(targets) == {POWER: 30.0}


def test_batches_that_are_never_read_again_are_forgotten() -> None:
    made = equipment()
    for number in range(100):
        target: list[Target] = [TARGETS[POWER]]
        made.set_value(POWER, number % 2 == 0)
        assert made.answers(target) == {POWER: number % 2 == 0}
    assert len(made._batches) <= 32
