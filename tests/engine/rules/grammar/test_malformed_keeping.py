"""Whatever stands under the keys of rules that keep and of interlocks: a finding, and never an exception."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.errors import Severity
from interlock.rules.grammar import load_interlocks, load_rules
from support.rule_texts import site_with

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-20, 40),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(
        [
            "",
            "5m",
            "5",
            "on",
            "off",
            "manual_operator",
            "default",
            "hold",
            "release",
            "lamp.power",
            "lamp.powerlevel > 3",
            "living_ac.hvacmode == 'cooling'",
            "{{ lamp.powerlevel }}",
            "{{ nothing.at_all }}",
            "{{",
            "evening.scenelaunch",
            "now()",
            "6 per 1h",
        ]
    ),
)
POINTS = st.sampled_from(
    ["lamp.power", "lamp.powerlevel", "living_ac.hvacmode", "evening.scenelaunch", "lmap.power", "lamp", "x"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(POINTS, inner, max_size=3)),
    max_leaves=5,
)
KEEP_KEYS = st.sampled_from(
    ["while", "until", "for", "keep", "priority", "on_unknown", "finally", "enabled", "variables", "triggers"]
)
LOCK_KEYS = st.sampled_from(["never", "instead", "unknown", "description", "variables", "keep"])


@given(st.dictionaries(KEEP_KEYS, VALUES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_rule_that_keeps_loads_or_has_a_finding(entries: dict[str, object]) -> None:
    site = site_with(json.dumps([{"id": "r", "keep": {"lamp.power": "on"}, **entries}]))
    rules, problems = load_rules(site)
    has_errors = any(each.severity is Severity.ERROR for each in problems)
    assert bool(rules) is not has_errors
    assert all(each.file == "rules.yaml" and each.line >= 1 and each.message for each in problems)


@given(st.dictionaries(LOCK_KEYS, VALUES, max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_interlock_loads_or_has_a_finding(entries: dict[str, object]) -> None:
    site = site_with(json.dumps([{"id": "i", "never": "lamp.power and relay.value", **entries}]))
    interlocks, problems = load_interlocks(replace(site, rules=(), interlocks=site.rules))
    has_errors = any(each.severity is Severity.ERROR for each in problems)
    assert bool(interlocks) is not has_errors
    assert all(each.file == "rules.yaml" and each.line >= 1 and each.message for each in problems)
