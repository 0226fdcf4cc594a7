"""The first signal asks, the second insists."""

import asyncio
import logging
import os
import signal

import pytest

from interlock.service.host.signals import EndedAtOnce, StopSignals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_asks_work_to_end(number: signal.Signals, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with StopSignals() as signals:
        assert not signals.stop.is_set()
        os.kill(os.getpid(), number)
        await signals.finish(wait(signals.stop))
    assert [entry.message for entry in caplog.records] == [f"{number.name}: ending; once more ends at once"]


async def wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_a_second_signal_ends_work_that_does_not_listen(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with StopSignals() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        await signals.stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(EndedAtOnce):
            await signals.finish(deaf())
    assert ended == ["cancelled"]
    assert caplog.records[-1].message == "SIGTERM again: ending at once"


async def test_a_second_signal_does_not_wait_for_work_that_resists() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    with StopSignals() as signals:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
        began_s = loop.time()
        with pytest.raises(EndedAtOnce):
            await signals.finish(stubborn())
    assert loop.time() - began_s < 5
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_an_error_of_the_work_is_its_own() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with StopSignals() as signals, pytest.raises(ZeroDivisionError):
        await signals.finish(broken())


async def test_afterwards_signals_are_nobodys() -> None:
    with StopSignals():
        pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
