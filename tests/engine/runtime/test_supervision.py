"""Nothing that a run cannot do without ends unseen: the run ends with it, and the log says so once."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from interlock.model import Command, Origin, OriginKind
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.weighing import Weighing
from interlock.runtime.connections.latest import Latest
from interlock.runtime.control_loop import ControlLoop
from interlock.runtime.firings.runner import Runner
from interlock.runtime.supervision import EngineFailed, Supervisor
from interlock.runtime.timetable import Timetable
from support.engine_house import LAMP, TEMPERATURE, House, live

RULES = """
- {id: cool, condition: living_thermostat.actualtemp > 26, actions: [{set: {living_ac.hvacpower: true}}]}
"""
PARTS = [
    (Weighing, "hear", "arbitration"),
    (Dispatcher, "_send", "commands for living_ac"),
    (Latest, "take", "poll house"),
    (Runner, "_over", "rule cool"),
    (ControlLoop, "_decide", "control loop"),
    (Timetable, "_call_schedules", "timetable"),
]


def fail(*_: object, **__: object) -> None:
    raise KeyError("a defect")


def critical(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.name, each.getMessage()) for each in caplog.records if each.levelno == logging.CRITICAL]


@pytest.mark.parametrize(("room", "name", "part"), PARTS)
def test_a_defect_in_any_part_of_the_engine_ends_the_run_and_is_told_once(
    room: type,
    name: str,
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(house: House) -> None:
        await house.at(1)
        monkeypatch.setattr(room, name, fail)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(120)

    with pytest.raises(EngineFailed, match=f"a defect ended {part}: KeyError: 'a defect'"):
        live(RULES, test, values={TEMPERATURE: 24.0})
    told = f"a defect ended {part}: KeyError: 'a defect'; the run ends, to be begun again"
    assert critical(caplog) == [("interlock.engine", told)]


def test_the_run_ends_at_the_defect_and_not_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[float] = []

    async def test(house: House) -> None:
        await house.at(1)
        monkeypatch.setattr(Weighing, "hear", fail)
        receipt = house.engine.submit(
            [
                Command(
                    id="1",
                    point=LAMP,
                    value=True,
                    origin=Origin(OriginKind.OPERATOR, "hand"),
                    created_at=house.clock.now(),
                )
            ]
        )
        [running] = [task for task in asyncio.all_tasks() if "Engine.run" in repr(task)]
        await asyncio.wait({running})
        ended.append(round(asyncio.get_running_loop().time()))
        assert not receipt[0].done()

    with pytest.raises(EngineFailed):
        live(RULES, test, values={TEMPERATURE: 24.0})
    assert ended == [1]


@pytest.mark.parametrize(
    "begin",
    [
        lambda supervisor: supervisor.begin(_broken(), "this part"),
        lambda supervisor: supervisor.watch(asyncio.create_task(_broken(), name="this part")),
        lambda supervisor: supervisor.finish(asyncio.create_task(_broken(), name="this part")),
        lambda supervisor: asyncio.get_running_loop().call_soon(supervisor.guarded(fail, "this part")),
    ],
)
async def test_whatever_fails_ends_the_waiting(begin: Callable[[Supervisor], object]) -> None:
    supervisor = Supervisor()
    kept = begin(supervisor)
    with pytest.raises(EngineFailed, match="a defect ended this part: KeyError: 'a defect'"):
        await supervisor.until(asyncio.get_running_loop().create_future())
    del kept


async def _broken() -> None:
    raise KeyError("a defect")


async def test_what_is_done_ends_the_waiting() -> None:
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    await Supervisor().until(done)


async def test_what_is_cancelled_has_not_failed(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    task = supervisor.begin(asyncio.Event().wait(), "waiting")
    task.cancel()
    await asyncio.wait({task})
    supervisor.check()
    assert caplog.messages == []


async def test_what_fails_after_the_first_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    supervisor.guarded(fail, "the first")()
    supervisor.guarded(fail, "the second")()
    with pytest.raises(EngineFailed, match="the first") as raised:
        supervisor.check()
    assert isinstance(raised.value.__cause__, KeyError)
    assert len(caplog.messages) == 1


async def test_a_guarded_callback_does_what_the_other_one_does() -> None:
    seen: list[object] = []
    Supervisor().guarded(lambda *args: seen.append(args), "this")(1, 2)
    assert seen == [(1, 2)]


async def test_what_was_begun_comes_to_its_end() -> None:
    supervisor, ended = Supervisor(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        ended.set()

    supervisor.finish(asyncio.create_task(work()))
    await supervisor.finished()
    assert ended.is_set()
