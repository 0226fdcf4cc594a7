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
        await signals.finish(wait(signals.stop), begun())
    assert [entry.message for entry in caplog.records] == [f"{number.name}: ending; once more ends at once"]


def begun() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


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
            await signals.finish(deaf(), begun())
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
            await signals.finish(stubborn(), begun())
    assert loop.time() - began_s < 5
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_work_that_does_not_begin_is_ended_by_the_first_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def held_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    monkeypatch.setattr("interlock.service.host.signals._BEGIN_S", 0.0)
    ended: list[str] = []
    with StopSignals() as signals:
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        await signals.finish(held_up(), asyncio.Event())
    assert ended == ["ended"]


async def test_a_second_signal_leaves_little_time_to_what_is_done_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def do() -> None:
        ended.append("done")

    monkeypatch.setattr("interlock.service.host.signals._CLOSING_S", 0.0)
    ended: list[str] = []
    with StopSignals() as signals:
        await signals.close(do())
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
        await signals.close(hang())
    assert ended == ["done", "ended"]


async def test_all_who_want_to_are_told_of_the_first_signal() -> None:
    told: list[str] = []
    with StopSignals() as signals:
        signals.on_stop(lambda: told.append("systemd"))
        signals.on_stop(lambda: told.append("onlookers"))
        os.kill(os.getpid(), signal.SIGTERM)
        await signals.stop.wait()
    assert told == ["systemd", "onlookers"]


async def test_an_error_of_the_work_is_its_own() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with StopSignals() as signals, pytest.raises(ZeroDivisionError):
        await signals.finish(broken(), begun())


async def test_afterwards_signals_are_nobodys() -> None:
    with StopSignals():
        pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
