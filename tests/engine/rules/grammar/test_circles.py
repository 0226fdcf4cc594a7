"""Rules that run each other in a circle are found when they are loaded."""

import pytest

from support.rule_texts import findings


def rule(name: str, actions: str) -> str:
    return f"- {{id: {name}, condition: lamp.power, actions: [{actions}]}}\n"


@pytest.mark.parametrize(
    "actions",
    [
        "{run: a}",
        "{if: lamp.power, then: [{delay: 1s}, {run: a}]}",
        "{parallel: [{press: bell}, {run: a}]}",
        "{press: bell, on_error: [{run: a}]}",
    ],
)
def test_a_rule_that_runs_itself_is_reported(actions: str) -> None:
    [finding] = findings(rule("a", actions))
    assert "rule 'a' runs itself, and would wait for its own end" in finding


def test_the_whole_circle_is_named_once() -> None:
    rules = rule("x", "{run: a}") + rule("a", "{run: b}, {run: c}") + rule("b", "{press: bell}")
    [finding] = findings(rules + rule("c", "{run: a}"))
    assert "rule 'a' would wait for its own end: a, c run each other in a circle" in finding


def test_finally_and_else_belong_to_the_circle() -> None:
    rules = "- {id: a, condition: lamp.power, actions: [{press: bell}], finally: [{run: b}]}\n"
    assert len(findings(rules + rule("b", "{run: a}"))) == 1


def test_rules_that_are_run_twice_are_no_circle() -> None:
    assert (
        findings(rule("a", "{run: b}, {run: c}") + rule("b", "{run: c}") + rule("c", "{press: bell}")) == []
    )
