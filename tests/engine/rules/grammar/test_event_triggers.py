"""Triggers that plugins bring: ``telegram: 1/2/3``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from interlock.errors import Severity
from interlock.hookspecs import EventKind
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule
from interlock.rules.triggers import EventTrigger
from support.fake_site import TELEGRAM
from support.rule_texts import site_with

NAMES = (
    "every, at, cron, date, sun, elevation, change, update, becomes, unavailable, available, schedule, "
    "event, firing, failed, webhook, start, stop, reload, all, none"
)
TELEGRAMS = {"telegram": TELEGRAM}


def loaded(trigger: str, kinds: Mapping[str, EventKind] = TELEGRAMS) -> tuple[tuple[Rule, ...], list[str]]:
    site = site_with(f"- {{id: a, triggers: [{trigger}], actions: [{{press: bell}}]}}")
    rules, problems = load_rules(replace(site, event_kinds=kinds))
    return rules, [f"{each.column}+{each.length}: {each.message} [{each.hint}]" for each in problems]


def checked_by(check: Callable[[str], str]) -> Mapping[str, EventKind]:
    return {"telegram": EventKind(name="telegram", description="", check=check)}


@pytest.mark.parametrize(
    ("trigger", "text", "names"),
    [
        ("{telegram: 1/2/3}", "telegram 1/2/3", ("1/2/3",)),
        ("{telegram: 01/02/003}", "telegram 01/02/003", ("1/2/3",)),
        ("{telegram: [1/2/3, 1/2/4, 01/2/3]}", "telegram 1/2/3, 1/2/4, 01/2/3", ("1/2/3", "1/2/4")),
    ],
)
def test_a_declared_kind_is_a_trigger_in_the_kinds_own_spelling(
    trigger: str, text: str, names: tuple[str, ...]
) -> None:
    rules, findings = loaded(trigger)
    assert findings == []
    assert rules[0].triggers == (EventTrigger(id="", text=text, kind="telegram", names=names),)
    assert rules[0].points == frozenset()


def test_it_may_have_an_id() -> None:
    rules, _ = loaded("{telegram: 1/2/3, id: bell}")
    assert rules[0].triggers[0].id == "bell"


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{telegram: 1/2}", "33+3: '1/2' is no group address [write for example 1/2/3]"),
        ("{telegram: [1/2/3, x]}", "41+1: 'x' is no group address [write for example 1/2/3]"),
        ("{telegram: []}", "33+2: this list is empty: the trigger would never come []"),
        ("{telegram: 1/2/3, to: on}", "40+2: unknown key 'to' [known here: telegram, id]"),
        ("{telegram: 1/2/3, id: 'a b'}", "44+5: 'id': it is made of letters"),
        ("{telegran: 1/2/3}", "23+8: there is no trigger 'telegran' [did you mean 'telegram'?]"),
        (
            "{button: 1}",
            f"23+6: there is no trigger 'button' [known here: {NAMES}, telegram]",
        ),
    ],
)
def test_a_wrong_event_is_reported_at_its_place(trigger: str, expected: str) -> None:
    rules, findings = loaded(trigger)
    assert rules == ()
    assert len(findings) == 1
    assert findings[0].startswith(expected)


def test_without_a_plugin_that_declares_it_the_hint_says_so() -> None:
    _, findings = loaded("{telegram: 1/2/3}", {})
    assert findings == [
        f"23+8: there is no trigger 'telegram' [known here: {NAMES}; no installed plugin tells of events]"
    ]


def fails(text: str) -> str:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (
            fails,
            "33+5: the check of 'telegram' failed over this: ZeroDivisionError: division by zero []",
        ),
        (lambda text: 3, "33+5: the check of 'telegram' gave no text for this []"),
    ],
)
def test_a_check_that_fails_is_a_finding(check: Callable[[str], str], expected: str) -> None:
    assert loaded("{telegram: 1/2/3}", checked_by(check)) == ((), [expected])


def test_the_words_of_the_language_are_not_taken_by_plugins() -> None:
    rules, _ = loaded("{every: 1m}", {"every": replace(TELEGRAM, name="every")})
    assert not isinstance(rules[0].triggers[0], EventTrigger)


def test_conditions_read_what_the_event_brings() -> None:
    site = site_with("""
    - id: a
      triggers: [{telegram: 1/2/3}]
      condition: trigger.data.source == '1.1.5' and trigger.value
      actions: [{log: "{{ trigger.data.source }} at {{ trigger.data['kind'] }}"}]
    """)
    rules, problems = load_rules(replace(site, event_kinds=TELEGRAMS))
    assert (problems, len(rules)) == ([], 1)


def test_a_trigger_without_events_brings_no_data() -> None:
    _, problems = load_rules(
        site_with("[{id: a, triggers: [{every: 1m}], condition: trigger.data.x, actions: {press: bell}}]")
    )
    assert [each.message for each in problems] == ["'trigger' has no 'data'"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("dor", "did you mean 'door'?"), ("gate-opener", "write it under service: {webhooks: …}")],
)
def test_a_webhook_that_the_site_does_not_take_is_a_warning(name: str, hint: str) -> None:
    rules, (found,) = load_rules(
        site_with(f"[{{id: a, triggers: [{{webhook: {name}}}], actions: {{press: bell}}}}]")
    )
    assert len(rules) == 1
    assert (found.severity, found.message, found.hint) == (
        Severity.WARNING,
        f"the site takes no webhook '{name}': the trigger never comes",
        hint,
    )
