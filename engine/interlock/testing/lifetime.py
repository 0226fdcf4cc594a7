"""The contract's clauses about opening, losing and closing a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from interlock.driver import Driver
from interlock.errors import TemporaryError
from interlock.testing.basis import Basis, need, problems, read, readable
from interlock.testing.commands import a_write
from interlock.testing.loops import in_a_loop, until
from interlock.testing.rig import Rig


class LifetimeContract(Basis):
    """A driver heals by itself while it is open, and leaves nothing behind when it is closed."""

    @in_a_loop
    async def test_it_opens_while_its_peer_is_away(self) -> None:
        """`open` does not fail; reads say what is wrong, and work as soon as the peer is there."""
        async with self.peer() as rig:
            lose, regain = need(rig.lose, "lose"), need(rig.regain, "regain")
            await lose()
            async with self.opened(rig) as driver:
                await _expect_absence(rig, driver)
                await regain()
                await _expect_presence(rig, driver)

    @in_a_loop
    async def test_it_survives_the_loss_of_its_peer(self) -> None:
        """A peer that comes back is read again by the same driver, without opening it anew."""
        async with self.connected() as (rig, driver):
            lose, regain = need(rig.lose, "lose"), need(rig.regain, "regain")
            assert problems(await read(driver, readable(rig))) == {}
            await lose()
            await _expect_absence(rig, driver)
            await regain()
            await _expect_presence(rig, driver)

    @in_a_loop
    async def test_it_closes_without_having_been_open(self) -> None:
        """The engine closes also what it could not open."""
        async with self.peer() as rig:
            await self.make(rig).close()

    @in_a_loop
    async def test_it_closes_after_its_peer_went_away(self) -> None:
        """Nobody is there to say goodbye to."""
        async with self.connected() as (rig, driver):
            await read(driver, readable(rig))
            await need(rig.lose, "lose")()

    @in_a_loop
    async def test_it_may_be_closed_twice(self) -> None:
        """The second time there is nothing to do."""
        async with self.at_ease() as (rig, driver):
            await read(driver, readable(rig))
            await driver.close()

    @in_a_loop
    async def test_a_read_that_is_cancelled_leaves_nothing_behind(self) -> None:
        """Neither tasks nor sockets; and the cancellation is not swallowed."""
        async with self.connected() as (rig, driver):
            requests = need(rig.requests, "requests")
            await need(rig.hang, "hang")()
            await _cancel(driver.read(readable(rig)), requests)

    @in_a_loop
    async def test_a_command_that_is_cancelled_leaves_nothing_behind(self) -> None:
        """Neither tasks nor sockets; and the cancellation is not swallowed."""
        async with self.connected() as (rig, driver):
            requests, command = need(rig.requests, "requests"), a_write(rig)
            await need(rig.hang, "hang")()
            await _cancel(driver.write([command]), requests)

    @in_a_loop
    async def test_two_connections_of_one_process_are_strangers(self) -> None:
        """What one driver holds is its own: closing it does not close the other."""
        async with self.at_ease() as (rig, driver), self.at_ease() as (others_rig, other):
            assert problems(await read(driver, readable(rig))) == {}
            await driver.close()
            assert problems(await read(other, readable(others_rig))) == {}


async def _cancel(work: Coroutine[object, object, object], requests: Callable[[], int]) -> None:
    """Cancel work that has reached its peer."""
    before = requests()
    task = asyncio.ensure_future(work)
    await until(lambda: requests() > before or task.done(), "no request reached the peer")
    assert not task.done(), "it came back although its peer never answered"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _expect_absence(rig: Rig, driver: Driver) -> None:
    answers = await read(driver, readable(rig))
    assert set(answers) == {target.point for target in readable(rig)}
    for answer in answers.values():
        assert isinstance(answer, TemporaryError), repr(answer)


async def _expect_presence(rig: Rig, driver: Driver) -> None:
    """Expect that every point can be read, at the latest at the second attempt."""
    await read(driver, readable(rig))
    assert problems(await read(driver, readable(rig))) == {}
