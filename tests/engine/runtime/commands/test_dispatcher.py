"""What becomes of commands: gate, order, repetition, receipts."""

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from interlock.driver import Answer, Write
from interlock.errors import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    ProtocolFault,
    RateLimited,
    RejectedValue,
    ServerFault,
    TimedOut,
    Unreachable,
)
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Event, Origin, OriginKind, Outcome, Point, Reading, Receipt, Value
from interlock.runtime.commands.dispatcher import Dispatcher, failure
from interlock.runtime.connections.link import Link
from interlock.runtime.supervision import Supervisor
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
MODE, AC_POWER = Point("living_ac.hvacmode"), Point("living_ac.hvacpower")
LAMP, LEVEL, SCENE = Point("lamp.power"), Point("lamp.powerlevel"), Point("evening.scenelaunch")
CALL = Point("lobby.schedule_set")
Wire = list[tuple[float, tuple[tuple[Point, Value | None], ...]]]
OPERATOR = Origin(OriginKind.OPERATOR, "test")


class EvenDice(random.Random):
    def random(self) -> float:
        return 0.5


class Scripted(FakeDriver):
    """Answers writes after a time, from a script of errors by point; notes when each came and went."""

    delays: ClassVar[dict[Point, float]]
    script: ClassVar[dict[Point, list[DriverError]]]
    wire: ClassVar[Wire]
    fields: ClassVar[list[Mapping[str, Value]]]

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        loop = asyncio.get_running_loop()
        self.wire.append((round(loop.time(), 3), tuple((w.target.point, w.value) for w in writes)))
        self.fields.extend(w.fields for w in writes if w.fields)
        await asyncio.sleep(max(self.delays.get(write.target.point, 0) for write in writes))
        answers: list[Answer | DriverError] = []
        for write in writes:
            errors = self.script.get(write.target.point)
            is_told = write.target.capability.feedback
            answers.append(
                errors.pop(0) if errors else Answer(value=write.value if is_told else None, exchange="x")
            )
        return answers


class Bench:
    """A dispatcher on a scripted connection."""

    def __init__(self, *, dry_run: bool = False, **settings: object) -> None:
        class Driver(Scripted):
            delays: ClassVar[dict[Point, float]] = {}
            script: ClassVar[dict[Point, list[DriverError]]] = {}
            wire: ClassVar[Wire] = []
            fields: ClassVar[list[Mapping[str, Value]]] = []

        self.driver = Driver
        self.clock = SettableClock(START)
        self.journal = MemoryJournal()
        self.readings: list[Reading] = []
        self.failures: list[Receipt] = []
        self._numbers = itertools.count()
        site = fake_site(FakeEquipment(), driver=Driver, **settings)
        self.link = Link(site.connections["house"], clock=self.clock, journal=self.journal, dice=EvenDice())
        self.dispatcher = Dispatcher(
            site.targets,
            {"house": self.link},
            clock=self.clock,
            journal=self.journal,
            deliver=self.readings.extend,
            notice_failure=self.failures.append,
            dice=EvenDice(),
            supervisor=Supervisor(),
            dry_run=dry_run,
        )

    def command(self, point: Point, value: Value | None, *, shadow: bool = False) -> Command:
        return Command(
            id=str(next(self._numbers)),
            point=point,
            value=value,
            origin=OPERATOR,
            created_at=self.clock.now(),
            shadow=shadow,
        )

    def submit(self, *wanted: tuple[Point, Value | None]) -> list[asyncio.Future[Receipt]]:
        return self.dispatcher.submit([self.command(point, value) for point, value in wanted])

    async def send(self, *wanted: tuple[Point, Value | None]) -> list[Receipt]:
        return await asyncio.gather(*self.submit(*wanted))

    @property
    def wire(self) -> Wire:
        return self.driver.wire


def on_bench(test: Callable[[Bench], Awaitable[None]], **options: object) -> Bench:
    async def main() -> Bench:
        bench = Bench(**options)  # type: ignore[arg-type]
        await test(bench)
        await bench.dispatcher.close()
        return bench

    return run_virtual(main())


def test_an_accepted_command_has_its_receipt_and_its_feedback_becomes_a_reading() -> None:
    async def test(bench: Bench) -> None:
        [receipt] = await bench.send((MODE, "cooling"))
        assert (receipt.outcome, receipt.answer, receipt.reason, receipt.exchange, receipt.attempts) == (
            Outcome.ACCEPTED,
            "cooling",
            "",
            "x",
            1,
        )

    bench = on_bench(test)
    assert bench.readings == [Reading(point=MODE, value="cooling", observed_at=START)]


