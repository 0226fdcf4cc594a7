"""What follows from events: which rules look, and what they say of it."""

import pytest

from interlock.model import Event, Point, Value, format_event
from interlock.rules.rule import Mode, Verdict
from interlock.rules.triggers import EventTrigger, Trigger
from support.rule_house import POWER, House, every_minute, fired, is_on, rule


def telegram(*names: str) -> Trigger:
    return EventTrigger(id="", text=f"telegram {', '.join(names)}", kind="telegram", names=names)


def event(name: str = "1/2/3", value: Value | None = True, **data: Value) -> Event:
    return Event(kind="telegram", name=name, value=value, point=Point("bell.value"), data=data)


def happened(house: House, what: Event) -> object:
    return house.keep(house.evaluator.on_event(what, house.state))


def test_an_event_fires_the_rules_that_name_it() -> None:
    house = House(
        [rule("a", telegram("1/2/3", "1/2/4")), rule("b", telegram("1/2/4")), rule("c", every_minute())]
    )
    assert fired(happened(house, event("1/2/3"))) == ["a"]  # type: ignore[arg-type]
    assert fired(happened(house, event("1/2/4"))) == ["a", "b"]  # type: ignore[arg-type]
    assert fired(happened(house, event("1/2/5"))) == []  # type: ignore[arg-type]
    assert fired(happened(house, Event(kind="button", name="1/2/3"))) == []  # type: ignore[arg-type]


def test_a_rule_that_is_off_hears_nothing() -> None:
    house = House([rule("a", telegram("1/2/3"), mode=Mode.OFF)])
    assert fired(happened(house, event())) == []  # type: ignore[arg-type]


def test_the_cause_brings_the_events_parts_and_says_what_it_was() -> None:
    house = House([rule("a", telegram("1/2/3"))])
    [decision] = house.evaluator.on_event(event(source="1.1.5", kind="write"), house.state).decisions
    assert decision.names == {
        "trigger": {
            "id": "",
            "at": house.now,
            "point": "bell.value",
            "device": "bell",
            "value": True,
            "data.source": "1.1.5",
            "data.kind": "write",
        }
    }
    assert decision.reason == "telegram 1/2/3 = on from 1.1.5"


@pytest.mark.parametrize(
    ("power", "verdict"), [(False, Verdict.CONDITION_FALSE), (None, Verdict.CONDITION_UNKNOWN)]
)
def test_an_event_whose_condition_does_not_hold_is_a_near_miss(power: bool | None, verdict: Verdict) -> None:
    house = House([rule("a", telegram("1/2/3"), condition=is_on(POWER))])
    house.read({POWER: power})
    [decision] = house.evaluator.on_event(event(), house.state).decisions
    assert decision.verdict is verdict
    assert decision.reason.startswith("telegram 1/2/3 = on: living.power is ")


@pytest.mark.parametrize(
    ("value", "data", "text"),
    [
        (21.5, {"source": "1.1.5"}, "telegram 1/2/3 = 21.5 from 1.1.5"),
        (None, {"source": "1.1.5"}, "telegram 1/2/3 from 1.1.5"),
        ("up", {}, "telegram 1/2/3 = up"),
    ],
)
def test_events_are_shown_on_one_line(value: Value | None, data: dict[str, Value], text: str) -> None:
    assert format_event(event(value=value, **data)) == text
