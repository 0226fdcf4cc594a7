"""The contract's clauses about writing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from interlock.driver import Answer, Driver, Target, Write
from interlock.errors import DriverError, InvalidValue, RejectedError, Unreachable
from interlock.model import Value
from interlock.testing.basis import Basis, need, problems, read, readable, until_held, write
from interlock.testing.commands import a_write, calls, moments, samples, states, triggers
from interlock.testing.loops import in_a_loop
from interlock.testing.rig import Rig
from interlock.testing.samples import is_declared, is_same


class WritingContract(Basis):
    """The answer to a command says whether it was taken, refused, or nobody knows."""

    @in_a_loop
    async def test_each_state_takes_its_values_and_holds_them(self) -> None:
        """Every choice, both truths, the ends of a range: what was written is what the device has."""
        async with self.at_ease() as (rig, driver):
            for target, values in states(rig):
                for value in values:
                    [answer] = await write(driver, [Write(target=target, value=value)])
                    _expect_taken(answer, Write(target=target, value=value))
                    await _expect_held(rig, driver, target, value)

    @in_a_loop
    async def test_feedback_is_a_value_of_the_capability(self) -> None:
        """Where an answer has a value, it is the device's own, as the capability has it."""
        async with self.at_ease() as (rig, driver):
            for target, values in states(rig):
                [answer] = await write(driver, [Write(target=target, value=values[-1])])
                assert isinstance(answer, Answer), f"{target.point}: {answer!r}"
                assert answer.value is None or is_declared(target.capability, answer.value), answer.value

    @in_a_loop
    async def test_the_commands_of_one_device_are_answered_one_by_one_in_order(self) -> None:
        """As many answers as commands, each about its own, and of two for one point the last remains."""
        async with self.at_ease() as (rig, driver):
            for writes in moments(rig):
                answers = await write(driver, writes)
                assert len(answers) == len(writes)
                for answer, command in zip(answers, writes, strict=True):
                    _expect_taken(answer, command)
            for target, values in states(rig):
                await write(driver, [Write(target=target, value=value) for value in values])
                await _expect_held(rig, driver, target, values[-1])

    @in_a_loop
    async def test_each_trigger_is_taken(self) -> None:
        """What starts something takes each of its values."""
        async with self.at_ease() as (rig, driver):
            for each in triggers(rig):
                [answer] = await write(driver, [each])
                assert isinstance(answer, Answer), f"{each.target.point} = {each.value}: {answer!r}"

    @in_a_loop
    async def test_calls_with_fields_are_taken(self) -> None:
        """Each controller with fields takes those of the rig, which fit the fields and each other."""
        async with self.at_ease() as (rig, driver):
            for each in calls(rig):
                self.driver.check_call(each.target, each.fields)
                [answer] = await write(driver, [each])
                assert isinstance(answer, Answer), f"{each.target.point}: {answer!r}"

    @in_a_loop
    async def test_senseless_calls_are_found_before_they_are_sent(self) -> None:
        """`check_call` refuses fields that do not fit each other."""
        async with self.peer() as rig:
            found = [target for target in rig.targets if target.point in rig.senseless_calls]
            if not found:
                pytest.skip("the rig gives no 'senseless_calls'")
            for target in found:
                fields = target.capability.check_fields(rig.senseless_calls[target.point])
                with pytest.raises(InvalidValue):
                    self.driver.check_call(target, fields)

    @in_a_loop
    async def test_what_cannot_be_written_refuses(self) -> None:
        """A command for a read-only point is an error, and nothing else."""
        async with self.at_ease() as (rig, driver):
            fixed = [target for target in rig.targets if not target.capability.writable]
            if not fixed:
                pytest.skip("the rig has no target that cannot be written")
            for target in fixed:
                before = await read(driver, [target])
                value = before[target.point]
                assert not isinstance(value, DriverError)
                [answer] = await write(driver, [Write(target=target, value=value)])
                assert isinstance(answer, RejectedError), f"{target.point}: {answer!r}"

    @in_a_loop
    async def test_a_refused_command_spoils_no_neighbour(self) -> None:
        """In one moment for one device, each command is answered for itself, in the order given."""
        async with self.at_ease() as (rig, driver):
            for command, refused in _with_a_fixed_one(rig):
                answers = await write(driver, [refused, command, refused])
                assert len(answers) == 3
                assert isinstance(answers[0], RejectedError), repr(answers[0])
                _expect_taken(answers[1], command)
                assert isinstance(answers[2], RejectedError), repr(answers[2])

    @in_a_loop
    async def test_a_refused_command_was_certainly_not_executed(self) -> None:
        """The error says so, and the device holds what it held."""
        async with self.at_ease() as (rig, driver):
            refuse, command = need(rig.refuse, "refuse"), a_write(rig)
            before = _held(rig, command.target)
            await refuse()
            [answer] = await write(driver, [command])
            assert isinstance(answer, DriverError), repr(answer)
            assert not answer.may_have_acted, repr(answer)
            assert _held(rig, command.target) == before

    @in_a_loop
    async def test_a_command_without_an_answer_may_have_been_executed(self) -> None:
        """Silence after the request is a doubt, and the engine must be told so."""
        async with self.connected() as (rig, driver):
            await need(rig.hang_commands or rig.hang, "hang")()
            [answer] = await write(driver, [a_write(rig)])
            assert isinstance(answer, DriverError), repr(answer)
            assert answer.may_have_acted, repr(answer)

    @in_a_loop
    async def test_a_command_to_a_peer_that_is_away_was_certainly_not_executed(self) -> None:
        """No connection, no doubt: the receipt says failed, and not uncertain."""
        async with self.peer() as rig:
            lose, command = need(rig.lose, "lose"), a_write(rig)
            await lose()
            async with self.opened(rig) as driver:
                [answer] = await write(driver, [command])
            assert isinstance(answer, Unreachable), repr(answer)

    @in_a_loop
    async def test_reading_and_writing_at_once_both_answer(self) -> None:
        """Neither waits for the other for ever, and neither gets the other's answer."""
        async with self.at_ease() as (rig, driver):
            command = a_write(rig)
            answers, [answer] = await asyncio.gather(read(driver, readable(rig)), write(driver, [command]))
            assert set(answers) == {target.point for target in readable(rig)}
            assert problems(answers) == {}
            assert isinstance(answer, Answer), repr(answer)


