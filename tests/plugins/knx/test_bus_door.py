"""What is asked, sent and told, on a bus that a test holds in its hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

import pytest

from interlock import (
    Answer,
    DriverError,
    Event,
    Limits,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    TimedOut,
    Unreachable,
    Write,
)
from interlock.simulation.virtual_time import run_virtual
from interlock_knx import bus_door
from interlock_knx.bus_door import BusDoor
from interlock_knx.knxip import Listener
from interlock_knx.settings import KnxSettings
from interlock_knx.telegrams import Payload, Telegram, TelegramKind
from support.knx_groups import group
from support.recorded_feed import RecordedFeed

READ, RESPONSE, WRITE = TelegramKind.READ, TelegramKind.RESPONSE, TelegramKind.WRITE

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")
TWIN = group("twin", "2/0/1", "9")
ODD = group("odd", "2/0/1", "1")
DIM = group("dim", "3/0/2", "3.007")
DOOR = group("door", "4/0/1", "1.009", inverted=True)


class FakeBus:
    """Answers reads from `values`, and remembers what was sent and when."""

    def __init__(self, settings: KnxSettings, listener: Listener) -> None:
        self.listener = listener
        self.error: Unreachable | None = None
        self.values: dict[str, Payload] = {}
        self.sent: list[tuple[str, TelegramKind, Payload | None]] = []
        self.sent_at: list[float] = []
        self.failures: dict[str, DriverError] = {}
        self.steps: list[str] = []

    async def start(self) -> None:
        self.steps.append("start")

    async def stop(self) -> None:
        self.steps.append("stop")

    async def ready(self) -> None:
        if self.error is not None:
            raise self.error

    async def send(self, address: str, kind: TelegramKind, payload: Payload | None = None) -> None:
        self.sent.append((address, kind, payload))
        self.sent_at.append(asyncio.get_running_loop().time())
        if address in self.failures:
            raise self.failures[address]
        if kind is READ and address in self.values:
            self.hear(address, RESPONSE, self.values[address])

    def hear(self, address: str, kind: TelegramKind, payload: Payload | None = None) -> None:
        self.listener.heard(Telegram(address=address, kind=kind, source="1.1.5", payload=payload))


@pytest.fixture
def at_door(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run a coroutine with a door and its bus, on virtual time."""
    monkeypatch.setattr(bus_door, "Bus", FakeBus)

    def run(work: Callable[[BusDoor, FakeBus], Coroutine[object, object, None]], **settings: object) -> None:
        async def main() -> None:
            found = KnxSettings.model_validate({"gateway": "192.168.1.10", **settings})
            door = BusDoor(found, Limits(found))
            bus = door._bus
            assert isinstance(bus, FakeBus)
            await work(door, bus)

        run_virtual(main())

    return run


AtDoor = Callable[..., None]


