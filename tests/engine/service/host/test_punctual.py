"""Long sleeps do not make timers late, though the system is late by a part of each."""

import asyncio
import os
import selectors
import signal

import pytest

from interlock.service.host.punctual import PunctualSelector, punctual_loop

LEAVE = 0.001
"""By so much of a sleep Linux may wake a process late."""


class Sleeper:
    """A system that is as late as it may be."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.wake_ups = 0

    def select(
        self, _: selectors.BaseSelector, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None
        self.now_s += timeout * (1 + LEAVE)
        self.wake_ups += 1
        return []


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    sleeper = Sleeper()
    monkeypatch.setattr(selectors.DefaultSelector, "select", lambda *given: Sleeper.select(sleeper, *given))
    return sleeper


@pytest.mark.parametrize(
    ("wait_s", "most"), [(0.0, 1), (0.05, 1), (1.0, 2), (10.0, 2), (60.0, 3), (3600.0, 4)]
)
def test_whoever_sleeps_long_is_late_by_a_fifth_of_a_millisecond(
    sleeper: Sleeper, wait_s: float, most: int
) -> None:
    with PunctualSelector() as selector:
        selector.select(wait_s)
        while sleeper.now_s < wait_s:
            selector.select(wait_s - sleeper.now_s)
    assert sleeper.now_s - wait_s <= 0.0002
    assert sleeper.wake_ups <= most


def test_the_bare_selector_is_as_late_as_the_system(sleeper: Sleeper) -> None:
    with selectors.DefaultSelector() as selector:
        selector.select(60.0)
    assert sleeper.now_s == pytest.approx(60.06)


def test_whoever_waits_for_ever_is_woken_by_what_arrives() -> None:
    receives, sends = os.pipe()
    with PunctualSelector() as selector:
        selector.register(receives, selectors.EVENT_READ)
        os.write(sends, b".")
        ready = selector.select()
    os.close(receives)
    os.close(sends)
    assert [key.fd for key, _ in ready] == [receives]


def test_no_timer_comes_too_early_and_signals_are_heard() -> None:
    async def main() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, heard.set)
        began = loop.time()
        await asyncio.sleep(0.3)
        slept_s = loop.time() - began
        os.kill(os.getpid(), signal.SIGUSR1)
        await heard.wait()
        return slept_s, heard.is_set()

    with asyncio.Runner(loop_factory=punctual_loop) as runner:
        slept_s, was_heard = runner.run(main())
    assert slept_s >= 0.3 - 1e-6
    assert was_heard
