"""What devices make of the numbers that they are asked for, and that they are not asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from interlock.capabilities import Capability, ValueType
from interlock.driver import Device, DeviceSettings, Target
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Reading, Receipt, Value
from interlock.runtime.commands.settlements import Settlements
from support.engine_house import SETPOINT, House, live
from support.fake_driver import FakeEquipment

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
ROUND = Point("room.setpoint")


def setpoint(kind: ValueType, *, writable: bool = True) -> Target:
    capability = Capability(
        controller="setpoint", type=kind, description="x", source="x", readable=True, writable=writable
    )
    device = Device(name="room", connection="house", type="thermostat", settings=DeviceSettings())
    return Target(point=ROUND, device=device, capability=capability)


class History:
    """Commands and readings of one point, a minute apart."""

    def __init__(self, kind: ValueType = ValueType.NUMBER) -> None:
        self.known = Settlements([setpoint(kind)])
        self._at = NOON

    def shows(self, value: Value, quality: Quality = Quality.GOOD) -> History:
        self._at += timedelta(minutes=1)
        self.known.see([Reading(point=ROUND, value=value, observed_at=self._at, quality=quality)])
        return self

    def asked(
        self, value: Value, outcome: Outcome = Outcome.ACCEPTED, answer: Value | None = None
    ) -> History:
        self._at += timedelta(minutes=1)
        command = Command(
            id="1", point=ROUND, value=value, origin=Origin(OriginKind.RULE, "a"), created_at=self._at
        )
        receipt = Receipt(command=command, outcome=outcome, at=self._at, answer=answer)
        self.known.note(receipt)
        return self

    def sends(self) -> History:
        self.known.send(ROUND)
        return self

    def made_of(self, value: Value) -> float | None:
        return self.known.made_of(ROUND, value)


def test_what_comes_nearer_and_stays_is_what_the_device_made_of_it() -> None:
    history = History().shows(19.0).asked(21.5).shows(21.67).shows(21.67)
    assert history.made_of(21.5) == 21.67
    assert history.made_of(21.0) is None


def test_nothing_is_known_before_it_moves() -> None:
    assert History().shows(19.0).asked(21.5).made_of(21.5) is None
    assert History().shows(19.0).asked(21.5).shows(19.0).made_of(21.5) is None
    assert History().shows(19.0).asked(21.5).shows(19.0).shows(21.67).made_of(21.5) == 21.67


def test_what_the_device_answers_is_known_at_once_also_where_nothing_moved() -> None:
    history = History().shows(25).asked(27, answer=25)
    assert history.made_of(27) == 25
    assert history.shows(25).made_of(27) == 25


def test_a_blind_on_its_way_is_followed_to_where_it_stops() -> None:
    history = History().shows(0).asked(50).shows(10).shows(30).shows(49)
    assert history.made_of(50) == 49


def test_what_is_told_before_the_command_is_answered_counts() -> None:
    assert History().shows(19.0).sends().shows(21.67).asked(21.5).made_of(21.5) == 21.67
    assert History().shows(19.0).sends().shows(20.0).sends().shows(21.67).asked(21.5).made_of(21.5) == 21.67


@pytest.mark.parametrize("meanwhile", [19.0, 17.0])
def test_what_comes_no_nearer_before_the_command_is_answered_does_not_count(meanwhile: float) -> None:
    assert History().shows(19.0).sends().shows(meanwhile).asked(21.5).made_of(21.5) is None
    assert History().sends().shows(meanwhile).asked(21.5).made_of(21.5) is None


def test_an_answer_goes_before_what_was_told() -> None:
    assert History().shows(19.0).sends().shows(20.0).asked(21.5, answer=21.67).made_of(21.5) == 21.67


@pytest.mark.parametrize(
    ("shown", "is_rounding"), [(21.67, True), (20.43, True), (20.42, False), (21.5, True)]
)
def test_only_what_is_near_is_a_rounding(shown: float, is_rounding: bool) -> None:
    history = History().shows(18.0).asked(21.5).shows(shown)
    assert history.known.is_rounding(ROUND, 21.5, shown) is is_rounding
    assert not history.known.is_rounding(ROUND, 21.5, 21.0)
    assert not history.known.is_rounding(ROUND, 21.0, shown)


@pytest.mark.parametrize("other", [20.0, 23.0])
def test_what_somebody_else_set_is_not_what_the_device_made(other: float) -> None:
    history = History().shows(19.0).asked(21.5).shows(21.67).shows(other)
    assert history.made_of(21.5) is None
    assert history.shows(21.67).made_of(21.5) is None


def test_what_goes_the_wrong_way_is_somebody_else() -> None:
    assert History().shows(20).asked(22).shows(18).made_of(22) is None


def test_a_command_that_was_lost_is_sent_again_and_again() -> None:
    history = History().shows(15.0)
    for _ in range(5):
        assert history.asked(21.5).shows(15.0).made_of(21.5) is None


def test_after_a_restart_a_repetition_shows_that_nothing_nearer_is_to_be_had() -> None:
    history = History().shows(21.67).asked(21.5).shows(21.67)
    assert history.made_of(21.5) is None
    assert history.asked(21.5).shows(21.67).made_of(21.5) == 21.67


def test_without_a_reading_from_before_nothing_is_known() -> None:
    assert History().asked(21.5).shows(21.67).made_of(21.5) is None


def test_a_reading_from_before_the_command_says_nothing_of_it() -> None:
    history = History().shows(19.0).asked(21.5)
    history.known.see([Reading(point=ROUND, value=20.0, observed_at=NOON)])
    assert history.made_of(21.5) is None


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNCERTAIN, Outcome.REFUSED, Outcome.SUPPRESSED])
def test_a_command_that_was_not_taken_ends_what_was_known(outcome: Outcome) -> None:
    history = History().shows(19.0).asked(21.5).shows(21.67)
    assert history.asked(21.5, outcome).made_of(21.5) is None


@pytest.mark.parametrize("quality", [Quality.ASSUMED, Quality.STALE, Quality.FAULT])
def test_only_what_was_read_counts(quality: Quality) -> None:
    assert History().shows(19.0).asked(21.5).shows(21.67, quality).made_of(21.5) is None


def test_words_and_switches_are_not_judged() -> None:
    assert History(ValueType.BOOLEAN).shows(False).asked(True, answer=False).made_of(True) is None
    assert History(ValueType.TEXT).asked("a", answer="b").made_of("a") is None


@pytest.mark.parametrize("now", [setpoint(ValueType.NUMBER, writable=False), setpoint(ValueType.TEXT)])
def test_a_point_that_takes_numbers_no_more_is_not_judged_any_more(now: Target) -> None:
    history = History().shows(19.0)
    history.known.change_targets([now])
    assert history.asked(21.5, answer=21.67).made_of(21.5) is None
    history.known.change_targets([setpoint(ValueType.NUMBER)])
    assert history.shows(19.0).asked(21.5).shows(21.67).made_of(21.5) == 21.67


def test_a_point_that_means_something_else_begins_anew() -> None:
    history = History().shows(19.0).asked(21.5).shows(21.67)
    history.known.forget([ROUND])
    assert history.made_of(21.5) is None
    assert history.asked(21.5).shows(21.67).made_of(21.5) is None


EVERY_MINUTE = """
- id: a
  triggers: [{every: 1m}]
  actions: [{set: {living_thermostat.setpoint: 21.5}}]
