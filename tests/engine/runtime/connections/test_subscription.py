"""Drivers that are told of changes: what is read, what is believed, what grows stale."""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from interlock.errors import AuthenticationFailed, NotSupported, RejectedValue, TimedOut, Unreachable
from interlock.history.records import ConnectionEvent, Firing
from interlock.model import Event, Point, Quality, Reading, Value
from interlock.runtime.connections import subscription
from support.engine_house import LAMP, SETPOINT, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment

RULES = """
- {id: hot, triggers: [{becomes: living_thermostat.actualtemp > 26}], actions: [{set: {lamp.power: on}}]}
"""
VALUES: dict[Point, Value] = {TEMPERATURE: 20.0, LAMP: False}
PUSHES: Mapping[str, object] = {"pushes": True}
INTERVAL_S = 10
"""Between two polls of the fake connection, where it is polled."""


def live_pushing(
    test: Callable[[House], Awaitable[None]],
    *,
    rules: str = RULES,
    equipment: FakeEquipment | None = None,
    **site: object,
) -> House:
    stands = equipment or FakeEquipment(values=dict(VALUES))
    return live(rules, test, equipment=stands, site=PUSHES | site)


def told_by(house: House, answers: Mapping[Point, object]) -> None:
    """Tell, as the driver does."""
    house.equipment.feeds[-1].readings(answers)  # type: ignore[arg-type]


def known(house: House, point: Point) -> tuple[Value | None, Quality, str]:
    reading = house.engine.state.reading(point)
    assert reading is not None
    return reading.value, reading.quality, reading.reason


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_points_are_read_once_and_then_only_told_of() -> None:
    async def test(house: House) -> None:
        await house.at(3600)
        assert known(house, TEMPERATURE) == (20.0, Quality.GOOD, "")

    house = live_pushing(test)
    assert house.equipment.reads == [(TEMPERATURE, LAMP)]
    assert house.equipment.subscribed == [(TEMPERATURE, LAMP)]


def test_what_is_told_is_stamped_and_rules_go_by_it_at_once() -> None:
    async def test(house: House) -> None:
        await house.at(100)
        told_by(house, {TEMPERATURE: 27})
        await house.at(100.1)
        reading = house.engine.state.reading(TEMPERATURE)
        assert reading is not None
        assert (reading.value, (reading.observed_at - house.clock.now()).total_seconds()) == (
            27.0,
            pytest.approx(-0.1, abs=0.01),
        )

    house = live_pushing(test)
    assert house.equipment.writes == [(LAMP, True)]


def test_only_what_the_site_says_is_polled() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    polls = {"lamp": timedelta(minutes=1)}
    house = live_pushing(test, polls=polls)
    assert sorted(house.equipment.reads) == sorted([(TEMPERATURE,), (LAMP,), (LAMP,)])


def test_a_connection_that_says_poll_is_polled_altogether() -> None:
    async def test(house: House) -> None:
        await house.at(25)

    house = live_pushing(test, poll="10s")
    assert house.equipment.reads == [(TEMPERATURE, LAMP)] * 3
    assert house.equipment.subscribed == [(TEMPERATURE, LAMP)]


def test_points_that_nobody_needs_are_told_in_vain() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        told_by(house, {SETPOINT: 21})
        await house.at(2)
        assert house.engine.state.reading(SETPOINT) is None

    live_pushing(test)


def test_a_connection_of_which_nobody_needs_anything_is_not_subscribed_to() -> None:
    async def test(house: House) -> None:
        await house.at(1)

    assert live_pushing(test, rules="[]").equipment.subscribed == []


def test_what_is_told_during_a_read_wins_over_its_answer() -> None:
    equipment = FakeEquipment(values=dict(VALUES))

    async def test(house: House) -> None:
        gate = equipment.gates[TEMPERATURE] = asyncio.Event()
        await house.at(1)
        told_by(house, {TEMPERATURE: 25.0})
        gate.set()
        await house.at(2)
        assert known(house, TEMPERATURE) == (25.0, Quality.GOOD, "")
        assert known(house, LAMP) == (False, Quality.GOOD, "")

    live_pushing(test, equipment=equipment)


