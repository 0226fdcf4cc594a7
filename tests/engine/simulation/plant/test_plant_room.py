"""A room's figures follow from its floor."""

import pytest

from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.room import Room, Window
from support.plant_house import BOX


def test_capacity_losses_and_volume_grow_with_the_floor() -> None:
    assert (BOX.capacity_j_per_k, BOX.loss_w_per_k, BOX.volume_m3) == (3.6e6, 100.0, 50.0)


def test_the_surface_is_that_of_a_square_room() -> None:
    assert Room(floor_m2=16.0, height_m=2.5).surface_m2 == 2 * 16 + 4 * 4 * 2.5


def test_a_window_lets_in_a_part_of_heat_and_light() -> None:
    window = Window(area_m2=2.0, g_value=0.6, glass_share=0.75, shading_share=0.9, light_share=0.7)
    assert window.sun_m2 == pytest.approx(0.81)
    assert window.light_m2 == pytest.approx(0.945)


def test_a_window_faces_somewhere() -> None:
    assert Window(azimuth_degrees=90.0, tilt_degrees=30.0).facing == (90.0, 30.0)


def test_a_window_without_a_blind_lets_everything_pass() -> None:
    assert Window().passing_share == 1
    assert Window(blind=Blind("b", position_percent=100)).passing_share == pytest.approx(0.4)


def test_the_default_room_has_a_time_constant_of_a_day_and_more() -> None:
    """1 to 2 days are common for masonry. Source: ISO 13790, annex G."""
    room = Room()
    ventilation_w_per_k = room.volume_m3 * room.air_changes_per_h * 1200 / 3600
    hours = room.capacity_j_per_k / (room.loss_w_per_k + ventilation_w_per_k) / 3600
    assert 24 < hours < 48