"""


def hourly(equipment: FakeEquipment, rules: str = EVERY_MINUTE) -> House:
    async def test(house: House) -> None:
        await house.at(600)

    return live(rules, test, equipment=equipment)


def test_a_value_that_the_device_rounds_is_sent_once() -> None:
    equipment = FakeEquipment(values={SETPOINT: 19.0}, makes={SETPOINT: lambda value: 21.67})
    house = hourly(equipment)
    assert equipment.writes == [(SETPOINT, 21.5)]
    assert house.steps[-1].endswith("living_thermostat.setpoint is 21.67, which its device made of 21.5")


def test_a_value_that_a_hand_changes_is_sent_again_and_once() -> None:
    equipment = FakeEquipment(values={SETPOINT: 19.0}, makes={SETPOINT: lambda value: 21.67})

    async def test(house: House) -> None:
        await house.at(200)
        equipment.values[SETPOINT] = 17.0
        await house.at(600)

    live(EVERY_MINUTE, test, equipment=equipment)
    assert equipment.writes == [(SETPOINT, 21.5)] * 2


def test_a_value_that_the_device_ignores_is_sent_each_time() -> None:
    equipment = FakeEquipment(values={SETPOINT: 19.0}, deaf={SETPOINT})
    hourly(equipment)
    assert len(equipment.writes) == 10


def test_what_is_asked_for_by_force_is_sent_each_time() -> None:
    equipment = FakeEquipment(values={SETPOINT: 19.0}, makes={SETPOINT: lambda value: 21.67})
    hourly(equipment, EVERY_MINUTE.replace("21.5}}]", "21.5}, only_if_different: false}]"))
    assert len(equipment.writes) == 10


def test_what_was_asked_for_is_unjudged_until_it_is_read_again() -> None:
    history = History().shows(19.0)
    assert history.known.unjudged == set()
    assert history.asked(21.5).known.unjudged == {ROUND}
    assert history.shows(19.0).known.unjudged == set()


def test_what_is_not_asked_for_in_the_end_is_not_unjudged() -> None:
    history = History().shows(19.0).asked(21.5).asked(22.0, Outcome.REFUSED)
    assert history.known.unjudged == set()


def test_what_stands_for_something_else_now_is_not_unjudged() -> None:
    history = History().shows(19.0).asked(21.5)
    history.known.forget([ROUND])
    assert history.known.unjudged == set()