def test_a_command_without_feedback_makes_no_reading() -> None:
    async def test(bench: Bench) -> None:
        [receipt] = await bench.send((LAMP, True))
        assert (receipt.outcome, receipt.answer) == (Outcome.ACCEPTED, None)

    assert on_bench(test).readings == []


def test_a_command_is_in_the_journal_and_safe_before_it_is_sent() -> None:
    async def test(bench: Bench) -> None:
        stored_when_sent: list[bool] = []
        committed: list[int] = []
        commit = bench.journal.commit

        async def watched_commit() -> bool:
            committed.append(len(bench.journal.entries))
            return await commit()

        bench.journal.commit = watched_commit  # type: ignore[method-assign]
        write = bench.driver.write

        async def watched_write(self: Scripted, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
            stored_when_sent.append(
                bool(committed)
                and any(isinstance(e, Command) for e in bench.journal.entries[: committed[-1]])
            )
            return await write(self, writes)

        bench.driver.write = watched_write  # type: ignore[method-assign]
        await bench.send((LAMP, True))
        assert stored_when_sent == [True]

    on_bench(test)


def test_one_moments_commands_for_one_device_travel_together_in_order() -> None:
    async def test(bench: Bench) -> None:
        await bench.send((AC_POWER, True), (LAMP, True), (MODE, "cooling"))

    assert on_bench(test).wire == [
        (0, ((AC_POWER, True), (MODE, "cooling"))),
        (0, ((LAMP, True),)),
    ]


def test_commands_for_one_device_keep_their_order_and_wait_for_each_other() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[AC_POWER] = 3
        first = bench.submit((AC_POWER, True))
        second = bench.submit((AC_POWER, False))
        await asyncio.gather(*first, *second)

    assert on_bench(test).wire == [(0, ((AC_POWER, True),)), (3, ((AC_POWER, False),))]


def test_a_dead_actuator_holds_up_nobody_even_where_one_request_may_be_under_way() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[AC_POWER] = 60
        dead = bench.submit((AC_POWER, True))
        [receipt] = await bench.send((LAMP, True))
        assert receipt.outcome is Outcome.ACCEPTED
        assert asyncio.get_running_loop().time() == pytest.approx(1)
        await asyncio.gather(*dead)

    on_bench(test, concurrency=1)


def test_no_more_commands_are_sent_at_once_than_the_connection_allows() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays = {LAMP: 0.5, AC_POWER: 0.5, SCENE: 0.5}
        await bench.send((LAMP, True), (AC_POWER, True), (SCENE, "launch"))

    assert [at for at, _ in on_bench(test, concurrency=2).wire] == [0, 0, 0.5]


@pytest.mark.parametrize(
    "error", [TimedOut("slow"), ServerFault("500"), Unreachable("gone"), ProtocolFault("html")]
)
def test_an_idempotent_command_is_repeated_after_a_doubt(error: DriverError) -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [error, error]
        [receipt] = await bench.send((LAMP, True))
        assert (receipt.outcome, receipt.attempts) == (Outcome.ACCEPTED, 3)

    assert [at for at, _ in on_bench(test).wire] == [0, 1, 3]


def test_whoever_waits_is_told_what_is_sent_again_and_when(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [RateLimited("slower, please", retry_after_s=7)]
        await bench.send((LAMP, True))

    caplog.set_level("INFO", "interlock.command.repeat")
    on_bench(test)
    said = [record.getMessage() for record in caplog.records if record.name == "interlock.command.repeat"]
    assert said == [f"{LAMP}: connection house: slower, please; sending it again in 7 s"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TimedOut("slow"), Outcome.UNCERTAIN),
        (ServerFault("500"), Outcome.UNCERTAIN),
        (ProtocolFault("html"), Outcome.UNCERTAIN),
        (Unreachable("gone"), Outcome.FAILED),
        (RateLimited("too many"), Outcome.FAILED),
        (CannotExecute("busy"), Outcome.FAILED),
        (RejectedValue("params errors"), Outcome.REFUSED),
    ],
)
def test_a_trigger_is_never_sent_twice(error: DriverError, outcome: Outcome) -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[SCENE] = [error]
        [receipt] = await bench.send((SCENE, "launch"))
        assert (receipt.outcome, receipt.reason) == (outcome, f"connection house: {error.message}")

    assert len(on_bench(test).wire) == 1


