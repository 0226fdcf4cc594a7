"""What happens to the second, third and eleventh firing of a rule whose actions still run."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.history.records import Firing, FiringEnd
from interlock.model import Event, Point, Value
from interlock.rules.rule import Decision, Verdict
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, START, TEMPERATURE, House, live

DOORBELL = Point("doorbell.trigger")


def overlapping(mode: str, seconds: float, *, actions: str = "", **options: object) -> House:
    """A rule that fires each 10 s and works for 25 s each time."""
    more = "".join(f", {key}: {value}" for key, value in options.items())
    rule = f"- {{id: a, triggers: [{{every: 10s}}], mode: {mode}{more}, actions: [{actions or _COUNT}]}}"

    async def test(house: House) -> None:
        await house.at(seconds)

    return live(rule, test, values={LEVEL: 0, AC_POWER: True})


_COUNT = """{set: {lamp.powerlevel: "{{ [lamp.powerlevel + 1, 100] | sort | first }}"}}, {delay: 25s}"""


def ends(house: House) -> list[str]:
    return [end.outcome for end in house.firing_ends]


def test_a_single_rule_skips_what_comes_while_it_runs() -> None:
    house = overlapping("single", 41)
    assert house.equipment.writes == [(LEVEL, 1), (LEVEL, 2)]
    assert (skipped(house), ends(house)) == (["the rule is still running"] * 2, ["done"])


def test_what_is_skipped_is_no_firing_and_counts_for_no_cooldown() -> None:
    house = overlapping("single", 61, cooldown="28s")
    # At 20 s it cools down; at 30 s, when it has cooled down, it is over.
    assert [decision.at.second for decision in firings(house)] == [10, 40]
    assert skipped(house) == []
    assert len(held_back(house)) == 4


def test_a_restarting_rule_cancels_what_runs() -> None:
    house = overlapping("restart", 41)
    assert [level for _, level in house.equipment.writes] == [1, 2, 3, 4]
    assert ends(house) == ["restarted"] * 3


def test_what_is_cancelled_is_over_before_the_next_begins() -> None:
    house = overlapping("restart", 21, actions="{pulse: {lamp.power: on, for: 15s}}")
    # The last one is the end of the service.
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)] * 2


def test_a_queued_rule_does_one_after_the_other() -> None:
    house = overlapping("queued", 65)
    assert [level for _, level in house.equipment.writes] == [1, 2, 3]
    assert ends(house) == ["done", "done"]


def test_a_full_queue_skips() -> None:
    house = overlapping("queued", 59, max=3)
    assert skipped(house) == ["3 firings are running or waiting"]
    assert len(ends(house)) == 1


def test_the_eleventh_is_skipped_unless_max_says_otherwise() -> None:
    house = overlapping("parallel", 121, actions="{delay: 1h}")
    assert (skipped(house), ends(house)) == (["10 are running"] * 2, [])


def test_a_parallel_rule_runs_beside_itself() -> None:
    house = overlapping("parallel", 31)
    assert [level for _, level in house.equipment.writes] == [1, 2, 3]
    assert ends(house) == []


def test_a_parallel_rule_has_no_more_than_max() -> None:
    house = overlapping("parallel", 31, max=2)
    assert skipped(house) == ["2 are running"]


def test_a_firing_in_the_queue_is_skipped_when_its_condition_is_over() -> None:
    rule = """- {id: a, triggers: [{every: 10s}], condition: living_ac.hvacpower, mode: queued,
        actions: [{press: doorbell}, {delay: 35s}]}"""

    async def test(house: House) -> None:
        await house.at(25)
        house.equipment.values[AC_POWER] = False
        await house.at(50)

    house = live(rule, test, values={AC_POWER: True})
    assert len(house.equipment.writes) == 1
    assert ends(house) == ["done", *["skipped: living_ac.hvacpower was false when its turn came"] * 2]


def firings(house: House) -> list[Decision]:
    return [entry.decision for entry in house.found(Firing) if isinstance(entry, Firing)]


def held_back(house: House) -> list[str]:
    return house.missed(Verdict.HELD_BACK)


def skipped(house: House) -> list[str]:
    return house.missed(Verdict.SKIPPED)


def test_a_rule_that_cools_down_does_not_fire() -> None:
    house = overlapping("single", 61, actions="{press: doorbell}", cooldown="25s")
    assert len(firings(house)) == 2
    assert held_back(house) == ["it cools down for 25s"] * 4


def test_a_rule_fires_no_more_often_than_its_limit() -> None:
    house = overlapping("single", 101, actions="{press: doorbell}", limit="2 per 1m")
    assert len(firings(house)) == 4
    assert set(held_back(house)) == {"it fired 2 times in 1m already"}


def test_a_limit_holds_over_a_restart() -> None:
    rule = "- {id: a, triggers: [{every: 10s}], limit: 2 per 1h, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(41)

    first = live(rule, test)
    second = live(rule, test, journal=first.journal, start=START + timedelta(minutes=5))
    assert len(second.equipment.writes) == 0


def test_two_rules_in_a_circle_are_stopped_and_named(caplog: pytest.LogCaptureFixture) -> None:
    rules = """
    - id: ping
      triggers: [{change: living_ac.hvacmode, to: cooling}]
      actions: [{set: {living_ac.hvacmode: heating}}]
    - id: pong
      triggers: [{change: living_ac.hvacmode, to: heating}]
      actions: [{set: {living_ac.hvacmode: cooling}}]
    """

    async def test(house: House) -> None:
        house.equipment.values[MODE] = "auto"
        await house.at(15)
        house.equipment.values[MODE] = "cooling"
        await house.at(59)
        count = len(house.equipment.writes)
        await house.at(600)
        assert len(house.equipment.writes) == count

    house = live(rules, test)
    assert 599 <= len(house.equipment.writes) <= 602
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert line == (
        "rule ping is stopped for 15m: it fired 300 times in 1m; rules set each other off in a circle: "
        "ping → pong → ping; where that is meant, give it a 'limit' of its own"
    )


BECOMES = """
- id: a
  triggers: [{becomes: living_thermostat.actualtemp > 26, until: living_thermostat.actualtemp < 24}]
  actions: [{set: {lamp.power: on}}, {delay: 1h}, {set: {lamp.powerlevel: 1}}]
  finally: [{set: {lamp.power: off}}]
