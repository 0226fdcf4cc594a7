"""The actions that speak to the outer world: what is wrong with them, and what they are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.config.nodes import Mark
from interlock.errors import Diagnostic
from interlock.redaction import Redactor
from interlock.rules.actions import Action, HttpAction, NotifyAction
from interlock.rules.grammar import load_rules
from interlock.rules.grammar import outside as grammar
from support.expression_house import view
from support.rule_texts import site_with

RULE = "- {{id: a, condition: lamp.power, actions: [{actions}]}}"


def a_secret(name: str, mark: Mark, problems: list[Diagnostic]) -> str | None:
    return "Bearer {{ s3cr3t }}"


def shown(finding: Diagnostic) -> str:
    return finding.message + (f" [{finding.hint}]" if finding.hint else "")


def loaded(actions: str) -> tuple[tuple[Action, ...], list[str]]:
    site = site_with(RULE.format(actions=actions), tags={"!secret": a_secret})
    rules, found = load_rules(replace(site, declared_notifiers=frozenset({"mail", "phone"})))
    return (rules[0].actions if rules else ()), [shown(each) for each in found]


def wrong(actions: str) -> list[str]:
    return loaded(actions)[1]


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> Redactor:
    redactor = Redactor()
    monkeypatch.setattr(grammar, "redactor", redactor)
    return redactor


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("{notify: {via: mial, message: x}}", "there is no notifier 'mial' [did you mean 'mail'?]"),
        ("{notify: {via: sms, message: x}}", "[declare it under 'notifiers' in the site file]"),
        ("{notify: {message: x}}", "'via' is missing [the name of a notifier of the site]"),
        ("{notify: {via: mail}}", "'message' is missing"),
        ("{notify: mail}", "'notify' needs a mapping [write 'notify: {via: NAME, message: TEXT}']"),
        ("{notify: {via: mail, message: '{{ lamp.pow }}'}}", "has no controller 'pow'"),
        ("{notify: {via: mail, message: x, title: '{{ lamp.pow }}'}}", "has no controller 'pow'"),
        ("{http: {url: '{{ lamp.pow }}'}}", "has no controller 'pow'"),
        ("{http: {url: x, body: '{{ lamp.pow }}'}}", "has no controller 'pow'"),
        ("{http: {url: x, headers: {A: '{{ lamp.pow }}'}}}", "has no controller 'pow'"),
        ("{http: {url: x, timeout: 6m}}", "'timeout' must be"),
        ("{http: {url: x, values: {status: a}}}", "neither 'status' nor 'body'"),
        ("{http: {url: x, values: {two words: a}}}", "neither 'status' nor 'body'"),
        ("{log: '{{ http.status }}'}", "there is no device 'http'"),
        ("{http: {url: x}}, {log: '{{ http.price }}'}", "'http' has no 'price'"),
    ],
)
def test_a_wrong_action_is_found(action: str, expected: str) -> None:
    [found] = wrong(action)
    assert expected in found


def test_a_message_knows_its_notifier_and_its_points() -> None:
    [action], found = loaded("{notify: {via: mail, message: 'It is {{ lamp.powerlevel }}', title: T}}")
    assert found == []
    assert isinstance(action, NotifyAction)
    assert (action.text, action.via) == ("notify via mail", "mail")
    assert action.message.points == {"lamp.powerlevel"}


def test_an_answer_can_be_read_by_the_actions_that_follow() -> None:
    _, found = loaded(
        "{http: {url: x, values: {price: data.0.price}}}, "
        "{log: '{{ http.status + 1 }} {{ http.body }} {{ http.price * 2 }}'}"
    )
    assert found == []


def test_a_request_is_a_post_that_waits_ten_seconds() -> None:
    [action], _ = loaded("{http: {url: 'https://x/y'}}")
    assert isinstance(action, HttpAction)
    assert (action.method, action.timeout, action.body, action.headers, action.values) == (
        "POST",
        timedelta(seconds=10),
        None,
        {},
        {},
    )
    assert action.text == "http POST https://x/y"


def test_a_secret_is_sent_as_it_is_and_shown_by_its_name(redactor: Redactor) -> None:
    [action], found = loaded(
        "{http: {url: !secret place, body: !secret text, values: {a: b.c}, "
        "headers: {Authorization: !secret word}}}"
    )
    assert found == []
    assert isinstance(action, HttpAction)
    assert action.body is not None
    assert action.text == "http POST place"
    texts = [each.render(view()) for each in (action.url, action.body, action.headers["Authorization"])]
    assert texts == ["Bearer {{ s3cr3t }}"] * 3
    assert action.values == {"a": ("b", "c")}
    assert redactor.redact("Bearer {{ s3cr3t }}") == "********"
