"""Whatever a driver does, the engine gets a value or an error for every point."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from interlock.config.site import Site
from interlock.driver import Answer, ConnectionSettings, Limits, Target, Write
from interlock.errors import DriverError, ProtocolFault, TimedOut, UnknownDevice
from interlock.model import Point, Value
from interlock.redaction import MASK, redactor
from interlock.runtime.connections.seam import Seam
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
POWER = Point("living_ac.hvacpower")
Said = Value | tuple[type[DriverError], str]


def _said(answer: Value | DriverError) -> Said:
    return (type(answer), answer.message) if isinstance(answer, DriverError) else answer


def read(site: Site, *points: Point) -> dict[Point, Said]:
    async def main() -> dict[Point, Said]:
        seam = Seam(site.connections["house"])
        answers = await seam.read([site.targets[point] for point in points])
        return {point: _said(answer) for point, answer in answers.items()}

    return run_virtual(main())


def write(site: Site, point: Point, value: Value) -> list[Answer | Said]:
    async def main() -> list[Answer | Said]:
        seam = Seam(site.connections["house"])
        answers = await seam.write([Write(target=site.targets[point], value=value)])
        return [answer if isinstance(answer, Answer) else _said(answer) for answer in answers]

    return run_virtual(main())


def driver_that(
    *,
    read: Callable[[], Awaitable[object]] | None = None,
    write: Callable[[], Awaitable[object]] | None = None,
) -> type[FakeDriver]:
    class Odd(FakeDriver):
        async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
            return await read()  # type: ignore[return-value,misc]

        async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
            return await write()  # type: ignore[return-value,misc]

    return Odd


async def _answer(answer: object) -> object:
    return answer


async def _raise(error: BaseException) -> object:
    raise error


def test_values_come_through_in_the_capabilitys_form() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 26, POWER: True})
    assert read(fake_site(equipment), TEMPERATURE, POWER) == {TEMPERATURE: 26.0, POWER: True}


def test_one_points_error_fails_no_other_and_names_the_connection() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 26}, errors={SETPOINT: UnknownDevice("no such guid")})
    assert read(fake_site(equipment), TEMPERATURE, SETPOINT) == {
        TEMPERATURE: 26.0,
        SETPOINT: (UnknownDevice, "connection house: no such guid"),
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, "the driver gave no answer for living_thermostat.actualtemp"),
        ({TEMPERATURE: None}, "the driver gave no answer for living_thermostat.actualtemp"),
        (
            {TEMPERATURE: "hot"},
            "living_thermostat: the device's actualtemp cannot be 'hot':"
            " it takes a number from -50 to 100 °C",
        ),
        (
            {TEMPERATURE: 4000},
            "living_thermostat: the device's actualtemp cannot be 4000: it takes a number from -50 to 100 °C",
        ),
        (None, "the driver failed: TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_rubbish_from_a_driver_is_a_fault_of_its_points(answer: object, error: str) -> None:
    site = fake_site(FakeEquipment(), driver=driver_that(read=lambda: _answer(answer)))
    assert read(site, TEMPERATURE) == {TEMPERATURE: (ProtocolFault, f"connection house: {error}")}


def test_an_exception_from_a_driver_is_a_fault_of_the_whole_batch() -> None:
    site = fake_site(FakeEquipment(), driver=driver_that(read=lambda: _raise(ZeroDivisionError("oops"))))
    fault = (ProtocolFault, "connection house: the driver failed: ZeroDivisionError: oops")
    assert read(site, TEMPERATURE, POWER) == {TEMPERATURE: fault, POWER: fault}


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (asyncio.CancelledError(), "CancelledError"),
        (SystemExit(1), "SystemExit: 1"),
        (BaseExceptionGroup("several", [SystemExit(1)]), "SystemExit: 1"),
    ],
)
def test_what_is_no_plain_exception_is_a_fault_too(error: BaseException, what: str) -> None:
    odd = driver_that(read=lambda: _raise(error), write=lambda: _raise(error))
    site = fake_site(FakeEquipment(), driver=odd)
    fault = (ProtocolFault, f"connection house: the driver failed: {what}")
    assert (read(site, POWER), write(site, POWER, True)) == ({POWER: fault}, [fault])


def test_whoever_waits_for_a_driver_can_be_cancelled() -> None:
    site = fake_site(FakeEquipment(hanging={POWER}))

    async def main() -> None:
        target = site.targets[POWER]
        seam = Seam(site.connections["house"])
        tasks = [
            asyncio.create_task(seam.read([target])),
            asyncio.create_task(seam.write([Write(target=target, value=True)])),
        ]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [True, True]

    run_virtual(main())


def test_ctrl_c_goes_through_the_wall() -> None:
    site = fake_site(FakeEquipment(), driver=driver_that(read=lambda: _raise(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        read(site, POWER)


def test_an_answer_without_feedback_comes_through_as_it_is() -> None:
    site = fake_site(FakeEquipment(), driver=driver_that(write=lambda: _answer([Answer(exchange="x")])))
    assert write(site, POWER, True) == [Answer(value=None, exchange="x")]


class NoSuchRoom(UnknownDevice):
    """A driver's own error, made in its own way."""

    def __init__(self, room: int) -> None:
        super().__init__(f"there is no room {room}")


