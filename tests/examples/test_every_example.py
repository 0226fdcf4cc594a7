"""What holds for every example site."""

import re
from pathlib import Path

import pytest

from support.example_house import ENVIRONMENT, EXAMPLES, example

SITES = sorted(path.parent for path in EXAMPLES.glob("*/site.yaml"))


def test_there_are_eight_of_them() -> None:
    assert [site.name for site in SITES] == [
        "campus",
        "flat",
        "heat-pump",
        "hotel",
        "knx-house",
        "office",
        "shop",
        "villa",
    ]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_it_loads_without_findings(site: Path) -> None:
    assert example(site.name).warnings == ()


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_its_page_says_what_it_takes_from_the_environment(site: Path) -> None:
    text = (site / "site.yaml").read_text(encoding="utf-8")
    needed = set(re.findall(r"!env (\w+)", text))
    page = (site / "README.md").read_text(encoding="utf-8")
    assert needed <= ENVIRONMENT.keys()
    assert [name for name in sorted(needed) if f"{name}=" not in page] == []


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_each_rule_says_what_it_is_for(site: Path) -> None:
    undescribed = {rule.id for rule in example(site.name).rules if not rule.description}
    assert undescribed <= _PLAIN


_PLAIN = {"blind-up-on-working-days", "lamp-off-at-bedtime", "garden-off", "workshop-back"}
"""Their ids say all there is to say."""
