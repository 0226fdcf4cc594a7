"""The contract's clauses about reading."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from interlock.driver import Target, Write
from interlock.errors import AuthenticationFailed, DriverError, TemporaryError
from interlock.model import Value
from interlock.testing.basis import (
    ONE_AN_HOUR,
    Basis,
    need,
    patient,
    problems,
    read,
    readable,
    until_held,
    write,
)
from interlock.testing.commands import samples, states
from interlock.testing.loops import WHILE_S, in_a_loop, until
from interlock.testing.rig import Rig
from interlock.testing.samples import is_declared, is_same


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
                assert not isinstance(value, DriverError), f"{target.point}: {value}"
                assert is_declared(target.capability, value), f"{target.point}: {value!r}"

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
    async def test_each_point_of_a_batch_gets_its_own_value(self) -> None:
        """Among neighbours that hold different values none is taken for another, in whatever order."""
        async with self.at_ease() as (rig, driver):
            change, held = need(rig.change, "change"), need(rig.value, "value")
            for turn in range(2):
                changed = _changed(rig, turn)
                for target, value in changed:
                    change(target.point, value)
                asked = [target for target, _ in changed]
                for targets in (asked, asked[::-1]):
                    for point, answer in (await read(driver, targets)).items():
                        # What one point holds may follow from another: the device knows, not the sample.
                        now = held(point)
                        assert not isinstance(answer, DriverError), f"{point}: {answer}"
                        assert now is None or is_same(answer, now), f"{point} is {now}, and {answer} was read"

    @in_a_loop
    async def test_what_was_written_hides_no_later_change(self) -> None:
        """A hand on the device comes after the command, and so does the read."""
        async with self.at_ease() as (rig, driver):
            change = need(rig.change, "change")
            for target, values in _both_ways(rig):
                change(target.point, values[0])  # Or it might hold what is written before that arrives.
                await write(driver, [Write(target=target, value=values[-1])])
                await until_held(rig, target, values[-1])
                change(target.point, values[0])
                answer = (await read(driver, [target]))[target.point]
                assert not isinstance(answer, DriverError), f"{target.point}: {answer}"
                assert is_same(answer, values[0]), f"{target.point} is {values[0]}, and {answer} was read"

    @in_a_loop
    async def test_each_read_asks_the_peer(self) -> None:
        """What was read a moment ago is no answer: how old a value may be is the engine's to say."""
        async with self.at_ease() as (rig, driver):
            requests = need(rig.requests, "requests")
            for _ in range(3):
                before = requests()
                assert problems(await read(driver, readable(rig))) == {}
                assert requests() > before, "the peer was not asked"

    @in_a_loop
    async def test_a_batch_costs_no_more_requests_than_it_must(self) -> None:
        """Where one request answers for many points, it is one request."""
        async with self.at_ease() as (rig, driver):
            requests, most = need(rig.requests, "requests"), need(rig.requests_for_all, "requests_for_all")
            for _ in range(2):
                before = requests()
                assert problems(await read(driver, readable(rig))) == {}
                assert requests() - before <= most

    @in_a_loop
    async def test_a_batch_costs_as_many_requests_as_are_planned(self) -> None:
        """What `Driver.requests_for` says is what is sent: polls are planned by it."""
        async with self.at_ease() as (rig, driver):
            requests, every = need(rig.requests, "requests"), readable(rig)
            await read(driver, every)
            for asked in (every, every[:1], every[::2]):
                before, planned = requests(), driver.requests_for(asked, driver.settings)
                assert problems(await read(driver, asked)) == {}
                sent = requests() - before
                assert sent == planned, f"a read of {len(asked)} points sent {sent} requests, not {planned}"

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
            async with self.opened(rig, patient(rig, concurrency=1)) as driver:
                assert problems(await read(driver, readable(rig))) == {}
                await hang()
                before = requests()
                task = asyncio.ensure_future(driver.read(readable(rig)))
                await until(lambda: requests() > before, "no request reached the peer")
                await asyncio.sleep(WHILE_S)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert requests() == before + 1

    @in_a_loop
    async def test_no_more_reads_begin_than_the_rate_allows(self) -> None:
        """With one request an hour the second waits: `Limits.slot` sees to it."""
        async with self.peer() as rig:
            requests, targets = need(rig.requests, "requests"), readable(rig)
            slow = patient(rig, rate=ONE_AN_HOUR)
            async with self.opened(rig, slow) as driver:
                before = requests()
                tasks = [asyncio.ensure_future(driver.read(targets)) for _ in range(2)]
                await until(lambda: requests() > before, "no request reached the peer")
                await asyncio.sleep(WHILE_S)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                assert requests() == before + 1

    @in_a_loop
    async def test_silence_ends_a_read_within_the_drivers_own_limits(self) -> None:
        """A peer that never answers costs timeouts, and is asked again later; what it once said is over."""
        async with self.connected() as (rig, driver):
            hang = need(rig.hang, "hang")
            await read(driver, readable(rig))
            await hang()
            answers = await read(driver, readable(rig))
            assert set(answers) == {target.point for target in readable(rig)}
            for answer in answers.values():
                assert isinstance(answer, TemporaryError), repr(answer)

    @in_a_loop
    async def test_a_connection_that_breaks_off_costs_one_read(self) -> None:
        """Where the peer hangs up, it is asked again later; what it once said is over."""
        async with self.connected() as (rig, driver):
            drop = need(rig.drop, "drop")
            await read(driver, readable(rig))
            await drop()
            answers = await read(driver, readable(rig))
            assert set(answers) == {target.point for target in readable(rig)}
            for answer in answers.values():
                assert isinstance(answer, TemporaryError), repr(answer)

    @in_a_loop
    async def test_nonsense_is_no_value(self) -> None:
        """An answer that means nothing is an error for each point that it should have answered."""
        async with self.connected() as (rig, driver):
            garble = need(rig.garble, "garble")
            await read(driver, readable(rig))
            await garble()
            answers = await read(driver, readable(rig))
            assert set(problems(answers)) == {target.point for target in readable(rig)}

    @in_a_loop
    async def test_wrong_credentials_are_said_to_be_wrong(self) -> None:
        """They are an `AuthenticationFailed`, for every point: the engine then stops asking."""
        async with self.peer() as rig:
            wrong = need(rig.wrong_credentials, "wrong_credentials")
            async with self.opened(rig, wrong) as driver:
                answers = await read(driver, readable(rig))
            assert {type(answer) for answer in answers.values()} == {AuthenticationFailed}


def _changed(rig: Rig, turn: int) -> Sequence[tuple[Target, Value]]:
    """Return a value for each point that the building can change, at each turn another one."""
    rows = [(target, values) for target in readable(rig) if (values := samples(rig, target))]
    if len(rows) < 2:
        pytest.skip("the rig has no two targets whose values the building changes")
    return [(target, values[(place + turn) % len(values)]) for place, (target, values) in enumerate(rows)]


def _both_ways(rig: Rig) -> Sequence[tuple[Target, Sequence[Value]]]:
    """Return the targets that can be written and read, with two values or more."""
    rows = [(target, values) for target, values in states(rig) if target.capability.readable]
    found = [(target, values) for target, values in rows if len(values) > 1]
    if not found:
        pytest.skip("the rig has no target that can be written and read")
    return found