def test_what_does_not_answer_is_asked_again_more_and_more_rarely_until_it_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    equipment = FakeEquipment(values=dict(VALUES), errors={LAMP: TimedOut("no answer")})

    async def test(house: House) -> None:
        await house.at(60)
        assert known(house, LAMP) == (None, Quality.FAULT, "connection house: no answer")
        asked = len(house.equipment.reads)
        assert 3 <= asked <= 5
        equipment.errors.clear()
        await house.at(200)
        assert known(house, LAMP) == (False, Quality.GOOD, "")
        assert len(house.equipment.reads) == asked + 1

    house = live_pushing(test, equipment=equipment)
    assert house.equipment.reads[0] == (TEMPERATURE, LAMP)
    assert set(house.equipment.reads[1:]) == {(LAMP,)}
    assert warnings(caplog) == [
        "connection house: 1 of 2 points do not answer yet; first: connection house: no answer"
    ]


def test_what_is_told_need_not_be_asked_again() -> None:
    equipment = FakeEquipment(values=dict(VALUES), errors={LAMP: TimedOut("no answer")})

    async def test(house: House) -> None:
        await house.at(1)
        told_by(house, {LAMP: "on"})
        await house.at(300)
        assert known(house, LAMP) == (True, Quality.GOOD, "")

    assert len(live_pushing(test, equipment=equipment).equipment.reads) == 1


def test_a_refusal_is_an_answer_and_is_not_asked_again() -> None:
    equipment = FakeEquipment(values=dict(VALUES), errors={LAMP: NotSupported("it is not asked")})

    async def test(house: House) -> None:
        await house.at(300)
        assert known(house, LAMP) == (None, Quality.FAULT, "connection house: it is not asked")

    assert len(live_pushing(test, equipment=equipment).equipment.reads) == 1


def test_a_failed_read_after_a_loss_takes_nothing_away() -> None:
    equipment = FakeEquipment(values=dict(VALUES))

    async def test(house: House) -> None:
        await house.at(1)
        equipment.errors[LAMP] = NotSupported("it is not asked")
        house.equipment.feeds[-1].regained()
        await house.at(2)
        assert known(house, LAMP) == (False, Quality.GOOD, "")

    live_pushing(test, equipment=equipment)


def test_a_loss_makes_stale_after_a_while_and_what_comes_back_is_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(house: House) -> None:
        await house.at(10)
        feed = house.equipment.feeds[-1]
        feed.lost(Unreachable("the tunnel is closed"))
        feed.lost(Unreachable("the tunnel is closed still"))
        await house.at(39)
        assert known(house, TEMPERATURE)[1] is Quality.GOOD
        await house.at(41)
        reason = "nothing was heard for more than 30s: connection house: the tunnel is closed"
        assert known(house, TEMPERATURE) == (20.0, Quality.STALE, reason)
        house.equipment.values[TEMPERATURE] = 21.0
        feed.regained()
        await house.at(72)
        assert known(house, TEMPERATURE) == (21.0, Quality.GOOD, "")

    with caplog.at_level(logging.INFO, "interlock.connection"):
        house = live_pushing(test)
    told = ["connection house: the tunnel is closed", "connection house: answers again"]
    assert [r.getMessage() for r in caplog.records if r.name == "interlock.connection"] == told
    assert [event.text for event in house.found(ConnectionEvent)] == told  # type: ignore[attr-defined]
    assert house.equipment.reads == [(TEMPERATURE, LAMP)] * 2


