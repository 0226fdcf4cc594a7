"""The contract's clauses about drivers that are told of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from interlock.driver import Driver, Target
from interlock.errors import DriverError
from interlock.model import Event, Point, Value
from interlock.testing.basis import Basis, need, readable
from interlock.testing.commands import samples
from interlock.testing.loops import in_a_loop, until
from interlock.testing.rig import Rig
from interlock.testing.samples import is_declared, is_same


class Told:
    """A feed that keeps what it is told."""

    def __init__(self) -> None:
        self.values: dict[Point, Value | DriverError] = {}
        self.events: list[Event] = []
        self.turns: list[str] = []
        """``lost`` and ``regained``, in their order."""

    def readings(self, answers: Mapping[Point, Value | DriverError]) -> None:
        """Keep the last of each point."""
        self.values.update(answers)

    def event(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)

    def lost(self, error: DriverError) -> None:
        """Keep that nothing arrives any more."""
        assert isinstance(error, DriverError)
        self.turns.append("lost")

    def regained(self) -> None:
        """Keep that it arrives again."""
        self.turns.append("regained")


class PushingContract(Basis):
    """What arrives by itself is told to the feed, and so is that nothing arrives any more."""

    @in_a_loop
    async def test_changes_arrive_by_themselves(self) -> None:
        """Each point that changes at the device is told, as its capability has it."""
        async with self._subscribed() as (rig, _, feed):
            change = need(rig.change, "change")
            for target in readable(rig):
                for value in samples(rig, target):
                    change(target.point, value)
                    await _expect_told(feed, target, value)

    @in_a_loop
    async def test_a_lost_peer_is_told_once_and_so_is_its_return(self) -> None:
        """After that changes arrive again."""
        async with self._subscribed() as (rig, _, feed):
            lose, regain = need(rig.lose, "lose"), need(rig.regain, "regain")
            await lose()
            await until(lambda: bool(feed.turns), "the feed was never told of the loss")
            await regain()
            await until(lambda: "regained" in feed.turns, "the feed was never told of the return")
            assert feed.turns == ["lost", "regained"]
            target = readable(rig)[0]
            value = samples(rig, target)[0]
            need(rig.change, "change")(target.point, value)
            await _expect_told(feed, target, value)

    @in_a_loop
    async def test_nothing_is_told_after_the_end(self) -> None:
        """`close` ends what `subscribe` began."""
        async with self._subscribed() as (rig, driver, feed):
            await driver.close()
            feed.values.clear()
            target = readable(rig)[0]
            for value in samples(rig, target):
                need(rig.change, "change")(target.point, value)
        assert feed.values == {}

    @asynccontextmanager
    async def _subscribed(self) -> AsyncIterator[tuple[Rig, Driver, Told]]:
        async with self.connected() as (rig, driver):
            if not self.driver.pushes(rig.settings):
                pytest.skip("the driver does not push with these settings")
            feed = Told()
            await driver.subscribe(rig.targets, feed)
            yield rig, driver, feed


async def _expect_told(feed: Told, target: Target, value: Value) -> None:
    def is_told() -> bool:
        told = feed.values.get(target.point)
        return told is not None and not isinstance(told, DriverError) and is_same(told, value)

    await until(is_told, f"{target.point} became {value}, and the feed was never told")
    told = feed.values[target.point]
    assert not isinstance(told, DriverError)
    assert is_declared(target.capability, told), repr(told)
