"""Which points are asked for, how often, together with which others."""

from datetime import timedelta

from interlock.model import Point
from interlock.runtime.connections.poll_plan import is_told, plan_polls, plan_pushes
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
LAMP, SCENE, RELAY = Point("lamp.power"), Point("evening.scenelaunch"), Point("relay.value")


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


def _pushes(
    needed: list[Point], *, with_events: bool = False, **site: object
) -> list[tuple[timedelta, timedelta, list[Point], list[Point], int]]:
    jobs = plan_pushes(
        fake_site(FakeEquipment(), **{"pushes": True, **site}),  # type: ignore[arg-type]
        needed,
        with_events=with_events,
    )
    return [
        (
            job.interval,
            job.stale_after,
            [target.point for target in job.wanted],
            [target.point for target in job.once],
            len(job.targets),
        )
        for job in jobs
    ]


TEN, THIRTY = timedelta(seconds=10), timedelta(seconds=30)


def test_where_changes_are_told_points_are_read_once_and_not_polled() -> None:
    assert _pushes([LAMP, TEMPERATURE]) == [(TEN, THIRTY, [TEMPERATURE, LAMP], [TEMPERATURE, LAMP], 2)]
    assert _plan([LAMP, TEMPERATURE], pushes=True) == []


def test_a_device_that_says_poll_is_polled_besides() -> None:
    polls = {"lamp": timedelta(minutes=1)}
    assert _pushes([LAMP, TEMPERATURE], polls=polls) == [(TEN, THIRTY, [TEMPERATURE, LAMP], [TEMPERATURE], 2)]
    assert _plan([LAMP, TEMPERATURE], pushes=True, polls=polls) == [
        (timedelta(minutes=1), timedelta(minutes=3), [LAMP])
    ]


def test_a_connection_that_says_poll_is_polled_also_where_that_is_the_default() -> None:
    assert _pushes([LAMP], poll="10s") == [(TEN, THIRTY, [LAMP], [], 1)]
    assert _plan([LAMP], pushes=True, poll="10s") == [(TEN, THIRTY, [LAMP])]


def test_what_cannot_be_read_is_listened_for_and_not_read() -> None:
    assert _pushes([RELAY]) == [(TEN, THIRTY, [RELAY], [], 1)]


def test_a_connection_says_how_long_it_may_be_lost() -> None:
    assert _pushes([LAMP], stale_after="5m")[0][1] == timedelta(minutes=5)


def test_without_need_there_is_no_job_but_for_events() -> None:
    every_point = len(fake_site(FakeEquipment()).targets)
    assert _pushes([]) == []
    assert _pushes([], with_events=True) == [(TEN, THIRTY, [], [], every_point)]


def test_a_connection_that_is_not_told_has_no_job() -> None:
    assert _pushes([LAMP], with_events=True, pushes=False) == []


def test_what_is_polled_or_not_of_the_site_is_not_told_alone() -> None:
    polls = {"lamp": timedelta(minutes=1)}
    site = fake_site(FakeEquipment(), pushes=True, polls=polls)
    assert [is_told(site, point) for point in (TEMPERATURE, LAMP, Point("gone.power"))] == [
        True,
        False,
        False,
    ]
    assert not is_told(fake_site(FakeEquipment()), TEMPERATURE)