def test_three_attempts_are_all_and_the_outcome_says_what_is_known() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [Unreachable("gone")] * 9
        [receipt] = await bench.send((LAMP, True))
        assert (receipt.outcome, receipt.attempts) == (Outcome.FAILED, 3)

    assert len(on_bench(test).wire) == 3


def test_a_rejected_command_is_not_repeated() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [RejectedValue("params errors")]
        [receipt] = await bench.send((LAMP, True))
        assert (receipt.outcome, receipt.attempts) == (Outcome.REFUSED, 1)

    assert len(on_bench(test).wire) == 1


def test_only_what_failed_is_repeated() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[MODE] = [TimedOut("slow")]
        await bench.send((AC_POWER, True), (MODE, "cooling"))

    assert on_bench(test).wire == [(0, ((AC_POWER, True), (MODE, "cooling"))), (1, ((MODE, "cooling"),))]


def test_a_rate_limit_is_waited_for_as_long_as_the_server_asks() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [RateLimited("too many", retry_after_s=20)]
        await bench.send((LAMP, True))

    assert [at for at, _ in on_bench(test).wire] == [0, 20]


def test_a_rate_limit_longer_than_half_a_minute_is_not_waited_for() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [RateLimited("too many", retry_after_s=31)]
        [receipt] = await bench.send((LAMP, True))
        assert receipt.outcome is Outcome.FAILED

    assert len(on_bench(test).wire) == 1


def test_an_old_command_is_not_repeated_over_a_newer_one() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LAMP] = 0.5
        bench.driver.script[LAMP] = [TimedOut("slow")]
        old, new = bench.submit((LAMP, True)), bench.submit((LAMP, False))
        [first], [second] = await asyncio.gather(*old, return_exceptions=False), await asyncio.gather(*new)
        assert (first.outcome, second.outcome) == (Outcome.UNCERTAIN, Outcome.ACCEPTED)
        assert first.reason == (
            "connection house: slow; not repeated, because a newer command for it is waiting"
        )

    assert on_bench(test).wire == [(0, ((LAMP, True),)), (0.5, ((LAMP, False),))]


def test_after_wrong_credentials_nothing_more_is_sent() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = [AuthenticationFailed("wrong password")]
        receipts = [*await bench.send((LAMP, True)), *await bench.send((SCENE, "launch"))]
        assert [(r.outcome, r.reason) for r in receipts] == [
            (Outcome.REFUSED, "connection house: wrong password")
        ] * 2

    assert len(on_bench(test).wire) == 1


def test_a_value_out_of_range_is_refused_and_never_sent() -> None:
    async def test(bench: Bench) -> None:
        [receipt] = await bench.send((LEVEL, 101))
        assert (receipt.outcome, receipt.reason) == (
            Outcome.REFUSED,
            "powerlevel cannot be 101: it takes an integer from 0 to 100 %",
        )

    assert on_bench(test).wire == []


def test_a_dry_run_sends_nothing_and_says_so() -> None:
    async def test(bench: Bench) -> None:
        [receipt] = await bench.send((LAMP, True))
        assert (receipt.outcome, receipt.reason) == (Outcome.SUPPRESSED, "dry run")

    bench = on_bench(test, dry_run=True)
    assert bench.wire == []
    assert [type(entry) for entry in bench.journal.entries] == [Command, Receipt]


def test_a_shadow_rules_command_is_suppressed() -> None:
    async def test(bench: Bench) -> None:
        [future] = bench.dispatcher.submit([bench.command(LAMP, True, shadow=True)])
        receipt = await future
        assert (receipt.outcome, receipt.reason) == (Outcome.SUPPRESSED, "shadow rule")

    assert on_bench(test).wire == []


def test_nobody_hears_that_a_shadow_rules_command_is_refused() -> None:
    async def test(bench: Bench) -> None:
        [future] = bench.dispatcher.submit([bench.command(LAMP, "maybe", shadow=True)])
        assert (await future).outcome is Outcome.REFUSED

    assert on_bench(test).failures == []


def test_closing_finishes_what_is_on_the_wire_and_drops_what_waits() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LAMP] = 3
        sent, waiting = bench.submit((LAMP, True)), bench.submit((LAMP, False))
        await asyncio.sleep(1)
        await bench.dispatcher.close()
        [first], [second] = await asyncio.gather(*sent), await asyncio.gather(*waiting)
        assert first.outcome is Outcome.ACCEPTED
        assert (second.outcome, second.reason) == (Outcome.FAILED, "the service ended before it was sent")
        [late] = await bench.send((LAMP, True))
        assert late.outcome is Outcome.FAILED

    assert len(on_bench(test).wire) == 1


