"""What the desk tells of points and rules of an engine at work."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from interlock.history.journal import JournalHealth
from interlock.model import Outcome, Value
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.control.answers import OfThePast, PointAccount, RuleStanding
from interlock.service.control.protocol import (
    Answer,
    AskPoint,
    AskStanding,
    ControlError,
    ListClaims,
    ListRules,
    Question,
    ReleasePoint,
    SendWords,
    Sent,
    UnknownName,
)
from interlock.service.desk import ControlDesk
from support.engine_house import LAMP, START, House, live

RULES = """
- id: a
  triggers: [{becomes: lamp.power, for: 1h}]
  condition: lamp.powerlevel > 30
  actions: [{log: it is bright}]
- {id: b, condition: lamp.power, actions: [{log: it is on}]}
"""
WELL = Condition(
    place=Path("interlock.sqlite"),
    journal=lambda: JournalHealth(is_written=True, waiting=0, lost=0, written_at=START),
    api=ApiDoor(),
)
NOBODY: Any = None


def asked(question: Question, lamp: Value = True) -> Answer:
    """Return what the desk answers after a minute and a half."""
    told: list[Answer] = []

    async def test(house: House) -> None:
        desk = ControlDesk(house.engine, NOBODY, house.clock, WELL)
        await house.at(90)
        told.append(await desk.answer(question))

    live(RULES, test, values={LAMP: lamp, "lamp.powerlevel": 20})  # type: ignore[dict-item]
    return told[0]


def test_a_rule_stands_as_the_engine_knows_it() -> None:
    told = asked(AskStanding(rule="a"))
    assert isinstance(told, RuleStanding)
    assert (told.line.rule, told.line.is_on) == ("a", True)
    assert timedelta(seconds=90) <= told.at - START <= timedelta(seconds=91)
    trigger, condition = told.parts
    assert (trigger.what, trigger.truth) == ("becomes lamp.power, for 1h", True)
    assert trigger.note.startswith("it must stay so for 1h, which began at ")
    assert (condition.what, condition.truth) == ("condition lamp.powerlevel > 30", False)
    assert condition.judged is not None
    assert [each.text for each in condition.judged.parts] == ["lamp.powerlevel"]


def test_a_rule_that_there_is_not_is_no_answer() -> None:
    with pytest.raises(UnknownName, match="there is no rule 'c'"):
        asked(AskStanding(rule="c"))


def test_a_point_has_the_time_at_which_it_was_last_read() -> None:
    told = asked(AskPoint(point="lamp.power"))
    assert isinstance(told, PointAccount)
    assert told.read_at is not None
    assert timedelta(seconds=60) <= told.read_at - START <= timedelta(seconds=91)


def test_words_are_what_their_point_takes() -> None:
    told = asked(SendWords(point="lamp.powerlevel", value="35"))
    assert isinstance(told, Sent)
    assert (told.outcome, told.value, told.unit) == (Outcome.ACCEPTED, "35", "%")


def test_words_may_hold_a_point() -> None:
    told = asked(SendWords(point="lamp.powerlevel", value="35", holds=True, priority=3))
    assert isinstance(told, Sent)
    assert told.outcome is Outcome.ACCEPTED


def test_words_may_name_fields() -> None:
    told = asked(SendWords(point="lobby.schedule_set", fields={"day": "Monday", "heat": "20.5"}), lamp=False)
    assert isinstance(told, Sent)
    assert (told.value, told.fields) == (None, {"day": '"Monday"', "heat": "20.5"})


def test_words_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ControlError, match="powerlevel cannot be 'much'"):
        asked(SendWords(point="lamp.powerlevel", value="much"))


@pytest.mark.parametrize("question", [ListRules(), ListClaims(), ReleasePoint(point=str(LAMP))])
@pytest.mark.parametrize("is_late", [False, True])
def test_it_is_told_whether_the_journal_has_come(question: Question, is_late: bool) -> None:
    told: list[Answer] = []

    async def test(house: House) -> None:
        await house.at(30)
        house.journal.is_late = is_late
        told.append(await ControlDesk(house.engine, NOBODY, house.clock, WELL).answer(question))

    live(RULES, test, values={LAMP: True, "lamp.powerlevel": 20})  # type: ignore[dict-item]
    assert isinstance(told[0], OfThePast)
    assert told[0].awaits_journal is is_late
