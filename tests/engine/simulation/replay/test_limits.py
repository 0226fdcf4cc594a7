"""What a replay cannot know."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock import Point
from interlock.service.loading import load
from interlock.simulation.replay.limits import limits_of, named, unrecorded
from support.past_week import LAMP, SITE, TEMPERATURE


def limits(folder: Path, rule: str) -> list[str]:
    """Return what is said of a rule besides those of a site that has no such limits."""
    (folder / "site.yaml").write_text(f"{SITE}\n  - id: it\n{rule}")
    return list(limits_of(load(folder, environ={}).rules))


SET = "    actions: [{set: {lamp.value: on}}]\n"


def test_most_rules_go_by_what_is_recorded(tmp_path: Path) -> None:
    assert limits(tmp_path, f"    triggers: [start, {{firing: calm}}, {{event: it}}]\n{SET}") == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            f"    triggers: [{{telegram: 7/0/1}}]\n{SET}",
            "Telegrams, webhooks and other events are not recorded, so that triggers by them do not come: "
            "it.",
        ),
        (
            f"    triggers: [{{failed: lamp.value}}]\n{SET}",
            "That single commands failed is not replayed, so that triggers by it do not come: it.",
        ),
        (
            f"    triggers: [{{update: thermostat.actualtemp}}]\n{SET}",
            "Only changes are recorded: 'update' comes when a value changes, not at each reading: it.",
        ),
        (
            f"    triggers: [{{every: 1m}}]\n    condition: age('lamp.value') > '1h'\n{SET}",
            "Only changes are recorded: 'age' counts from the last change, not from the last reading: it.",
        ),
        (
            "    while: age('lamp.value') > '1h'\n    keep: {ac.hvacfan: auto}\n",
            "Only changes are recorded: 'age' counts from the last change, not from the last reading: it.",
        ),
        (
            "    triggers: [start]\n    actions: [{delay: {random: [1m, 2m]}}]\n",
            "Random times are drawn anew: it.",
        ),
        (
            f'    triggers: [{{at: "07:00", jitter: 5m}}]\n{SET}',
            "Random times are drawn anew: it.",
        ),
        (
            "    triggers: [start]\n    actions: [{http: {url: 'https://example.com'}}]\n",
            "Requests to other servers are not sent, and have no answers: it.",
        ),
    ],
)
def test_what_is_not_recorded_is_said_with_the_rules(tmp_path: Path, rule: str, expected: str) -> None:
    assert limits(tmp_path, rule) == [expected]


def test_a_rule_that_is_off_has_no_limits(tmp_path: Path) -> None:
    assert limits(tmp_path, f"    enabled: false\n    triggers: [{{telegram: 7/0/1}}]\n{SET}") == []


def test_unknown_points_are_named(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    rules = load(tmp_path, environ={}).rules
    virtual = frozenset({Point("away.value"), Point("siesta.finished")})
    recorded = frozenset({TEMPERATURE, LAMP})
    assert list(unrecorded(rules, recorded, virtual)) == [
        "Nothing is recorded of points that rules read, which are unknown: ac.hvacfan, ac.hvacmode, "
        "ac.hvacpower, siesta.running."
    ]
    assert list(unrecorded(rules, frozenset(load(tmp_path, environ={}).site.targets), virtual)) == []


def test_many_names_are_not_all_said() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"
