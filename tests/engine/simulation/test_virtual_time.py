"""Virtual time jumps from timer to timer, in order."""

import asyncio
import os
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from interlock.simulation.virtual_time import VirtualClock, VirtualLoop, run_virtual

START = datetime(2026, 7, 14, 12, tzinfo=UTC)


def test_a_year_of_sleep_passes_at_once_and_the_clock_says_so() -> None:
    async def main() -> datetime:
        clock = VirtualClock(START, asyncio.get_running_loop())
        await asyncio.sleep(365 * 86_400)
        return clock.now()

    assert run_virtual(main()) == START + timedelta(days=365)


def test_timers_come_in_the_order_of_their_times() -> None:
    async def main() -> list[int]:
        seen: list[int] = []

        async def wait(seconds: int) -> None:
            await asyncio.sleep(seconds)
            seen.append(seconds)

        await asyncio.gather(*(wait(seconds) for seconds in (30, 10, 20)))
        return seen

    assert run_virtual(main()) == [10, 20, 30]


def test_a_timeout_ends_at_its_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(3600)


def test_a_signal_is_heard_while_time_jumps() -> None:
    async def main() -> int:
        heard, jumps = asyncio.Event(), 0
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, heard.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        while not heard.is_set():
            await asyncio.sleep(60)
            jumps += 1
        return jumps

    assert run_virtual(main()) <= 100


def test_a_socket_is_heard_while_time_jumps() -> None:
    async def main() -> int:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            told = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(ours, 1))
            await asyncio.sleep(60)
            theirs.send(b"x")
            for jumps in range(100):
                if told.done():
                    return jumps
                await asyncio.sleep(60)
        return 100

    assert run_virtual(main()) <= 2


def test_a_thread_is_heard_while_time_jumps() -> None:
    async def main() -> bool:
        told = asyncio.get_running_loop().run_in_executor(None, lambda: True)
        while not told.done():  # noqa: ASYNC110 - time is to jump
            await asyncio.sleep(60)
        return await told

    assert run_virtual(main())


def test_a_thread_that_is_awaited_still_answers() -> None:
    async def main() -> int:
        return await asyncio.to_thread(lambda: 7)

    assert run_virtual(main()) == 7


def test_a_wait_for_less_than_nothing_measurable_moves_the_time() -> None:
    async def main() -> tuple[int, float]:
        loop, count = asyncio.get_running_loop(), 0
        end = loop.time() + 1e-5
        while loop.time() < end:
            await asyncio.sleep(1e-12)
            count += 1
            assert count < 100
        return count, loop.time()

    count, time = run_virtual(main())
    assert (count, time) == (1, 0.001)


def test_what_is_due_at_one_instant_is_due_together_whatever_was_computed() -> None:
    async def main() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        for due in (0.1 + 0.2, 0.3, 0.299999999, 0.2995):
            loop.call_at(due, lambda: times.append(loop.time()))
        await asyncio.sleep(1)
        return times

    assert run_virtual(main()) == [0.3] * 4


def test_what_comes_first_at_an_instant_makes_nothing_early() -> None:
    async def main() -> list[tuple[str, float]]:
        loop, seen = asyncio.get_running_loop(), list[tuple[str, float]]()
        assert isinstance(loop, VirtualLoop)

        def note(what: str) -> None:
            seen.append((what, round(loop.time(), 6)))

        def begin() -> None:
            note("first")
            loop.call_later(2, note, "later")
            loop.call_later(0, note, "at once")

        loop.call_at(1, note, "due")
        loop.call_first(1, begin)
        await asyncio.sleep(5)
        return seen

    assert run_virtual(main()) == [("first", 0.99999), ("at once", 0.99999), ("due", 1), ("later", 3)]


def test_time_stands_still_for_what_takes_its_own() -> None:
    async def main() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        alarm = asyncio.create_task(asyncio.sleep(3))
        with loop.standing_still():
            # A thread takes time by a clock that this loop does not move.
            await asyncio.to_thread(threading.Event().wait, 0.05)
        before = loop.time(), alarm.done()
        await alarm
        assert loop.time() == 3
        return before

    assert run_virtual(main()) == (0.0, False)


async def test_a_clock_of_virtual_time_needs_a_loop_whose_time_is_virtual() -> None:
    with pytest.raises(TypeError, match="needs a virtual loop, not _UnixSelectorEventLoop"):
        VirtualClock(START, asyncio.get_running_loop())