def _held(rig: Rig, target: Target) -> Value | None:
    return need(rig.value, "value")(target.point)


async def _expect_held(rig: Rig, driver: Driver, target: Target, value: Value) -> None:
    """Expect that a device holds a value, and tells it where it can be asked."""
    await until_held(rig, target, value)
    if target.capability.readable:
        answers = await read(driver, [target])
        answer = answers[target.point]
        assert not isinstance(answer, DriverError), repr(answer)
        assert is_same(answer, value), f"{target.point} is {value}, and {answer} was read"


def _expect_taken(answer: Answer | DriverError, command: Write) -> None:
    """Expect that a command was taken; the device's own value, where it comes back, is the one given."""
    assert isinstance(answer, Answer), f"{command.target.point} = {command.value}: {answer!r}"
    if answer.value is not None and command.value is not None:
        told = f"{command.target.point} was set to {command.value}, and the answer says {answer.value}"
        assert is_same(answer.value, command.value), told


def _with_a_fixed_one(rig: Rig) -> Sequence[tuple[Write, Write]]:
    """Return commands that are taken, each with one for the same device that cannot be."""
    fixed = {
        target.device.name: Write(target=target, value=values[0])
        for target in rig.targets
        if not target.capability.writable and (values := samples(rig, target))
    }
    found = [
        (Write(target=target, value=values[-1]), fixed[target.device.name])
        for target, values in states(rig)
        if target.device.name in fixed
    ]
    if not found:
        pytest.skip("the rig has no device of which one target can be written and another cannot")
    return found