@pytest.mark.parametrize(("most_s", "longest_s"), [(4, 4), (3600, INTERVAL_S)])
def test_what_comes_back_is_read_after_a_while_that_differs_from_site_to_site(
    monkeypatch: pytest.MonkeyPatch, most_s: float, longest_s: float
) -> None:
    monkeypatch.setattr(subscription, "RETURN", timedelta(seconds=most_s))

    async def test(house: House) -> None:
        await house.at(10)
        feed = house.equipment.feeds[-1]
        feed.lost(Unreachable("the tunnel is closed"))
        feed.regained()
        count = len(house.equipment.reads)
        await house.at(10 + share * longest_s - 0.1)
        counts = [len(house.equipment.reads) - count]
        await house.at(10 + share * longest_s + 0.1)
        assert [*counts, len(house.equipment.reads) - count] == [0, 1]

    for share in (0.25, 0.75):
        monkeypatch.setattr(random.Random, "random", lambda dice, share=share: share)
        live_pushing(test)


def test_what_is_lost_again_before_it_is_read_is_not_read() -> None:
    async def test(house: House) -> None:
        await house.at(10)
        feed, count = house.equipment.feeds[-1], len(house.equipment.reads)
        feed.lost(Unreachable("the tunnel is closed"))
        feed.regained()
        feed.lost(Unreachable("the tunnel is closed again"))
        await house.at(100)
        assert len(house.equipment.reads) == count
        feed.regained()
        feed.regained()
        await house.at(140)
        assert len(house.equipment.reads) == count + 1

    live_pushing(test)


def test_a_service_that_ends_meanwhile_reads_no_more() -> None:
    async def test(house: House) -> None:
        await house.at(10)
        house.equipment.feeds[-1].regained()

    assert len(live_pushing(test).equipment.reads) == 1


def test_a_short_loss_makes_nothing_stale() -> None:
    async def test(house: House) -> None:
        await house.at(10)
        house.equipment.feeds[-1].lost(Unreachable("the tunnel is closed"))
        await house.at(39)
        house.equipment.feeds[-1].regained()
        await house.at(100)

    house = live_pushing(test)
    found = [each for each in house.journal.entries if isinstance(each, Reading)]
    assert {reading.quality for reading in found} == {Quality.GOOD}


def test_a_failed_subscription_is_tried_again_and_the_points_are_read_meanwhile() -> None:
    equipment = FakeEquipment(
        values=dict(VALUES), subscribe_errors=[Unreachable("no route"), ValueError("what?")]
    )

    async def test(house: House) -> None:
        await house.at(5)
        assert (len(equipment.subscribed), len(equipment.reads)) == (1, 1)
        await house.at(60)
        assert len(equipment.subscribed) == 3
        told_by(house, {TEMPERATURE: 22})
        await house.at(61)
        assert known(house, TEMPERATURE)[0] == 22.0

    house = live_pushing(test, equipment=equipment)
    assert len(house.equipment.reads) == 2


def test_a_subscription_that_hangs_costs_only_itself() -> None:
    async def test(house: House) -> None:
        await house.at(30)
        assert known(house, LAMP) == (False, Quality.GOOD, "")

    equipment = FakeEquipment(values=dict(VALUES), is_deaf=True)
    live_pushing(test, equipment=equipment)


@pytest.mark.parametrize(
    ("rubbish", "complaint"),
    [
        (3, "tells news that make no sense: AttributeError: 'int' object has no attribute 'items'"),
        (None, "tells news that make no sense: AttributeError: 'NoneType' object has no attribute 'items'"),
    ],
)
def test_rubbish_is_said_once_and_costs_nothing(
    rubbish: object, complaint: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].readings(rubbish)  # type: ignore[arg-type]
        house.equipment.feeds[-1].readings(rubbish)  # type: ignore[arg-type]
        told_by(house, {TEMPERATURE: 22})
        await house.at(2)
        assert known(house, TEMPERATURE)[0] == 22.0

    live_pushing(test)
    assert warnings(caplog) == [f"connection house: its driver {complaint}"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("warm", "living_thermostat: the device's actualtemp cannot be 'warm'"),
        (RejectedValue("no sensor"), "no sensor"),
        (None, "the driver gave no answer for living_thermostat.actualtemp"),
    ],
)
def test_what_is_told_is_checked_as_what_is_read(answer: object, reason: str) -> None:
    async def test(house: House) -> None:
        await house.at(1)
        told_by(house, {TEMPERATURE: answer})
        await house.at(2)
        value, quality, why = known(house, TEMPERATURE)
        assert (value, quality) == (None, Quality.FAULT)
        assert why.startswith(f"connection house: {reason}")

    live_pushing(test)