def test_a_drivers_own_kind_of_error_comes_through_for_a_point_and_for_all() -> None:
    fault = (NoSuchRoom, "connection house: there is no room 7")
    equipment = FakeEquipment(values={SETPOINT: 20.0}, errors={POWER: NoSuchRoom(7)})
    assert read(fake_site(equipment), SETPOINT, POWER) == {SETPOINT: 20.0, POWER: fault}
    site = fake_site(FakeEquipment(), driver=driver_that(read=lambda: _raise(NoSuchRoom(7))))
    assert read(site, SETPOINT, POWER) == {SETPOINT: fault, POWER: fault}


@pytest.mark.parametrize(("count", "limit_s"), [(1, 130), (2, 255)])
def test_the_time_for_commands_leaves_each_its_feedback(count: int, limit_s: float) -> None:
    site = fake_site(FakeEquipment(hanging={POWER}))

    async def main() -> float:
        await Seam(site.connections["house"]).write([Write(target=site.targets[POWER], value=True)] * count)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(limit_s)


def test_a_driver_that_hangs_is_left_after_its_time() -> None:
    site = fake_site(FakeEquipment(hanging={TEMPERATURE}))

    async def main() -> tuple[DriverError | Value, float]:
        seam = Seam(site.connections["house"])
        answers = await seam.read([site.targets[TEMPERATURE]])
        return answers[TEMPERATURE], asyncio.get_running_loop().time()

    answer, took_s = run_virtual(main())
    assert _said(answer) == (TimedOut, "connection house: the driver did not come back in time")
    assert took_s == pytest.approx(3 * 5 + 5)


def test_the_time_for_a_batch_grows_with_its_points_and_the_connections_rate() -> None:
    site = fake_site(FakeEquipment(hanging={TEMPERATURE}), concurrency=1, rate="30/min")

    async def main() -> float:
        await Seam(site.connections["house"]).read([site.targets[TEMPERATURE]] * 3)
        return asyncio.get_running_loop().time()

    # Of 30 requests a minute 27 are for reads.
    assert run_virtual(main()) == pytest.approx((3 + 2) * 5 + 3 * 60 / 27 + 5, abs=0.01)


def test_a_secret_in_an_error_is_hidden() -> None:
    redactor.register("s3cret-of-the-seam")
    error = UnknownDevice("no s3cret-of-the-seam", exchange="GET /s3cret-of-the-seam/api")
    site = fake_site(FakeEquipment(errors={TEMPERATURE: error}))

    async def main() -> DriverError:
        answers = await Seam(site.connections["house"]).read([site.targets[TEMPERATURE]])
        answer = answers[TEMPERATURE]
        assert isinstance(answer, DriverError)
        return answer

    answer = run_virtual(main())
    assert (answer.message, answer.exchange) == (f"connection house: no {MASK}", f"GET /{MASK}/api")


def test_a_peers_wish_to_wait_survives() -> None:
    error = UnknownDevice("later", retry_after_s=7)
    site = fake_site(FakeEquipment(errors={TEMPERATURE: error}))

    async def main() -> float | None:
        answers = await Seam(site.connections["house"]).read([site.targets[TEMPERATURE]])
        answer = answers[TEMPERATURE]
        return answer.retry_after_s if isinstance(answer, DriverError) else None

    assert run_virtual(main()) == 7


