"""Small mutants of a good driver, such as slip in by an edit: each fails the clause that is named for it."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence

import pytest

from interlock import (
    Answer,
    ConnectionSettings,
    DriverError,
    Limits,
    NotSupported,
    Point,
    ProtocolFault,
    Target,
    TimedOut,
    Value,
    Write,
)
from support.kettles import Json, KettleDriver, run, unit_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_failures_are_expected")]

Answers = Mapping[Point, Value | DriverError]


class SendsTwice(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        await super().write_one(write)
        return await super().write_one(write)


class SendsTriggersTwice(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        if write.target.capability.is_trigger:
            await super().write_one(write)
        return await super().write_one(write)


class SendsABatchTwice(KettleDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        if len(writes) > 1:
            await super().write(writes)
        return await super().write(writes)


class SendsOnceMoreAtTheEnd(KettleDriver):
    last: Write | None = None

    async def write_one(self, write: Write) -> Answer | DriverError:
        self.last = write
        return await super().write_one(write)

    async def close(self) -> None:
        if self.last:
            await super().write_one(self.last)


class SendsOneForAnother(KettleDriver):
    """Sends the right number of commands of one moment, one of them twice and one not at all."""

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        answers = await super().write(writes[:1] * len(writes))
        return [Answer() if isinstance(answer, Answer) else answer for answer in answers]


class InsistsAfter(KettleDriver):
    """Sends again what was refused, or not answered."""

    async def write_one(self, write: Write) -> Answer | DriverError:
        answer = await super().write_one(write)
        return await super().write_one(write) if isinstance(answer, DriverError) else answer


class SwapsReadings(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        answers = await super().read(targets)
        points = [each.point for each in targets if each.capability.controller == "power"]
        swapped = dict(zip(points, map(answers.__getitem__, reversed(points)), strict=True))
        return {**answers, **swapped}


class SwapsReceipts(KettleDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return (await super().write(writes))[::-1]


class SwapsRefusals(KettleDriver):
    """Tells those first that went wrong."""

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return sorted(await super().write(writes), key=lambda answer: isinstance(answer, Answer))


class RefusesTogether(KettleDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        if all(write.target.capability.writable for write in writes):
            return await super().write(writes)
        return [NotSupported("one of them cannot be set")] * len(writes)


class IgnoresCancellation(KettleDriver):
    async def ask(self, op: str, unit: int = 0, **more: object) -> Json:
        try:
            return await super().ask(op, unit, **more)
        except asyncio.CancelledError:
            raise TimedOut("the stove is silent") from None


class ReadsOneByOne(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        return {
            target.point: self.value_in(await self.state_of(unit_of(target)), target) for target in targets
        }


class KeepsASocket(KettleDriver):
    async def open(self) -> None:
        self.kept = socket.socket()


class KeepsAThread(KettleDriver):
    async def open(self) -> None:
        self.is_over = threading.Event()
        threading.Thread(target=self.is_over.wait, args=(5,), name="kettle", daemon=True).start()


class ShowsItself(KettleDriver):
    def __repr__(self) -> str:
        return f"KettleDriver({self.settings.token.get_secret_value()})"


class Prints(KettleDriver):
    async def ask(self, op: str, unit: int = 0, **more: object) -> Json:
        print("asking as", self.settings.token.get_secret_value())
        return await super().ask(op, unit, **more)


class Complains(KettleDriver):
    async def ask(self, op: str, unit: int = 0, **more: object) -> Json:
        sys.stderr.write(f"asking as {self.settings.token.get_secret_value()}\n")
        return await super().ask(op, unit, **more)


class BelievesWhatItSaid(KettleDriver):
    """Reads what it wrote from its own memory."""

    async def open(self) -> None:
        self.memory: dict[Point, Value] = {}

    async def write_one(self, write: Write) -> Answer | DriverError:
        answer = await super().write_one(write)
        if write.value is not None and isinstance(answer, Answer):
            self.memory[write.target.point] = write.value
        return answer

    async def read(self, targets: Sequence[Target]) -> Answers:
        answers = await super().read(targets)
        return {**answers, **{point: self.memory[point] for point in answers if point in self.memory}}


class RemembersInNeed(KettleDriver):
    """Answers the last value as long as the stove does not answer."""

    async def open(self) -> None:
        self.memory: dict[Point, Value | DriverError] = {}

    async def read(self, targets: Sequence[Target]) -> Answers:
        answers = await super().read(targets)
        self.memory |= {
            point: answer for point, answer in answers.items() if not isinstance(answer, DriverError)
        }
        return {point: self.memory.get(point, answer) for point, answer in answers.items()}


class RemembersForAWhile(KettleDriver):
    answers: Answers | None = None

    async def read(self, targets: Sequence[Target]) -> Answers:
        self.answers = self.answers or await super().read(targets)
        return {target.point: self.answers[target.point] for target in targets}


class BlocksTheLoop(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        time.sleep(0.001)  # noqa: ASYNC251 - that is the flaw
        return await super().write_one(write)


class LooksAtTheLoopsClock(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        self.read_at = asyncio.get_running_loop().time()
        return await super().read(targets)


class AnswersTheWholeKettle(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        answers = dict(await super().read(targets))
        for target in targets:
            state = await self.state_of(unit_of(target))
            assert isinstance(state, dict)
            answers |= {Point.of(target.device.name, name): value for name, value in state.items()}  # type: ignore[misc]
        return answers


class AnswersBits(KettleDriver):
    """Answers 1 and 0 for true and false."""

    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        value = super().value_in(state, target)
        return int(value) if isinstance(value, bool) else value


class TakesBits(KettleDriver):
    """Answers commands with 1 and 0 for true and false."""

    async def write_one(self, write: Write) -> Answer | DriverError:
        answer = await super().write_one(write)
        if isinstance(answer, Answer) and isinstance(answer.value, bool):
            return Answer(value=int(answer.value))
        return answer


class TakesNonsenseForNo(KettleDriver):
    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        return False if isinstance(state, ProtocolFault) else super().value_in(state, target)


class TakesNonsenseForYes(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        answer = await super().write_one(write)
        return Answer() if isinstance(answer, ProtocolFault) else answer


class Unlimited(Limits):
    async def pace(self) -> None:
        return

    async def pace_read(self) -> None:
        return


class PlansTooMuch(KettleDriver):
    """Says that each point is asked by itself."""

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        return len(targets)


class PlansTooLittle(KettleDriver):
    """Says that one request answers for everything."""

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        return 1


class Hurries(KettleDriver):
    """Keeps to no rate."""

    async def open(self) -> None:
        self.limits = Unlimited(self.settings)


@pytest.mark.parametrize(
    ("clause", "mutant"),
    [
        ("a_command_that_succeeds_is_sent_once", SendsTwice),
        ("a_command_that_succeeds_is_sent_once", SendsTriggersTwice),
        ("a_command_that_succeeds_is_sent_once", SendsOnceMoreAtTheEnd),
        ("each_command_of_a_moment_is_sent_once", SendsTwice),
        ("each_command_of_a_moment_is_sent_once", SendsABatchTwice),
        ("each_command_of_a_moment_is_sent_once", SendsOneForAnother),
        ("a_command_that_is_refused_is_sent_once", InsistsAfter),
        ("a_command_to_a_silent_peer_is_sent_once", InsistsAfter),
        ("a_command_that_is_answered_nonsense_may_have_been_executed", InsistsAfter),
        ("a_command_that_is_answered_nonsense_may_have_been_executed", TakesNonsenseForYes),
        ("no_more_commands_begin_than_the_rate_allows", Hurries),
        ("no_more_reads_begin_than_the_rate_allows", Hurries),
        ("each_point_of_a_batch_gets_its_own_value", SwapsReadings),
        ("the_commands_of_one_device_are_answered_one_by_one_in_order", SwapsReceipts),
        ("a_refused_command_spoils_no_neighbour", SwapsRefusals),
        ("a_refused_command_spoils_no_neighbour", RefusesTogether),
        ("a_read_that_is_cancelled_leaves_nothing_behind", IgnoresCancellation),
        ("a_command_that_is_cancelled_leaves_nothing_behind", IgnoresCancellation),
        ("a_batch_costs_no_more_requests_than_it_must", ReadsOneByOne),
        ("a_batch_costs_as_many_requests_as_are_planned", PlansTooMuch),
        ("a_batch_costs_as_many_requests_as_are_planned", PlansTooLittle),
        ("it_may_be_closed_twice", KeepsASocket),
        ("it_may_be_closed_twice", KeepsAThread),
        ("no_error_no_exchange_and_no_log_line_holds_a_secret", ShowsItself),
        ("no_error_no_exchange_and_no_log_line_holds_a_secret", Prints),
        ("no_error_no_exchange_and_no_log_line_holds_a_secret", Complains),
        ("what_was_written_hides_no_later_change", BelievesWhatItSaid),
        ("silence_ends_a_read_within_the_drivers_own_limits", RemembersInNeed),
        ("a_connection_that_breaks_off_costs_one_read", RemembersInNeed),
        ("nonsense_is_no_value", RemembersInNeed),
        ("nonsense_is_no_value", TakesNonsenseForNo),
        ("each_read_asks_the_peer", RemembersForAWhile),
        ("each_state_takes_its_values_and_holds_them", BlocksTheLoop),
        ("it_neither_sleeps_nor_reads_the_clock", LooksAtTheLoopsClock),
        ("each_point_can_be_read_alone", AnswersTheWholeKettle),
        ("values_are_as_their_capabilities_have_them", AnswersBits),
        ("feedback_is_a_value_of_the_capability", TakesBits),
    ],
)
def test_a_subtle_flaw_is_found(clause: str, mutant: type[KettleDriver]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run(clause, mutant)
