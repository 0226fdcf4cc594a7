"""Expressions taken apart, as `interlock eval` shows them."""

import pytest

from interlock.expressions import Scope
from interlock.expressions.anatomy import Anatomy, anatomy
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

SITE = fake_site(FakeEquipment())
SCOPE = Scope(SITE.targets, SITE.declared_devices)


def shown(found: Anatomy) -> str:
    inner = ", ".join(shown(part) for part in found.parts)
    return f"{found.compiled.text} [{inner}]" if inner else found.compiled.text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("lamp.power", "lamp.power"),
        ("lamp.powerlevel > 3", "lamp.powerlevel > 3 [lamp.powerlevel]"),
        (
            "lamp.power and lamp.powerlevel > 3 and living_ac.hvacpower",
            "lamp.power and lamp.powerlevel > 3 and living_ac.hvacpower"
            " [lamp.power, lamp.powerlevel > 3 [lamp.powerlevel], living_ac.hvacpower]",
        ),
        (
            "lamp.power and (not lamp.power or lamp.powerlevel > 3)",
            "lamp.power and (not lamp.power or lamp.powerlevel > 3)"
            " [lamp.power, not lamp.power or lamp.powerlevel > 3"
            " [not lamp.power [lamp.power], lamp.powerlevel > 3 [lamp.powerlevel]]]",
        ),
        (
            "lamp.power or (not lamp.power and (lamp.powerlevel > 3 or living_ac.hvacpower))",
            "lamp.power or (not lamp.power and (lamp.powerlevel > 3 or living_ac.hvacpower))"
            " [lamp.power, not lamp.power and (lamp.powerlevel > 3 or living_ac.hvacpower)"
            " [not lamp.power [lamp.power], lamp.powerlevel > 3 or living_ac.hvacpower"
            " [lamp.powerlevel > 3 [lamp.powerlevel], living_ac.hvacpower]]]",
        ),
        (
            "lamp.power or not lamp.power",
            "lamp.power or not lamp.power [lamp.power, not lamp.power [lamp.power]]",
        ),
        ("lamp.powerlevel + 1 > -3", "lamp.powerlevel + 1 > -3 [lamp.powerlevel + 1 [lamp.powerlevel]]"),
    ],
)
def test_each_part_with_a_value_of_its_own_is_shown(text: str, parts: str) -> None:
    assert shown(anatomy(text, SCOPE)) == parts