"""


def test_finally_is_done_when_it_is_over_and_cancels_the_rest() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(25)
        assert house.equipment.writes == [(LAMP, True)]
        house.equipment.values[TEMPERATURE] = 23.0
        await house.at(35)

    house = live(BECOMES, test, values={TEMPERATURE: 27.0, LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]
    assert ends(house) == ["ended by its finally", "done"]


def test_finally_is_done_once() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        for seconds, value in ((25, 23.0), (35, 25.0), (45, 22.0)):
            house.equipment.values[TEMPERATURE] = value
            await house.at(seconds)

    house = live(BECOMES, test, values={TEMPERATURE: 27.0, LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]


def test_finally_comes_after_a_restart_too() -> None:
    async def test(house: House) -> None:
        await house.at(15)

    first = live(BECOMES, test, values={TEMPERATURE: 27.0, LAMP: False})
    second = live(BECOMES, test, values={TEMPERATURE: 20.0, LAMP: True}, journal=first.journal)
    assert second.equipment.writes == [(LAMP, False)]


def test_what_never_fired_has_no_finally() -> None:
    async def test(house: House) -> None:
        await house.at(15)

    assert live(BECOMES, test, values={TEMPERATURE: 20.0, LAMP: True}).equipment.writes == []


def test_else_is_done_where_the_condition_is_false_and_only_there() -> None:
    rule = """- {id: a, triggers: [{every: 10s}], condition: living_ac.hvacpower,
        actions: [{set: {lamp.powerlevel: 1}}], else: [{set: {lamp.powerlevel: 2}}]}"""

    async def test(house: House) -> None:
        await house.at(11)
        del house.equipment.values[AC_POWER]
        await house.at(31)
        house.equipment.values[AC_POWER] = True
        await house.at(51)

    house = live(rule, test, values={AC_POWER: False, LEVEL: 0})
    assert house.equipment.writes == [(LEVEL, 2), (LEVEL, 1)]


def other(action: str, *, seconds: float = 30, values: dict[object, Value] | None = None) -> House:
    """A rule that works for long from 10 s on, and one that does something about it at 20 s."""
    rules = f"""
    - {{id: long, triggers: [{{at: "14:00:10"}}], actions: [{{set: {{lamp.power: on}}}}, {{delay: 1h}}]}}
    - {{id: tenth, triggers: [{{every: 10s}}], actions: [{{press: doorbell}}]}}
    - {{id: doer, triggers: [{{at: "14:00:15"}}], actions: [{action}, {{set: {{lamp.powerlevel: 5}}}}]}}
    - {{id: called, actions: [{{delay: 5s}}, {{set: {{living_ac.hvacmode: "{{{{ wanted }}}}"}}}}],
       variables: {{wanted: auto}}}}
    - {{id: caller, enabled: false, triggers: [{{at: "00:00"}}], actions: [{{run: called}}]}}
    """

    async def test(house: House) -> None:
        await house.at(seconds)

    return live(rules, test, values={LAMP: False, LEVEL: 0, MODE: "dry"})


def test_a_rule_cancels_another() -> None:
    assert "cancelled by rule doer" in ends(other("{cancel: long}"))


def test_a_rule_switches_another_off_for_good() -> None:
    def presses(house: House) -> int:
        return sum(point == "doorbell.trigger" for point, _ in house.equipment.writes)

    first = other("{disable: tenth}")
    assert presses(first) == 1

    async def test(house: House) -> None:
        await house.at(30)

    rules = "- {id: tenth, triggers: [{every: 10s}], actions: [{press: doorbell}]}"
    assert presses(live(rules, test, journal=first.journal)) == 0
    assert presses(live(rules, test)) == 3


def test_a_rule_runs_another_and_waits_for_it() -> None:
    house = other("{run: called, with: {wanted: cooling}}")
    mode, level = house.equipment.writes.index((MODE, "cooling")), house.equipment.writes.index((LEVEL, 5))
    assert mode < level
    assert other("{run: called}").equipment.writes.count((MODE, "auto")) == 1


def test_what_runs_already_is_not_waited_for() -> None:
    house = other("{run: long}")
    assert (LEVEL, 5) in house.equipment.writes
    assert "skipped: the rule is still running" in [
        end.outcome for end in house.found(FiringEnd) if isinstance(end, FiringEnd)
    ]


EVENTS = """
- {{id: fast, mode: parallel, max: 1000, triggers: [{{telegram: 1/2/3}}]{more}, actions: [{action}]}}
"""


def beaten(action: str, more: str = "") -> House:
    """A rule that is fired 900 times by what happens outside."""

    async def test(house: House) -> None:
        for second in range(30):
            for _ in range(30):
                house.engine.happen(Event(kind="telegram", name="1/2/3"))
            await house.at(second)

    return live(EVENTS.format(action=action, more=more), test, values={LEVEL: 0, LAMP: False})


@pytest.mark.parametrize("action", ["{log: heard}", "{variables: {x: 1}}", "{save: lamp.powerlevel, as: x}"])
def test_a_fast_rule_that_touches_nothing_is_not_stopped(action: str) -> None:
    assert len(firings(beaten(action))) == 900


@pytest.mark.parametrize("action", ["{press: doorbell}", "{if: not lamp.power, then: {press: doorbell}}"])
def test_a_fast_rule_that_touches_something_is_stopped(action: str) -> None:
    assert len(firings(beaten(action))) == 300


def test_a_fast_rule_with_a_limit_of_its_own_is_held_to_that() -> None:
    house = beaten("{press: doorbell}", ", limit: 600 per 1m")
    assert len(firings(house)) == 600
    assert set(held_back(house)) == {"it fired 600 times in 1m already"}


def test_a_limit_may_count_more_firings_than_are_remembered_without_one() -> None:
    rule = "- {id: a, triggers: [{every: 1s}], limit: 1100 per 1h, actions: [{log: hello}]}"

    async def test(house: House) -> None:
        await house.at(1300)

    assert len(firings(live(rule, test))) == 1100


def test_a_circle_of_else_is_stopped_too() -> None:
    rules = """
    - id: ping
      triggers: [{change: living_ac.hvacmode, to: cooling}]
      condition: lamp.power
      actions: [{press: doorbell}]
      else: [{set: {living_ac.hvacmode: heating}}]
    - id: pong
      triggers: [{change: living_ac.hvacmode, to: heating}]
      condition: lamp.power
      actions: [{press: doorbell}]
      else: [{set: {living_ac.hvacmode: cooling}}]
    """

    async def test(house: House) -> None:
        house.equipment.values[MODE] = "auto"
        await house.at(15)
        house.equipment.values[MODE] = "cooling"
        await house.at(300)

    house = live(rules, test, values={LAMP: False})
    assert 599 <= len(house.equipment.writes) <= 602


def test_what_waits_for_its_turn_ends_with_finally_too() -> None:
    rules = """
    - id: a
      mode: queued
      triggers:
        - {becomes: living_thermostat.actualtemp > 26, until: living_thermostat.actualtemp < 24}
        - {at: "14:00:15"}
      actions: [{set: {lamp.power: on}}, {delay: 1h}]
      finally: [{set: {lamp.power: off}}]
    """

    async def test(house: House) -> None:
        await house.at(18)
        house.equipment.values[TEMPERATURE] = 23.0
        await house.at(4000)

    house = live(rules, test, values={TEMPERATURE: 27.0, LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]
    assert ends(house) == ["ended by its finally"] * 2 + ["done"]


def test_what_comes_while_finally_runs_is_done_after_it() -> None:
    rules = BECOMES.replace("{set: {lamp.power: off}}", "{set: {lamp.power: off}}, {delay: 1m}")

    async def test(house: House) -> None:
        await house.at(15)
        for seconds, value in ((25, 23.0), (35, 28.0), (120, 28.0)):
            house.equipment.values[TEMPERATURE] = value
            await house.at(seconds)

    house = live(rules, test, values={TEMPERATURE: 27.0, LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False), (LAMP, True)]
    assert ends(house) == ["ended by its finally", "done"]


def test_a_rule_that_is_run_needs_no_condition_when_its_turn_comes() -> None:
    rules = """
    - id: called
      mode: queued
      triggers: [{at: "14:00:05"}]
      condition: trigger.at < now() + '1s' and not lamp.power
      actions: [{set: {lamp.power: on}}, {delay: 20s}, {press: doorbell}]
    - {id: caller, triggers: [{at: "14:00:10"}], actions: [{run: called}]}
    """

    async def test(house: House) -> None:
        await house.at(60)

    house = live(rules, test, values={LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (DOORBELL, None), (DOORBELL, None)]
    assert ends(house) == ["done"] * 3


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_changes_no_cooldown(hours: int) -> None:
    rule = "- {id: a, triggers: [{telegram: 1/2/3}], cooldown: 10m, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        for seconds in (10, 20, 620):
            await house.at(seconds)
            house.engine.happen(Event(kind="telegram", name="1/2/3"))
            await house.at(seconds + 1)
            house.clock.shift += timedelta(hours=hours)

    assert len(live(rule, test).equipment.writes) == 2


def test_after_a_start_in_1970_a_rule_cools_down_as_if_it_had_just_fired() -> None:
    rule = "- {id: a, triggers: [{every: 1m}], cooldown: 10m, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(61)

    first = live(rule, test)

    async def later(house: House) -> None:
        await house.at(595)
        assert len(house.equipment.writes) == 0
        await house.at(665)

    start = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert len(live(rule, later, journal=first.journal, start=start).equipment.writes) == 1


def test_what_a_restart_cancels_sends_nothing_after_the_new_firing_began() -> None:
    house = overlapping("restart", 21, actions="{duty: {lamp.power: 1, period: 1h}}")
    # The last one is the end of the service.
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)] * 2


def test_a_command_on_the_wire_is_not_overtaken_by_the_firing_that_restarts_its_own() -> None:
    rule = """- {id: a, triggers: [{telegram: 1/2/3}], mode: restart,
        actions: [{set: {lamp.powerlevel: "{{ trigger.value }}"}}, {delay: 1m}]}"""

    async def test(house: House) -> None:
        house.equipment.delays[LEVEL] = 5
        for seconds, level in ((1, 10), (2, 20), (3, 30)):
            await house.at(seconds)
            house.engine.happen(Event(kind="telegram", name="1/2/3", value=level))
        await house.at(60)

    house = live(rule, test, values={LEVEL: 0})
    assert house.equipment.writes == [(LEVEL, 10), (LEVEL, 20), (LEVEL, 30)]


def test_a_limit_of_a_week_holds_over_a_restart_days_later() -> None:
    rule = "- {id: a, triggers: [{every: 1m}], limit: 2 per 1w, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(200)

    first = live(rule, test)
    assert len(live(rule, test, journal=first.journal, start=START + timedelta(days=3)).equipment.writes) == 0
    assert len(live(rule, test, journal=first.journal, start=START + timedelta(days=8)).equipment.writes) == 2


def test_a_shadow_rule_touches_no_other_rule() -> None:
    rules = """
    - {id: long, triggers: [{at: "14:00:05"}], actions: [{delay: 1h}]}
    - {id: called, actions: [{press: doorbell}]}
    - {id: told, triggers: [{event: happened}], actions: [{press: doorbell}]}
    - id: shadow
      enabled: shadow
      triggers: [{at: "14:00:10"}]
      actions: [{cancel: long}, {disable: long}, {run: called}, {raise: happened}]
    """

    async def test(house: House) -> None:
        await house.at(20)
        assert house.engine.runner.is_on("long")

    house = live(rules, test)
    assert (house.equipment.writes, ends(house)) == ([], ["done"])
    assert [step.rpartition(": ")[2] for step in house.steps[1:]] == ["shadow rule"] * 4


def test_a_shadow_rule_saves_for_itself_alone() -> None:
    rules = """
    - {id: real, triggers: [{at: "14:00:05"}], actions: [{save: lamp.powerlevel, as: x},
        {set: {lamp.powerlevel: 50}}, {delay: 1m}, {restore: x}]}
    - {id: shadow, enabled: shadow, triggers: [{at: "14:00:30"}],
       actions: [{save: lamp.powerlevel, as: x}, {restore: x}]}
    """

    async def test(house: House) -> None:
        await house.at(80)

    assert live(rules, test, values={LEVEL: 7}).equipment.writes == [(LEVEL, 50), (LEVEL, 7)]


def test_a_limit_of_one_is_said_in_the_singular() -> None:
    house = overlapping("single", 21, actions="{press: doorbell}", limit="1 per 1h")
    assert held_back(house) == ["it fired 1 time in 1h already"]


def test_a_rule_that_was_stopped_may_be_switched_on_by_hand() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        for _ in range(400):
            house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(2)
        house.engine.runner.switch("fast", is_on=True, by="a hand")
        await house.at(3)
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(4)

    house = live(EVENTS.format(action="{press: doorbell}", more=""), test)
    assert len(firings(house)) == 301


def test_no_rule_that_acts_follows_a_shadow() -> None:
    rules = """
    - {id: shadow, enabled: shadow, triggers: [{at: "14:00:10"}], actions: [{log: x}]}
    - {id: again, enabled: shadow, triggers: [{every: 1s}], limit: 1 per 1h, actions: [{log: x}]}
    - {id: after, triggers: [{firing: shadow}], actions: [{press: doorbell}]}
    - {id: held, triggers: [{event: rule_held_back}], actions: [{press: doorbell}]}
    """

    async def test(house: House) -> None:
        await house.at(20)

    house = live(rules, test)
    assert (house.equipment.writes, ends(house)) == ([], ["done"] * 2)
