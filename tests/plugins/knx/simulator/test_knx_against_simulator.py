"""The driver and the simulated gateway, over both transports and with everything that can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from interlock import Answer, CannotExecute, ProtocolFault, TimedOut, Unreachable, Write
from interlock_knx.knxip import bus, silence
from support.knx_groups import group
from support.knx_line import Line, driver_on, simulated_line

pytestmark = pytest.mark.slow

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")
METER = group("meter", "4/0/1", "14.056")
DIM = group("dim", "3/0/2", "3.007")
ALL = (LAMP, ROOM, METER, DIM)

both_transports = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest_asyncio.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    monkeypatch.setattr(bus, "RECONNECT_S", 0.05)
    async with simulated_line(*ALL) as found:
        yield found


@both_transports
async def test_groups_are_read_written_and_heard(line: Line, transport: str) -> None:
    async with driver_on(line, *ALL, transport=transport) as (driver, feed):
        line.bus.set_value(METER.point, 1500)
        await feed.until(lambda feed: len(feed.told) == 1)
        read = await driver.read([LAMP, ROOM, METER])
        await feed.until(lambda feed: len(feed.told) == 4)
        written = await driver.write(
            [
                Write(target=LAMP, value=True),
                Write(target=ROOM, value=21.37),
                Write(target=DIM, value="increase 25%"),
            ]
        )
        await feed.until(lambda feed: len(feed.told) == 5)
    assert read == {"lamp.value": False, "room.value": 0.0, "meter.value": 1500.0}
    assert written == [
        Answer(exchange="GroupValueWrite 1/0/1 1"),
        Answer(value=21.36, exchange="GroupValueWrite 2/0/1 0c2c"),
        Answer(value="increase 25%", exchange="GroupValueWrite 3/0/2 11"),
    ]
    assert feed.told == [
        {"meter.value": 1500.0},
        {"lamp.value": False},
        {"room.value": 0.0},
        {"meter.value": 1500.0},
        {"lamp.value": True},
    ]
    assert [line.bus.commands(target.point) for target in ALL] == [[True], [21.36], [], ["increase 25%"]]
    assert line.bus.value(ROOM.point) == 21.36
    assert line.bus.tunnels == 0


@both_transports
async def test_a_silent_group_costs_its_own_point_and_not_the_connection(line: Line, transport: str) -> None:
    line.bus.add_fault("no-answer@room")
    async with driver_on(line, *ALL, transport=transport, timeout="300ms") as (driver, feed):
        answers = await driver.read([LAMP, ROOM])
        assert answers[LAMP.point] is False
        silence = answers[ROOM.point]
        assert isinstance(silence, TimedOut)
        assert str(silence) == "nobody on the bus answers for 2/0/1"
    assert feed.turns == []


@both_transports
async def test_what_the_bus_does_not_take_is_failed_and_of_no_consequence(line: Line, transport: str) -> None:
    line.bus.add_fault("negative@2/0/1")
    async with driver_on(line, *ALL, transport=transport) as (driver, feed):
        refused, taken = await driver.write([Write(target=ROOM, value=21), Write(target=METER, value=5)])
        asked = await driver.read([ROOM, METER])
    assert isinstance(refused, CannotExecute)
    assert str(refused) == "nobody on the bus took the telegram to 2/0/1"
    assert not refused.may_have_acted
    assert isinstance(taken, Answer)
    assert isinstance(asked[ROOM.point], CannotExecute)
    assert asked[METER.point] == 5.0
    assert (line.bus.commands(ROOM.point), feed.turns) == ([], [])


@both_transports
async def test_without_a_confirmation_a_command_is_uncertain(
    line: Line, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xknx.cemi.cemi_handler.REQUEST_TO_CONFIRMATION_TIMEOUT", 0.2)
    line.bus.add_fault("no-confirmation")
    async with driver_on(line, *ALL, transport=transport) as (driver, feed):
        [answer] = await driver.write([Write(target=ROOM, value=21)])
    assert isinstance(answer, TimedOut)
    assert str(answer).endswith(" did not confirm the telegram to 2/0/1")
    assert (line.bus.value(ROOM.point), feed.turns) == (21.0, [])


async def test_without_an_acknowledgement_a_command_is_uncertain_and_the_gateway_lost(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driver_on(line, *ALL) as (driver, feed):
        line.bus.add_fault("no-ack")
        [answer] = await driver.write([Write(target=ROOM, value=21)])
        line.bus.clear_faults()
        await feed.until(lambda feed: len(feed.turns) == 2)
    assert isinstance(answer, TimedOut)
    assert str(answer).endswith(" did not take the telegram to 2/0/1")
    assert [turn.partition(":")[0] for turn in feed.turns] == ["lost", "regained"]
    # It was sent twice with one number, so it was executed once.
    assert line.bus.commands(ROOM.point) == [21.0]


@both_transports
async def test_an_answer_of_another_length_is_a_fault(line: Line, transport: str) -> None:
    line.bus.add_fault("length@room")
    async with driver_on(line, *ALL, transport=transport, timeout="300ms") as (driver, feed):
        answers = await driver.read([LAMP, ROOM])
        line.bus.set_value(ROOM.point, 21)
        line.bus.set_value(LAMP.point, True)
        await feed.until(lambda feed: len(feed.events) == 1)
    assert isinstance(answers[ROOM.point], ProtocolFault)
    assert str(answers[ROOM.point]) == "000000 is not as long as DPT 9.001 says"
    assert [event.name for event in feed.events] == ["1/1/1"]


@both_transports
async def test_what_comes_late_is_news_and_no_answer(line: Line, transport: str) -> None:
    line.bus.add_fault("latency:400ms@room")
    async with driver_on(line, *ALL, transport=transport, timeout="200ms") as (driver, feed):
        answers = await driver.read([ROOM])
        await feed.until(lambda feed: len(feed.told) == 1)
    assert isinstance(answers[ROOM.point], TimedOut)
    assert feed.told == [{ROOM.point: 0.0}]


async def test_what_comes_twice_is_heard_once(line: Line) -> None:
    line.bus.add_fault("twice")
    async with driver_on(line, *ALL) as (driver, feed):
        line.bus.set_value(ROOM.point, 21)
        line.bus.set_value(ROOM.point, 22)
        await driver.write([Write(target=METER, value=5)])
        assert await driver.read([LAMP]) == {LAMP.point: False}
    assert feed.told == [{ROOM.point: 21.0}, {ROOM.point: 22.0}, {LAMP.point: False}]
    assert len(feed.events) == 2


@both_transports
@pytest.mark.parametrize("fault", ["disconnect", "disconnect:50ms"])
async def test_a_gateway_that_ends_the_tunnel_is_entered_again(
    line: Line, transport: str, fault: str
) -> None:
    async with driver_on(line, *ALL, transport=transport) as (driver, feed):
        line.bus.add_fault(fault)
        await feed.until(lambda feed: bool(feed.turns))
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        assert await driver.read([ROOM]) == {ROOM.point: 0.0}
    assert "the gateway closed the connection" in feed.turns[0]


@both_transports
async def test_a_fault_that_is_there_first_meets_new_tunnels(line: Line, transport: str) -> None:
    line.bus.add_fault("disconnect:50ms")
    async with driver_on(line, *ALL, transport=transport) as (_, feed):
        await feed.until(lambda feed: len(feed.turns) >= 3)
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")


async def test_a_connection_that_is_cut_is_made_again(line: Line) -> None:
    async with driver_on(line, *ALL, transport="tcp") as (driver, feed):
        line.bus.add_fault("drop")
        await feed.until(lambda feed: bool(feed.turns))
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        assert await driver.read([ROOM]) == {ROOM.point: 0.0}


async def test_a_tunnel_that_the_gateway_forgot_is_opened_anew_at_the_next_telegram(line: Line) -> None:
    async with driver_on(line, *ALL) as (driver, feed):
        line.bus.add_fault("drop")
        while line.bus.tunnels:  # noqa: ASYNC110 - the gateway tells nobody
            await asyncio.sleep(0)
        [answer] = await driver.write([Write(target=ROOM, value=21)])
        line.bus.clear_faults()
        await feed.until(lambda feed: len(feed.turns) == 2)
        assert await driver.read([METER]) == {METER.point: 0.0}
    assert isinstance(answer, TimedOut)
    assert line.bus.commands(ROOM.point) == []


@both_transports
async def test_a_full_gateway_is_tried_until_a_tunnel_is_free(line: Line, transport: str) -> None:
    line.bus.add_fault("full")
    async with driver_on(line, *ALL, transport=transport, timeout="300ms") as (driver, feed):
        [refused] = await driver.write([Write(target=ROOM, value=21)])
        assert isinstance(refused, Unreachable)
        assert str(refused).endswith(" cannot be reached: all its tunnels are in use")
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        [taken] = await driver.write([Write(target=ROOM, value=21)])
    assert isinstance(taken, Answer)
    assert len(feed.turns) == 2


async def test_numbers_that_jump_end_the_tunnel(line: Line) -> None:
    async with driver_on(line, *ALL) as (driver, feed):
        line.bus.add_fault("sequence")
        line.bus.set_value(ROOM.point, 21)
        await feed.until(lambda feed: bool(feed.turns))
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        assert feed.told == []
        assert await driver.read([ROOM]) == {ROOM.point: 21.0}


@both_transports
async def test_a_gateway_that_says_nothing_any_more_is_noticed_though_nothing_is_sent(
    line: Line, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "QUIET_S", 0.05)
    monkeypatch.setattr("xknx.io.self_description.DESCRIPTION_TIMEOUT", 0.1)
    async with driver_on(line, *ALL, transport=transport) as (driver, feed):
        line.bus.set_value(ROOM.point, 21)
        await feed.until(lambda feed: len(feed.told) == 1)
        line.bus.add_fault("silent")
        await feed.until(lambda feed: bool(feed.turns))
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        assert await driver.read([ROOM]) == {ROOM.point: 21.0}
    assert feed.turns == [
        f"lost: KNXnet/IP gateway {line.gateway} cannot be reached: "
        "the gateway closed the connection or does not answer any more",
        "regained",
    ]


async def test_nonsense_over_udp_is_passed_over(line: Line) -> None:
    line.bus.add_fault("rubbish")
    async with driver_on(line, *ALL) as (driver, feed):
        assert await driver.read([LAMP, ROOM]) == {LAMP.point: False, ROOM.point: 0.0}
    assert feed.turns == []


async def test_nonsense_over_tcp_costs_no_more_than_the_connection(line: Line) -> None:
    # xknx trips over it, and asyncio then closes the connection.
    async with driver_on(line, *ALL, transport="tcp") as (driver, feed):
        line.bus.add_fault("rubbish")
        line.bus.set_value(ROOM.point, 21)
        await feed.until(lambda feed: bool(feed.turns))
        line.bus.clear_faults()
        await feed.until(lambda feed: feed.turns[-1] == "regained")
        assert await driver.read([ROOM]) == {ROOM.point: 21.0}
