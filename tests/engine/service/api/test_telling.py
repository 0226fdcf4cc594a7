"""What is told of each kind of event."""

import json
from datetime import timedelta
from typing import cast

import pytest
from fastapi import APIRouter, FastAPI

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Reload,
    RuleSwitch,
)
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Receipt
from interlock.rules.claims import Claim
from interlock.rules.rule import Cause, Seen
from interlock.service.api import events
from interlock.service.api.event_forms import FORMS, Kind
from interlock.service.api.served import Served
from interlock.service.api.telling import form_of, kind_of, points_of, rule_of
from interlock.service.onlookers.feed import Occurrence, Told
from support.journal_entries import START, TEMPERATURE, command, decision, minute, near_miss, reading

AT = "2026-07-14T12:00:00Z"
RULE = Origin(OriginKind.RULE, "cooling", "7-41")
CLAIM = Claim(point=Point("lamp.power"), value=True, priority=8, owner=RULE, since=START, until=minute(5))
MANY = Command(
    id="7-42",
    point=Point("lobby.schedule_set"),
    value=None,
    origin=RULE,
    created_at=START,
    fields={"color": (1, 2, 3), "from": minute(1), "length": timedelta(minutes=2)},
    priority=9,
    shadow=True,
)
SEEN = decision(
    rule_id="cooling",
    cause=Cause("change lamp.power", point=Point("lamp.power"), value=True, was=False),
    condition="x",
    seen=(Seen(TEMPERATURE, 26.4), Seen(Point("a.b"), None, "never read")),
)

CASES: dict[Kind, tuple[Occurrence, dict[str, object], str, list[str]]] = {
    Kind.READING: (
        Occurrence(1, reading(26.4), before=reading(25)),
        {"point": TEMPERATURE, "value": 26.4, "was": 25, "quality": "good", "reason": ""},
        "",
        [TEMPERATURE],
    ),
    Kind.FIRING: (
        Occurrence(1, Firing("7-41", SEEN)),
        {
            "firing": "7-41",
            "rule": "cooling",
            "cause": "change lamp.power (off to on)",
            "reason": "change lamp.power (off to on): x is true "
            f"({TEMPERATURE} = 26.4, a.b unknown: never read)",
            "seen": [
                {"point": TEMPERATURE, "value": 26.4, "note": ""},
                {"point": "a.b", "value": None, "note": "never read"},
            ],
        },
        "cooling",
        ["lamp.power", TEMPERATURE, "a.b"],
    ),
    Kind.FIRING_END: (
        Occurrence(1, FiringEnd("7-41", START, "done"), rule="cooling"),
        {"firing": "7-41", "rule": "cooling", "outcome": "done"},
        "cooling",
        [],
    ),
    Kind.NEAR_MISS: (
        Occurrence(1, near_miss()),
        {
            "rule": "cool-living-room",
            "verdict": "condition false",
            "reason": "every 1m: living_thermostat.actualtemp > 26 is false",
        },
        "cool-living-room",
        [],
    ),
    Kind.COMMAND: (
        Occurrence(1, MANY),
        {
            "command": "7-42",
            "point": "lobby.schedule_set",
            "value": None,
            "fields": {"color": [1, 2, 3], "from": "2026-07-14T12:01:00+00:00", "length": 120.0},
            "priority": 9,
            "origin": "rule cooling",
            "firing": "7-41",
            "is_shadow": True,
        },
        "cooling",
        ["lobby.schedule_set"],
    ),
    Kind.RECEIPT: (
        Occurrence(
            1,
            Receipt(
                command=MANY, outcome=Outcome.FAILED, at=START, answer="x", reason="no answer", attempts=3
            ),
        ),
        {
            "command": "7-42",
            "point": "lobby.schedule_set",
            "outcome": "failed",
            "answer": "x",
            "reason": "no answer",
            "attempts": 3,
            "origin": "rule cooling",
        },
        "cooling",
        ["lobby.schedule_set"],
    ),
    Kind.CLAIM: (
        Occurrence(1, Claimed(CLAIM)),
        {
            "point": "lamp.power",
            "value": True,
            "priority": 8,
            "owner": "rule cooling",
            "until": "2026-07-14T12:05:00Z",
        },
        "cooling",
        ["lamp.power"],
    ),
    Kind.RELEASE: (
        Occurrence(1, LetGo(CLAIM, START, "its time is over")),
        {"point": "lamp.power", "priority": 8, "owner": "rule cooling", "reason": "its time is over"},
        "cooling",
        ["lamp.power"],
    ),
    Kind.INTERLOCK: (
        Occurrence(1, InterlockTurn("window", START, True, "it is open")),
        {"interlock": "window", "is_broken": True, "reason": "it is open"},
        "",
        [],
    ),
    Kind.SWITCH: (
        Occurrence(1, RuleSwitch("cooling", START, True, "hand")),
        {"rule": "cooling", "is_on": True, "by": "hand"},
        "cooling",
        [],
    ),
    Kind.RELOAD: (Occurrence(1, Reload(START, ("a was added",))), {"changes": ["a was added"]}, "", []),
    Kind.CONNECTION: (
        Occurrence(1, ConnectionEvent(START, "house", "connection house: answers again")),
        {"connection": "house", "is_there": True, "reason": "connection house: answers again"},
        "",
        [],
    ),
}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_is_told_in_its_form(kind: Kind) -> None:
    occurrence, told, rule, points = CASES[kind]
    form = form_of(occurrence)
    assert (kind_of(occurrence), type(form)) == (kind, FORMS[kind])
    assert json.loads(form.model_dump_json()) == {"at": AT} | told
    assert (rule_of(occurrence), list(points_of(occurrence))) == (rule, points)


def test_what_an_operator_wants_is_about_no_rule() -> None:
    assert rule_of(Occurrence(1, command())) == ""


def test_what_is_unknown_is_null() -> None:
    stale = reading(26.4, quality=Quality.STALE, reason="no answer")
    told = form_of(Occurrence(1, stale, before=stale)).model_dump(mode="json")
    assert {"value": None, "was": None, "quality": "stale", "reason": "no answer"}.items() <= told.items()


def test_a_point_that_was_never_read_was_null() -> None:
    told = form_of(Occurrence(1, reading(True))).model_dump(mode="json")
    assert (told["value"], told["was"]) == (True, None)


def test_the_document_has_every_kind_with_an_example_that_is_one() -> None:
    app = FastAPI()
    router: APIRouter = events.routes(cast("Served", None))
    app.include_router(router)
    answer = app.openapi()["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    schemas = {each["title"] for each in answer["schema"]["contentSchema"]["oneOf"]}
    assert schemas == answer["examples"].keys() == {*Kind, "lost"}
    for kind, form in FORMS.items():
        place, event, data, *rest = answer["examples"][kind]["value"].split("\n")
        assert (place, event, rest) == ("id: 7-42", f"event: {kind}", ["", ""])
        form.model_validate_json(data.removeprefix("data: "))


def test_everything_that_is_told_has_a_kind() -> None:
    entries: list[Told] = [occurrence.what for occurrence, *_ in CASES.values()]
    assert {type(each) for each in entries} == set(Told.__args__)  # type: ignore[attr-defined]
