"""Simulated devices: what they hold and how they come to it, on a clock that the test turns."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock_thinknx.simulator.devices import (
    Pace,
    SimulatedBlind,
    SimulatedDevice,
    SimulatedDimmer,
    SimulatedScene,
    Travel,
)


class TurnedClock:
    """The running event loop's clock, standing still until it is turned."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def turn(self, seconds: float) -> None:
        """Let so much time pass, and everything happen that is due."""
        self.now += seconds
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> TurnedClock:
    return TurnedClock(monkeypatch)


@pytest.fixture
def pace() -> Pace:
    pace = Pace()
    pace.reaction_s, pace.travel_s, pace.scene_s = 1.0, 20.0, 30.0
    return pace


@pytest.fixture
def blind(pace: Pace) -> SimulatedBlind:
    return SimulatedBlind("blind", pace, 1)


def test_devices_are_quick_by_default() -> None:
    pace = Pace()
    assert (pace.reaction_s, pace.travel_s, pace.scene_s) == (0.05, 2.0, 3.0)


@pytest.mark.parametrize(
    ("device_type", "values"),
    [
        ("light", {"power": False}),
        ("dimmer", {"power": False, "powerlevel": 0, "color": (255, 255, 255), "colortemp": 4000}),
        ("analog", {"value": 0.0}),
        ("thermostat", {"actualtemp": 21.5, "setpoint": 20.0, "tempmode": "comfort", "chronoen": False}),
        ("hvac", {"hvacpower": False, "hvacsetpoint": 22.0, "hvacmode": "auto", "hvacfan": "auto"}),
        ("button", {}),
    ],
)
def test_devices_start_with_plausible_values(device_type: str, values: object, pace: Pace) -> None:
    assert SimulatedDevice(device_type, pace, 1).values == values


def test_communication_objects_are_numbered_from_the_device_s_first(pace: Pace) -> None:
    device = SimulatedDevice("thermostat", pace, 7)
    assert [device.object_number(name) for name in device.controllers] == [7, 8, 9, 10]


async def test_a_command_takes_effect_after_the_reaction_time(pace: Pace, clock: TurnedClock) -> None:
    device = SimulatedDevice("light", pace, 1)
    doing = asyncio.create_task(device.perform("power", True))
    await clock.turn(0)
    await clock.turn(0.99)
    assert (device.value("power"), doing.done()) == (False, False)
    await clock.turn(0.01)
    assert (device.value("power"), doing.done()) == (True, True)


async def test_hurrying_ends_every_wait_and_what_follows(pace: Pace, clock: TurnedClock) -> None:
    blind = SimulatedBlind("blind", pace, 1)
    doing = asyncio.create_task(blind.perform("heightlevel", 40))
    await clock.turn(0)
    await pace.hurry()
    assert blind.value("heightlevel") == 40
    await doing


async def test_cancelling_forgets_what_is_under_way(pace: Pace, clock: TurnedClock) -> None:
    device = SimulatedDevice("light", pace, 1)
    doing = asyncio.create_task(device.perform("power", True))
    await clock.turn(0)
    pace.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert device.value("power") is False


@pytest.fixture
def dimmer(pace: Pace) -> SimulatedDimmer:
    return SimulatedDimmer("dimmer", pace, 1)


def test_a_dimmer_that_was_never_dimmed_comes_on_fully(dimmer: SimulatedDimmer) -> None:
    dimmer.hold("power", True)
    assert dimmer.value("powerlevel") == 100


def test_a_dimmer_comes_back_at_its_last_level(dimmer: SimulatedDimmer) -> None:
    dimmer.hold("powerlevel", 30)
    dimmer.hold("power", False)
    assert (dimmer.value("power"), dimmer.value("powerlevel")) == (False, 0)
    dimmer.hold("power", True)
    assert (dimmer.value("power"), dimmer.value("powerlevel")) == (True, 30)


def test_a_dimmer_dimmed_to_nothing_is_off_and_remembers(dimmer: SimulatedDimmer) -> None:
    dimmer.hold("powerlevel", 30)
    assert dimmer.value("power") is True
    dimmer.hold("powerlevel", 0)
    assert dimmer.value("power") is False
    dimmer.hold("power", True)
    assert dimmer.value("powerlevel") == 30


def test_a_dimmer_that_is_on_stays_as_bright_when_switched_on(dimmer: SimulatedDimmer) -> None:
    dimmer.hold("powerlevel", 30)
    dimmer.hold("power", True)
    assert (dimmer.value("power"), dimmer.value("powerlevel")) == (True, 30)


def test_a_dimmer_s_color_leaves_its_power_alone(dimmer: SimulatedDimmer) -> None:
    dimmer.hold("color", (1, 2, 3))
    assert dimmer.values == {"power": False, "powerlevel": 0, "color": (1, 2, 3), "colortemp": 4000}


