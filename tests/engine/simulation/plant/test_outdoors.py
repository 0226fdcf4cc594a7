"""The weather between two samples lies on the straight way."""

from dataclasses import fields

import pytest

from interlock.simulation.plant.outdoors import Outdoors, between

NAMES = [field.name for field in fields(Outdoors)]
LOW = Outdoors(**dict.fromkeys(NAMES, 10.0))
HIGH = Outdoors(**{name: 10.0 + number for number, name in enumerate(NAMES, start=1)})


@pytest.mark.parametrize("name", NAMES)
def test_a_quarter_of_the_way_is_a_quarter_of_the_difference(name: str) -> None:
    number = NAMES.index(name) + 1
    assert getattr(between(LOW, HIGH, 0.25), name) == 10.0 + number / 4


def test_both_ends_are_the_samples() -> None:
    assert [between(LOW, HIGH, share) for share in (0, 1)] == [LOW, HIGH]


def test_full_sun_is_about_a_hundred_thousand_lux() -> None:
    assert Outdoors(temperature_c=25.0, global_w_per_m2=1000.0).daylight_lx == 110_000
