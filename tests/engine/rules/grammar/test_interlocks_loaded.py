"""Interlocks from YAML: what they say, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.config.site import Site
from interlock.errors import Severity
from interlock.model import Point
from interlock.rules.grammar.interlocks import load_interlocks
from interlock.rules.interlocks import Interlock
from support.rule_texts import site_with

AC, MODE, LAMP = Point("living_ac.hvacpower"), Point("living_ac.hvacmode"), Point("lamp.power")


def site_of(text: str) -> Site:
    """The site whose interlocks are these."""
    site = site_with(text)
    return replace(site, rules=(), interlocks=site.rules)


def interlocks_of(text: str) -> tuple[Interlock, ...]:
    interlocks, problems = load_interlocks(site_of(text))
    assert problems == []
    return interlocks


def found_in(text: str) -> list[str]:
    """Every finding as ``line:column+length: message [hint]``."""
    return [
        f"{each.line}:{each.column}+{each.length}: "
        f"{'warning: ' if each.severity is Severity.WARNING else ''}{each.message}"
        f"{f' [{each.hint}]' if each.hint else ''}"
        for each in load_interlocks(site_of(text))[1]
    ]


def told(rest: str) -> list[str]:
    """What is found in one interlock, ``{id: i, …}``, without the places."""
    return [each.partition(": ")[2] for each in found_in(f"- {{id: i, {rest}}}")]


def test_an_interlock_says_what_must_never_be_and_what_is_kept_instead() -> None:
    (found,) = interlocks_of("""
    - id: window-open-no-cooling
      description: no cooling of the street
      never: relay.value and living_ac.hvacpower
      instead: {living_ac.hvacpower: off}
    """)
    assert (found.id, found.description, found.never.text, found.unknown_is_safe) == (
        "window-open-no-cooling",
        "no cooling of the street",
        "relay.value and living_ac.hvacpower",
        False,
    )
    assert found.never.points == {Point("relay.value"), AC}
    assert found.instead == {AC: False}
    assert (found.mark.line, found.mark.column) == (1, 3)


def test_an_unknown_can_be_taken_for_safe() -> None:
    first, second = interlocks_of("""
    - {id: a, never: lamp.power and relay.value, unknown: safe}
    - {id: b, never: lamp.power and relay.value, unknown: unsafe}
    """)
    assert (first.unknown_is_safe, second.unknown_is_safe, first.instead) == (True, False, {})


def test_every_edit_of_one_gives_another_digest() -> None:
    texts = ("never: lamp.power and relay.value", "never: lamp.power and not relay.value")
    assert len({interlocks_of(f"- {{id: i, {text}}}")[0].digest for text in texts}) == len(texts)


def test_its_variables_are_constants() -> None:
    (found,) = interlocks_of(
        "- {id: i, variables: {most: 30}, never: lamp.powerlevel > most and living_ac.hvacpower}"
    )
    assert found.never.points == {Point("lamp.powerlevel"), AC}


def test_a_site_without_interlocks_has_none() -> None:
    assert load_interlocks(replace(site_with("[]"), interlocks=())) == ((), [])


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("never: lamp.power and relay.value, insted: {}",
         ["unknown key 'insted' [did you mean 'instead'?]"]),
        ("instead: {lamp.power: off}",
         ["interlock 'i' needs 'never' [what must not be true of points together]"]),
        ("never: [lamp.power]", ["this must be an expression"]),
        ("never: living_ac.hvacmode", ["living_ac.hvacmode is a word and no condition [compare it with ==]"]),
        ("never: living_ac.hvacmode == 'coolign' and lamp.power",
         ["living_ac.hvacmode can never be 'coolign': it is cooling, heating, dry, fan or auto "
          "[did you mean 'cooling'?]"]),
        ("never: lmap.power and relay.value", ["there is no device 'lmap' [did you mean 'lamp'?]"]),
        ("never: living_thermostat.actualtemp > 30",
         ["'never' reads nothing that can be set, so that it could refuse nothing "
          "[name the point that must not be set, such as living_ac.hvacpower]"]),
        ("never: lamp.power and lamp.power and not lamp.power",
         ["warning: this is never true: lamp.power and not lamp.power exclude each other"]),
        ("never: (lamp.power or relay.value) and not lamp.power and relay.value == lamp.power",
         ["warning: this can never be true: it refuses nothing"]),
        ("never: lamp.power or not lamp.power",
         ["warning: this is always true: where lamp.power is false, not lamp.power is true"]),
        ("never: lamp.power == relay.value or lamp.power or relay.value",
         ["warning: this is always true: every command for its points would be refused"]),
        ("never: living_ac.hvacmode == 'cooling' and living_ac.hvacmode == 'heating'",
         ["warning: this is never true: living_ac.hvacmode == 'cooling' and "
          "living_ac.hvacmode == 'heating' exclude each other [did you mean 'or'?]"]),
        ("never: lamp.power and relay.value, unknown: maybe", ["'unknown' must be safe or unsafe"]),
        ("never: lamp.power and relay.value, instead: [lamp.power]",
         ["'instead' must be a mapping of keys and values"]),
        ("never: lamp.power and relay.value, instead: {}", ["'instead' needs a point and its value"]),
        ("never: lamp.power and relay.value, instead: {lamp.powr: off}",
         ["device 'lamp' (light) has no controller 'powr' [did you mean 'power'?]"]),
        ("never: lamp.power and relay.value, instead: {lamp.power: maybe}",
         ["power cannot be 'maybe': it takes on or off"]),
        ("never: lamp.power and relay.value, instead: {lamp.power: '{{ relay.value }}'}",
         ["lamp.power needs a constant here [an interlock computes nothing]"]),
        ("never: lamp.power and living_thermostat.actualtemp > 30, "
         "instead: {living_thermostat.actualtemp: 20}",
         ["living_thermostat.actualtemp can only be read [what can be written of it: "
          "living_thermostat.setpoint]"]),
        ("never: lamp.power and relay.value, instead: {evening.scenelaunch: launch}",
         ["evening.scenelaunch starts something, and holds no state to be kept "
          "[a rule with triggers and actions can do it at a moment]"]),
        ("never: lamp.power and relay.value, instead: {living_ac.hvacpower: off}",
         ["warning: 'never' does not read living_ac.hvacpower: setting it does not end it"]),
        ("never: lamp.power and not relay.value, instead: {lamp.power: on, relay.value: off}",
         ["'never' is true with these values too: they do not end it"]),
        ("never: lamp.power and relay.value, instead: {lamp.power: on}",
         ["warning: 'never' can be true with these values too: they do not always end it"]),
        ("never: lamp.powerlevel > 50 and relay.value, instead: {lamp.powerlevel: 50}", []),
        ("never: lamp.powerlevel > 50, instead: {lamp.powerlevel: 60}",
         ["'never' is true with these values too: they do not end it"]),
        ("never: rule('x').is_running and lamp.power", ["there is no rule 'x'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(rest: str, expected: list[str]) -> None:
    assert told(rest) == expected


def test_a_finding_has_its_place() -> None:
    assert found_in("""
    - id: a
      never: relay.value and lamp.pwoer
      instead: {lamp.power: off}
    """) == ["2:26+10: device 'lamp' (light) has no controller 'pwoer' [did you mean 'power'?]"]


def test_two_with_one_id_are_told_and_the_first_holds() -> None:
    text = """
    - {id: a, never: lamp.power and relay.value}
    - {id: a, never: living_ac.hvacpower and relay.value}
    """
    assert found_in(text) == ["2:8+1: two interlocks have the id 'a': the first stands at rules.yaml:1:8"]
    assert [each.never.points for each in load_interlocks(site_of(text))[0]] == [{LAMP, Point("relay.value")}]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("lamp.power", "1:3+10: an interlock must be a mapping of keys and values"),
        ("{never: lamp.power and relay.value}",
         "1:3+35: an interlock needs 'id' [an interlock needs a name of its own, such as 'id: never-both']"),
        ("{id: 5, never: lamp.power and relay.value}", "1:8+1: 'id' must be a text [put it in quotes]"),
        ("{id: a b, never: lamp.power and relay.value}",
         "1:8+3: 'id': it is made of letters, digits, '_', '-' and '.', and begins with a letter or '_'"),
    ],
)  # fmt: skip
def test_an_item_that_is_no_interlock_is_told(item: str, expected: str) -> None:
    assert found_in(f"- {item}") == [expected]


def test_what_is_wrong_with_one_costs_only_that_one() -> None:
    interlocks, problems = load_interlocks(
        site_of("[{id: a, never: x.y}, {id: b, never: lamp.power and relay.value}]")
    )
    assert [each.id for each in interlocks] == ["b"]
    assert len(problems) == 1


def test_a_device_that_is_faulty_itself_is_reported_there_alone() -> None:
    interlocks, problems = load_interlocks(
        site_of("- {id: a, never: attic_thermostat.x and attic_thermostat.y}")
    )
    assert (interlocks, problems) == ((), [])
