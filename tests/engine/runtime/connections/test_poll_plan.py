"""Which points are asked for, how often, together with which others."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from interlock.driver import ConnectionSettings, Target
from interlock.model import Point
from interlock.runtime.connections.needs import Urgency
from interlock.runtime.connections.poll_plan import is_told, plan_polls, plan_pushes
from support.fake_driver import FakeDriver, FakeEquipment
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


URGENCIES = {TEMPERATURE: Urgency.TRIGGER, SETPOINT: Urgency.WATCH, LAMP: Urgency.WATCH}


def _jobs(limits: dict[str, float] | None = None, **site: object) -> list[tuple[list[Point], float, float]]:
    made = fake_site(FakeEquipment(), **site)  # type: ignore[arg-type]
    jobs = plan_polls(made, [TEMPERATURE, SETPOINT, LAMP], URGENCIES, limits or {})
    return [
        (
            [target.point for target in job.targets],
            job.interval.total_seconds(),
            job.stale_after.total_seconds(),
        )
        for job in jobs
    ]


def test_what_is_urgent_is_read_apart_where_not_all_can_be_read_as_often() -> None:
    assert _jobs(rate="15/min") == [([TEMPERATURE], 10, 30), ([SETPOINT, LAMP], 15, 45)]


def test_a_rate_that_suffices_leaves_all_together() -> None:
    assert _jobs(rate="20/min") == [([TEMPERATURE, SETPOINT, LAMP], 10, 30)]


def test_what_is_slowed_is_not_unknown_because_of_that() -> None:
    assert _jobs(rate="15/min", stale_after="20s") == [([TEMPERATURE], 10, 20), ([SETPOINT, LAMP], 15, 45)]


def test_a_server_that_bears_less_than_the_site_says_is_asked_as_it_bears() -> None:
    assert _jobs({"house": 0.2}) == [([TEMPERATURE], 10, 30), ([SETPOINT, LAMP], 20, 60)]
    assert _jobs({"other": 0.2}) == [([TEMPERATURE, SETPOINT, LAMP], 10, 30)]


def test_where_one_request_asks_for_everything_nothing_is_asked_apart() -> None:
    class AllAtOnce(FakeDriver):
        @classmethod
        def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
            return 1

    assert _jobs(driver=AllAtOnce, rate="2/min") == [([TEMPERATURE, SETPOINT, LAMP], 30, 90)]


def test_a_job_says_what_the_site_wants_and_what_it_costs() -> None:
    site = fake_site(FakeEquipment(), rate="15/min")
    urgent, rest = plan_polls(site, [TEMPERATURE, SETPOINT, LAMP], URGENCIES)
    assert (urgent.wanted, urgent.is_slowed, urgent.requests, urgent.urgency) == (
        TEN,
        False,
        1,
        Urgency.TRIGGER,
    )
    assert (rest.wanted, rest.is_slowed, rest.requests, rest.urgency) == (TEN, True, 2, Urgency.WATCH)
    assert (urgent.is_part, rest.is_part, rest.per_second) == (True, True, pytest.approx(2 / 15))


MANY = {f"lamp{number}": "light" for number in range(10)}


def _pieces(rate: str) -> list[tuple[int, tuple[int, int], float]]:
    site = fake_site(FakeEquipment(), devices={**MANY, "living_thermostat": "thermostat"}, rate=rate)
    lamps = [Point(f"{name}.power") for name in MANY]
    jobs = plan_polls(site, [TEMPERATURE, *lamps], {TEMPERATURE: Urgency.TRIGGER})
    return [(len(job.targets), job.piece, job.interval.total_seconds()) for job in jobs]


def test_what_is_slowed_for_a_rate_is_read_in_pieces_that_leave_room_for_what_is_urgent() -> None:
    pieces = [(3, (0, 4), 86), (3, (1, 4), 86), (3, (2, 4), 86), (1, (3, 4), 86)]
    assert _pieces("14/min") == [(1, (0, 1), 10), *pieces]


def test_what_is_not_slowed_is_read_at_once() -> None:
    assert _pieces("80/min") == [(11, (0, 1), 10)]


def test_pieces_are_no_more_than_a_dozen() -> None:
    pieces = _pieces("2/min")
    assert [piece for _, piece, _ in pieces] == [(0, 1), *((each, 10) for each in range(10))]
    site = fake_site(FakeEquipment(), devices={f"l{number}": "light" for number in range(40)}, rate="2/min")
    jobs = plan_polls(site, [target.point for target in site.targets.values()])
    assert len(jobs) <= 12
    assert sum(len(job.targets) for job in jobs) == 80
