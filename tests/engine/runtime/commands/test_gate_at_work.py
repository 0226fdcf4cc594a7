"""Guards and interlocks at work: what waits, what is refused, and what is kept instead."""

from datetime import timedelta

from interlock.config.guards import Guard
from interlock.errors import ServerFault
from interlock.history.journal import MemoryJournal
from interlock.model import Outcome, Point
from support.engine_house import AC_POWER, LAMP, LEVEL, SETPOINT, START
from support.fake_driver import FakeEquipment
from support.kept_house import KeptHouse, kept, later

MINUTE = timedelta(minutes=1)
CHILLER = {"guards": {LAMP: Guard(min_on=5 * MINUTE, min_off=3 * MINUTE)}}
WINDOW = Point("blind.heightlevel")
NEVER_BOTH = """
- id: never-both
  never: lamp.power and living_ac.hvacpower
"""
CLOSED = """
- id: closed
  never: blind.heightlevel > 0 and lamp.power
  instead: {lamp.power: off}
"""


def test_a_compressor_that_may_have_just_stopped_waits_at_the_start() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(LAMP, True)
        assert receipt.outcome is Outcome.DEFERRED
        assert receipt.reason == "min_off 3m: it is not off for so long yet; it waits until 14:03:00"
        await house.at(179)
        assert house.writes(LAMP) == []
        await house.at(181)
        assert house.writes(LAMP) == [True]

    house = kept(test, values={LAMP: False}, site=CHILLER)
    assert house.outcomes(LAMP) == [Outcome.DEFERRED, Outcome.ACCEPTED]


def test_a_compressor_runs_for_its_minimum_time() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(200)
        await house.set(LAMP, True)
        await house.at(260)
        assert (await house.set(LAMP, False)).outcome is Outcome.DEFERRED
        await house.at(499)
        assert house.writes(LAMP) == [True]
        await house.at(501)

    assert kept(test, values={LAMP: False}, site=CHILLER).writes(LAMP) == [True, False]


def test_only_the_newest_of_what_waits_is_kept() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True)
        assert (await house.set(LAMP, False)).outcome is Outcome.ACCEPTED
        await house.at(400)

    house = kept(test, values={LAMP: False}, site=CHILLER)
    assert house.writes(LAMP) == [False]
    assert house.reasons(LAMP, Outcome.OUTRANKED) == ["a newer command came"]


def test_a_claim_takes_the_place_of_what_waits() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True)
        await house.set(LAMP, False, priority=8, holds=True)
        await house.at(400)

    house = kept(test, values={LAMP: False}, site=CHILLER)
    assert house.writes(LAMP) == []
    [reason] = house.reasons(LAMP, Outcome.OUTRANKED)
    assert reason == "operator cli keeps it at off, priority 8, since 14:00"


def test_life_safety_passes_the_minimum_times() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LAMP, True, priority=5, holds=True)).outcome is Outcome.ACCEPTED

    kept(test, values={LAMP: False}, site=CHILLER)


def test_a_claim_that_waits_is_the_winner_that_is_not_written_yet() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(LAMP, True, priority=8, holds=True)
        assert receipt.outcome is Outcome.DEFERRED
        assert house.status(LAMP) == [
            "deferred: min_off 3m: it is not off for so long yet; it waits until 14:03:00"
        ]
        await house.at(181)
        await house.at(195)
        assert house.status(LAMP) == ["in effect"]

    house = kept(test, values={LAMP: False}, site=CHILLER)
    assert house.outcomes(LAMP) == [Outcome.DEFERRED, Outcome.ACCEPTED]


def test_what_a_restart_interrupts_counts_on_where_the_journal_knows() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(200)
        await house.set(LAMP, True)
        await house.at(230)

    kept(first, equipment=equipment, journal=journal, site=CHILLER)
    begun = later(journal, 235)

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LAMP, False)).outcome is Outcome.DEFERRED
        await house.at(262)
        assert house.writes(LAMP) == [True]
        await house.at(280)

    house = kept(second, equipment=equipment, journal=journal, site=CHILLER, start=begun)
    assert house.writes(LAMP) == [True, False]


def test_what_happened_while_the_service_was_away_for_long_is_taken_to_have_just_happened() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(30)

    kept(first, equipment=equipment, journal=journal, site=CHILLER)
    later(journal, 35)

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True)
        await house.at(178)
        assert house.writes(LAMP) == []
        await house.at(181)

    begun = START + timedelta(hours=1)
    house = kept(second, equipment=equipment, journal=journal, site=CHILLER, start=begun)
    assert house.writes(LAMP) == [True]


