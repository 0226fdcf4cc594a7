"""The connection to a bus, without one."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from interlock import Unreachable
from interlock_knx.knxip import Bus
from interlock_knx.settings import KnxSettings
from interlock_knx.telegrams import Telegram, TelegramKind
from support.knxd import HOST, free_port

pytestmark = pytest.mark.slow


class Silent:
    """Listens, and counts the losses."""

    def __init__(self) -> None:
        self.losses: list[str] = []

    def heard(self, telegram: Telegram) -> None:
        raise AssertionError(telegram)

    def lost(self, error: Unreachable) -> None:
        self.losses.append(error.message)

    def regained(self) -> None:
        raise AssertionError("regained")


@pytest.fixture
def xknx_log() -> Iterator[logging.Logger]:
    log = logging.getLogger("xknx")
    before, log.level = log.level, logging.NOTSET
    yield log
    log.setLevel(before)


def bus_at(gateway: str, listener: Silent) -> Bus:
    return Bus(KnxSettings.model_validate({"gateway": gateway, "timeout": "200ms"}), listener)


async def test_an_absent_gateway_is_said_to_be_lost_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock_knx.knxip.bus.RECONNECT_S", 0.01)
    listener, gateway = Silent(), f"{HOST}:{free_port()}"
    bus = bus_at(gateway, listener)
    assert bus.error is None
    await bus.start()
    message = f"KNXnet/IP gateway {gateway} cannot be reached: no answer in time"
    for _ in range(2):
        with pytest.raises(Unreachable, match=message):
            await bus.ready()
    with pytest.raises(Unreachable, match=message):
        await bus.send("1/2/3", TelegramKind.WRITE, 1)
    await bus.stop()
    assert listener.losses == [message]
    assert str(bus.error) == message


async def test_a_bus_that_was_not_started_is_not_ready() -> None:
    bus = bus_at("192.168.1.10", Silent())
    with pytest.raises(Unreachable, match=r"KNXnet/IP gateway 192\.168\.1\.10:3671 does not answer"):
        await bus.ready()
    await bus.stop()


@pytest.mark.parametrize(
    ("root", "xknx"), [(logging.WARNING, logging.ERROR), (logging.DEBUG, logging.NOTSET)]
)
async def test_xknx_speaks_only_where_everything_is_logged(
    caplog: pytest.LogCaptureFixture, xknx_log: logging.Logger, root: int, xknx: int
) -> None:
    caplog.set_level(root)
    bus = bus_at(f"{HOST}:{free_port()}", Silent())
    await bus.start()
    await bus.stop()
    assert xknx_log.level == xknx


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"gateway": f"{HOST}:1", "transport": "tcp"}, "connection refused"),
        ({"gateway": HOST, "local_ip": "203.0.113.9"}, "cannot assign requested address"),
    ],
)
async def test_what_cannot_be_reached_is_said_with_the_reason(settings: dict[str, str], reason: str) -> None:
    listener = Silent()
    bus = Bus(KnxSettings.model_validate(settings), listener)
    await bus.start()
    await bus.stop()
    [loss] = listener.losses
    assert loss.endswith(f" cannot be reached: {reason}")