def test_a_command_that_outlives_the_service_is_given_up_and_its_receipt_says_so() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LAMP] = 60
        [sent] = bench.submit((LAMP, True))
        await asyncio.sleep(1)
        await bench.dispatcher.close()
        assert asyncio.get_running_loop().time() == pytest.approx(16)
        receipt = await sent
        assert (receipt.outcome, receipt.reason) == (
            Outcome.UNCERTAIN,
            "the service ended before it was answered",
        )
        assert bench.journal.entries[-1] == receipt

    on_bench(test)


def test_what_was_answered_before_the_service_ended_is_not_given_up() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[MODE] = [RateLimited("too many", retry_after_s=30)]
        power, mode = bench.submit((AC_POWER, True), (MODE, "cooling"))
        await asyncio.sleep(1)
        await bench.dispatcher.close()
        assert [(await each).outcome for each in (power, mode)] == [Outcome.ACCEPTED, Outcome.UNCERTAIN]
        assert len([e for e in bench.journal.entries if isinstance(e, Receipt)]) == 2

    on_bench(test)


def test_a_device_that_had_a_command_takes_another_one_later() -> None:
    async def test(bench: Bench) -> None:
        await bench.send((LAMP, True))
        await asyncio.sleep(60)
        await bench.send((LAMP, False))

    assert on_bench(test).wire == [(0, ((LAMP, True),)), (60, ((LAMP, False),))]


def test_an_old_poll_is_told_from_a_new_one_though_the_clock_was_set_back() -> None:
    async def test(bench: Bench) -> None:
        await bench.send((LAMP, True))
        assert bench.dispatcher.touched_since(LAMP, START)
        bench.clock.shift = timedelta(hours=-1)
        assert not bench.dispatcher.touched_since(LAMP, bench.clock.now())

    on_bench(test)


def test_what_became_of_a_command_is_logged_as_loud_as_it_is_bad(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[SCENE] = [Unreachable("gone")]
        await bench.send((LAMP, True))
        await bench.send((SCENE, "launch"))
        bench.dispatcher.submit([bench.command(LAMP, True, shadow=True)])

    with caplog.at_level(logging.INFO, "interlock.command"):
        on_bench(test)
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "interlock.command"] == [
        ("INFO", "lamp.power = on (operator test): accepted"),
        ("WARNING", "evening.scenelaunch = launch (operator test): failed: connection house: gone"),
        ("INFO", "lamp.power = on (operator test): suppressed: shadow rule"),
    ]


def read(bench: Bench, point: Point, value: Value, later_s: float = 0) -> Reading:
    return Reading(point=point, value=value, observed_at=bench.clock.now() + timedelta(seconds=later_s))


def test_a_reading_older_than_a_command_does_not_show_what_it_led_to() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LAMP] = 0.5
        before = read(bench, LAMP, False)
        other = read(bench, MODE, "auto")
        assert bench.dispatcher.is_settled(before)
        pending = bench.submit((LAMP, True))
        assert not bench.dispatcher.is_settled(read(bench, LAMP, True, 60))
        await asyncio.gather(*pending)
        assert not bench.dispatcher.is_settled(before)
        assert bench.dispatcher.is_settled(read(bench, LAMP, True, 1))
        assert bench.dispatcher.is_settled(other)

    on_bench(test)


def test_a_refused_command_does_not_hide_another_that_is_on_its_way() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LEVEL] = 0.5
        pending = bench.submit((LEVEL, 50))
        await bench.send((LEVEL, 101))
        assert not bench.dispatcher.is_settled(read(bench, LEVEL, 50, 3600))
        await asyncio.gather(*pending)

    on_bench(test)


def test_where_a_driver_tells_of_changes_no_news_is_that_nothing_changed() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.delays[LEVEL] = 1
        bench.dispatcher.is_told = lambda point: point == LEVEL
        equal, other = read(bench, LEVEL, 50), read(bench, LEVEL, 40)
        switch = read(bench, LAMP, True)
        await asyncio.sleep(1)
        pending = bench.submit((LEVEL, 50), (LAMP, True))
        assert not bench.dispatcher.is_settled(equal)
        await asyncio.sleep(0.5)
        meanwhile = read(bench, LEVEL, 49)
        await asyncio.gather(*pending)
        assert bench.dispatcher.is_settled(equal)
        assert bench.dispatcher.is_settled(meanwhile)
        assert not bench.dispatcher.is_settled(other)
        assert not bench.dispatcher.is_settled(switch)

    on_bench(test)


