"""A gateway that went away without a word, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from xknx.exceptions import CommunicationError

from interlock.simulation.virtual_time import run_virtual
from interlock_knx.knxip import silence
from interlock_knx.settings import KnxSettings

ASKING_S = 2.0
"""How long xknx waits for a description."""


class Gateway:
    """Describes itself until a time; it is asked at `asked_at`."""

    def __init__(self) -> None:
        self.present: Callable[[float], bool] = lambda at: True
        self.asked_at: list[float] = []
        self.asked_as: set[tuple[str, int, str | None]] = set()
        self.error: Exception = CommunicationError("no description")

    async def describe(self, host: str, port: int, local_ip: str | None) -> None:
        at = asyncio.get_running_loop().time()
        self.asked_at.append(at)
        self.asked_as.add((host, port, local_ip))
        if not self.present(at):
            await asyncio.sleep(ASKING_S)
            raise self.error


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    found = Gateway()
    monkeypatch.setattr(silence, "request_description", found.describe)
    yield found


def falls_silent_at(
    was_heard: Callable[[], bool] = lambda: False, *, within_s: float = 3600.0, **settings: object
) -> float | None:
    """Return when it is noticed; None where it is not."""

    async def main() -> float | None:
        found = KnxSettings.model_validate(settings or {"gateway": "192.168.1.10"})
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await silence.falls_silent(found, was_heard)
                return asyncio.get_running_loop().time()
        return None

    return run_virtual(main())


def test_a_gateway_that_is_there_is_asked_each_ten_seconds(gateway: Gateway) -> None:
    settings = {"gateway": "knx.example:3672", "local_ip": "10.0.0.5", "transport": "tcp"}
    assert falls_silent_at(within_s=35, **settings) is None
    assert gateway.asked_at == [0, 10, 20, 30]
    assert gateway.asked_as == {("knx.example", 3672, "10.0.0.5")}


@pytest.mark.parametrize("error", [CommunicationError("none"), OSError("unreachable")])
def test_one_that_does_not_answer_three_times_has_gone(gateway: Gateway, error: Exception) -> None:
    gateway.error = error
    gateway.present = lambda at: at < 15
    assert falls_silent_at() == 26
    assert gateway.asked_at == [0, 10, 20, 22, 24]


def test_a_request_that_was_lost_is_no_loss(gateway: Gateway) -> None:
    gateway.present = lambda at: at not in {10, 12}
    assert falls_silent_at(within_s=60) is None
    assert gateway.asked_at == [0, 10, 12, 14, 24, 34, 44, 54]


def test_what_speaks_is_not_asked(gateway: Gateway) -> None:
    gateway.present = lambda at: at < 5
    news = iter([True, True, False])
    assert falls_silent_at(lambda: next(news)) == 36
    assert gateway.asked_at == [0, 30, 32, 34]


def test_one_that_never_describes_itself_is_not_judged(gateway: Gateway) -> None:
    gateway.present = lambda at: False
    assert falls_silent_at() is None
    assert gateway.asked_at == [0, 2, 4]


def test_one_that_describes_itself_at_the_third_request_is_judged(gateway: Gateway) -> None:
    gateway.present = lambda at: at == 4
    assert falls_silent_at() == 20


@pytest.mark.parametrize("way", [{"gateway": "routing"}, {"multicast": "224.0.23.99"}])
def test_by_routing_there_is_no_gateway(gateway: Gateway, way: dict[str, str]) -> None:
    assert falls_silent_at(**way) is None
    assert gateway.asked_at == []
