"""What the devices on the simulated bus do."""

from __future__ import annotations

import asyncio

import pytest

from interlock import InvalidValue, Target
from interlock.simulation.virtual_time import run_virtual
from interlock_knx.simulator.equipment import Equipment
from interlock_knx.simulator.faults import KnxFaults
from interlock_knx.telegrams import Payload, Telegram, TelegramKind
from support.knx_groups import group

READ, RESPONSE, WRITE = TelegramKind.READ, TelegramKind.RESPONSE, TelegramKind.WRITE

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ALL_OFF = group("all_off", "1/0/1", "1.001")
ROOM = group("room", "2/0/1", "9.001")
DIM = group("dim", "3/0/2", "3.007")
DOOR = group("door", "4/0/1", "1.009", inverted=True)
MUTE = group("mute", "5/0/1", "5.001", read=False)


class Line:
    def __init__(self, *targets: Target) -> None:
        self.faults = KnxFaults(targets)
        self.said: list[Telegram] = []
        self.equipment = Equipment(targets, self.faults, self.said.append)

    def hear(self, address: str, kind: TelegramKind, payload: Payload | None = None) -> list[Telegram]:
        """Let somebody else say something, and return what the devices say to it."""
        before = len(self.said)
        self.equipment.take(Telegram(address=address, kind=kind, source="1.1.241", payload=payload))
        return self.said[before:]


def said(address: str, kind: TelegramKind, payload: Payload, source: str = "1.1.2") -> Telegram:
    return Telegram(address=address, kind=kind, source=source, payload=payload)


def test_everything_is_zero_at_first_and_commands_have_no_state() -> None:
    line = Line(LAMP, ROOM, DIM, DOOR, MUTE)
    assert {point: line.equipment.value(point) for point in line.equipment.points()} == {
        "lamp.value": False,
        "room.value": 0.0,
        "dim.value": None,
        "door.value": True,
        "mute.value": 0.0,
    }


def test_dates_and_texts_begin_with_something_too() -> None:
    dpts = {"7.001": 0, "10.001": "00:00", "11.001": "2000-01-01", "16.001": "", "20.102": "auto"}
    targets = [group(f"g{place}", f"6/0/{place}", dpt) for place, dpt in enumerate(dpts)]
    line = Line(*targets)
    assert [line.equipment.value(target.point) for target in targets] == list(dpts.values())


def test_a_hand_sets_a_clock_a_text_and_a_color() -> None:
    clock, sign, strip = (
        group("clock", "6/0/1", "10.001"),
        group("sign", "6/0/2", "16.001"),
        group("strip", "6/0/3", "232.600"),
    )
    line = Line(clock, sign, strip)
    line.equipment.hold("clock.value", "7:30")
    line.equipment.hold("sign.value", "Küche")
    line.equipment.hold("strip.value", "255, 128, 0")
    assert [telegram.payload for telegram in line.said] == [
        b"\x07\x1e\x00",
        b"K\xfcche" + bytes(9),
        b"\xff\x80\x00",
    ]
    assert line.equipment.value("clock.value") == "07:30"
    assert line.equipment.value("strip.value") == (255, 128, 0)


def test_points_can_be_what_the_site_says() -> None:
    assert Line(LAMP, ROOM).equipment.capability("room.value") is ROOM.capability


def test_a_question_is_answered_by_the_device_whose_state_it_is() -> None:
    line = Line(ROOM, LAMP)
    assert line.hear("2/0/1", READ) == [said("2/0/1", RESPONSE, b"\0\0")]
    assert line.hear("1/1/1", READ) == [said("1/1/1", RESPONSE, 0, "1.1.3")]


@pytest.mark.parametrize("address", ["1/0/1", "3/0/2", "5/0/1", "7/7/7"])
def test_where_no_state_is_read_nobody_answers(address: str) -> None:
    assert Line(LAMP, DIM, MUTE).hear(address, READ) == []


def test_what_a_device_is_told_becomes_its_state_which_it_reports_elsewhere() -> None:
    line = Line(LAMP, ROOM)
    assert line.hear("1/0/1", WRITE, 1) == [said("1/1/1", WRITE, 1)]
    assert line.hear("2/0/1", WRITE, b"\x0c\x1a") == []
    assert (line.equipment.value("lamp.value"), line.equipment.value("room.value")) == (True, 21.0)
    assert (line.equipment.told("lamp.value"), line.equipment.told("room.value")) == ([True], [21.0])


def test_every_device_of_an_address_obeys() -> None:
    line = Line(LAMP, ALL_OFF)
    line.hear("1/0/1", WRITE, 1)
    assert line.equipment.told("lamp.value") == line.equipment.told("all_off.value") == [True]
    assert line.equipment.value("all_off.value") is True


def test_a_command_is_told_and_leaves_nothing() -> None:
    line = Line(DIM)
    assert line.hear("3/0/2", WRITE, 9) == []
    assert (line.equipment.told("dim.value"), line.equipment.value("dim.value")) == (["increase 100%"], None)


