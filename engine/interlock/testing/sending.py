"""The contract's clauses about how often, and how fast, commands are sent."""

from __future__ import annotations

import asyncio

import pytest

from interlock.driver import Answer
from interlock.errors import DriverError
from interlock.testing.arrivals import Arrivals
from interlock.testing.basis import ONE_AN_HOUR, Basis, need, patient, write
from interlock.testing.commands import a_write, every_command, moments
from interlock.testing.loops import WHILE_S, in_a_loop, until


class SendingContract(Basis):
    """A command is sent once, whatever becomes of it: nobody but the engine knows whether twice does harm."""

    @in_a_loop
    async def test_a_command_that_succeeds_is_sent_once(self) -> None:
        """States, triggers and calls: each reaches the peer once, and the device takes it up once."""
        async with self.peer() as rig:
            arrivals, commands = Arrivals(rig), every_command(rig)
            async with self.opened(rig, patient(rig)) as driver:
                for command in commands:
                    before = arrivals.number
                    [answer] = await write(driver, [command])
                    assert isinstance(answer, Answer), f"{command.target.point}: {answer!r}"
                    await arrivals.expect([command], before=before)
            await arrivals.expect(commands)
            await arrivals.expect_taken(commands)

    @in_a_loop
    async def test_each_command_of_a_moment_is_sent_once(self) -> None:
        """Several may travel together; none is left out, and none arrives twice."""
        async with self.peer() as rig:
            arrivals, given = Arrivals(rig), moments(rig)
            async with self.opened(rig, patient(rig)) as driver:
                for commands in given:
                    before = arrivals.number
                    answers = await write(driver, commands)
                    assert [type(answer) for answer in answers] == [Answer] * len(commands)
                    await arrivals.expect(commands, before=before)
            every = [command for commands in given for command in commands]
            await arrivals.expect(every)
            await arrivals.expect_taken(every)

    @in_a_loop
    async def test_a_command_that_is_refused_is_sent_once(self) -> None:
        """No is an answer; asking again is the engine's."""
        async with self.peer() as rig, self.opened(rig, patient(rig)) as driver:
            refuse, arrivals, command = need(rig.refuse, "refuse"), Arrivals(rig), a_write(rig)
            await refuse()
            [answer] = await write(driver, [command])
            assert isinstance(answer, DriverError), repr(answer)
            assert arrivals.number <= 1, "a refused command was sent again"

    @in_a_loop
    async def test_a_command_to_a_silent_peer_is_sent_once(self) -> None:
        """Nobody knows whether it was executed, so it is not sent again."""
        async with self.connected() as (rig, driver):
            arrivals, command = Arrivals(rig), a_write(rig)
            await need(rig.hang_commands or rig.hang, "hang")()
            [answer] = await write(driver, [command])
            assert isinstance(answer, DriverError), repr(answer)
            assert arrivals.number <= 1, "a command without an answer was sent again"

    @in_a_loop
    async def test_a_command_is_sent_once(self) -> None:
        """Also where the connection breaks off in the midst of it: it may have been executed."""
        async with self.connected() as (rig, driver):
            arrivals, command = Arrivals(rig), a_write(rig)
            await need(rig.drop_commands or rig.drop, "drop")()
            [answer] = await write(driver, [command])
            assert isinstance(answer, DriverError), repr(answer)
            assert answer.may_have_acted, repr(answer)
            assert arrivals.number == 1

    @in_a_loop
    async def test_a_command_that_is_answered_nonsense_may_have_been_executed(self) -> None:
        """It reached the peer, and nobody can tell what the peer made of it; it is not sent again."""
        async with self.connected() as (rig, driver):
            arrivals, command = Arrivals(rig), a_write(rig)
            await need(rig.garble_commands or rig.garble, "garble")()
            [answer] = await write(driver, [command])
            assert isinstance(answer, DriverError), repr(answer)
            assert answer.may_have_acted, repr(answer)
            assert arrivals.number == 1

    @in_a_loop
    async def test_no_more_commands_begin_than_the_rate_allows(self) -> None:
        """With one request an hour the second waits: `Limits.pace` sees to it."""
        async with self.peer() as rig:
            requests, command = need(rig.requests, "requests"), a_write(rig)
            if rig.through is not None:
                pytest.skip("the rate is that of the connection that the driver speaks through")
            slow = patient(rig, rate=ONE_AN_HOUR)
            async with self.opened(rig, slow) as driver:
                before = requests()
                task = asyncio.ensure_future(driver.write([command, command]))
                await until(lambda: requests() > before, "no request reached the peer")
                await asyncio.sleep(WHILE_S)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert requests() == before + 1