def test_feedback_comes_through_in_the_capabilitys_form() -> None:
    site = fake_site(
        FakeEquipment(), driver=driver_that(write=lambda: _answer([Answer(value=1, exchange="x")]))
    )
    assert write(site, POWER, True) == [Answer(value=True, exchange="x")]


def test_feedback_that_makes_no_sense_is_no_feedback() -> None:
    site = fake_site(
        FakeEquipment(), driver=driver_that(write=lambda: _answer([Answer(value="?", exchange="x")]))
    )
    assert write(site, POWER, True) == [Answer(value=None, exchange="x")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], "the driver gave 0 answers to 1 command"),
        (["ok"], "the driver answered str to a command"),
    ],
)
def test_rubbish_answers_to_commands_are_faults(answer: object, error: str) -> None:
    site = fake_site(FakeEquipment(), driver=driver_that(write=lambda: _answer(answer)))
    assert write(site, POWER, True) == [(ProtocolFault, f"connection house: {error}")]


def test_a_driver_that_cannot_open_is_tried_again_the_next_time() -> None:
    class Reluctant(FakeDriver):
        attempts = 0

        async def open(self) -> None:
            Reluctant.attempts += 1
            if Reluctant.attempts == 1:
                raise OSError("no such device")

        async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
            return {target.point: 21.0 for target in targets}

    site = fake_site(FakeEquipment(), driver=Reluctant)

    async def main() -> list[Said]:
        seam = Seam(site.connections["house"])
        target = site.targets[TEMPERATURE]
        return [_said((await seam.read([target]))[TEMPERATURE]) for _ in range(3)]

    fault = (ProtocolFault, "connection house: the driver failed: OSError: no such device")
    assert run_virtual(main()) == [fault, 21.0, 21.0]
    assert Reluctant.attempts == 2


def test_a_driver_that_cannot_be_made_costs_only_its_own_points() -> None:
    class Broken(FakeDriver):
        def __init__(self, settings: ConnectionSettings, limits: Limits) -> None:
            raise RuntimeError("no licence")

    fault = (ProtocolFault, "connection house: the driver failed: RuntimeError: no licence")
    assert read(fake_site(FakeEquipment(), driver=Broken), POWER) == {POWER: fault}


def test_a_driver_that_failed_to_open_is_closed_and_one_that_hangs_in_it_is_left() -> None:
    class Half(FakeDriver):
        async def open(self) -> None:
            await super().open()
            await asyncio.Event().wait()

    equipment = FakeEquipment()
    Half.shared = equipment
    fault = (TimedOut, "connection house: the driver did not come back in time")
    assert read(fake_site(equipment, driver=Half), POWER) == {POWER: fault}
    assert (equipment.is_open, equipment.closed_times) == (False, 1)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("already gone"), "the driver failed: OSError: already gone"),
        (asyncio.CancelledError(), "the driver failed: CancelledError"),
    ],
)
def test_closing_closes_the_driver_once_and_survives_its_complaints(
    error: BaseException, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Complaining(FakeDriver):
        async def close(self) -> None:
            await super().close()
            raise error

    equipment = FakeEquipment(values={POWER: True})
    Complaining.shared = equipment
    site = fake_site(equipment, driver=Complaining)

    async def main() -> None:
        seam = Seam(site.connections["house"])
        await seam.read([site.targets[POWER]])
        await seam.close()
        await seam.close()

    run_virtual(main())
    assert (equipment.is_open, equipment.closed_times) == (False, 1)
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("interlock.connection", "WARNING", f"connection house: {said}")
    ]


def test_a_driver_that_hangs_in_closing_is_left() -> None:
    class Slow(FakeDriver):
        async def close(self) -> None:
            await asyncio.Event().wait()

    site = fake_site(FakeEquipment(values={POWER: True}), driver=Slow)

    async def main() -> float:
        seam = Seam(site.connections["house"])
        await seam.read([site.targets[POWER]])
        await seam.close()
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(5)


class Again:
    """A driver that gives what it is told to, read through a seam of its own."""

    def __init__(self) -> None:
        self.answers: dict[Point, object] = {}
        site = fake_site(FakeEquipment(), driver=driver_that(read=lambda: _answer(self.answers)))
        self.targets = site.targets
        self.seam = Seam(site.connections["house"])

    async def read(self, targets: Sequence[Target], **answers: object) -> list[object]:
        self.answers = {Point(name.replace("__", ".")): answer for name, answer in answers.items()}
        return [(_said(each), type(each)) for each in (await self.seam.read(targets)).values()]


