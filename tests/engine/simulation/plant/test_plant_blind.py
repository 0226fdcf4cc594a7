"""Blinds take their time, and let in the sun by how they stand."""

import pytest

from interlock.simulation.plant.blind import Blind, BlindRating
from interlock.simulation.plant.moment import Moment
from support.plant_house import FakeHost

RATING = BlindRating(travel_s=50.0, turn_s=2.0, open_share=0.4, closed_share=0.1)


def rig(
    position: float = 0.0, slats: float = 0.0, rating: BlindRating = RATING
) -> tuple[Blind, Moment, FakeHost]:
    blind, moment, host = (
        Blind("b", rating=rating, position_percent=position, slats_percent=slats),
        Moment(),
        FakeHost(),
    )
    moment.now_s = 1000.0
    blind.hang_before(host, moment)
    return blind, moment, host


@pytest.mark.parametrize(
    ("start", "target", "seconds", "position"),
    [
        (0, 100, 0, 0),
        (0, 100, 10, 20),
        (0, 100, 50, 100),
        (0, 100, 99, 100),
        (80, 30, 10, 60),
        (80, 30, 25, 30),
    ],
)
def test_it_goes_with_constant_speed(start: float, target: float, seconds: float, position: float) -> None:
    blind, moment, _ = rig(position=start)
    blind.move_to(target)
    moment.now_s += seconds
    assert blind.position_percent == pytest.approx(position)


def test_it_turns_its_lamellas_apart_from_that() -> None:
    blind, moment, _ = rig()
    blind.turn_to(50)
    moment.now_s += 0.5
    assert (blind.slats_percent, blind.position_percent, blind.is_moving) == (25, 0, True)
    moment.now_s += 0.5
    assert (blind.slats_percent, blind.is_moving) == (50, False)


@pytest.mark.parametrize(("seconds", "is_moving"), [(0, True), (24.9, True), (25, False)])
def test_it_moves_until_it_has_arrived(seconds: float, is_moving: bool) -> None:
    blind, moment, _ = rig()
    blind.move_to(50)
    moment.now_s += seconds
    assert blind.arrival_s == 1025
    assert blind.is_moving is is_moving


def test_it_turns_back_from_where_it_is() -> None:
    blind, moment, _ = rig()
    blind.move_to(100)
    moment.now_s += 20
    blind.move_to(0)
    moment.now_s += 5
    assert blind.position_percent == pytest.approx(30)
    assert blind.arrival_s == pytest.approx(1040)


def test_it_stops_where_it_is() -> None:
    blind, moment, _ = rig()
    blind.move_to(100)
    blind.turn_to(100)
    moment.now_s += 1
    blind.stop()
    moment.now_s += 100
    assert (blind.position_percent, blind.slats_percent, blind.is_moving) == (2, 50, False)


@pytest.mark.parametrize(
    ("position", "slats", "share"),
    [(0, 0, 1), (0, 100, 1), (100, 0, 0.4), (100, 100, 0.1), (100, 50, 0.25), (50, 100, 0.55)],
)
def test_the_sun_comes_through_by_how_it_stands(position: float, slats: float, share: float) -> None:
    assert rig(position, slats)[0].passing_share == pytest.approx(share)


def test_on_its_way_it_lets_through_what_its_position_does() -> None:
    blind, moment, _ = rig(slats=100)
    blind.move_to(100)
    shares = []
    for _ in range(3):
        shares.append(blind.passing_share)
        moment.now_s += 25
    assert shares == pytest.approx([1, 0.55, 0.1])


def test_each_command_disturbs_every_zone_it_hangs_before() -> None:
    blind, moment, first = rig()
    second = FakeHost()
    blind.hang_before(second, moment)
    blind.move_to(10)
    blind.turn_to(10)
    assert (first.disturbances, second.disturbances) == (2, 2)


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_position_is_a_percentage(percent: float) -> None:
    with pytest.raises(ValueError, match=f"a position of b must be within 0 and 100 %, not {percent}"):
        rig()[0].move_to(percent)
    with pytest.raises(ValueError, match="within 0 and 100"):
        rig()[0].turn_to(percent)


@pytest.mark.parametrize("percent", [0, 100])
def test_it_goes_to_both_ends(percent: float) -> None:
    blind, moment, _ = rig(position=50)
    blind.move_to(percent)
    moment.now_s += 50
    assert blind.position_percent == percent


def test_one_without_travel_is_there_at_once() -> None:
    blind, _, _ = rig(rating=BlindRating(travel_s=0.0))
    blind.move_to(70)
    assert (blind.position_percent, blind.is_moving) == (70, False)


def test_by_itself_it_is_up_and_takes_fifty_seconds_down() -> None:
    assert Blind("b").rating == BlindRating(travel_s=50.0, turn_s=2.0, open_share=0.4, closed_share=0.1)
    assert (Blind("b").position_percent, Blind("b").slats_percent) == (0, 0)
