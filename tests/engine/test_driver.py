"""What every connection says, and how it limits what its driver asks."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interlock.driver import ConnectionSettings, DeviceSettings, Limits, Rate, parse_rate
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import LIGHT, FakeDeviceSettings, FakeDriver


def test_a_connection_that_says_nothing_has_cautious_settings() -> None:
    assert ConnectionSettings().model_dump(mode="python", exclude={"poll", "timeout"}) == {
        "concurrency": 4,
        "rate": None,
        "daily": None,
        "stale_after": None,
    }
    assert (ConnectionSettings().poll, ConnectionSettings().timeout) == (
        timedelta(seconds=10),
        timedelta(seconds=5),
    )


@pytest.mark.parametrize(("concurrency", "is_right"), [(0, False), (1, True), (256, True), (257, False)])
def test_how_much_may_be_under_way_at_once_has_limits(concurrency: int, is_right: bool) -> None:
    try:
        ConnectionSettings(concurrency=concurrency)
    except ValidationError:
        assert not is_right
    else:
        assert is_right


@pytest.mark.parametrize("settings", [ConnectionSettings(), DeviceSettings()])
def test_settings_do_not_change(settings: ConnectionSettings | DeviceSettings) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.poll = timedelta(seconds=1)


def test_a_device_can_what_its_type_can_unless_its_driver_says_otherwise() -> None:
    assert (
        FakeDriver.capabilities(LIGHT, FakeDeviceSettings(address="1"), ConnectionSettings())
        == LIGHT.controllers
    )


def starts(settings: ConnectionSettings, count: int, *, lasting_s: float) -> list[float]:
    """When so many requests begin that all want to at once, in seconds."""
    times: list[float] = []

    async def ask(limits: Limits) -> None:
        async with limits.slot():
            times.append(round(asyncio.get_running_loop().time(), 3))
            await asyncio.sleep(lasting_s)

    async def main() -> None:
        limits = Limits(settings)
        await asyncio.gather(*(ask(limits) for _ in range(count)))

    run_virtual(main())
    return times


def test_no_more_requests_are_under_way_than_the_connection_allows() -> None:
    assert starts(ConnectionSettings(concurrency=2), 5, lasting_s=3) == [0, 0, 3, 3, 6]


def test_no_more_requests_begin_than_the_rate_allows() -> None:
    settings = ConnectionSettings(concurrency=9, rate=Rate(2, timedelta(seconds=10)))
    assert starts(settings, 5, lasting_s=0) == [0, 0, 10, 10, 20]


def test_a_part_of_the_rate_is_left_to_commands_which_go_first() -> None:
    begun: list[tuple[str, float]] = []

    async def ask(name: str, turn: Awaitable[None]) -> None:
        await turn
        begun.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        limits = Limits(ConnectionSettings(rate=Rate(3, timedelta(seconds=10))))
        reads = [asyncio.ensure_future(ask(f"read {n}", limits.pace_read())) for n in (1, 2, 3, 4)]
        await asyncio.sleep(1)
        commands = [asyncio.ensure_future(ask(f"command {n}", limits.pace())) for n in (1, 2, 3)]
        await asyncio.gather(*reads, *commands)
        assert limits.requests == 7

    run_virtual(main())
    assert begun == [
        ("read 1", 0),
        ("read 2", 0),
        ("command 1", 1),
        ("command 2", 10),
        ("command 3", 10),
        ("read 3", 20),
        ("read 4", 20),
    ]


@pytest.mark.parametrize(
    ("count", "for_reads"), [(1, 1), (2, 2), (3, 2), (10, 9), (19, 18), (20, 18), (30, 27), (1000, 900)]
)
def test_a_tenth_of_a_rate_is_for_commands(count: int, for_reads: int) -> None:
    rate = Rate(count, timedelta(minutes=1))
    assert rate.for_reads == for_reads
    assert rate.time_for(for_reads) == 60


@given(
    count=st.integers(1, 12),
    asked=st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=1, max_size=30),
)
def test_never_more_requests_begin_than_the_rate_allows_and_each_has_its_turn(
    count: int, asked: list[tuple[bool, int]]
) -> None:
    times: list[float] = []

    async def ask(limits: Limits, is_read: bool, at: int) -> None:
        await asyncio.sleep(at)
        await (limits.pace_read() if is_read else limits.pace())
        times.append(asyncio.get_running_loop().time())

    async def main() -> None:
        limits = Limits(ConnectionSettings(rate=Rate(count, timedelta(seconds=10))))
        await asyncio.gather(*(ask(limits, *each) for each in asked))

    run_virtual(main())
    assert len(times) == len(asked)
    assert all(later - earlier >= 9.999 for earlier, later in zip(times, times[count:], strict=False))


@pytest.mark.parametrize(
    ("rate", "written"),
    [(Rate(10, timedelta(seconds=1)), "10/1s"), (Rate(30, timedelta(minutes=1)), "30/1m")],
)
def test_a_rate_is_written_as_it_is_read(rate: Rate, written: str) -> None:
    assert str(rate) == written
    assert parse_rate(written) == rate
