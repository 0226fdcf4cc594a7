"""The contract's clauses about reading."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from interlock.errors import AuthenticationFailed, DriverError, TemporaryError
from interlock.testing.basis import Basis, need, problems, read, readable, samples
from interlock.testing.loops import PATIENCE_S, in_a_loop, until
from interlock.testing.samples import is_same

_WHILE_S = 0.1
"""In which a second request would arrive, if it were sent."""


class ReadingContract(Basis):
    """A batch answers for each of its points: a value as its capability has it, or an error."""

    @in_a_loop
    async def test_each_point_can_be_read_alone(self) -> None:
        """A batch of one answers for that one."""
        async with self.at_ease() as (rig, driver):
            for target in readable(rig):
                answers = await read(driver, [target])
                assert set(answers) == {target.point}
                assert problems(answers) == {}

    @in_a_loop
    async def test_many_points_are_answered_in_one_batch_and_no_others(self) -> None:
        """A batch of many answers for exactly those that were asked."""
        async with self.at_ease() as (rig, driver):
            every = readable(rig)
            for asked in (every, every[1:], every[::-1], every[::2]):
                answers = await read(driver, asked)
                assert set(answers) == {target.point for target in asked}
                assert problems(answers) == {}

    @in_a_loop
    async def test_values_are_as_their_capabilities_have_them(self) -> None:
        """What is read passes `Capability.check` unchanged."""
        async with self.at_ease() as (rig, driver):
            answers = await read(driver, readable(rig))
            for target in readable(rig):
                value = answers[target.point]
                assert target.capability.check(value) == value, target.point

    @in_a_loop
    async def test_a_value_that_changed_at_the_device_is_read(self) -> None:
        """Each read asks the peer: nothing is answered from memory."""
        async with self.at_ease() as (rig, driver):
            change = need(rig.change, "change")
            for target in readable(rig):
                for value in samples(rig, target):
                    change(target.point, value)
                    answers = await read(driver, [target])
                    answer = answers[target.point]
                    assert not isinstance(answer, DriverError), f"{target.point}: {answer}"
                    assert is_same(answer, value), f"{target.point} is {value}, and {answer} was read"

    @in_a_loop
    async def test_an_unknown_address_spoils_no_neighbour(self) -> None:
        """One point's error is its own, wherever it stands in the batch."""
        async with self.connected() as (rig, driver):
            unknown = need(rig.unknown, "unknown")
            known = readable(rig)
            for asked in ([unknown, *known], [*known, unknown]):
                answers = await read(driver, asked)
                assert set(answers) == {target.point for target in asked}
                assert isinstance(answers[unknown.point], rig.unknown_error), repr(answers[unknown.point])
                assert set(problems(answers)) == {unknown.point}

    @in_a_loop
    async def test_two_reads_at_once_both_answer(self) -> None:
        """Reads do not get in each other's way."""
        async with self.at_ease() as (rig, driver):
            both = await asyncio.gather(
                *(read(driver, targets) for targets in (readable(rig), readable(rig)[::-1]))
            )
            for answers in both:
                assert set(answers) == {target.point for target in readable(rig)}
                assert problems(answers) == {}

    @in_a_loop
    async def test_no_more_reads_are_under_way_than_the_settings_allow(self) -> None:
        """With a concurrency of 1 the second request waits for the first: `Context.limits` sees to it."""
        async with self.peer() as rig:
            requests, hang = need(rig.requests, "requests"), need(rig.hang, "hang")
            patient = {"concurrency": 1, "timeout": timedelta(seconds=PATIENCE_S)}
            async with self.opened(rig, rig.settings.model_copy(update=patient)) as driver:
                assert problems(await read(driver, readable(rig))) == {}
                await hang()
                before = requests()
                task = asyncio.ensure_future(driver.read(readable(rig)))
                await until(lambda: requests() > before, "no request reached the peer")
                await asyncio.sleep(_WHILE_S)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert requests() == before + 1

    @in_a_loop
    async def test_silence_ends_a_read_within_the_drivers_own_limits(self) -> None:
        """A peer that never answers costs timeouts, and is asked again later."""
        async with self.connected() as (rig, driver):
            await need(rig.hang, "hang")()
            answers = await read(driver, readable(rig))
            assert set(answers) == {target.point for target in readable(rig)}
            for answer in answers.values():
                assert isinstance(answer, TemporaryError), repr(answer)

    @in_a_loop
    async def test_a_connection_that_breaks_off_costs_one_read(self) -> None:
        """Where the peer hangs up instead of answering, it is asked again later."""
        async with self.connected() as (rig, driver):
            await need(rig.drop, "drop")()
            answers = await read(driver, readable(rig))
            assert set(answers) == {target.point for target in readable(rig)}
            for answer in answers.values():
                assert isinstance(answer, TemporaryError), repr(answer)

    @in_a_loop
    async def test_wrong_credentials_are_said_to_be_wrong(self) -> None:
        """They are an `AuthenticationFailed`, for every point: the engine then stops asking."""
        async with self.peer() as rig:
            wrong = need(rig.wrong_credentials, "wrong_credentials")
            async with self.opened(rig, wrong) as driver:
                answers = await read(driver, readable(rig))
            assert {type(answer) for answer in answers.values()} == {AuthenticationFailed}