def test_so_many_changes_and_no_more() -> None:
    site = {"guards": {LAMP: Guard(max_changes=2, changes_in=timedelta(hours=1))}}

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        for value in (True, False):
            assert (await house.set(LAMP, value)).outcome is Outcome.ACCEPTED
        receipt = await house.set(LAMP, True)
        assert receipt.outcome is Outcome.DEFERRED
        assert receipt.reason.startswith(
            "max_changes 2 per 1h: it has changed so often; it waits until 15:00:"
        )
        await house.at(3700)

    assert kept(test, values={LAMP: False}, site=site).writes(LAMP) == [True, False, True]


def test_out_of_range_is_refused_and_a_large_step_too() -> None:
    site = {"guards": {LEVEL: Guard(minimum=10, maximum=90, max_step=20)}}

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        outcomes = [(await house.set(LEVEL, value)).outcome for value in (5, 95, 80, 70)]
        assert outcomes == [Outcome.REFUSED, Outcome.REFUSED, Outcome.REFUSED, Outcome.ACCEPTED]

    house = kept(test, values={LEVEL: 50}, site=site)
    assert house.reasons(LEVEL, Outcome.REFUSED) == [
        "its guard lets it be 10 at least",
        "its guard lets it be 90 at most",
        "max_step 20: it is at 50",
    ]


def test_a_large_move_is_made_step_by_step() -> None:
    site = {"guards": {LEVEL: Guard(max_step=20, step_every=MINUTE)}}

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LEVEL, 100)).outcome is Outcome.DEFERRED
        await house.at(70)
        assert house.writes(LEVEL) == [70]
        await house.at(150)

    house = kept(test, values={LEVEL: 50}, site=site)
    assert house.writes(LEVEL) == [70, 90, 100]


def test_what_would_make_an_interlock_true_is_refused() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(LAMP, True, priority=1, holds=True)
        assert receipt.outcome is Outcome.REFUSED
        why = "interlock never-both: lamp.power and living_ac.hvacpower would be true"
        assert receipt.reason == f"{why}; it stands at priority 1, and is tried again"
        assert house.status(LAMP) == [f"blocked: {why}"]
        house.hand(AC_POWER, False)
        await house.at(30)

    house = kept(test, interlocks=NEVER_BOTH, values={LAMP: False, AC_POWER: True})
    assert house.writes(LAMP) == [True]


def test_what_is_not_known_is_not_safe() -> None:
    equipment = FakeEquipment(values={LAMP: False}, errors={AC_POWER: ServerFault("rubbish")})

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(LAMP, True)
        assert receipt.outcome is Outcome.REFUSED
        assert "would be unknown: " in receipt.reason

    assert kept(test, interlocks=NEVER_BOTH, equipment=equipment).writes(LAMP) == []


def test_what_is_not_known_is_safe_where_the_interlock_says_so() -> None:
    equipment = FakeEquipment(values={LAMP: False}, errors={AC_POWER: ServerFault("rubbish")})

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LAMP, True)).outcome is Outcome.ACCEPTED

    kept(test, interlocks=NEVER_BOTH + "  unknown: safe\n", equipment=equipment)


def test_one_off_and_the_other_on_in_one_action_do_not_race() -> None:
    rules = """
    - id: change-over
      condition: living_thermostat.actualtemp > 26
      actions: {set: {lamp.power: on, living_ac.hvacpower: off}}
    """
    equipment = FakeEquipment(values={LAMP: False, AC_POWER: True}, delays={AC_POWER: 5})
    equipment.values[Point("living_thermostat.actualtemp")] = 20

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.hand(Point("living_thermostat.actualtemp"), 27)
        await house.at(24)
        assert house.equipment.writes == [(AC_POWER, False)]
        await house.at(60)

    house = kept(test, rules=rules, interlocks=NEVER_BOTH, equipment=equipment)
    assert house.equipment.writes == [(AC_POWER, False), (LAMP, True)]
    assert house.outcomes(LAMP) == [Outcome.DEFERRED, Outcome.ACCEPTED]


def test_what_is_never_seen_to_have_gone_off_lets_nothing_on() -> None:
    equipment = FakeEquipment(values={LAMP: False, AC_POWER: True}, deaf={LAMP})
    equipment.values[LAMP] = True
    equipment.values[AC_POWER] = False

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, False)
        assert (await house.set(AC_POWER, True)).outcome is Outcome.DEFERRED
        await house.at(120)

    house = kept(test, interlocks=NEVER_BOTH, equipment=equipment)
    assert house.writes(AC_POWER) == []
    assert house.outcomes(AC_POWER) == [Outcome.DEFERRED, Outcome.REFUSED]


