"""Which points are asked for, how often, together with which others."""

from datetime import timedelta

from interlock.model import Point
from interlock.runtime.poll_plan import plan_polls
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
LAMP, SCENE = Point("lamp.power"), Point("evening.scenelaunch")


def _plan(needed: list[Point], **site: object) -> list[tuple[timedelta, timedelta, list[Point]]]:
    jobs = plan_polls(fake_site(FakeEquipment(), **site), needed)  # type: ignore[arg-type]
    return [(job.interval, job.stale_after, [target.point for target in job.targets]) for job in jobs]


def test_only_points_that_somebody_needs_are_read_and_together() -> None:
    assert _plan([LAMP, TEMPERATURE]) == [
        (timedelta(seconds=10), timedelta(seconds=30), [TEMPERATURE, LAMP]),
    ]


def test_what_cannot_be_read_is_not_asked_for() -> None:
    assert _plan([SCENE]) == []


def test_a_devices_own_interval_makes_a_job_of_its_own() -> None:
    assert _plan([TEMPERATURE, LAMP, SETPOINT], polls={"lamp": timedelta(minutes=1)}) == [
        (timedelta(seconds=10), timedelta(seconds=30), [TEMPERATURE, SETPOINT]),
        (timedelta(minutes=1), timedelta(minutes=3), [LAMP]),
    ]


def test_the_connection_says_how_old_a_reading_may_grow() -> None:
    assert _plan([LAMP], poll="20s", stale_after="25s") == [
        (timedelta(seconds=20), timedelta(seconds=25), [LAMP]),
    ]


def test_nothing_needed_is_nothing_polled() -> None:
    assert _plan([]) == []
