"""A poll job at work: what becomes of readings when polls fail, hang, and come back."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import (
    AuthenticationFailed,
    DriverError,
    ProtocolFault,
    RateLimited,
    ServerFault,
    TimedOut,
    Unreachable,
)
from interlock.history.journal import MemoryJournal
from interlock.history.records import ConnectionEvent
from interlock.model import Point, Quality, Reading
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import plan_polls
from interlock.runtime.connections.poller import Poller
from interlock.runtime.supervision import Supervisor
from interlock.simulation.virtual_time import run_virtual
from support.confirmations import Confirmations
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
TEMPERATURE, POWER = Point("living_thermostat.actualtemp"), Point("living_ac.hvacpower")
MODE = Point("living_ac.hvacmode")


class EvenDice(random.Random):
    def random(self) -> float:
        return 0.5


class Bench:
    """A poller on a fake connection, ticked by hand each ten seconds."""

    def __init__(self, equipment: FakeEquipment, *points: Point) -> None:
        self.equipment = equipment
        self.clock = SettableClock(START)
        self.journal = MemoryJournal()
        self.readings: list[Reading] = []
        self.latest = Latest(self.clock)
        self.confirmations = Confirmations()
        self.touched: dict[Point, datetime] = {}
        site = fake_site(equipment)
        self.link = Link(site.connections["house"], clock=self.clock, journal=self.journal, dice=EvenDice())
        [self.job] = plan_polls(site, points or (TEMPERATURE, POWER))
        self.poller = self.begin()

    def begin(self) -> Poller:
        return Poller(
            self.job,
            self.link,
            clock=self.clock,
            dice=EvenDice(),
            writes=self,
            latest=self.latest,
            deliver=self.take,
            supervisor=Supervisor(),
        )

    def take(self, readings: list[Reading], confirmed: Confirmed = NOTHING) -> None:
        self.latest.hear(readings)
        seen = map(self.latest.reading, self.confirmations.hear(confirmed))
        self.readings.extend([*readings, *(each for each in seen if each is not None)])

    def touched_since(self, point: Point, instant: datetime) -> bool:
        return point in self.touched and self.touched[point] >= instant

    def is_idle_since(self, instant: datetime) -> bool:
        return all(touched < instant for touched in self.touched.values())

    async def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.poller.tick(self.clock.now())
            await asyncio.sleep(10)

    @property
    def said(self) -> list[tuple[float, Point, object, Quality]]:
        return [((r.at - START).total_seconds(), r.point, r.value, r.quality) for r in self.readings]


def on_bench(test: Callable[[Bench], Awaitable[None]], equipment: FakeEquipment, *points: Point) -> Bench:
    async def main() -> Bench:
        bench = Bench(equipment, *points)
        await test(bench)
        await bench.poller.close()
        await bench.link.seam.close()
        return bench

    return run_virtual(main())


def test_each_tick_reads_the_whole_job_at_once() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 21.5, POWER: False})
    bench = on_bench(lambda b: b.tick(2), equipment)
    assert equipment.reads == [(TEMPERATURE, POWER)] * 2
    assert bench.said == [
        (0, TEMPERATURE, 21.5, Quality.GOOD),
        (0, POWER, False, Quality.GOOD),
        (10, TEMPERATURE, 21.5, Quality.GOOD),
        (10, POWER, False, Quality.GOOD),
    ]


@pytest.mark.parametrize("error", [TimedOut("slow"), ServerFault("500"), Unreachable("refused")])
def test_a_failed_poll_leaves_the_last_reading_good_until_it_is_stale(error: DriverError) -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = error
        await bench.tick(5)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.said == [(0, TEMPERATURE, 21.5, Quality.GOOD), (40, TEMPERATURE, 21.5, Quality.STALE)]
    assert bench.readings[-1].reason == f"no value for more than 30s: connection house: {error.message}"


@pytest.mark.parametrize("error", [ProtocolFault("html"), AuthenticationFailed("wrong password")])
def test_an_answer_that_says_the_value_is_wrong_is_a_fault_at_once(error: DriverError) -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = error
        await bench.tick()

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.said[1] == (10, TEMPERATURE, None, Quality.FAULT)
    assert bench.readings[1].reason == f"connection house: {error.message}"


def test_a_point_that_never_answered_says_why_from_the_start() -> None:
    equipment = FakeEquipment(values={POWER: True}, errors={TEMPERATURE: TimedOut("slow")})
    bench = on_bench(lambda b: b.tick(), equipment)
    assert bench.said == [(0, TEMPERATURE, None, Quality.FAULT), (0, POWER, True, Quality.GOOD)]
    assert bench.readings[0].reason == "connection house: slow"


def test_one_bad_point_among_good_ones_is_asked_with_them_at_every_tick() -> None:
    equipment = FakeEquipment(values={POWER: True}, errors={TEMPERATURE: ServerFault("500")})
    on_bench(lambda b: b.tick(6), equipment)
    assert equipment.reads == [(TEMPERATURE, POWER)] * 6


@pytest.mark.parametrize("error", [TimedOut("slow"), Unreachable("left unanswered")])
def test_a_silent_point_among_good_ones_is_asked_apart_and_more_and_more_rarely(error: DriverError) -> None:
    equipment = FakeEquipment(values={POWER: True}, errors={TEMPERATURE: error})
    bench = on_bench(lambda b: b.tick(14), equipment)
    assert equipment.reads.count((POWER,)) == 13
    # Asked at 0 s with the others, and alone at 10, 30, 70 and 130 s.
    assert equipment.reads.count((TEMPERATURE,)) == 4
    assert [entry for entry in bench.journal.entries if isinstance(entry, ConnectionEvent)] == []


def test_a_silent_point_that_answers_is_read_with_the_others_again() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors.clear()
        await bench.tick(2)

    equipment = FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}, errors={TEMPERATURE: TimedOut("slow")})
    on_bench(test, equipment)
    assert equipment.reads == [(TEMPERATURE, POWER), (POWER,), (TEMPERATURE,), (TEMPERATURE, POWER)]


def test_where_nothing_came_back_each_point_is_asked_by_itself_at_the_next_tick() -> None:
    equipment = FakeEquipment(errors={TEMPERATURE: TimedOut("slow"), POWER: TimedOut("slow")})
    on_bench(lambda b: b.tick(2), equipment)
    assert equipment.reads == [(TEMPERATURE, POWER), (TEMPERATURE,), (POWER,)]


def test_what_is_under_way_is_not_asked_a_second_time_and_the_rest_is() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors.clear()
        bench.equipment.hanging.add(TEMPERATURE)
        await bench.tick(2)

    equipment = FakeEquipment(values={POWER: True}, errors={TEMPERATURE: TimedOut("slow")})
    on_bench(test, equipment)
    assert equipment.reads == [(TEMPERATURE, POWER), (POWER,), (TEMPERATURE,), (POWER,)]


def test_a_job_that_fails_altogether_is_asked_more_and_more_rarely() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick(16)

    equipment = FakeEquipment(errors={TEMPERATURE: ServerFault("500")})
    on_bench(test, equipment, TEMPERATURE)
    # Asked at 0, 10, 30, 70 and 150 s: the delay doubles from the interval.
    assert len(equipment.reads) == 5


def test_a_point_that_is_silent_by_itself_is_asked_each_minute_at_least() -> None:
    equipment = FakeEquipment(errors={TEMPERATURE: TimedOut("slow")})
    on_bench(lambda b: b.tick(26), equipment, TEMPERATURE)
    # Asked at 0, 10, 30, 70, 130, 190 and 250 s.
    assert len(equipment.reads) == 7


def test_an_unreachable_connection_backs_off_and_says_so_once_and_its_return_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors = {TEMPERATURE: Unreachable("refused"), POWER: Unreachable("refused")}
        await bench.tick(4)
        bench.equipment.errors.clear()
        await bench.tick(4)

    with caplog.at_level(logging.INFO, "interlock.connection"):
        bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}))
    events = [entry.text for entry in bench.journal.entries if isinstance(entry, ConnectionEvent)]
    assert events == [
        "connection house: refused; asking again in 10 s, then more rarely",
        "connection house: answers again",
    ]
    said = [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "interlock.connection"]
    assert said == list(zip(("WARNING", "INFO"), events, strict=True))
    assert len(bench.equipment.reads) < 8
    assert bench.said[-1][1:] == (POWER, True, Quality.GOOD)


def test_wrong_credentials_are_tried_once_and_never_again() -> None:
    equipment = FakeEquipment(errors={TEMPERATURE: AuthenticationFailed("wrong password")})
    bench = on_bench(lambda b: b.tick(100), equipment)
    assert len(equipment.reads) == 1
    assert [e.text for e in bench.journal.entries if isinstance(e, ConnectionEvent)] == [
        "connection house: wrong password; it is not asked again until its settings change"
    ]


def test_a_poll_that_hangs_is_not_asked_twice_and_its_points_grow_stale_meanwhile() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.hanging.add(TEMPERATURE)
        await bench.tick(5)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.said[1] == (40, TEMPERATURE, 21.5, Quality.STALE)


def test_after_an_answer_more_silent_points_are_asked_together_also_after_a_silence() -> None:
    points = [Point(f"living_ac.{name}") for name in ("hvacpower", "hvacmode")]
    points += [Point(f"lamp.{name}") for name in ("power", "powerlevel")]
    points += [TEMPERATURE, Point("living_thermostat.setpoint"), Point("blind.heightlevel")]

    async def test(bench: Bench) -> None:
        bench.equipment.hanging.update(points)
        await bench.tick(3)
        bench.equipment.hanging.clear()
        asked = len(bench.equipment.reads)
        await bench.tick(12)
        sizes.extend(map(len, bench.equipment.reads[asked:]))

    sizes: list[int] = []
    on_bench(test, FakeEquipment(values=dict.fromkeys(points, True)), *points)
    assert max(sizes[:5]) > 1


def test_a_point_that_was_commanded_during_the_poll_keeps_what_the_command_told() -> None:
    async def test(bench: Bench) -> None:
        bench.touched[POWER] = START
        await bench.tick()

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}))
    assert bench.said == [(0, TEMPERATURE, 21.5, Quality.GOOD)]


def test_what_a_commanded_point_showed_in_between_is_learned_by_the_next_poll() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.values[POWER] = True
        bench.touched[POWER] = START + timedelta(hours=1)
        await bench.tick()
        del bench.touched[POWER]
        await bench.tick()

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: False}))
    assert [(point, value) for _, point, value, _ in bench.said if point == POWER] == [
        (POWER, False),
        (POWER, True),
    ]


def test_a_point_that_was_commanded_before_the_poll_is_read_as_usual() -> None:
    async def test(bench: Bench) -> None:
        bench.touched[POWER] = START - timedelta(seconds=1)
        await bench.tick()

    bench = on_bench(test, FakeEquipment(values={POWER: True}), POWER)
    assert bench.said == [(0, POWER, True, Quality.GOOD)]


def test_a_bad_point_is_logged_once_and_once_when_it_is_good_again(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors[TEMPERATURE] = ProtocolFault("html")
        await bench.tick(3)
        bench.equipment.errors.clear()
        await bench.tick(3)

    with caplog.at_level(logging.INFO, "interlock.poll"):
        on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}))
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "interlock.poll"] == [
        ("WARNING", "living_thermostat.actualtemp is fault: connection house: html"),
        ("INFO", "living_thermostat.actualtemp is good again"),
    ]


def test_points_that_are_bad_at_once_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors = {TEMPERATURE: ProtocolFault("empty"), POWER: ProtocolFault("none")}
        await bench.tick(3)
        bench.equipment.errors.clear()
        await bench.tick(3)

    with caplog.at_level(logging.INFO, "interlock.poll"):
        on_bench(
            test,
            FakeEquipment(values={TEMPERATURE: 21.5, POWER: True, MODE: "auto"}),
            TEMPERATURE,
            POWER,
            MODE,
        )
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "interlock.poll"] == [
        ("WARNING", f"connection house: 2 points have no value: {TEMPERATURE}, {POWER}; first: empty"),
        ("INFO", f"connection house: 2 points are good again: {TEMPERATURE}, {POWER}"),
    ]


def test_a_lost_connection_is_not_logged_again_for_each_of_its_points(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors = {TEMPERATURE: Unreachable("refused"), POWER: Unreachable("refused")}
        await bench.tick(8)
        bench.equipment.errors.clear()
        await bench.tick(20)

    with caplog.at_level(logging.INFO):
        bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}))
    assert [record.name for record in caplog.records] == ["interlock.connection"] * 2
    assert bench.said[0] == (0, TEMPERATURE, None, Quality.FAULT)
    assert bench.said[-1] == (270, POWER, True, Quality.GOOD)


def test_a_point_that_stays_stale_is_told_once() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = TimedOut("slow")
        await bench.tick(20)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert [quality for *_, quality in bench.said] == [Quality.GOOD, Quality.STALE]


def test_a_job_that_failed_once_long_ago_is_asked_again_after_one_interval() -> None:
    async def test(bench: Bench) -> None:
        for error in (TimedOut("slow"), None, TimedOut("slow")):
            bench.equipment.errors = {TEMPERATURE: error} if error else {}
            await bench.tick()
        bench.equipment.errors = {}
        await bench.tick()

    equipment = FakeEquipment(values={TEMPERATURE: 21.5})
    on_bench(test, equipment, TEMPERATURE)
    assert len(equipment.reads) == 4


def test_a_bad_point_is_logged_again_when_it_is_bad_in_another_way(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        for text in ("html", "html", "half a document"):
            bench.equipment.errors[TEMPERATURE] = ProtocolFault(text)
            await bench.tick()

    on_bench(test, FakeEquipment(values={POWER: True}))
    assert [r.getMessage() for r in caplog.records if r.name == "interlock.poll"] == [
        "living_thermostat.actualtemp is fault: connection house: html",
        "living_thermostat.actualtemp is fault: connection house: half a document",
    ]


def test_a_poll_under_way_ends_with_the_poller() -> None:
    async def test(bench: Bench) -> None:
        bench.poller.tick(START)
        await asyncio.sleep(1)
        await bench.poller.close()
        assert asyncio.get_running_loop().time() == pytest.approx(1)
        assert len(asyncio.all_tasks()) == 1

    bench = on_bench(test, FakeEquipment(hanging={TEMPERATURE}), TEMPERATURE)
    assert bench.said == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_value_grows_old_by_the_time_that_passes_however_the_clock_is_set(hours: int) -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = TimedOut("slow")
        bench.clock.shift = timedelta(hours=hours)
        await bench.tick(3)
        assert [quality for *_, quality in bench.said] == [Quality.GOOD]
        await bench.tick()

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert [quality for *_, quality in bench.said] == [Quality.GOOD, Quality.STALE]


def test_a_stale_reading_says_when_the_value_was_good_and_since_when_it_is_not() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = TimedOut("slow")
        await bench.tick(4)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.readings[-1] == Reading(
        point=TEMPERATURE,
        value=21.5,
        observed_at=START,
        quality=Quality.STALE,
        reason="no value for more than 30s: connection house: slow",
        since=START + timedelta(seconds=40),
    )


def test_what_a_command_answered_keeps_a_point_good_until_that_is_old_and_no_longer() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[POWER] = TimedOut("slow")
        await bench.tick(2)
        bench.take([Reading(point=POWER, value=False, observed_at=bench.clock.now())])
        await bench.tick(5)

    bench = on_bench(test, FakeEquipment(values={POWER: True}), POWER)
    assert bench.said == [
        (0, POWER, True, Quality.GOOD),
        (30, POWER, False, Quality.GOOD),
        (70, POWER, False, Quality.STALE),
    ]


def test_a_silent_point_is_logged_when_the_others_of_its_job_can_be_read_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors = {TEMPERATURE: TimedOut("slow"), POWER: TimedOut("slow")}
        await bench.tick()
        del bench.equipment.errors[POWER]
        await bench.tick(4)

    with caplog.at_level(logging.INFO, "interlock.poll"):
        on_bench(test, FakeEquipment(values={POWER: True}))
    assert [record.getMessage() for record in caplog.records if record.name == "interlock.poll"] == [
        "connection house: none of 2 points can be read; first: slow",
        "connection house: its points can be read again",
        "living_thermostat.actualtemp is fault: connection house: slow",
    ]


def test_a_lost_connection_does_not_answer_again_by_not_answering_in_time() -> None:
    async def test(bench: Bench) -> None:
        for error in (Unreachable("refused"), TimedOut("slow"), None):
            bench.equipment.errors = {TEMPERATURE: error} if error else {}
            await bench.tick(6)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    events = [(entry.at, entry.text) for entry in bench.journal.entries if isinstance(entry, ConnectionEvent)]
    [answered] = [at for at, text in events if "answers again" in text]
    assert answered >= START + timedelta(seconds=120)


def test_of_jobs_that_are_due_at_one_instant_one_alone_asks_a_lost_connection() -> None:
    async def test(bench: Bench) -> None:
        bench.link.lose(Unreachable("away"))
        await asyncio.sleep(10)
        other = bench.begin()
        for poller in (bench.poller, other):
            poller.tick(bench.clock.now())
        await asyncio.sleep(1)
        await other.close()

    equipment = FakeEquipment(values={TEMPERATURE: 21.5})
    on_bench(test, equipment, TEMPERATURE)
    assert equipment.reads == [(TEMPERATURE,)]


def test_a_job_that_ends_before_it_asks_a_lost_connection_leaves_that_to_others() -> None:
    async def test(bench: Bench) -> None:
        bench.link.lose(Unreachable("away"))
        await asyncio.sleep(10)
        ending = bench.begin()
        ending.tick(bench.clock.now())
        await ending.close()
        assert bench.equipment.reads == []
        await bench.tick()

    equipment = FakeEquipment(values={TEMPERATURE: 21.5})
    on_bench(test, equipment, TEMPERATURE)
    assert equipment.reads == [(TEMPERATURE,)]


def test_a_connection_that_answers_for_one_point_is_not_lost_for_the_others() -> None:
    equipment = FakeEquipment(values={POWER: True}, errors={TEMPERATURE: Unreachable("left unanswered")})
    bench = on_bench(lambda b: b.tick(6), equipment)
    assert equipment.reads.count((POWER,)) == 5
    assert [entry for entry in bench.journal.entries if isinstance(entry, ConnectionEvent)] == []


def test_a_pause_that_a_failing_server_asks_for_is_kept() -> None:
    equipment = FakeEquipment(errors={TEMPERATURE: ServerFault("503", retry_after_s=60)})
    on_bench(lambda b: b.tick(8), equipment, TEMPERATURE)
    assert len(equipment.reads) == 2


def test_a_lost_server_that_is_asked_more_rarely_leaves_values_good_for_no_longer() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = RateLimited("too many", retry_after_s=600)
        await bench.tick()
        slow = timedelta(hours=2)
        bench.poller.change(replace(bench.job, interval=slow, stale_after=3 * slow))
        for _ in range(4):
            bench.poller.look(bench.clock.now())
            await asyncio.sleep(10)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.said == [(0, TEMPERATURE, 21.5, Quality.GOOD), (50, TEMPERATURE, 21.5, Quality.STALE)]


def test_a_poller_that_begins_while_its_server_is_lost_minds_what_the_site_wants() -> None:
    async def test(bench: Bench) -> None:
        await bench.tick()
        bench.equipment.errors[TEMPERATURE] = RateLimited("too many", retry_after_s=600)
        await bench.tick()
        bench.job = replace(bench.job, interval=timedelta(hours=2), stale_after=timedelta(hours=6))
        bench.poller.stop()
        bench.poller = bench.begin()
        for _ in range(4):
            bench.poller.look(bench.clock.now())
            await asyncio.sleep(10)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert bench.said[1:] == [(50, TEMPERATURE, 21.5, Quality.STALE)]
    assert bench.readings[-1].reason == "no value for more than 30s: connection house: it is lost"


def test_one_failure_of_what_is_read_rarely_changes_nothing() -> None:
    async def test(bench: Bench) -> None:
        slow = timedelta(minutes=2)
        bench.poller.change(replace(bench.job, interval=slow, stale_after=3 * slow))
        for number in range(4):
            if number == 1:
                bench.equipment.errors[TEMPERATURE] = Unreachable("away")
            await bench.tick()
            bench.equipment.errors.clear()
            for _ in range(11):
                bench.poller.look(bench.clock.now())
                await asyncio.sleep(10)

    bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5}), TEMPERATURE)
    assert {quality for *_, quality in bench.said} == {Quality.GOOD}
    assert len(bench.equipment.reads) == 4


def test_a_server_that_answers_rubbish_for_every_point_is_logged_once_and_its_recovery_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(bench: Bench) -> None:
        bench.equipment.errors = {TEMPERATURE: ProtocolFault("html"), POWER: ProtocolFault("html")}
        await bench.tick(6)
        bench.equipment.errors.clear()
        await bench.tick(12)

    with caplog.at_level(logging.INFO):
        bench = on_bench(test, FakeEquipment(values={TEMPERATURE: 21.5, POWER: True}))
    assert [record.getMessage() for record in caplog.records] == [
        "connection house: none of 2 points can be read; first: html",
        "connection house: its points can be read again",
    ]
    assert bench.said[-1][1:] == (POWER, True, Quality.GOOD)


def test_a_job_of_one_point_that_fails_is_logged_by_its_point(caplog: pytest.LogCaptureFixture) -> None:
    equipment = FakeEquipment(errors={TEMPERATURE: ProtocolFault("html")})
    on_bench(lambda b: b.tick(3), equipment, TEMPERATURE)
    assert [record.getMessage() for record in caplog.records] == [
        "living_thermostat.actualtemp is fault: connection house: html"
    ]


def test_a_server_that_limits_one_point_is_left_alone_with_all() -> None:
    equipment = FakeEquipment(
        values={POWER: True}, errors={TEMPERATURE: RateLimited("too many", retry_after_s=60)}
    )
    on_bench(lambda b: b.tick(6), equipment)
    assert len(equipment.reads) == 1
