"""The driver against the bundled site: over https, in every variant, and through every fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from interlock import (
    Answer,
    AuthenticationFailed,
    DriverError,
    Limits,
    NotSupported,
    ProtocolFault,
    RateLimited,
    ReplyTooLarge,
    ServerFault,
    Target,
    TimedOut,
    Unreachable,
    Value,
    Write,
)
from interlock.loopback_tls import issue_loopback_tls
from interlock.redaction import redactor
from interlock_founten.driver import Founten
from interlock_founten.simulator import FountenSimulator
from support.driver_context import context_of
from support.founten_site import PASSWORD, said, settings_of, targets_of

pytestmark = pytest.mark.slow

LOBBY = targets_of("lobby", name="Lobby", attributes=["managed"], read_schedule=True)
GYM = targets_of("gym", name="Gym", attributes=["managed"])
MANAGED = targets_of("managed", "group", where={"managed": "yes"})
TARGETS = (*LOBBY.values(), *GYM.values())


@dataclass(frozen=True, slots=True)
class House:
    """The driver at work, and the site that it works on."""

    driver: Founten
    simulator: FountenSimulator

    async def read(self, *targets: Target) -> dict[str, Any]:
        answers = await self.driver.read(targets)
        return {str(point): said(answer) for point, answer in answers.items()}

    async def write(self, target: Target, value: Value) -> Any:
        (answer,) = await self.driver.write([Write(target=target, value=value)])
        return said(answer)

    @property
    def count(self) -> int:
        return len(self.simulator.requests)


@asynccontextmanager
async def house(*faults: str, tls: Path | None = None, **given: object) -> AsyncIterator[House]:
    simulator = FountenSimulator(settings_of(**given), TARGETS)
    for fault in faults:
        simulator.add_fault(fault)
    context = issue_loopback_tls(tls) if tls else None
    url = await simulator.start("127.0.0.1", 0, context)
    settings = settings_of(url=url, **{"ca": tls, **given})
    driver = Founten(settings, context_of(settings))
    try:
        await driver.open()
        yield House(driver, simulator)
    finally:
        await driver.close()
        await simulator.stop()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_thermostat_is_set_and_read_over_https(method: str, tmp_path: Path) -> None:
    async with house(tls=tmp_path / "ca.pem", method=method) as there:
        assert await there.write(LOBBY["heatSetting"], 66) == Answer(value=66, exchange=ANY_EXCHANGE)
        assert await there.read(LOBBY["heatSetting"], LOBBY["setBy"], GYM["heatSetting"]) == {
            "lobby.heatSetting": 66,
            "lobby.setBy": "Remote",
            "gym.heatSetting": 68,
        }
        assert there.simulator.unselective_sets == 0


class _Any:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and "set Thermostat" in other and PASSWORD not in other

    def __hash__(self) -> int:
        return 0


ANY_EXCHANGE: Any = _Any()


async def test_a_group_of_managed_thermostats_is_set_together() -> None:
    async with house() as there:
        for targets in (LOBBY, GYM):
            await there.write(targets["managed"], "yes")
        assert await there.write(MANAGED["coolSetting"], 80) == Answer(value=80, exchange=ANY_EXCHANGE)
        assert await there.read(LOBBY["coolSetting"], GYM["coolSetting"], MANAGED["coolSetting"]) == {
            "lobby.coolSetting": 80,
            "gym.coolSetting": 80,
            "managed.coolSetting": 80,
        }
        assert there.simulator.unselective_sets == 0


async def test_a_schedule_is_set_read_and_deleted() -> None:
    fields: dict[str, Value] = {"dayOfWeek": "Vacation", "setTime": 1, "startTime": "06:30"}
    add = Write(
        target=LOBBY["schedule_add"],
        value=None,
        fields={**fields, "heatSetting": 60, "coolSetting": 80},
    )
    change = Write(target=LOBBY["schedule_set"], value=None, fields={**fields, "keypad": "Off"})
    delete = Write(target=LOBBY["schedule_deleteAll"], value=None, fields={"dayOfWeek": "Vacation"})
    async with house() as there:
        assert all(isinstance(answer, Answer) for answer in await there.driver.write([add, change]))
        day = (await there.read(LOBBY["schedule_Vacation"]))["lobby.schedule_Vacation"]
        assert "setTime:1 startTime:06:30" in day[0]
        assert "heatSetting:60 coolSetting:80" in day[0]
        await there.driver.write([delete])
        assert await there.read(LOBBY["schedule_Vacation"]) == {"lobby.schedule_Vacation": ()}


async def test_the_content_type_is_not_looked_at() -> None:
    async with house("type") as there:
        assert await there.read(LOBBY["fan"]) == {"lobby.fan": "Auto"}


@pytest.mark.parametrize("variant", ["root-response", "flat-history", "calibrationOffset", "drip:1ms"])
async def test_other_readings_of_the_manual_are_read_alike(variant: str) -> None:
    spelling = "calibrationOffset" if variant == "calibrationOffset" else "calibrationOffet"
    async with house(variant, calibration=spelling) as there:
        assert (await there.write(LOBBY["calibrationOffet"], 2)).value == 2
        assert await there.read(LOBBY["calibrationOffet"], LOBBY["system"]) == {
            "lobby.calibrationOffet": 2,
            "lobby.system": "Auto",
        }


@pytest.mark.parametrize("shape", [(), ("flat-history",)])
@pytest.mark.parametrize("times", ["local", "offset"])
async def test_the_history_holds_what_was_set(shape: tuple[str, ...], times: str) -> None:
    async with house(*shape, history_times=times) as there:
        await there.write(LOBBY["heatSetting"], 61)
        now = there.simulator.thermostat("lobby").history[-1].at
        found = [
            recorded.value
            async for recorded in there.driver.history(
                [LOBBY["heatSetting"]], now - timedelta(days=1), now + timedelta(days=365)
            )
        ]
    assert found[-1] == 61


async def test_schedules_that_are_not_told_cost_nothing_else() -> None:
    async with house("no-schedule-get") as there:
        answers = await there.read(LOBBY["fan"], LOBBY["schedule_Monday"])
    assert answers["lobby.fan"] == "Auto"
    assert answers["lobby.schedule_Monday"][0] is NotSupported


BRIEF = "2s"
"""For sites whose answer never ends; long enough for whatever comes before it."""
FAULTS = [
    # fault, error at a read, whether everything on the connection is concerned
    ("500", ServerFault, False),
    ("429:7", RateLimited, True),
    ("403", AuthenticationFailed, True),
    ("malformed", ProtocolFault, False),
    ("quotes", ProtocolFault, False),
    ("entity-bomb", ProtocolFault, False),
    ("external-entity", ProtocolFault, False),
    ("rubbish", ProtocolFault, False),
    ("half", ProtocolFault, False),
    ("empty", ProtocolFault, False),
    ("cut", TimedOut, False),
    ("reset", TimedOut, False),
    ("drip:1s", TimedOut, False),
    ("hang", TimedOut, False),
    ("redirect", NotSupported, False),
    ("huge", ReplyTooLarge, False),
    ("404", NotSupported, False),
]


@pytest.mark.parametrize(("fault", "expected", "is_grave"), FAULTS)
async def test_a_fault_at_a_read_is_told_and_nothing_is_repeated(
    fault: str, expected: type[DriverError], is_grave: bool
) -> None:
    async with house(fault, timeout=BRIEF if fault in ("hang", "drip:1s") else "10s") as there:
        ((kind, message),) = (await there.read(LOBBY["fan"])).values()
        assert (kind, kind.whole_connection) == (expected, is_grave)
        assert there.count == 1
        assert PASSWORD not in message
        there.simulator.clear_faults()
        assert await there.read(LOBBY["fan"]) == {"lobby.fan": "Auto"}


@pytest.mark.parametrize("fault", [fault for fault, _, _ in FAULTS])
async def test_a_fault_at_a_set_is_told_and_the_set_is_sent_once(fault: str) -> None:
    async with house(f"{fault}@set", timeout=BRIEF if fault in ("hang", "drip:1s") else "10s") as there:
        answer = await there.write(LOBBY["fan"], "On")
        assert issubclass(answer[0], DriverError)
        assert there.count == 2
        assert PASSWORD not in answer[1]
        assert there.simulator.unselective_sets == 0


async def test_a_pause_that_is_asked_for_is_passed_on() -> None:
    async with house("429:7") as there:
        (answer,) = (await there.driver.read([LOBBY["fan"]])).values()
    assert isinstance(answer, DriverError)
    assert answer.retry_after_s == 7


@pytest.mark.parametrize("how", [(), ("success-0",)])
async def test_a_wrong_password_is_shown_once(how: tuple[str, ...]) -> None:
    async with house(*how) as there:
        settings = settings_of(url=there.driver.settings.url, password="wrong")
        driver = Founten(settings, context_of(settings))
        await driver.open()
        answers = await driver.read([LOBBY["fan"], LOBBY["schedule_Monday"], GYM["fan"]])
        await driver.close()
        assert {type(answer) for answer in answers.values()} == {AuthenticationFailed}
        assert there.count == 1


async def test_a_site_that_pretends_is_found_out() -> None:
    async with house("dead") as there:
        assert (await there.write(LOBBY["fan"], "On")).value == "Auto"


async def test_a_certificate_that_nobody_trusts_gets_no_password(tmp_path: Path) -> None:
    async with house("certificate", tls=tmp_path / "ca.pem") as there:
        ((kind, message),) = (await there.read(LOBBY["fan"])).values()
        assert kind is Unreachable
        assert "its certificate is not trusted" in message
        assert there.count == 0


async def test_many_reads_keep_within_the_connections_concurrency() -> None:
    async with house("no-schedule-get", concurrency=1) as there:
        answers = await there.read(*(target for target in TARGETS if target.capability.readable))
    assert len(answers) == len([target for target in TARGETS if target.capability.readable])


async def test_a_read_waits_for_its_turn() -> None:
    async with house() as there:
        limits: Limits = there.driver.limits
        async with limits.slot(), limits.slot(), limits.slot(), limits.slot():
            waiting = asyncio.ensure_future(there.read(LOBBY["fan"]))
            await asyncio.sleep(0)
            assert there.count == 0
        assert await waiting == {"lobby.fan": "Auto"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_text_holds_the_password(method: str, caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("httpx", "httpcore", "interlock.connection"):
        caplog.set_level(logging.DEBUG, logger=logger)
    async with house("malformed@set", method=method) as there:
        redactor.register_settings(there.driver.settings)
        (failed,) = await there.driver.write([Write(target=LOBBY["fan"], value="On")])
    assert isinstance(failed, DriverError)
    texts = f"{caplog.text}{failed}{failed.message}{failed.exchange}{failed!r}"
    for form in (PASSWORD, "my%20pass%26w%C3%B6rd%2B", "my+pass%26w%C3%B6rd%2B"):
        assert form not in texts
    assert "HTTP Request" in caplog.text
