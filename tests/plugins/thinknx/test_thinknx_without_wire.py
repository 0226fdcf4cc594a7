"""Simulated Thinknx devices that are commanded without the wire, in virtual time."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import pytest

from interlock import Answer, ConnectionSettings, DriverError, Point, Target, TimedOut, Value, Write
from interlock.simulation.virtual_time import run_virtual
from interlock_thinknx.settings import ThinknxLocalSettings
from interlock_thinknx.simulator import ThinknxSimulator
from support.thinknx_points import thinknx_target

T = TypeVar("T")

HEIGHT = thinknx_target("shutter.heightlevel", "blind", guid="SHUTTER")
UP_DOWN = thinknx_target("shutter.updown", "blind", guid="SHUTTER")
STOP = thinknx_target("shutter.stop", "blind", guid="SHUTTER")
STEP = thinknx_target("shutter.blindstep", "blind", guid="SHUTTER")
ANGLE = thinknx_target("shutter.blindangle", "blind", guid="SHUTTER")
LEVEL = thinknx_target("spots.powerlevel", "dimmer", guid="SPOTS")
POWER = thinknx_target("spots.power", "dimmer", guid="SPOTS")
SCENE = thinknx_target("evening.scenelaunch", "scene", guid="EVENING")
LAMP = thinknx_target("lamp.power", "light", guid="LAMP")
TARGETS = (HEIGHT, UP_DOWN, STOP, STEP, ANGLE, LEVEL, POWER, SCENE, LAMP)
OPEN = ThinknxLocalSettings(host="127.0.0.1")


def server(settings: ConnectionSettings = OPEN) -> ThinknxSimulator:
    return ThinknxSimulator(settings, TARGETS)


def play(story: Coroutine[object, object, T]) -> T:
    return run_virtual(story)


def write(target: Target, value: Value | None) -> Write:
    return Write(target=target, value=value)


@pytest.mark.parametrize(("target", "acts"), [(HEIGHT, True), (LEVEL, True), (SCENE, True), (LAMP, False)])
def test_blinds_dimmers_and_scenes_act(target: Target, acts: bool) -> None:
    assert ThinknxSimulator.acts(target) is acts


def test_a_height_is_answered_when_the_blind_has_arrived() -> None:
    async def story() -> tuple[Answer | DriverError, float]:
        answer = await server().take(write(HEIGHT, 50))
        return answer, asyncio.get_running_loop().time()

    answer, at_s = play(story())
    assert answer == Answer(value=50)
    assert at_s == pytest.approx(1.05, abs=0.01)


def test_without_feedback_it_is_answered_at_once() -> None:
    async def story() -> tuple[object, float, Value | None, Value | None]:
        made = server(ThinknxLocalSettings(host="127.0.0.1", feedback=False))
        answer = await made.take(write(HEIGHT, 50))
        at_s, before = asyncio.get_running_loop().time(), made.value(HEIGHT.point)
        await asyncio.sleep(2)
        return answer, at_s, before, made.value(HEIGHT.point)

    assert play(story()) == (Answer(), 0, 0, 50)


def test_a_device_can_want_feedback_where_its_connection_does_not() -> None:
    own = thinknx_target("shutter.heightlevel", "blind", guid="SHUTTER", feedback=True)

    async def story() -> object:
        made = ThinknxSimulator(ThinknxLocalSettings(host="127.0.0.1", feedback=False), [own])
        return await made.take(write(own, 50))

    assert play(story()) == Answer(value=50)


def test_who_waits_too_shortly_for_feedback_hears_nothing() -> None:
    hasty = ThinknxLocalSettings.model_validate({"host": "127.0.0.1", "feedback_timeout": "1s"})

    async def story() -> tuple[object, float]:
        answer = await server(hasty).take(write(HEIGHT, 100))
        return answer, asyncio.get_running_loop().time()

    answer, at_s = play(story())
    assert isinstance(answer, TimedOut)
    assert at_s == pytest.approx(1, abs=0.01)


def test_a_dead_device_never_answers() -> None:
    async def story() -> object:
        made = server()
        made.add_fault("dead:shutter")
        answer = await made.take(write(HEIGHT, 100))
        return type(answer), made.value(HEIGHT.point), made.commands(HEIGHT.point)

    assert play(story()) == (TimedOut, 0, [])


def test_a_blind_that_moves_is_stopped_where_it_is_and_its_lamellas_turn_by_steps() -> None:
    async def story() -> tuple[object, ...]:
        made = server()
        assert await made.take(write(UP_DOWN, "down")) == Answer()
        await asyncio.sleep(1.05)
        await made.take(write(STOP, None))
        await asyncio.sleep(5)
        await made.take(write(STEP, "clockwise"))
        await asyncio.sleep(1)
        return made.value(HEIGHT.point), made.value(ANGLE.point), made.commands(UP_DOWN.point)

    assert play(story()) == (52, 10, ["down"])


def test_a_dimmer_keeps_its_brightness_while_it_is_dark() -> None:
    async def story() -> tuple[object, ...]:
        made = server()
        for target, value in ((LEVEL, 40), (POWER, False)):
            await made.take(write(target, value))
        dark = made.value(LEVEL.point)
        await made.take(write(POWER, True))
        return dark, made.value(LEVEL.point)

    assert play(story()) == (0, 40)


def test_a_scene_runs_for_a_while() -> None:
    async def story() -> tuple[object, ...]:
        made = server()
        await made.take(write(SCENE, "launch"))
        await asyncio.sleep(1)
        running = made.value(SCENE.point)
        await asyncio.sleep(3)
        return running, made.value(SCENE.point), made.commands(Point("evening.scenelaunch"))

    assert play(story()) == ("launch", "stop", ["launch"])
