"""What every connection says, and how it limits what its driver asks."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import ValidationError

from interlock.driver import ConnectionSettings, DeviceSettings, Limits, Rate, parse_rate
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import LIGHT, FakeDeviceSettings, FakeDriver


def test_a_connection_that_says_nothing_has_cautious_settings() -> None:
    assert ConnectionSettings().model_dump(mode="python", exclude={"poll", "timeout"}) == {
        "concurrency": 4,
        "rate": None,
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


@pytest.mark.parametrize(
    ("rate", "written"),
    [(Rate(10, timedelta(seconds=1)), "10/1s"), (Rate(30, timedelta(minutes=1)), "30/1m")],
)
def test_a_rate_is_written_as_it_is_read(rate: Rate, written: str) -> None:
    assert str(rate) == written
    assert parse_rate(written) == rate