def again(test: Callable[[Again], Awaitable[None]]) -> None:
    async def main() -> None:
        await test(Again())

    run_virtual(main())


def test_what_repeats_itself_comes_through_as_the_very_same_value() -> None:
    async def test(driver: Again) -> None:
        targets = (driver.targets[TEMPERATURE], driver.targets[POWER])
        for number in (26, 26, 27):
            answers = await driver.read(
                targets, living_thermostat__actualtemp=number, living_ac__hvacpower=True
            )
            assert answers == [(float(number), float), (True, bool)]
        first = await driver.seam.read(targets)
        driver.answers[TEMPERATURE] = float("27")
        second = await driver.seam.read(targets)
        driver.answers[TEMPERATURE] = float("27.0")
        third = await driver.seam.read(targets)
        assert second[TEMPERATURE] is not first[TEMPERATURE]
        assert third[TEMPERATURE] is second[TEMPERATURE]

    again(test)


@pytest.mark.parametrize(
    ("good", "bad"),
    [(1.0, True), (0.0, False), (20.0, "warm"), (20.0, None), (20.0, UnknownDevice("gone"))],
)
def test_what_only_looks_like_the_last_answer_is_checked_again(good: object, bad: object) -> None:
    async def test(driver: Again) -> None:
        targets = (driver.targets[TEMPERATURE],)
        [said] = await driver.read(targets, living_thermostat__actualtemp=good)
        [wrong] = await driver.read(targets, living_thermostat__actualtemp=bad)
        assert wrong != said
        fresh = Again()
        assert [wrong] == await fresh.read((fresh.targets[TEMPERATURE],), living_thermostat__actualtemp=bad)
        assert await driver.read(targets, living_thermostat__actualtemp=good) == [said]

    again(test)


def test_an_answer_that_can_change_itself_is_checked_each_time() -> None:
    async def test(driver: Again) -> None:
        targets, both = (driver.targets[TEMPERATURE],), [20.0]
        await driver.read(targets, living_thermostat__actualtemp=both)
        both[0] = 21.0
        error = (await driver.seam.read(targets))[TEMPERATURE]
        assert isinstance(error, ProtocolFault)
        assert "[21.0]" in error.message

    again(test)


def test_errors_are_told_apart_from_values() -> None:
    async def test(driver: Again) -> None:
        targets = (driver.targets[TEMPERATURE], driver.targets[POWER])
        await driver.read(targets, living_thermostat__actualtemp=26, living_ac__hvacpower=True)
        driver.answers[POWER] = UnknownDevice("gone")
        answers = await driver.seam.read(targets)
        assert answers.errors == {POWER: answers[POWER]}
        assert list(answers) == [TEMPERATURE, POWER]
        assert answers.changed == [POWER]

    again(test)


def test_a_batch_is_known_again_and_says_what_changed_in_it() -> None:
    async def test(driver: Again) -> None:
        targets = (driver.targets[TEMPERATURE], driver.targets[POWER])
        driver.answers = {TEMPERATURE: 20.0, POWER: True}
        first = await driver.seam.read(targets)
        driver.answers = {TEMPERATURE: 21.0, POWER: True}
        second = await driver.seam.read(targets)
        third = await driver.seam.read(targets)
        other = await driver.seam.read(list(targets))
        assert [each.changed for each in (first, second, third)] == [[TEMPERATURE, POWER], [TEMPERATURE], []]
        assert first.batch is second.batch is third.batch is not other.batch

    again(test)


def test_answers_are_found_in_whatever_order_they_come() -> None:
    async def test(driver: Again) -> None:
        targets = (driver.targets[TEMPERATURE], driver.targets[POWER])
        for answers in ({POWER: True, TEMPERATURE: 20.0}, {TEMPERATURE: 20.0, POWER: False}, {POWER: False}):
            driver.answers = dict(answers)
            found = await driver.seam.read(targets)
            assert list(found) == [TEMPERATURE, POWER]
            assert {point: each for point, each in found.items() if point in answers} == answers
        assert list(found.errors) == [TEMPERATURE]

    again(test)


def test_batches_that_are_never_asked_again_are_forgotten() -> None:
    async def test(driver: Again) -> None:
        for _ in range(100):
            await driver.read([driver.targets[POWER]], living_ac__hvacpower=True)
        assert len(driver.seam._batches) <= 32

    again(test)