def test_during_a_pause_that_the_server_asked_for_nothing_is_sent() -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[SCENE] = [RateLimited("too many", retry_after_s=20)]
        await bench.send((SCENE, "launch"))
        await asyncio.sleep(5)
        [launch] = await bench.send((SCENE, "launch"))
        assert (launch.outcome, launch.reason) == (
            Outcome.FAILED,
            "connection house: the server asked for a pause of 15 s more",
        )
        [switch] = await bench.send((LAMP, True))
        assert switch.outcome is Outcome.ACCEPTED

    assert on_bench(test).wire == [(0, ((SCENE, "launch"),)), (20, ((LAMP, True),))]


def call(bench: Bench, **fields: Value) -> Command:
    return replace(bench.command(CALL, None), fields=fields)


def test_a_call_takes_its_fields_to_the_driver() -> None:
    async def test(bench: Bench) -> None:
        [receipt] = await asyncio.gather(*bench.dispatcher.submit([call(bench, day="Monday", heat=20.0)]))
        assert (receipt.outcome, bench.driver.fields) == (
            Outcome.ACCEPTED,
            [{"day": "Monday", "heat": 20.0}],
        )

    on_bench(test)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"day": "Monday"}, "schedule_set needs 'heat': in °C"),
        ({"day": "Monday", "heat": 99}, "heat cannot be 99: it takes a number from 5 to 35"),
        ({"day": "Monday", "heat": 25.0, "cool": 24.0}, "heat 25.0 is not below cool 24.0"),
        (
            {"day": "Monday", "heat": 20.0, "cool": None},
            "cool cannot be empty: it takes a number from 5 to 35",
        ),
    ],
)
def test_a_call_that_the_controller_does_not_take_is_refused_and_not_sent(
    fields: dict[str, Value], reason: str
) -> None:
    async def test(bench: Bench) -> None:
        command = call(bench, **fields)
        [receipt] = await asyncio.gather(*bench.dispatcher.submit([command]))
        assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, reason)
        assert bench.journal.entries == [command, receipt]

    assert on_bench(test).wire == []


def test_a_check_that_fails_costs_its_call_alone() -> None:
    async def test(bench: Bench) -> None:
        def check_call(target: object, fields: object) -> None:
            raise ZeroDivisionError("division by zero")

        bench.driver.check_call = check_call  # type: ignore[assignment, method-assign]
        [receipt] = await asyncio.gather(*bench.dispatcher.submit([call(bench, day="Monday", heat=20.0)]))
        assert (receipt.outcome, receipt.reason) == (
            Outcome.REFUSED,
            "connection house: the driver failed: ZeroDivisionError: division by zero",
        )

    assert on_bench(test).wire == []


@pytest.mark.parametrize(
    ("errors", "outcomes"),
    [
        ([], []),
        ([Unreachable("away")], []),
        ([RejectedValue("no")], [Outcome.REFUSED]),
        ([Unreachable("away")] * 3, [Outcome.FAILED]),
        ([TimedOut("slow")] * 3, [Outcome.UNCERTAIN]),
    ],
)
def test_who_waits_for_failures_is_told_of_those_for_good(
    errors: list[DriverError], outcomes: list[Outcome]
) -> None:
    async def test(bench: Bench) -> None:
        bench.driver.script[LAMP] = list(errors)
        await bench.send((LAMP, True))

    assert [receipt.outcome for receipt in on_bench(test).failures] == outcomes


@pytest.mark.parametrize(
    ("origin", "rule"), [(Origin(OriginKind.RULE, "a", "1-1"), {"rule": "a"}), (OPERATOR, {})]
)
def test_a_failure_is_an_event_of_its_point(origin: Origin, rule: dict[str, str]) -> None:
    command = Command(id="1", point=LAMP, value=True, origin=origin, created_at=START)
    receipt = Receipt(command=command, outcome=Outcome.FAILED, at=START, reason="away")
    told = {"outcome": "failed", "reason": "away"} | rule
    assert failure(receipt) == Event(kind="failed", name=LAMP, value=True, point=LAMP, data=told)