def test_two_rules_of_one_moment_cannot_break_an_interlock_together() -> None:
    rules = "".join(
        f"""
    - id: {name}
      condition: living_thermostat.actualtemp > 26
      actions: {{set: {{{point}: on}}}}
    """
        for name, point in (("a", LAMP), ("b", AC_POWER))
    )
    values = {LAMP: False, AC_POWER: False, Point("living_thermostat.actualtemp"): 27}

    async def test(house: KeptHouse) -> None:
        await house.at(60)

    house = kept(test, rules=rules, interlocks=NEVER_BOTH, values=values)
    assert house.equipment.writes == [(LAMP, True)]


def test_instead_is_kept_until_the_window_is_closed() -> None:
    rules = """
    - id: lit
      keep: {lamp.power: on}
    """

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.hand(WINDOW, 50)
        await house.at(100)
        assert house.array(LAMP) == [("interlock closed", False, 5), ("rule lit", True, 16)]
        assert house.engine.arbiter.broken == {"closed": True}
        assert house.equipment.values[LAMP] is False
        assert (await house.set(LAMP, True, priority=3, holds=True)).outcome is Outcome.REFUSED
        house.engine.arbiter.let_go(house.claims[-1].owner, [LAMP], "enough")
        house.hand(WINDOW, 0)
        await house.at(130)
        assert house.engine.arbiter.broken == {"closed": False}

    house = kept(test, rules=rules, interlocks=CLOSED, values={LAMP: False, WINDOW: 0})
    assert house.writes(LAMP) == [True, False, True]


def test_an_interlock_goes_on_over_a_restart() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: True, WINDOW: 50})

    async def first(house: KeptHouse) -> None:
        await house.at(25)

    kept(first, interlocks=CLOSED, equipment=equipment, journal=journal)
    begun = later(journal, 25)

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        assert house.array(LAMP) == [("interlock closed", False, 5)]
        house.hand(WINDOW, 0)
        await house.at(30)
        assert house.array(LAMP) == []

    house = kept(second, interlocks=CLOSED, equipment=equipment, journal=journal, start=begun)
    assert house.writes(LAMP) == [False]


def test_a_command_that_waits_behind_a_slow_one_is_judged_again_before_it_is_sent() -> None:
    equipment = FakeEquipment(values={LAMP: False, LEVEL: 0, WINDOW: 0}, delays={LEVEL: 30})

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.submit(LEVEL, 50)
        await house.at(16)
        house.submit(LAMP, True)
        house.hand(WINDOW, 50)
        await house.at(60)

    house = kept(test, interlocks=CLOSED, equipment=equipment)
    assert house.writes(LAMP) == []
    assert house.outcomes(LAMP) == [Outcome.REFUSED]


def test_shedding_goes_on_where_the_first_load_is_not_enough() -> None:
    interlocks = """
    - id: no-overload
      never: lamp.powerlevel + blind.heightlevel + living_thermostat.setpoint > 40
    """

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LEVEL, 10)).outcome is Outcome.REFUSED
        assert (await house.set(LEVEL, 0)).outcome is Outcome.ACCEPTED
        assert (await house.set(WINDOW, 0)).outcome is Outcome.ACCEPTED
        await house.at(60)
        assert (await house.set(LEVEL, 30)).outcome is Outcome.REFUSED
        assert (await house.set(LEVEL, 20)).outcome is Outcome.ACCEPTED

    kept(test, interlocks=interlocks, values={LEVEL: 30, WINDOW: 40, SETPOINT: 20})


def test_what_is_broken_raises_an_event_and_says_so() -> None:
    rules = """
    - id: alarmed
      triggers: {event: interlock.closed}
      actions: {log: broken}
    - id: alarm-test
      triggers: {webhook: door}
      actions: {raise: interlock.closed}
    """

    async def test(house: KeptHouse) -> None:
        await house.at(25)

    house = kept(test, rules=rules, interlocks=CLOSED, values={LAMP: True, WINDOW: 50})
    assert house.house.steps == ["log broken: broken"]


def test_an_override_out_of_range_keeps_nobody_from_the_point() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(SETPOINT, 30, priority=8, holds=True)
        assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "its guard lets it be 24 at most")
        assert house.array(SETPOINT) == [("rule mild", 21, 16)]
        assert (await house.set(SETPOINT, 30, priority=5, holds=True)).outcome is Outcome.ACCEPTED

    rules = "- {id: mild, keep: {living_thermostat.setpoint: 21}}"
    guards = {SETPOINT: Guard(minimum=16, maximum=24)}
    kept(test, rules=rules, site={"guards": guards}, values={SETPOINT: 21})


def test_an_override_in_range_outlasts_one_that_is_refused() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(SETPOINT, 23, priority=8, holds=True)
        await house.set(SETPOINT, 30, priority=8, holds=True)
        assert house.array(SETPOINT) == [("operator cli", 23, 8)]

    kept(test, site={"guards": {SETPOINT: Guard(minimum=16, maximum=24)}}, values={SETPOINT: 21})