def test_what_is_told_after_the_end_or_from_another_thread_is_not_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(house: House) -> None:
        await house.at(1)
        thread = threading.Thread(target=told_by, args=(house, {TEMPERATURE: 99}))
        thread.start()
        thread.join()
        await house.at(2)
        assert known(house, TEMPERATURE)[0] == 20.0

    house = live_pushing(test)
    before = len(house.journal.entries)
    told_by(house, {TEMPERATURE: 99})
    house.equipment.feeds[-1].lost(Unreachable("gone"))
    house.equipment.feeds[-1].regained()
    assert len(house.journal.entries) == before
    assert warnings(caplog) == [
        "connection house: its driver tells news from another thread, which are not taken",
        "connection house: its driver tells news after its end, which are not taken",
    ]


TELEGRAMS = """
- id: doorbell
  triggers: [{telegram: [1/2/3, 01/02/004]}]
  condition: living_thermostat.actualtemp > 26 and trigger.data.source == '1.1.5'
  actions: [{set: {lamp.power: "{{ trigger.value }}"}}]
"""


def telegram(value: object = True, source: str = "1.1.5") -> Event:
    return Event(kind="telegram", name="1/2/3", value=value, data={"source": source})  # type: ignore[arg-type]


def test_an_event_sees_what_was_told_before_it_and_says_why_it_fired() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].event(telegram())
        told_by(house, {TEMPERATURE: 27})
        house.equipment.feeds[-1].event(telegram(source="1.1.6"))
        house.equipment.feeds[-1].event(telegram())
        await house.at(2)

    house = live_pushing(test, rules=TELEGRAMS)
    [firing] = house.found(Firing)
    assert isinstance(firing, Firing)
    assert firing.decision.reason.startswith("telegram 1/2/3 = on from 1.1.5: living_thermostat.actualtemp")
    assert house.equipment.writes == [(LAMP, True)]


def test_where_rules_wait_for_events_the_driver_is_given_every_point_of_its_connection() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        assert set(house.equipment.subscribed[0]) == set(house.engine.site.targets)

    rules = "[{id: a, triggers: [{telegram: 1/2/3}], actions: [{press: doorbell}]}]"
    assert live_pushing(test, rules=rules).equipment.reads == []


@pytest.mark.parametrize(
    "rubbish",
    [
        "ring",
        Event(kind="telegram", name=3),  # type: ignore[arg-type]
        Event(kind="telegram", name="1/2/3", value=object()),  # type: ignore[arg-type]
        Event(kind="telegram", name="1/2/3", data={"source": [1]}),  # type: ignore[dict-item]
        Event(kind="telegram", name="1/2/3", data={3: "x"}),  # type: ignore[dict-item]
        Event(kind="telegram", name="1/2/3", value=(1, object())),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_event_is_not_taken(rubbish: Event, caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].event(rubbish)
        await house.at(2)

    house = live_pushing(test, rules=TELEGRAMS)
    assert [
        each.startswith("connection house: its driver tells news that make no") for each in warnings(caplog)
    ] == [True]
    assert house.found(Firing) == []


def test_refused_credentials_end_the_attempts_and_the_questions() -> None:
    equipment = FakeEquipment(
        values=dict(VALUES), subscribe_errors=[AuthenticationFailed("wrong password")] * 9
    )

    async def test(house: House) -> None:
        await house.at(3600)
        assert known(house, LAMP) == (None, Quality.FAULT, "connection house: wrong password")

    house = live_pushing(test, equipment=equipment)
    assert (len(house.equipment.subscribed), house.equipment.reads) == (1, [])
    assert [event.text for event in house.found(ConnectionEvent)] == [  # type: ignore[attr-defined]
        "connection house: wrong password; it is not asked again until its settings change"
    ]


def test_a_return_is_said_once() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].lost(Unreachable("gone"))
        house.equipment.feeds[-1].regained()
        house.equipment.feeds[-1].regained()
        await house.at(3)

    house = live_pushing(test)
    assert [event.text for event in house.found(ConnectionEvent)] == [  # type: ignore[attr-defined]
        "connection house: gone",
        "connection house: answers again",
    ]


def test_a_loss_without_a_reason_is_a_loss() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].lost("gone")  # type: ignore[arg-type]
        await house.at(2)

    house = live_pushing(test)
    assert [event.text for event in house.found(ConnectionEvent)] == [  # type: ignore[attr-defined]
        "connection house: the connection was lost"
    ]