def test_opening_and_closing_is_the_buses(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        await door.open()
        await door.close()
        assert bus.steps == ["start", "stop"]

    at_door(work)


def test_each_address_is_asked_once(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"1/1/1": 1, "2/0/1": b"\x0c\x1a", "4/0/1": 1}
        answers = await door.read([LAMP, ROOM, TWIN, DOOR])
        assert answers == {"lamp.value": True, "room.value": 21.0, "twin.value": 21.0, "door.value": False}
        assert bus.sent == [("1/1/1", READ, None), ("2/0/1", READ, None), ("4/0/1", READ, None)]

    at_door(work)


def test_a_group_that_is_not_asked_says_so(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"3/0/2": 9}
        answers = await door.read([DIM])
        assert isinstance(answers[DIM.point], NotSupported)
        assert (
            str(answers[DIM.point]) == "dim.value was not heard yet, and its group is not asked for its state"
        )
        assert bus.sent == []

    at_door(work)


def test_a_silent_group_times_out_alone(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"2/0/1": b"\x0c\x1a"}
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await door.read([LAMP, ROOM])
        assert loop.time() - began == 3
        assert answers["room.value"] == 21.0
        assert isinstance(answers[LAMP.point], TimedOut)
        assert str(answers[LAMP.point]) == "nobody on the bus answers for 1/1/1"

    at_door(work, timeout="3s")


def test_a_question_that_cannot_be_sent_costs_its_points_only(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"2/0/1": b"\x0c\x1a"}
        bus.failures = {"1/1/1": (error := TimedOut("not confirmed"))}
        assert await door.read([LAMP, ROOM]) == {LAMP.point: error, ROOM.point: 21.0}

    at_door(work)


def test_without_a_connection_nothing_is_asked(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.error = Unreachable("away")
        with pytest.raises(Unreachable, match="away"):
            await door.read([LAMP])
        assert bus.sent == []

    at_door(work)


def test_questions_keep_to_the_rate_and_wait_side_by_side(at_door: AtDoor) -> None:
    groups = [group(f"g{number}", f"5/0/{number}", "1") for number in range(1, 25)]

    async def work(door: BusDoor, bus: FakeBus) -> None:
        await door.read(groups)
        # One telegram of each second is left to commands.
        assert bus.sent_at == [0] * 7 + [1] * 7 + [2] * 7 + [3] * 3
        assert asyncio.get_running_loop().time() == 3 + 5

    at_door(work, rate="8/s")


def test_an_answer_of_another_length_is_not_taken_for_one(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        reading = asyncio.create_task(_read(door, ROOM))
        await asyncio.sleep(1)
        bus.hear("2/0/1", RESPONSE, b"\x0c")
        bus.hear("2/0/1", RESPONSE, 1)
        bus.hear("2/0/1", RESPONSE, b"\x0c\x1a")
        bus.hear("2/0/1", RESPONSE, b"\x0c\x2c")
        assert await reading == {ROOM.point: 21.0}

    at_door(work)


async def _read(door: BusDoor, *targets):  # type: ignore[no-untyped-def]
    return await door.read(targets)


def test_a_write_of_somebody_else_is_no_answer(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ROOM], feed)
        reading = asyncio.create_task(_read(door, ROOM))
        await asyncio.sleep(1)
        bus.hear("2/0/1", WRITE, b"\x0c\x2c")
        bus.hear("2/0/1", READ)
        bus.hear("2/0/1", RESPONSE, b"\x0c\x1a")
        assert await reading == {ROOM.point: 21.0}
        assert feed.told == [{ROOM.point: 21.36}, {ROOM.point: 21.0}]
        assert [event.data["kind"] for event in feed.events] == ["write", "read"]

    at_door(work)


def test_points_that_share_an_address_and_not_its_length_differ(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"2/0/1": b"\x0c\x1a"}
        answers = await door.read([ROOM, ODD])
        assert answers[ROOM.point] == 21.0
        assert isinstance(answers[ODD.point], ProtocolFault)
        assert str(answers[ODD.point]) == "0c1a is not as long as DPT 1 says"

    at_door(work)


def test_an_invalid_value_is_a_fault(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.values = {"2/0/1": b"\x7f\xff"}
        answers = await door.read([ROOM])
        assert isinstance(answers[ROOM.point], ProtocolFault)
        assert str(answers[ROOM.point]) == "7fff is no valid value of DPT 9.001"

    at_door(work)


def test_what_answers_our_own_question_is_told_at_once_and_is_no_event(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        bus.values = {"2/0/1": b"\x0c\x1a"}
        await door.subscribe([ROOM, TWIN, LAMP], feed)
        reading = asyncio.create_task(_read(door, LAMP, ROOM))
        await asyncio.sleep(1)
        assert feed.told == [{ROOM.point: 21.0, TWIN.point: 21.0}]
        assert not reading.done()
        assert feed.events == []
        assert (await reading)[ROOM.point] == 21.0
        bus.hear("2/0/1", RESPONSE, b"\x0c\x1a")
        assert len(feed.told) == 2
        assert len(feed.events) == 1

    at_door(work)


def test_a_command_does_not_wait_behind_questions(at_door: AtDoor) -> None:
    groups = [group(f"g{number}", f"5/0/{number}", "1") for number in range(1, 101)]

    async def work(door: BusDoor, bus: FakeBus) -> None:
        reading = asyncio.create_task(_read(door, *groups))
        await asyncio.sleep(3.5)
        await door.write([Write(target=ROOM, value=20)])
        assert asyncio.get_running_loop().time() == 3.5
        assert bus.sent[-1] == ("2/0/1", WRITE, b"\x07\xd0")
        await reading
        assert bus.sent_at == sorted(bus.sent_at)
        assert 14 <= bus.sent_at[-1] < 15

    at_door(work, rate="8/s")


def test_a_write_is_answered_by_what_the_bus_has_now(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        answers = await door.write([Write(target=ROOM, value=21.37), Write(target=DOOR, value=True)])
        assert bus.sent == [("2/0/1", WRITE, b"\x0c\x2c"), ("4/0/1", WRITE, 0)]
        assert answers == [
            Answer(value=21.36, exchange="GroupValueWrite 2/0/1 0c2c"),
            Answer(value=True, exchange="GroupValueWrite 4/0/1 0"),
        ]

    at_door(work)


def test_where_the_state_has_its_own_address_a_write_says_nothing_of_it(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        assert await door.write([Write(target=LAMP, value=True)]) == [
            Answer(exchange="GroupValueWrite 1/0/1 1")
        ]
        assert bus.sent == [("1/0/1", WRITE, 1)]

    at_door(work)


def test_a_value_that_does_not_fit_is_not_sent_and_the_next_one_is(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        refused, taken = await door.write([Write(target=ROOM, value=-300), Write(target=ROOM, value=20)])
        assert isinstance(refused, RejectedValue)
        assert str(refused).startswith("room.value: value cannot be -300: it takes a number from -273 to ")
        assert isinstance(taken, Answer)
        assert bus.sent == [("2/0/1", WRITE, b"\x07\xd0")]

    at_door(work)


def test_a_write_without_a_connection_is_not_sent(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.error = Unreachable("away")
        assert await door.write([Write(target=ROOM, value=20)]) == [bus.error]
        assert bus.sent == []

    at_door(work)


def test_writes_keep_to_the_rate(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        await door.write([Write(target=ROOM, value=20)] * 10)
        assert bus.sent_at == [0] * 8 + [1, 1]

    at_door(work, rate="8/s")


def test_a_telegram_is_a_reading_of_every_point_that_listens(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([LAMP, ROOM, TWIN, DOOR], feed)
        bus.hear("2/0/1", WRITE, b"\x0c\x1a")
        bus.hear("1/1/1", RESPONSE, 1)
        bus.hear("4/0/1", WRITE, 0)
        assert feed.told == [
            {ROOM.point: 21.0, TWIN.point: 21.0},
            {LAMP.point: True},
            {DOOR.point: True},
        ]

    at_door(work)


def test_a_command_of_somebody_else_is_an_event_of_its_point_and_no_reading(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([LAMP], feed)
        bus.hear("1/0/1", WRITE, 1)
        assert feed.told == []
        assert feed.events == [
            Event(
                kind="telegram",
                name="1/0/1",
                value=True,
                point=LAMP.point,
                data={"source": "1.1.5", "kind": "write"},
            )
        ]

    at_door(work)


def test_the_state_on_an_address_goes_before_the_command_to_it(at_door: AtDoor) -> None:
    central = group("central", "1/1/1", "1.001", state_address="1/2/1")

    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([central, LAMP, group("later", "1/1/1", "1")], feed)
        bus.hear("1/1/1", WRITE, 1)
        assert [event.point for event in feed.events] == [LAMP.point]

    at_door(work)


@pytest.mark.parametrize(
    ("address", "payload", "value"),
    [("7/7/7", 5, 5), ("7/7/7", b"\x0c\x1a", "0c1a"), ("2/0/1", b"\x7f\xff", None)],
)
def test_an_event_has_the_raw_payload_where_no_type_is_known_and_none_where_it_is_invalid(
    at_door: AtDoor, address: str, payload: Payload, value: object
) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ROOM], feed)
        bus.hear(address, WRITE, payload)
        assert [(event.name, event.value) for event in feed.events] == [(address, value)]

    at_door(work)


def test_an_invalid_value_is_told_as_a_fault(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ROOM], feed)
        bus.hear("2/0/1", WRITE, b"\x7f\xff")
        [told] = feed.told
        assert isinstance(told[ROOM.point], ProtocolFault)

    at_door(work)


def test_a_telegram_of_another_length_is_ignored_and_complained_about_once(
    at_door: AtDoor, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([LAMP, ROOM], feed)
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                bus.hear("2/0/1", WRITE, b"\x0c")
            bus.hear("1/1/1", RESPONSE, b"\x01")
            bus.hear("1/0/1", WRITE, b"\x01")
        assert feed.told == []
        assert feed.events == []

    at_door(work)
    assert caplog.messages == [
        "a telegram from 1.1.5 to 2/0/1 is ignored for room.value: "
        "0c is not as long as the DPT says; said once",
        "a telegram from 1.1.5 to 1/1/1 is ignored for lamp.value: "
        "01 is not as long as the DPT says; said once",
        "a telegram from 1.1.5 to 1/0/1 is ignored for lamp.value: "
        "01 is not as long as the DPT says; said once",
    ]


def test_a_telegram_is_about_the_point_that_its_length_fits(
    at_door: AtDoor, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ODD, ROOM], feed)
        bus.hear("2/0/1", WRITE, b"\x0c\x1a")
        assert feed.told == [{ROOM.point: 21.0}]
        assert [(event.point, event.value) for event in feed.events] == [(ROOM.point, 21.0)]

    at_door(work)
    assert caplog.messages == [
        "a telegram from 1.1.5 to 2/0/1 is ignored for odd.value: "
        "0c1a is not as long as the DPT says; said once"
    ]


def test_a_read_of_somebody_else_is_an_event_of_the_first_point_there(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ROOM, TWIN], feed)
        bus.hear("2/0/1", READ)
        assert feed.told == []
        assert [(event.point, event.value) for event in feed.events] == [(ROOM.point, None)]

    at_door(work)


def test_a_group_that_only_answers_in_another_length_is_at_fault_and_not_silent(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        await door.subscribe([ROOM], feed)
        bus.values = {"2/0/1": b"\x0c"}
        answers = await door.read([ROOM])
        assert isinstance(answers[ROOM.point], ProtocolFault)
        assert str(answers[ROOM.point]) == "0c is not as long as DPT 9.001 says"
        assert asyncio.get_running_loop().time() == 3
        assert feed.events == []

    at_door(work, timeout="3s")


def test_the_turns_of_the_connection_are_passed_on(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        door.lost(Unreachable("too early to tell anybody"))
        door.regained()
        await door.subscribe([], feed)
        assert feed.turns == []
        door.lost(Unreachable("away"))
        door.regained()
        assert feed.turns == ["lost: away", "regained"]

    at_door(work)


def test_who_subscribes_to_an_absent_bus_learns_it_at_once(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        feed = RecordedFeed()
        bus.error = Unreachable("away")
        await door.subscribe([], feed)
        assert feed.turns == ["lost: away"]

    at_door(work)


def test_what_is_heard_before_anybody_subscribed_is_nobodys(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.hear("2/0/1", WRITE, b"\x0c\x1a")

    at_door(work)


def test_each_address_is_found_once_with_a_guess_at_its_type(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        finding = aiter(door.discover())
        first = asyncio.ensure_future(anext(finding))
        await asyncio.sleep(0)
        bus.hear("1/0/1", READ)
        bus.hear("1/0/1", WRITE, 1)
        bus.hear("1/0/1", WRITE, 0)
        bus.hear("2/0/1", RESPONSE, b"\x0c\x1a")
        found = [await first, await anext(finding)]
        assert [each.settings["address"] for each in found] == ["1/0/1", "2/0/1"]
        await finding.aclose()  # type: ignore[attr-defined]
        assert door._seekers == []

    at_door(work)


def test_nothing_is_found_without_a_connection(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        bus.error = Unreachable("away")
        with pytest.raises(Unreachable):
            await anext(aiter(door.discover()))

    at_door(work)


def test_a_read_that_is_cancelled_leaves_no_question_behind(at_door: AtDoor) -> None:
    async def work(door: BusDoor, bus: FakeBus) -> None:
        reading = asyncio.create_task(_read(door, ROOM, LAMP))
        await asyncio.sleep(1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert [questions for questions in door._questions.values() if questions] == []
        bus.hear("2/0/1", RESPONSE, b"\x0c\x1a")

    at_door(work)
