"""The simulated room obeys its heat balance, and its air conditioner does what it is told."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.simulation.plant.afternoon import HvacSetting, HvacUnit, Plant, Room, Weather

HOUR = timedelta(hours=1)
OFF = HvacSetting()
STILL = Weather(lowest_c=10, highest_c=10, sun_w=0)
"""The same temperature all day, and no sun."""
EMPTY = Room(capacity_j_per_k=3.6e6, loss_w_per_k=100, occupants_w=0)
"""Its time constant is ten hours."""


def cooling(**settings: object) -> HvacSetting:
    return HvacSetting(**{"is_on": True, "mode": "cooling", "setpoint_c": 22.0, **settings})  # type: ignore[arg-type]


def test_an_empty_room_cools_down_exponentially() -> None:
    plant = Plant(hour=0, room_c=30, room=EMPTY, weather=STILL)
    after = plant.step(10 * HOUR, OFF)
    assert after.room_c == pytest.approx(10 + 20 / math.e, abs=1e-9)
    assert after.hour == pytest.approx(10)


def test_a_room_with_gains_ends_where_losses_balance_them() -> None:
    room = Room(capacity_j_per_k=3.6e6, loss_w_per_k=100, occupants_w=500)
    after = Plant(hour=0, room_c=0, room=room, weather=STILL).step(400 * HOUR, OFF)
    assert after.room_c == pytest.approx(10 + 500 / 100)


@given(
    start_c=st.floats(-20, 50),
    outdoor_c=st.floats(-20, 50),
    gain_w=st.floats(-5000, 5000),
    seconds=st.floats(0, 1e5),
)
def test_energy_is_conserved(start_c: float, outdoor_c: float, gain_w: float, seconds: float) -> None:
    """What came in less what was lost is what the room stores; the loss is integrated by Simpson's rule."""
    room, parts = Room(), 200
    temperatures = [
        room.after(timedelta(seconds=seconds * part / parts), start_c, outdoor_c, gain_w)
        for part in range(parts + 1)
    ]
    weights = [1, *([4, 2] * (parts // 2))[:-1], 1]
    mean_c = sum(w * t for w, t in zip(weights, temperatures, strict=True)) / sum(weights)
    stored_j = room.capacity_j_per_k * (temperatures[-1] - start_c)
    came_in_j = (gain_w - room.loss_w_per_k * (mean_c - outdoor_c)) * seconds
    assert stored_j == pytest.approx(came_in_j, rel=1e-4, abs=200)


@given(st.floats(0, 7200), st.floats(0, 7200))
def test_two_steps_are_as_one(first_s: float, second_s: float) -> None:
    plant = Plant(hour=0, room_c=30, room=EMPTY, weather=STILL)
    first, second = timedelta(seconds=first_s), timedelta(seconds=second_s)
    together = plant.step(first + second, OFF).room_c
    assert plant.step(first, OFF).step(second, OFF).room_c == pytest.approx(together)


def test_no_time_changes_nothing() -> None:
    plant = Plant(hour=12, room_c=25)
    assert plant.step(timedelta(), cooling()) == plant


def test_the_afternoon_gets_hot_and_the_air_conditioner_brings_it_down_to_the_setpoint() -> None:
    noon = Plant(hour=12.5, room_c=24.5)
    hot = noon.step(2 * HOUR, OFF)
    assert 26 < hot.room_c < 28
    cooled = hot.step(3 * HOUR, cooling(setpoint_c=23))
    assert 23 < cooled.room_c < 24


def test_outdoors_is_warmest_in_the_afternoon_and_coldest_twelve_hours_later() -> None:
    weather = Weather(lowest_c=20, highest_c=30, warmest_hour=15)
    outdoor = [round(weather.outdoor_c(hour), 6) for hour in (15, 3, 9, 21, 39)]
    assert outdoor == [30, 20, 25, 25, 30]


def test_the_sun_shines_from_sunrise_to_sunset_each_day() -> None:
    weather = Weather(sunrise_hour=6, sunset_hour=18, sun_w=1000)
    gains = [round(weather.gain_w(hour), 6) for hour in (5, 6, 8, 12, 18, 23, 36)]
    assert gains == [0, 0, 500, 1000, 0, 0, 1000]


def test_people_warm_the_room() -> None:
    warm = Plant(hour=0, room_c=20, weather=STILL, room=Room(occupants_w=500)).step(HOUR, OFF)
    empty = Plant(hour=0, room_c=20, weather=STILL, room=Room(occupants_w=0)).step(HOUR, OFF)
    assert warm.room_c - empty.room_c == pytest.approx(500 * 3600 / 3.3e6, rel=0.05)


@pytest.mark.parametrize(
    ("setting", "room_c", "heat_w"),
    [
        (HvacSetting(is_on=False, mode="cooling", setpoint_c=20), 30, 0),
        (cooling(), 30, -3000),
        (cooling(), 23, -1500),
        (cooling(), 22, 0),
        (cooling(), 18, 0),
        (cooling(fan="minimum"), 30, -1200),
        (cooling(fan="average"), 30, -2100),
        (cooling(fan="maximum"), 30, -3000),
        (cooling(mode="auto"), 30, -3000),
        (cooling(mode="auto"), 18, 4000),
        (cooling(mode="heating"), 18, 4000),
        (cooling(mode="heating"), 21, 2000),
        (cooling(mode="heating"), 30, 0),
        (cooling(mode="dry"), 30, -600),
        (cooling(mode="dry"), 18, 0),
        (cooling(mode="fan"), 30, 0),
        (cooling(mode="fan"), 18, 0),
    ],
)
def test_the_air_conditioner_moves_as_much_heat_as_its_settings_ask(
    setting: HvacSetting, room_c: float, heat_w: float
) -> None:
    unit = HvacUnit(cooling_w=3000, heating_w=4000, drying_share=0.2, band_k=2)
    assert unit.heat_w(setting, room_c) == pytest.approx(heat_w)


def test_the_closed_loop_does_not_oscillate() -> None:
    plant, temperatures = Plant(hour=14, room_c=28), []
    for _ in range(180):
        plant = plant.step(timedelta(minutes=1), cooling())
        temperatures.append(plant.room_c)
    assert temperatures == sorted(temperatures, reverse=True)