async def test_a_blind_travels_down_and_tells_where_it_is(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.hold("updown", "down")
    heights = []
    for _ in range(5):
        heights.append((blind.value("updown"), blind.value("heightlevel")))
        await clock.turn(5)
    assert heights == [("down", 0), ("down", 25), ("down", 50), ("down", 75), (None, 100)]


async def test_a_blind_travels_up_from_where_it_is(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.hold("heightlevel", 50)
    blind.hold("updown", "up")
    await clock.turn(5)
    assert (blind.value("updown"), blind.value("heightlevel")) == ("up", 25)


async def test_a_blind_stops_midway_and_stays(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.hold("updown", "down")
    await clock.turn(8)
    stopping = asyncio.create_task(blind.perform("stop", None))
    await clock.turn(0)
    await clock.turn(1)
    await clock.turn(100)
    await stopping
    assert (blind.value("updown"), blind.value("heightlevel")) == (None, 45)


async def test_a_blind_answers_a_height_when_it_is_there(blind: SimulatedBlind, clock: TurnedClock) -> None:
    doing = asyncio.create_task(blind.perform("heightlevel", 50))
    await clock.turn(0)
    await clock.turn(1)
    await clock.turn(9.9)
    assert not doing.done()
    await clock.turn(0.1)
    assert (doing.done(), blind.value("heightlevel")) == (True, 50)


async def test_a_stopped_blind_answers_where_it_stopped(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.pace.reaction_s = 0
    doing = asyncio.create_task(blind.perform("heightlevel", 50))
    await clock.turn(0)
    await clock.turn(6)
    await blind.perform("stop", None)
    await doing
    assert blind.value("heightlevel") == 30


async def test_a_new_target_replaces_the_one_under_way(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.hold("updown", "down")
    await clock.turn(10)
    blind.hold("updown", "up")
    await clock.turn(5)
    assert blind.value("heightlevel") == 25
    await clock.turn(5)
    assert (blind.value("updown"), blind.value("heightlevel")) == (None, 0)


async def test_a_hand_on_the_height_ends_the_travel(blind: SimulatedBlind, clock: TurnedClock) -> None:
    blind.hold("updown", "down")
    blind.hold("heightlevel", 10)
    await clock.turn(60)
    assert (blind.value("updown"), blind.value("heightlevel")) == (None, 10)


async def test_stopping_a_blind_at_rest_changes_nothing(blind: SimulatedBlind) -> None:
    blind.pace.reaction_s = 0
    blind.hold("heightlevel", 10)
    await blind.perform("stop", None)
    assert blind.value("heightlevel") == 10


def test_lamellas_turn_by_ten_percent_between_their_ends(blind: SimulatedBlind) -> None:
    blind.hold("blindangle", 85)
    angles = []
    for step in ["clockwise", "clockwise", "counterclockwise", *["counterclockwise"] * 10]:
        blind.hold("blindstep", step)
        angles.append(blind.value("blindangle"))
    assert angles == [95, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0, 0]


def test_stop_and_step_hold_nothing(blind: SimulatedBlind) -> None:
    assert [blind.value(name) for name in ("stop", "blindstep", "updown")] == [None, None, None]


@pytest.fixture
def scene(pace: Pace) -> SimulatedScene:
    return SimulatedScene("scene", pace, 1)


async def test_a_scene_runs_for_its_time(scene: SimulatedScene, clock: TurnedClock) -> None:
    assert scene.value("scenelaunch") == "stop"
    scene.hold("scenelaunch", "launch")
    await clock.turn(29.9)
    assert scene.value("scenelaunch") == "launch"
    await clock.turn(0.1)
    assert scene.value("scenelaunch") == "stop"


async def test_a_running_scene_can_be_stopped(scene: SimulatedScene, clock: TurnedClock) -> None:
    scene.hold("scenelaunch", "launch")
    scene.hold("scenelaunch", "stop")
    assert scene.value("scenelaunch") == "stop"


async def test_a_scene_launched_again_begins_anew(scene: SimulatedScene, clock: TurnedClock) -> None:
    scene.hold("scenelaunch", "launch")
    await clock.turn(20)
    scene.hold("scenelaunch", "launch")
    await clock.turn(20)
    assert scene.value("scenelaunch") == "launch"


async def test_a_scene_that_does_not_run_can_be_stopped(scene: SimulatedScene, clock: TurnedClock) -> None:
    scene.hold("scenelaunch", "stop")
    assert scene.value("scenelaunch") == "stop"


@pytest.mark.parametrize(("at_s", "height"), [(10.0, 20.0), (12.0, 30.0), (22.0, 80.0), (99.0, 80.0)])
def test_a_travel_passes_its_way_evenly(at_s: float, height: float) -> None:
    travel = Travel(start=20.0, target=80, began_s=10.0, full_s=20.0)
    assert (travel.duration_s, travel.height(at_s)) == (12.0, height)


@given(
    start=st.floats(0, 100),
    target=st.integers(0, 100),
    full_s=st.floats(0, 1000),
    passed_s=st.floats(0, 2000),
)
def test_a_travel_never_leaves_its_way(start: float, target: int, full_s: float, passed_s: float) -> None:
    travel = Travel(start=start, target=target, began_s=0.0, full_s=full_s)
    low, high = min(start, target), max(start, target)
    assert low - 1e-9 <= travel.height(passed_s) <= high + 1e-9
