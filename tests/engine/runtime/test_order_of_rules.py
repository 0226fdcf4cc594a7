"""What a site does depends on what its rules say, not on where they stand."""

import json
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.history.records import FiringEnd
from interlock.model import Command, Event, Point, Value
from interlock.rules.rule import Decision
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, TEMPERATURE, House, live

Rule = dict[str, object]
_SECONDS = 130
_READINGS: Sequence[tuple[int, Point, Value]] = (
    (15, LAMP, True),
    (15, TEMPERATURE, 27.0),
    (35, AC_POWER, True),
    (35, LEVEL, 40),
    (55, LAMP, False),
    (55, TEMPERATURE, 20.0),
    (75, LAMP, True),
    (75, AC_POWER, False),
)

TRIGGERS = st.sampled_from(
    [
        {"change": ["lamp.power", "lamp.powerlevel"]},
        {"change": "lamp.powerlevel", "above": 30},
        {"becomes": "lamp.power"},
        {"becomes": "living_thermostat.actualtemp > 26", "for": "20s"},
        {"becomes": "living_ac.hvacpower and lamp.power"},
        {"update": "lamp.power"},
        {"every": "30s"},
        {"at": ["14:01:00", "14:01:30"]},
        {"cron": "* * * * *"},
        {"event": "told"},
        {"telegram": "1/2/3"},
        {"firing": "rule-9"},
    ]
)
ACTIONS = st.sampled_from(
    [
        {"press": "doorbell"},
        {"set": {"lamp.powerlevel": 10}, "only_if_different": False},
        {"set": {"lamp.powerlevel": 60}},
        {"set": {"living_ac.hvacpower": "on"}},
        {"set": {"living_ac.hvacpower": "off", "living_ac.hvacmode": "dry"}},
        {"delay": "10s"},
        {"delay": {"random": ["1s", "9s"]}},
        {"raise": "told"},
        {"cancel": "rule-2"},
        {"wait": "lamp.power", "timeout": "30s", "on_timeout": "continue"},
    ]
)
TELLER: Rule = {"id": "rule-9", "triggers": [{"every": "20s"}], "actions": [{"raise": "told"}]}
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "triggers": st.lists(TRIGGERS, min_size=1, max_size=3),
            "actions": st.lists(ACTIONS, min_size=1, max_size=3),
            "mode": st.sampled_from(["single", "restart", "queued", "parallel"]),
            "cooldown": st.sampled_from(["1s", "15s"]),
        }
    ),
    min_size=3,
    max_size=7,
).map(lambda rules: [TELLER, *({"id": f"rule-{number}", **rule} for number, rule in enumerate(rules))])


def lived(rules: Sequence[Rule]) -> House:
    async def test(house: House) -> None:
        for seconds, point, value in _READINGS:
            await house.at(seconds)
            house.equipment.values[point] = value
            house.engine.happen(Event(kind="telegram", name="1/2/3", value=value))
        await house.at(_SECONDS)

    values: dict[Point, Value] = {LAMP: False, LEVEL: 0, AC_POWER: False, MODE: "auto", TEMPERATURE: 20.0}
    return live(json.dumps(rules), test, values=values)


def story(house: House) -> Sequence[object]:
    """What was decided, how it ended and what was sent, each in its order."""
    told: list[object] = [
        (entry.rule.id, entry.reason) if isinstance(entry, Decision) else entry
        for entry in house.journal.entries
        if isinstance(entry, Decision | FiringEnd)
    ]
    return [*told, *house.equipment.writes]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(RULES, st.randoms(use_true_random=False))
def test_shuffled_rules_send_the_same_commands_in_the_same_order(
    rules: list[Rule], dice: random.Random
) -> None:
    shuffled = list(rules)
    dice.shuffle(shuffled)
    assert story(lived(shuffled)) == story(lived(rules))


def test_of_two_rules_of_one_moment_the_one_whose_id_comes_first_acts_first() -> None:
    first, second = (
        {
            "id": name,
            "triggers": [{"becomes": "lamp.power"}],
            "actions": [{"set": {"lamp.powerlevel": level}}],
        }
        for name, level in (("a", 1), ("b", 2))
    )
    house = lived([second, first])
    commands = [entry for entry in house.journal.entries if isinstance(entry, Command)]
    assert [(each.point, each.value) for each in commands[:2]] == [(LEVEL, 1), (LEVEL, 2)]
