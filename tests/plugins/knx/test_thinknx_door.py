"""Telegrams through a Thinknx server: which call, which number."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import pytest

from interlock import (
    Answer,
    DriverError,
    NotSupported,
    RejectedValue,
    TimedOut,
    Unreachable,
    Value,
    Write,
)
from interlock_knx.driver import KnxRaw
from support.driver_context import context_of
from support.knx_groups import BY_THINKNX, group


class FakeServer:
    """Takes calls; answers, or raises what it is told to."""

    def __init__(self, errors: Sequence[DriverError | None] = ()) -> None:
        self.calls: list[tuple[str, Mapping[str, Value]]] = []
        self._errors = list(errors)

    async def call(self, controller: str, fields: Mapping[str, Value]) -> Answer:
        self.calls.append((controller, fields))
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error
        return Answer(value=7, exchange=f"GET {controller}: 200")


def driver_through(server: FakeServer) -> KnxRaw:
    return KnxRaw(BY_THINKNX, context_of(BY_THINKNX, through=server))


def target(dpt: str, **rest: object):  # type: ignore[no-untyped-def]
    return group("boiler", "1/515", dpt, over=BY_THINKNX, **rest)


@pytest.mark.parametrize(
    ("dpt", "value", "call", "sent"),
    [
        ("1.001", True, "sendKNXbit", 1),
        ("1.001", False, "sendKNXbit", 0),
        ("2.001", 3, "sendKNX4bits", 3),
        ("3", 15, "sendKNX4bits", 15),
        ("3.007", "increase 25%", "sendKNX4bits", 11),
        ("5", 255, "sendKNXbyte", 255),
        ("5.001", 100, "sendKNXbyte", 255),
        ("5.001", 10, "sendKNXbyte", 26),
        ("5.003", 180, "sendKNXbyte", 128),
        ("6", -128, "sendKNXbyteun", -128),
        ("6.001", 127, "sendKNXbyteun", 127),
        ("9.001", 21, "sendKNXfloat2bytes", 21.0),
        ("9", -671088.64, "sendKNXfloat2bytes", -671088.64),
        ("14.056", 3.456, "sendKNXfloat4bytes", 3.456),
        ("17.001", 5, "sendKNXbyte", 4),
        ("18.001", "learn 5", "sendKNXbyte", 132),
        ("20", 255, "sendKNXbyte", 255),
        ("20.102", "building protection", "sendKNXbyte", 4),
    ],
)
async def test_each_type_has_its_call(dpt: str, value: Value, call: str, sent: float) -> None:
    server = FakeServer()
    answers = await driver_through(server).write([Write(target=target(dpt), value=value)])
    assert server.calls == [(call, {"group": "1/2/3", "value": sent})]
    assert type(server.calls[0][1]["value"]) is type(sent)
    assert answers == [Answer(exchange=f"GET {call}: 200")]


async def test_an_inverted_bit_is_sent_as_its_opposite() -> None:
    server = FakeServer()
    await driver_through(server).write([Write(target=target("1.001", inverted=True), value=True)])
    assert server.calls == [("sendKNXbit", {"group": "1/2/3", "value": 0})]


async def test_four_bits_above_15_are_sent_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    server = FakeServer()
    driver = driver_through(server)
    with caplog.at_level(logging.WARNING):
        await driver.write([Write(target=target("3"), value=15)])
        assert caplog.messages == []
        await driver.write([Write(target=target("3"), value=30)])
    assert caplog.messages == ["boiler.value: 30 has more than 4 bits; it is sent as it is"]
    assert server.calls[1] == ("sendKNX4bits", {"group": "1/2/3", "value": 30})


@pytest.mark.parametrize(
    ("dpt", "value"),
    [
        ("1.001", 2),
        ("2", 4),
        ("3", 32),
        ("3.007", 3),
        ("5", 256),
        ("5", 1.5),
        ("5.001", 100.1),
        ("5.001", -0.1),
        ("6", 128),
        ("9", 670433.29),
        ("9.001", -274),
        ("14", float("nan")),
        ("14", float("inf")),
        ("14", 3.5e38),
    ],
)
async def test_what_does_not_fit_is_refused_and_not_sent(dpt: str, value: Value) -> None:
    server = FakeServer()
    [answer] = await driver_through(server).write([Write(target=target(dpt), value=value)])
    assert isinstance(answer, RejectedValue)
    assert answer.message.startswith(f"boiler.value: value cannot be {value!r}: it takes ")
    assert server.calls == []


async def test_an_error_of_the_server_is_the_answer_and_the_next_write_goes_on() -> None:
    error = TimedOut("no answer")
    server = FakeServer([error])
    answers = await driver_through(server).write([Write(target=target("1"), value=True)] * 2)
    assert answers == [error, Answer(exchange="GET sendKNXbit: 200")]


async def test_an_error_of_the_whole_connection_ends_the_batch() -> None:
    error = Unreachable("refused")
    server = FakeServer([None, error])
    answers = await driver_through(server).write([Write(target=target("1"), value=True)] * 3)
    assert answers == [Answer(exchange="GET sendKNXbit: 200"), error, error]
    assert len(server.calls) == 2


async def test_nothing_is_read_heard_or_found() -> None:
    driver = driver_through(FakeServer())
    await driver.open()
    boiler = target("1")
    answers = await driver.read([boiler])
    await driver.close()
    answer = answers[boiler.point]
    assert isinstance(answer, NotSupported)
    assert answer.message == "boiler.value: a Thinknx server cannot read KNX groups"
    with pytest.raises(NotSupported, match="a Thinknx server does not list KNX groups"):
        driver.discover()