def test_a_command_that_is_asked_for_its_state_has_one() -> None:
    line = Line(group("dim", "3/0/2", "3.007", read=True))
    assert line.hear("3/0/2", READ) == [said("3/0/2", RESPONSE, 0)]
    assert line.hear("3/0/2", WRITE, 9) == []
    assert line.hear("3/0/2", READ) == [said("3/0/2", RESPONSE, 9)]


@pytest.mark.parametrize("payload", [1, b"\x0c", b"\x0c\x1a\x00", b"\x7f\xff"])
def test_what_is_no_value_of_its_dpt_is_ignored(payload: Payload) -> None:
    line = Line(ROOM)
    line.hear("2/0/1", WRITE, payload)
    assert (line.equipment.told("room.value"), line.equipment.value("room.value")) == ([], 0.0)


def test_only_a_write_is_a_command() -> None:
    line = Line(LAMP, ROOM)
    line.hear("1/0/1", RESPONSE, 1)
    line.hear("2/0/1", RESPONSE, b"\x0c\x1a")
    assert (line.equipment.value("lamp.value"), line.equipment.value("room.value")) == (False, 0.0)


@pytest.mark.parametrize("kind", [RESPONSE, WRITE])
def test_a_state_can_come_from_a_device_that_the_site_does_not_know(kind: TelegramKind) -> None:
    line = Line(LAMP)
    assert line.hear("1/1/1", kind, 1) == []
    assert line.hear("1/1/1", kind, b"\x00") == []
    assert (line.equipment.value("lamp.value"), line.equipment.told("lamp.value")) == (True, [])


def test_a_hand_changes_a_device_which_says_so() -> None:
    line = Line(LAMP, ROOM, DOOR, DIM)
    line.equipment.hold("lamp.value", True)
    line.equipment.hold("room.value", "21.37")
    line.equipment.hold("door.value", "on")
    line.equipment.hold("dim.value", "stop")
    assert line.said == [
        said("1/1/1", WRITE, 1),
        said("2/0/1", WRITE, b"\x0c\x2c", "1.1.3"),
        said("4/0/1", WRITE, 0, "1.1.4"),
        said("3/0/2", WRITE, 0, "1.1.5"),
    ]
    assert line.equipment.value("room.value") == 21.36
    assert line.equipment.told("room.value") == []


def test_a_hand_cannot_do_what_the_point_cannot() -> None:
    line = Line(ROOM)
    with pytest.raises(InvalidValue, match="it takes a number from -273"):
        line.equipment.hold("room.value", -300)
    with pytest.raises(LookupError, match=r"no point 'rom.value'; did you mean 'room.value'\?"):
        line.equipment.hold("rom.value", 20)
    assert line.said == []


def test_addresses_of_devices_are_used_again_where_there_are_many() -> None:
    groups = [group(f"g{number}", f"6/0/{number % 250 + 1}", "1") for number in range(201)]
    line = Line(*groups)
    line.equipment.hold("g199.value", True)
    line.equipment.hold("g200.value", True)
    assert [telegram.source for telegram in line.said] == ["1.1.201", "1.1.2"]


@pytest.mark.parametrize("place", ["", "@lamp", "@1/0/1"])
def test_a_dead_device_takes_commands_and_does_nothing(place: str) -> None:
    line = Line(LAMP)
    line.faults.add(f"dead{place}")
    assert line.hear("1/0/1", WRITE, 1) == []
    assert (line.equipment.value("lamp.value"), line.equipment.told("lamp.value")) == (False, [])


@pytest.mark.parametrize("place", ["", "@room", "@2/0/1"])
def test_a_group_can_be_without_an_answer(place: str) -> None:
    line = Line(LAMP, ROOM)
    line.faults.add(f"no-answer{place}")
    assert line.hear("2/0/1", READ) == []
    assert bool(line.hear("1/1/1", READ)) == bool(place)


def test_what_is_said_can_be_too_long() -> None:
    line = Line(LAMP, ROOM)
    line.faults.add("length")
    assert line.hear("2/0/1", READ) == [said("2/0/1", RESPONSE, b"\0\0\0", "1.1.3")]
    assert line.hear("1/0/1", WRITE, 1) == [said("1/1/1", WRITE, b"\x01\x00")]
    assert line.equipment.value("lamp.value") is True


def test_what_is_said_can_be_late() -> None:
    async def main() -> None:
        line = Line(LAMP, ROOM)
        line.faults.add("latency:2s@room")
        assert line.hear("2/0/1", READ) == []
        assert line.hear("1/1/1", READ) == [said("1/1/1", RESPONSE, 0)]
        await asyncio.sleep(1.9)
        assert len(line.said) == 1
        await asyncio.sleep(0.2)
        assert line.said[1:] == [said("2/0/1", RESPONSE, b"\0\0", "1.1.3")]

    run_virtual(main())
