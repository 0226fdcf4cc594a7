"""Firings at work: their traces, their ends, and what happens when something in them goes wrong."""

import asyncio
import logging
from dataclasses import replace

import pytest

from interlock.errors import CannotExecute, RejectedValue
from interlock.history.records import Firing
from interlock.model import Outcome, Point
from interlock.rules.actions import LogAction
from support.engine_house import AC_POWER, LAMP, MODE, SCENE, SETPOINT, START, TEMPERATURE, House, live

LIGHT_FOR_AN_HOUR = """
- id: light
  triggers: [{every: 1m}]
  actions: [{set: {lamp.power: on}}, {delay: 1h}, {set: {lamp.power: off}}]
"""


def test_a_firing_and_what_it_logs_are_told_and_traced(caplog: pytest.LogCaptureFixture) -> None:
    rules = """
    - id: hot
      condition: living_thermostat.actualtemp > 26
      actions: [{log: "{{ living_thermostat.actualtemp }} degrees"}]
    """

    async def test(house: House) -> None:
        await house.at(5)

    with caplog.at_level(logging.INFO, "interlock.rule"):
        house = live(rules, test, values={TEMPERATURE: 30.0})
    assert [r.getMessage() for r in caplog.records if r.name == "interlock.rule"] == [
        "rule hot fires: becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 30)",
        "rule hot: 30 degrees",
    ]
    [step] = house.steps
    assert step.endswith(": 30 degrees")


def test_a_step_says_all_that_it_sets_and_how_long_it_waits() -> None:
    rules = """
    - id: both
      triggers: [{every: 1m}]
      actions: [{set: {living_ac.hvacpower: on, living_ac.hvacmode: cooling}}, {delay: 1m30s}]
    """

    async def test(house: House) -> None:
        await house.at(65)

    house = live(rules, test, values={AC_POWER: False, MODE: "auto"})
    assert [step.rpartition(": ")[2] for step in house.steps] == [
        "living_ac.hvacpower = on, living_ac.hvacmode = cooling",
        "waiting 1m30s",
    ]


def test_an_action_after_a_delay_reads_the_time_that_it_is_then() -> None:
    rules = """
    - id: late
      triggers: [{every: 1m}]
      actions: [{delay: 90s}, {log: "{{ now() == today_at('14:02') + '30s' }}"}]
    """

    async def test(house: House) -> None:
        await house.at(160)

    assert live(rules, test).steps[-1].rpartition(": ")[2] == "on"


def test_a_value_that_cannot_be_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    rules = """
    - id: follow
      triggers: [{every: 1m}]
      actions: [{set: {living_thermostat.setpoint: "{{ living_thermostat.actualtemp }}"}}]
    """

    async def test(house: House) -> None:
        await house.at(65)

    live(rules, test, values={TEMPERATURE: 40.0, SETPOINT: 20.0})
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        (
            "WARNING",
            "rule follow: living_thermostat.setpoint: setpoint cannot be 40.0:"
            " it takes a number from 5 to 35 °C",
        )
    ]


def test_each_command_that_was_not_taken_is_said_at_the_end() -> None:
    async def test(house: House) -> None:
        house.equipment.errors = {MODE: RejectedValue("no"), SCENE: CannotExecute("busy")}
        await house.at(65)

    rules = (
        "[{id: x, triggers: [{every: 1m}], actions: [{set: {living_ac.hvacmode: fan}}, {launch: evening}]}]"
    )
    house = live(rules, test, values={MODE: "auto"})
    assert house.ends == ["done, but living_ac.hvacmode was refused, evening.scenelaunch was failed"]


def test_what_is_so_already_is_set_again_where_the_rule_asks_for_it() -> None:
    rules = """
    - id: light
      triggers: [{every: 1m}]
      actions: [{set: {lamp.power: on}, only_if_different: false}]
    """

    async def test(house: House) -> None:
        await house.at(65)

    assert live(rules, test, values={LAMP: True}).equipment.writes == [(LAMP, True)]


def test_a_rule_fires_again_once_it_has_ended() -> None:
    async def test(house: House) -> None:
        await house.at(185)

    house = live("[{id: ring, triggers: [{every: 1m}], actions: [{launch: evening}]}]", test)
    assert house.equipment.writes == [(SCENE, "launch")] * 3
    assert house.ends == ["done"] * 3