def test_a_fault_that_stays_keeps_its_beginning() -> None:
    equipment = FakeEquipment(values=dict(VALUES), errors={LAMP: TimedOut("no answer")})

    async def test(house: House) -> None:
        await house.at(1)
        first = house.engine.state.reading(LAMP)
        await house.at(60)
        last = house.engine.state.reading(LAMP)
        assert first is not None
        assert last is not None
        assert (last.at, last.observed_at > first.observed_at) == (first.at, True)

    live_pushing(test, equipment=equipment)


def test_an_answer_from_before_the_return_does_not_count() -> None:
    equipment = FakeEquipment(values=dict(VALUES))

    async def test(house: House) -> None:
        gate = equipment.gates[TEMPERATURE] = asyncio.Event()
        await house.at(1)
        house.equipment.feeds[-1].regained()
        equipment.values[TEMPERATURE] = 24.0
        gate.set()
        await house.at(32)
        assert known(house, TEMPERATURE)[0] == 24.0

    assert len(live_pushing(test, equipment=equipment).equipment.reads) == 2


def test_what_is_told_during_a_poll_wins_over_its_answer() -> None:
    equipment = FakeEquipment(values=dict(VALUES))

    async def test(house: House) -> None:
        gate = equipment.gates[TEMPERATURE] = asyncio.Event()
        await house.at(1)
        told_by(house, {TEMPERATURE: 25.0})
        gate.set()
        await house.at(2)
        assert known(house, TEMPERATURE) == (25.0, Quality.GOOD, "")
        await house.at(11)
        assert known(house, TEMPERATURE) == (20.0, Quality.GOOD, "")

    live_pushing(test, equipment=equipment, poll="10s")


def test_polled_points_of_a_lost_connection_are_left_to_their_poll() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].lost(Unreachable("gone"))
        await house.at(300)
        assert known(house, LAMP)[1] is Quality.GOOD
        assert known(house, TEMPERATURE)[1] is Quality.STALE

    live_pushing(test, polls={"lamp": timedelta(seconds=5)})


def test_what_is_heard_after_a_loss_is_good_again() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].lost(Unreachable("gone"))
        await house.at(60)
        told_by(house, {TEMPERATURE: 23.0})
        await house.at(61)
        assert known(house, TEMPERATURE) == (23.0, Quality.GOOD, "")

    live_pushing(test)


def test_a_second_loss_has_its_own_time() -> None:
    async def test(house: House) -> None:
        await house.at(10)
        feed = house.equipment.feeds[-1]
        feed.lost(Unreachable("gone"))
        await house.at(30)
        feed.regained()
        await house.at(35)
        feed.lost(Unreachable("gone"))
        await house.at(60)
        assert known(house, TEMPERATURE)[1] is Quality.GOOD
        await house.at(66)
        assert known(house, TEMPERATURE)[1] is Quality.STALE

    live_pushing(test)


def test_a_subscription_ends_with_the_service() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.equipment.feeds[-1].lost(Unreachable("gone"))
        await house.at(2)

    house = live_pushing(test, equipment=FakeEquipment(errors={LAMP: TimedOut("no answer")}))
    assert house.equipment.closed_times == 1
