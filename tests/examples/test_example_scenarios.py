"""The scenarios beside the example sites' rules, as ``interlock test`` plays them."""

from functools import cache

import pytest

from interlock.simulation.scenarios.coverage import measure
from interlock.simulation.scenarios.suite import Suite, load_suite, play_all
from interlock.simulation.scenarios.telling import teller_of
from support.example_house import ENVIRONMENT, EXAMPLES

pytestmark = pytest.mark.slow

LONG = {"heat-pump", "villa"}
"""What they play takes a minute or more."""
SITES = [
    pytest.param(name, marks=[pytest.mark.lengthy] if name in LONG else [])
    for name in sorted(path.parent.name for path in EXAMPLES.glob("*/site.yaml"))
]


@cache
def suite(name: str) -> Suite:
    return load_suite(EXAMPLES / name, environ=ENVIRONMENT)


@pytest.mark.parametrize("name", SITES)
def test_every_example_has_scenarios_and_they_pass(name: str) -> None:
    results = play_all(suite(name).scenarios, suite(name).loaded, lambda timed: None)
    failures = [teller_of(each.result).failure() for each in results if not each.result.has_passed]
    assert failures == []
    assert len(results) >= 4


def test_the_scenarios_of_the_flat_leave_out_nothing() -> None:
    results = play_all(suite("flat").scenarios, suite("flat").loaded, lambda timed: None)
    coverage = measure(suite("flat").loaded, [each.result for each in results])
    missing = [part.text for rule in coverage.rules for part in rule.counted if not part.is_covered]
    assert missing == []
