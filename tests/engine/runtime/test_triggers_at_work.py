"""Every kind of trigger in a running engine: what makes it come, and what survives a restart."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import RejectedError, TimedOut, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.history.records import Firing
from interlock.model import Event, Point, Value
from interlock.sun import Place
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, START, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of

BELL = Point("doorbell.trigger")
ROME = Place(41.9, 12.5)


def rings(triggers: str, **rest: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in rest.items())
    return f"- {{id: a, triggers: {triggers}{more}, actions: [{{press: doorbell}}]}}\n"


def waiting(seconds: float) -> Callable[[House], Awaitable[None]]:
    async def test(house: House) -> None:
        await house.at(seconds)

    return test


def causes(house: House) -> list[str]:
    return [str(entry.decision.cause) for entry in house.found(Firing) if isinstance(entry, Firing)]


def local(house: House) -> list[str]:
    firings = [entry.decision for entry in house.found(Firing) if isinstance(entry, Firing)]
    return [f"{each.at.astimezone(house.engine.site.timezone):%d %H:%M:%S}" for each in firings]


def names(house: House) -> list[dict[str, Value]]:
    firings = [entry.decision for entry in house.found(Firing) if isinstance(entry, Firing)]
    return [dict(each.names["trigger"]) for each in firings]


def test_an_update_comes_at_each_reading() -> None:
    house = live(rings("{update: lamp.power}"), waiting(25), values={LAMP: True})
    assert causes(house) == [
        "update lamp.power (– to on)",
        "update lamp.power (on to on)",
        "update lamp.power (on to on)",
    ]


def test_a_date_comes_once() -> None:
    house = live(rings("{date: '2026-07-14T14:10'}"), waiting(86_400))
    assert local(house) == ["14 14:10:00"]


def test_the_sun_triggers_at_the_place_of_the_site() -> None:
    rule = rings("{sun: sunset, offset: -20m}")
    house = live(rule, waiting(12 * 3600), site={"location": ROME})
    assert [time[:5] for time in local(house)] == ["14 20"]


def test_start_waits_for_the_points_of_its_rule() -> None:
    house = live(rings("[start]", condition="lamp.power"), waiting(5), values={LAMP: True})
    assert causes(house) == ["service start"]


@pytest.mark.parametrize(("seconds", "expected"), [(59, []), (61, ["service start"])])
def test_start_waits_no_longer_than_a_minute(seconds: float, expected: list[str]) -> None:
    rule = "- {id: a, triggers: [start], actions: [{log: '{{ lamp.powerlevel }}'}]}"
    equipment, site = FakeEquipment(hanging={LEVEL}), {"timeout": timedelta(minutes=2)}
    assert causes(live(rule, waiting(seconds), equipment=equipment, site=site)) == expected


def test_stop_is_done_before_anything_is_closed() -> None:
    house = live(rings("[stop]"), waiting(5))
    assert house.equipment.writes == [(BELL, None)]
    assert house.ends == ["done"]


def test_reload_comes_with_a_reload() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.reload(house.engine.site, house.engine.rules)
        await house.at(6)

    assert causes(live(rings("[reload]"), test)) == ["service reload"]


def test_an_event_that_was_raised_brings_its_data() -> None:
    rules = rings("{event: leak}", condition="trigger.data.room == 'bath'") + (
        "- {id: b, triggers: {change: lamp.power}, actions: [{raise: leak, with: {room: bath}}]}\n"
        "- {id: c, triggers: {change: lamp.power}, actions: [{raise: leak, with: {room: hall}}]}"
    )

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[LAMP] = False
        await house.at(15)

    house = live(rules, test, values={LAMP: True})
    assert house.equipment.writes == [(BELL, None)]


def test_a_webhook_brings_its_data() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.happen(Event(kind="webhook", name="door", data={"who": "Anna"}))
        await house.at(6)

    house = live(rings("{webhook: door}", condition="trigger.data.who == 'Anna'"), test)
    assert house.equipment.writes == [(BELL, None)]


def test_a_rule_fires_after_another_has_run() -> None:
    rules = rings("{firing: b}", condition="trigger.data.outcome == 'done' and trigger.rule == 'b'") + (
        "- {id: b, triggers: {every: 1m}, actions: [{delay: 5s}]}"
    )
    house = live(rules, waiting(70))
    assert [second[-2:] for second in local(house)] == ["00", "05"]


def test_a_command_that_failed_triggers() -> None:
    rules = rings(
        "{failed: lamp.*}", condition="trigger.data.outcome == 'refused' and trigger.rule == 'b'"
    ) + ("- {id: b, triggers: {every: 1m}, actions: [{set: {lamp.power: on}}]}")
    equipment = FakeEquipment(values={LAMP: False}, errors={LAMP: RejectedError("no")})
    house = live(rules, waiting(61), equipment=equipment)
    assert [point for point, _ in house.equipment.writes] == [LAMP, BELL]


def test_unavailable_comes_when_a_point_cannot_be_read_for_so_long() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.errors[TEMPERATURE] = TimedOut("slow")
        await house.at(200)

    rule = rings("{unavailable: living_thermostat.actualtemp, for: 1m}")
    house = live(rule, test, values={TEMPERATURE: 20.0})
    assert causes(house) == ["unavailable living_thermostat.actualtemp, for 1m (20 to –)"]


def test_unavailable_and_available_of_a_connection() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.errors.update(dict.fromkeys(house.engine.site.targets, Unreachable("away")))
        await house.at(60)
        house.equipment.errors.clear()
        await house.at(400)

    rule = rings("[{unavailable: house}, {available: house}]")
    house = live(rule, test, values={TEMPERATURE: 20.0})
    assert [cause.partition(" (")[0] for cause in causes(house)] == ["unavailable house", "available house"]


def test_a_point_that_holds_a_time_of_day_is_followed() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[MODE] = "cooling"
        await house.at(20)

    house = live(rings("{at: [living_ac.hvacmode, '14:00:10']}"), test, values={MODE: "auto"})
    assert local(house) == ["14 14:00:10"]


def test_a_run_that_was_missed_is_made_up_for() -> None:
    rule = rings("{at: '15:00', missed: once}", condition="lamp.power")
    journal = MemoryJournal()
    live(rule, waiting(5), values={LAMP: True}, journal=journal)
    journal.last_seen = START + timedelta(seconds=5)
    late = live(rule, waiting(5), values={LAMP: True}, journal=journal, start=START + timedelta(hours=3))
    assert names(late)[0]["at"] == datetime(2026, 7, 14, 13, tzinfo=UTC)
    journal.last_seen = START + timedelta(hours=3)
    again = live(rule, waiting(5), values={LAMP: True}, journal=journal, start=START + timedelta(hours=4))
    assert len(again.equipment.writes) == 0


def test_all_runs_that_were_missed_are_made_up_for_one_after_the_other() -> None:
    triggers = "[start, {at: ['15:00', '15:30'], missed: all}, {at: ['15:30'], missed: all}]"
    journal = MemoryJournal()
    live(rings(triggers, mode="queued"), waiting(5), journal=journal)
    journal.last_seen = START + timedelta(seconds=5)
    late = live(rings(triggers, mode="queued"), waiting(5), journal=journal, start=START + timedelta(hours=3))
    assert causes(late)[1:] == [
        "at 15:00, 15:30, missed all",
        "service start, also at 15:00, 15:30, missed all, also at 15:30, missed all",
    ]
    assert len(late.equipment.writes) == 2


def made_up_for(mode: str) -> House:
    """Return what comes of a moment at which one rule has two runs, and others before and after it one."""
    at_three = "triggers: [{at: '15:00', missed: all}]"
    rules = (
        f"- {{id: before, {at_three}, actions: [{{log: before}}]}}\n"
        f"- {{id: both, mode: {mode}, triggers: [{{at: ['15:00', '15:30'], missed: all}}],"
        " actions: [{log: '{{ trigger.at.minute }}'}, {delay: 1s}]}\n"
        f"- {{id: last, {at_three}, actions: [{{log: last}}]}}\n"
    )
    journal = MemoryJournal()
    live(rules, waiting(5), journal=journal)
    journal.last_seen = START + timedelta(seconds=5)
    return live(rules, waiting(5), journal=journal, start=START + timedelta(hours=3))


@pytest.mark.parametrize(
    ("mode", "logged"),
    [
        ("single", ["before", "0", "last"]),
        ("queued", ["before", "0", "last", "30"]),
        ("parallel", ["before", "0", "30", "last"]),
        ("restart", ["before", "last", "30"]),
    ],
)
def test_runs_of_one_moment_begin_in_the_order_of_their_rules_as_modes_let_them(
    mode: str, logged: list[str]
) -> None:
    steps = [step.rpartition(": ")[2] for step in made_up_for(mode).steps]
    assert [step for step in steps if not step.startswith("waiting")] == logged


def test_a_watchdog_barks_when_nothing_comes() -> None:
    async def test(house: House) -> None:
        await house.at(65)
        house.equipment.values[LAMP] = False
        await house.at(400)

    house = live(rings("{none: [{change: lamp.power}], within: 2m}"), test, values={LAMP: True})
    assert local(house) == ["14 14:03:10"]


def test_triggers_that_must_all_come() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[LAMP] = False
        await house.at(25)
        house.equipment.values[AC_POWER] = True
        await house.at(45)

    rule = rings("{all: [{change: lamp.power}, {change: living_ac.hvacpower}], within: 30s}")
    house = live(rule, test, values={LAMP: True, AC_POWER: False})
    assert causes(house) == ["all of change lamp.power; change living_ac.hvacpower (off to on)"]


def test_a_limit_that_a_point_holds_may_move() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[LEVEL] = 20
        await house.at(15)

    rule = rings("{change: living_thermostat.actualtemp, above: lamp.powerlevel}")
    house = live(rule, test, values={TEMPERATURE: 25.0, LEVEL: 30})
    at = START + timedelta(seconds=10)
    device = TEMPERATURE.device
    assert names(house) == [{"id": "", "point": TEMPERATURE, "device": device, "value": 25.0, "at": at}]


@pytest.mark.parametrize(("answer", "origin"), [(True, "rule"), (False, "device")])
def test_it_is_known_who_changed_a_point(answer: bool, origin: str) -> None:
    ours = "- {id: b, triggers: [{every: 1m}], actions: [{set: {lamp.power: on}}]}" if answer else ""

    async def test(house: House) -> None:
        await house.at(15)
        if not answer:
            house.equipment.values[LAMP] = True
        await house.at(85)

    house = live(rings("{change: lamp.power}") + ours, test, values={LAMP: False})
    assert [each.get("origin") for each in names(house) if "point" in each] == [origin]


def test_a_connection_is_watched_by_rules_that_come_by_a_reload() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.engine.reload(house.engine.site, rules_of(house.engine.site, rings("{unavailable: house}")))
        house.equipment.errors.update(dict.fromkeys(house.engine.site.targets, Unreachable("away")))
        await house.at(60)

    house = live(rings("{update: lamp.power}", enabled="shadow"), test, values={LAMP: True})
    assert causes(house)[-1] == "unavailable house (on to off)"


def test_a_connection_that_nobody_watches_is_not_in_the_state() -> None:
    house = live(rings("{update: lamp.power}"), waiting(15), values={LAMP: True})
    assert set(house.engine.state.values) == {LAMP}


def test_a_reload_does_not_let_a_start_be_forgotten() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.reload(house.engine.site, house.engine.rules)
        await house.at(6)

    rule = "- {id: a, triggers: [start], actions: [{log: '{{ lamp.powerlevel }}'}]}"
    equipment, site = FakeEquipment(hanging={LEVEL}), {"timeout": timedelta(minutes=2)}
    assert causes(live(rule, test, equipment=equipment, site=site)) == ["service start"]


def test_a_followed_time_is_followed_on_after_a_reload() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.reload(house.engine.site, house.engine.rules)
        await house.at(15)

    rule = rings("{at: [living_ac.hvacmode, '14:00:10']}")
    assert local(live(rule, test, values={MODE: "auto"})) == ["14 14:00:10"]


def test_what_stop_does_is_waited_for() -> None:
    rule = "- {id: a, triggers: [stop], actions: [{delay: 5s}, {press: doorbell}]}"
    house = live(rule, waiting(5))
    assert house.equipment.writes == [(BELL, None)]
    assert house.ends == ["done"]


def test_what_stop_does_for_too_long_goes_on_after_the_next_start() -> None:
    rule = "- {id: a, triggers: [stop], actions: [{delay: 1m}, {press: doorbell}]}"
    house = live(rule, waiting(5))
    assert house.equipment.writes == []
    assert house.ends == []


def test_a_rule_fires_after_another_that_failed() -> None:
    rules = rings("{firing: b}") + "- {id: b, triggers: [start], actions: [{fail: no}]}"
    house = live(rules, waiting(5))
    assert names(house)[-1]["data.outcome"] == "broken off: no"


def test_an_else_is_no_firing_that_others_follow() -> None:
    rules = rings("{firing: b}") + (
        "- {id: b, triggers: [start], condition: lamp.power, actions: [{log: x}], else: [{log: y}]}"
    )
    assert live(rules, waiting(15), values={LAMP: False}).equipment.writes == []
