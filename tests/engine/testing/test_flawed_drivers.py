"""Each flaw that a driver can have fails the clause of the contract that it breaks."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from pydantic import Field

from interlock import (
    Answer,
    ConnectionSettings,
    DriverError,
    Feed,
    Found,
    InterlockError,
    NotSupported,
    Point,
    Recorded,
    RejectedValue,
    Target,
    TimedOut,
    UnknownDevice,
    Unreachable,
    Value,
    Write,
)
from support.kettles import KETTLE, SECRET, START, Json, KettleDriver, KettleSettings, run, unit_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_failures_are_expected")]

Answers = Mapping[Point, Value | DriverError]


class LeavesPointsOut(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        return await super().read(targets[:1])


class AnswersForOthers(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        return {**await super().read(targets), Point("attic.power"): True}


class AnswersTexts(KettleDriver):
    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        return str(super().value_in(state, target))


class Remembers(KettleDriver):
    memory: dict[Point, Value | DriverError]

    async def read(self, targets: Sequence[Target]) -> Answers:
        self.memory = {**await super().read(targets), **getattr(self, "memory", {})}
        return {target.point: self.memory[target.point] for target in targets}


class FailsTogether(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        answers = await super().read(targets)
        for answer in answers.values():
            if isinstance(answer, UnknownDevice):
                raise answer
        return answers


class KnowsNoStrangers(KettleDriver):
    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        answer = super().value_in(state, target)
        return RejectedValue("no") if isinstance(answer, UnknownDevice) else answer


class OneAtATime(KettleDriver):
    is_busy = False

    async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
        if self.is_busy:
            raise Unreachable("busy")
        self.is_busy = True
        try:
            return await super().ask(op, unit, **more)
        finally:
            self.is_busy = False


class KnowsNoLimits(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        states = await asyncio.gather(*(self.ask("get", unit) for unit in (1, 2)))
        return {target.point: self.value_in(states[unit_of(target) - 1], target) for target in targets}


class WaitsForEver(KettleDriver):
    async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
        async with self.connection() as (put, get):
            await put(op, unit, **more)
            return dict(await get())


def renaming(wrong: type[DriverError], *right: type[DriverError]) -> type[KettleDriver]:
    """Return a driver that takes some errors for another."""

    class Renames(KettleDriver):
        async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
            try:
                return await super().ask(op, unit, **more)
            except right:
                raise wrong("it is so") from None

    return Renames


class SendsNothing(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        return Answer()


class AnswersNonsense(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        await super().write_one(write)
        return Answer(value="warm")


class AnswersOnce(KettleDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return [await self.write_one(write) for write in writes][:1]


class WritesBackwards(KettleDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return [await self.write_one(write) for write in reversed(writes)]


class RefusesTriggers(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        if write.target.capability.is_trigger:
            return NotSupported("no")
        return await super().write_one(write)


class ChecksNoCalls(KettleDriver):
    @classmethod
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        return


class WritesEverything(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        return Answer() if not write.target.capability.writable else await super().write_one(write)


class Denies(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        answer = await super().write_one(write)
        return Answer() if isinstance(answer, RejectedValue) else answer


class Repeats(KettleDriver):
    async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
        try:
            return await super().ask(op, unit, **more)
        except TimedOut:
            return await super().ask(op, unit, **more)


class OpensOnlyToAPeer(KettleDriver):
    async def open(self) -> None:
        await self.ask("list")


class GivesUp(KettleDriver):
    has_lost = False

    async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
        if self.has_lost:
            raise Unreachable("lost for ever")
        try:
            return await super().ask(op, unit, **more)
        except Unreachable:
            self.has_lost = True
            raise


class ClosesOnlyWhatIsOpen(KettleDriver):
    async def open(self) -> None:
        self.opened = True

    async def close(self) -> None:
        del self.opened


class SaysGoodbye(KettleDriver):
    async def close(self) -> None:
        await self.ask("list")


class LeavesTasks(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        return await asyncio.shield(asyncio.ensure_future(self.wait()))

    async def wait(self) -> Answers:
        await self.ask("list")
        await asyncio.Event().wait()
        return {}


class WaitsInPeace(WaitsForEver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        try:
            return await super().read(targets)
        except asyncio.CancelledError:
            return {}


class WaitsInPeaceToWrite(WaitsForEver):
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        try:
            return await super().write(writes)
        except asyncio.CancelledError:
            return []


class LeavesSockets(KettleDriver):
    async def open(self) -> None:
        self.kept = await asyncio.open_connection("127.0.0.1", self.settings.port)

    async def read(self, targets: Sequence[Target]) -> Answers:
        return await super().read(targets)


class SharesItsEnd(KettleDriver):
    ends: list[KettleDriver]

    async def open(self) -> None:
        self.ends.clear()

    async def close(self) -> None:
        self.ends.append(self)

    async def ask(self, op: str, unit: int = 0, **more: object) -> dict[str, object]:
        if self.ends:
            raise Unreachable("closed")
        return await super().ask(op, unit, **more)


SharesItsEnd.ends = []


class Sleeps(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        time.sleep(0.001)  # noqa: ASYNC251 - that is the flaw
        return await super().read(targets)


class ConnectsInStep(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        with socket.socket() as plain:
            plain.settimeout(1)
            plain.connect(("127.0.0.1", self.settings.port))
        return await super().read(targets)


class LooksUpInStep(KettleDriver):
    async def read(self, targets: Sequence[Target]) -> Answers:
        socket.getaddrinfo("127.0.0.1", self.settings.port)
        return await super().read(targets)


class HidesThatItSleeps(Sleeps):
    async def read(self, targets: Sequence[Target]) -> Answers:
        try:
            return await super().read(targets)
        except AssertionError:
            return await KettleDriver.read(self, targets)


class Fumbles(KettleDriver):
    """Lets a callback fail where nobody hears it."""

    async def read(self, targets: Sequence[Target]) -> Answers:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        return await super().read(targets)


class ManyNamed(KettleDriver):
    name = "Kettle Of Mine"


class PlainSettings(ConnectionSettings):
    api_token: str = Field("", description="not so secret")


class PlainSecrets(KettleDriver):
    Settings = PlainSettings


class SilentSettings(KettleSettings):
    colour: str = "red"


class DescribesNothing(KettleDriver):
    Settings = SilentSettings


class CitesNothing(KettleDriver):
    device_types = (
        replace(KETTLE, controllers=tuple(replace(row, source="") for row in KETTLE.controllers)),
    )


class TellsTexts(KettleDriver):
    def tell(self, points: Mapping[tuple[int, str], Point], feed: Feed, told: dict[str, object]) -> None:
        for name in told.keys() - {"unit"}:
            told[name] = f"{told[name]} "
        super().tell(points, feed, told)


class TellsNothing(KettleDriver):
    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        return


class Mourns(KettleDriver):
    """Tells of each loss twice."""

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        once = feed.lost
        feed.lost = lambda error: [once(error), once(error)]  # type: ignore[method-assign, assignment, func-returns-value]
        await super().subscribe(targets, feed)


class NeverRejoices(KettleDriver):
    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        feed.regained = lambda: None  # type: ignore[method-assign]
        await super().subscribe(targets, feed)


class TalksOn(KettleDriver):
    """Tells of changes after its end; it looks once more at what it can reach."""

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        self.feed, self.targets = feed, targets
        await super().subscribe(targets, feed)

    async def close(self) -> None:
        await super().close()
        if hasattr(self, "feed"):
            loop = asyncio.get_running_loop()
            loop.call_soon(self.feed.readings, {target.point: True for target in self.targets})


class FindsNothing(KettleDriver):
    async def discover(self) -> AsyncIterator[Found]:
        for found in ():
            yield found


class FindsTwice(KettleDriver):
    async def discover(self) -> AsyncIterator[Found]:
        for _ in range(2):
            async for found in super().discover():
                yield found


class FindsOdd(KettleDriver):
    async def discover(self) -> AsyncIterator[Found]:
        yield Found(name="pot", type="kettle", settings={"place": 1})


class FindsUnknown(KettleDriver):
    async def discover(self) -> AsyncIterator[Found]:
        yield Found(name="pot", type="pot", settings={"unit": 1})


class FindsForEver(KettleDriver):
    """Leaves a task behind a search that is left."""

    async def discover(self) -> AsyncIterator[Found]:
        self.left = asyncio.ensure_future(asyncio.Event().wait())
        async for found in super().discover():
            yield found


def recalling(*minutes: int, value: Value | None = None, zone: bool = True) -> type[KettleDriver]:
    """Return a driver that remembers each point at these minutes."""

    class Recalls(KettleDriver):
        async def history(
            self, targets: Sequence[Target], start: datetime, end: datetime
        ) -> AsyncIterator[Recorded]:
            async for each in super().history(targets, start, START + timedelta(minutes=1)):
                for minute in minutes:
                    at = START + timedelta(minutes=minute)
                    told = each.value if value is None else value
                    yield Recorded(point=each.point, value=told, at=at if zone else at.replace(tzinfo=None))

    return Recalls


class RecallsAlways(KettleDriver):
    async def history(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        async for each in super().history(targets, START, START + timedelta(hours=1)):
            yield each


FLAWS: Sequence[tuple[str, type[KettleDriver]]] = [
    ("many_points_are_answered_in_one_batch_and_no_others", LeavesPointsOut),
    ("each_point_can_be_read_alone", AnswersForOthers),
    ("many_points_are_answered_in_one_batch_and_no_others", AnswersForOthers),
    ("values_are_as_their_capabilities_have_them", AnswersTexts),
    ("a_value_that_changed_at_the_device_is_read", Remembers),
    ("an_unknown_address_spoils_no_neighbour", FailsTogether),
    ("an_unknown_address_spoils_no_neighbour", KnowsNoStrangers),
    ("two_reads_at_once_both_answer", OneAtATime),
    ("no_more_reads_are_under_way_than_the_settings_allow", KnowsNoLimits),
    ("silence_ends_a_read_within_the_drivers_own_limits", WaitsForEver),
    ("silence_ends_a_read_within_the_drivers_own_limits", renaming(UnknownDevice, TimedOut)),
    ("a_connection_that_breaks_off_costs_one_read", renaming(UnknownDevice, TimedOut)),
    ("wrong_credentials_are_said_to_be_wrong", renaming(Unreachable, DriverError)),
    ("each_state_takes_its_values_and_holds_them", SendsNothing),
    ("each_state_takes_its_values_and_holds_them", AnswersTexts),
    ("the_commands_of_one_device_are_answered_one_by_one_in_order", AnswersOnce),
    ("the_commands_of_one_device_are_answered_one_by_one_in_order", WritesBackwards),
    ("each_trigger_is_taken", RefusesTriggers),
    ("calls_with_fields_are_taken", RefusesTriggers),
    ("senseless_calls_are_found_before_they_are_sent", ChecksNoCalls),
    ("what_cannot_be_written_refuses", WritesEverything),
    ("a_refused_command_was_certainly_not_executed", Denies),
    ("a_refused_command_was_certainly_not_executed", renaming(TimedOut, RejectedValue)),
    ("a_command_without_an_answer_may_have_been_executed", renaming(Unreachable, TimedOut)),
    ("a_command_without_an_answer_may_have_been_executed", WaitsForEver),
    ("a_command_is_sent_once", Repeats),
    ("a_command_is_sent_once", renaming(Unreachable, TimedOut)),
    ("a_command_to_a_peer_that_is_away_was_certainly_not_executed", renaming(TimedOut, Unreachable)),
    ("reading_and_writing_at_once_both_answer", OneAtATime),
    ("it_opens_while_its_peer_is_away", GivesUp),
    ("it_survives_the_loss_of_its_peer", GivesUp),
    ("it_survives_the_loss_of_its_peer", renaming(UnknownDevice, Unreachable)),
    ("a_read_that_is_cancelled_leaves_nothing_behind", LeavesTasks),
    ("a_read_that_is_cancelled_leaves_nothing_behind", WaitsInPeace),
    ("a_command_that_is_cancelled_leaves_nothing_behind", WaitsInPeaceToWrite),
    ("it_may_be_closed_twice", LeavesSockets),
    ("two_connections_of_one_process_are_strangers", SharesItsEnd),
    ("each_point_can_be_read_alone", Sleeps),
    ("each_point_can_be_read_alone", HidesThatItSleeps),
    ("each_point_can_be_read_alone", ConnectsInStep),
    ("each_point_can_be_read_alone", LooksUpInStep),
    ("each_point_can_be_read_alone", Fumbles),
    ("it_neither_sleeps_nor_reads_the_clock", Sleeps),
    ("its_declarations_hold", ManyNamed),
    ("secrets_have_a_type_of_their_own", PlainSecrets),
    ("each_setting_is_described", DescribesNothing),
    ("each_controller_says_what_it_is_and_where_that_is_written", CitesNothing),
    ("found_devices_can_stand_in_a_site_file", FindsNothing),
    ("no_device_is_found_twice", FindsTwice),
    ("the_search_may_be_left_at_any_time", FindsForEver),
    ("the_past_is_whole_and_in_order", recalling()),
    ("the_past_is_whole_and_in_order", recalling(-1)),
    ("the_past_is_whole_and_in_order", recalling(60)),
    ("the_past_is_whole_and_in_order", recalling(5, 4)),
    ("the_past_is_whole_and_in_order", recalling(5, 5)),
    ("the_past_is_whole_and_in_order", recalling(5, zone=False)),
    ("an_empty_span_has_no_past", RecallsAlways),
]


@pytest.mark.parametrize(("clause", "flawed"), FLAWS)
def test_a_flaw_is_found(clause: str, flawed: type[KettleDriver]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run(clause, flawed)


@pytest.mark.parametrize(
    ("clause", "flawed"),
    [
        ("feedback_is_a_value_of_the_capability", AnswersNonsense),
        ("it_opens_while_its_peer_is_away", OpensOnlyToAPeer),
        ("it_closes_without_having_been_open", ClosesOnlyWhatIsOpen),
        ("it_may_be_closed_twice", ClosesOnlyWhatIsOpen),
        ("it_closes_after_its_peer_went_away", SaysGoodbye),
        ("found_devices_can_stand_in_a_site_file", FindsOdd),
        ("found_devices_can_stand_in_a_site_file", FindsUnknown),
        ("the_past_is_whole_and_in_order", recalling(5, value="hot")),
    ],
)
def test_an_exception_that_must_not_be_is_shown_as_it_is(clause: str, flawed: type[KettleDriver]) -> None:
    with pytest.raises((InterlockError, AttributeError, ValueError, LookupError)):
        run(clause, flawed)


@pytest.mark.parametrize(
    ("clause", "flawed"),
    [
        ("changes_arrive_by_themselves", TellsNothing),
        ("changes_arrive_by_themselves", TellsTexts),
        ("a_lost_peer_is_told_once_and_so_is_its_return", TellsNothing),
        ("a_lost_peer_is_told_once_and_so_is_its_return", Mourns),
        ("a_lost_peer_is_told_once_and_so_is_its_return", NeverRejoices),
        ("nothing_is_told_after_the_end", TalksOn),
    ],
)
def test_a_flaw_in_telling_is_found(clause: str, flawed: type[KettleDriver]) -> None:
    with pytest.raises(AssertionError):
        run(clause, flawed, is_told=True)


def whispering(text: str) -> type[KettleDriver]:
    """Return a driver whose errors say something."""

    class Whispers(KettleDriver):
        def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
            answer = super().value_in(state, target)
            return type(answer)(f"no: {text}") if isinstance(answer, DriverError) else answer

    return Whispers


class TellsInItsExchange(KettleDriver):
    async def write_one(self, write: Write) -> Answer | DriverError:
        await super().write_one(write)
        return Answer(exchange=f"set?token={SECRET}")


class TellsTheWrongOne(KettleDriver):
    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        return Unreachable(f"no: {self.settings.token.get_secret_value()}")


def logging_to(name: str, text: str) -> type[KettleDriver]:
    """Return a driver behind which somebody logs something."""

    class Logs(KettleDriver):
        def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
            logging.getLogger(name).debug("sending %s", text)
            return super().value_in(state, target)

    return Logs


@pytest.mark.parametrize(
    "flawed",
    [
        whispering(SECRET),
        whispering(quote(SECRET)),
        whispering("wrong+horse"),
        *(whispering(base64.b64encode(f"{who}:{SECRET}".encode()).decode()) for who in ("", "a", "ab")),
        TellsInItsExchange,
        TellsTheWrongOne,
        logging_to(KettleDriver.__module__, SECRET),
        logging_to("somebody", base64.b64encode(b"x" + SECRET.encode()).decode()),
    ],
)
def test_a_leak_is_found(flawed: type[KettleDriver]) -> None:
    with pytest.raises(AssertionError, match="assert "):
        run("no_error_no_exchange_and_no_log_line_holds_a_secret", flawed)


def test_what_the_engine_hides_in_others_log_lines_is_no_leak() -> None:
    run("no_error_no_exchange_and_no_log_line_holds_a_secret", logging_to("httpx", f"GET /?token={SECRET}"))