def test_a_firing_whose_device_never_answers_is_broken_off_with_the_service() -> None:
    async def test(house: House) -> None:
        house.equipment.hanging.add(LAMP)
        await house.at(61)

    rules = "[{id: light, triggers: [{every: 1m}], actions: [{set: {lamp.power: on}}]}]"
    house = live(rules, test, values={LAMP: False})
    [end] = house.firing_ends
    assert end.outcome == "broken off: the service ended"
    assert (end.at - START).total_seconds() == pytest.approx(61 + 15, abs=0.01)
    assert [(r.command.point, r.outcome) for r in house.receipts] == [(LAMP, Outcome.UNCERTAIN)]
    assert house.equipment.closed_times == 1


class BrokenMessage:
    """A message whose generated code is at fault."""

    points = frozenset[str]()

    def render(self, view: object) -> str:
        raise SystemError("the generated code is broken")


def test_an_action_that_raises_ends_its_firing_alone_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        [action] = house.engine.rules[0].actions
        assert isinstance(action, LogAction)
        broken = replace(action, message=BrokenMessage())  # type: ignore[arg-type]
        object.__setattr__(house.engine.rules[0], "actions", (broken,))
        await house.at(125)

    rules = """
    - {id: talks, triggers: [{every: 1m}], actions: [{log: hello}]}
    - {id: ring, triggers: [{every: 1m}], actions: [{launch: evening}]}
    """
    house = live(rules, test)
    assert house.ends == ["broken off: SystemError: the generated code is broken", "done"] * 2
    assert house.equipment.writes == [(SCENE, "launch")] * 2
    assert {r.getMessage() for r in caplog.records} == {"rule talks: an action failed"}


def test_the_engine_is_idle_once_every_firing_has_ended() -> None:
    async def test(house: House) -> None:
        await house.at(61)
        await house.engine.idle()
        assert asyncio.get_running_loop().time() == pytest.approx(3660, abs=1)
        assert house.ends[-1] == "done"

    rules = LIGHT_FOR_AN_HOUR.replace("every: 1m", "cron: '1 12 * * *'").replace("12", "14")
    house = live(rules, test, values={LAMP: False})
    assert [(p, v) for p, v in house.equipment.writes] == [(LAMP, True), (LAMP, False)]
    assert len(house.found(Firing)) == 1


CALLS = """
- id: schedule
  enabled: {enabled}
  triggers: [{{every: 1m}}]
  actions:
    - {{call: lobby.schedule_set, with: {{day: Monday, heat: "{{{{ living_thermostat.setpoint }}}}"}}}}
"""
CALL = Point("lobby.schedule_set")


def live_call(setpoint: float | None, *, enabled: str = "true", **options: object) -> House:
    async def test(house: House) -> None:
        await house.at(65)

    values = {} if setpoint is None else {SETPOINT: setpoint}
    return live(CALLS.format(enabled=enabled), test, values=values, **options)  # type: ignore[arg-type]


def test_a_call_computes_its_fields_and_the_trace_shows_them() -> None:
    house = live_call(21.0)
    assert house.equipment.calls == [(CALL, {"day": "Monday", "heat": 21.0})]
    assert house.steps == [
        "call lobby.schedule_set with day: Monday, heat: {{ living_thermostat.setpoint }}: "
        "call lobby.schedule_set day=Monday heat=21"
    ]
    assert house.ends == ["done"]


def test_a_field_that_is_unknown_breaks_the_firing_off() -> None:
    house = live_call(None)
    assert house.equipment.calls == []
    [end] = house.ends
    assert end.startswith(
        "broken off: lobby.schedule_set: heat: the value is unknown: living_thermostat.setp"
    )


def test_a_computed_field_out_of_range_breaks_the_firing_off() -> None:
    rules = CALLS.format(enabled="true").replace("living_thermostat.setpoint", "living_thermostat.actualtemp")

    async def test(house: House) -> None:
        await house.at(65)

    house = live(rules, test, values={TEMPERATURE: 40})
    assert house.equipment.calls == []
    assert house.ends == [
        "broken off: lobby.schedule_set: heat: heat cannot be 40.0: it takes a number from 5 to 35"
    ]


@pytest.mark.parametrize("options", [{"enabled": "shadow"}, {"dry_run": True}])
def test_a_call_in_shadow_or_dry_run_is_a_suppressed_receipt(options: dict[str, object]) -> None:
    house = live_call(21.0, **options)  # type: ignore[arg-type]
    assert house.equipment.calls == []
    assert [(r.outcome, r.command.fields) for r in house.receipts] == [
        (Outcome.SUPPRESSED, {"day": "Monday", "heat": 21.0})
    ]
