"""Overrides, releases and who claims what: at a service that runs, and where none does."""

import json
from collections.abc import Iterator

import pytest

from support.command import Interlock
from support.flat import FlatServer
from support.live_service import Service, live_service

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

RULES = """
rules:
  - id: living-cooled
    while: living_thermostat.actualtemp > 26
    until: living_thermostat.actualtemp < 24.5
    keep: {living_ac.hvacmode: cooling}
    priority: 12
interlocks:
  - id: no-lamp-while-cooling
    never: hall_light.power and living_ac.hvacmode == 'cooling'
"""
MODE = "living_ac.hvacmode"


@pytest.fixture
def service(flat: FlatServer) -> Iterator[Service]:
    with live_service(flat, RULES) as running:
        yield running


def claims(service: Service, interlock: Interlock, *point: str) -> list[dict[str, object]]:
    done = interlock("claims", service.flat.site, *point, "--json")
    assert done.code == 0, done.err
    return [
        {key: line[key] for key in ("priority", "value", "owner", "state")} for line in json.loads(done.out)
    ]


def cool(service: Service) -> None:
    service.flat.hold("living_thermostat.actualtemp", 27.5)
    service.until(f"{MODE} = cooling (rule living-cooled): accepted")


def explained(service: Service, interlock: Interlock, subject: str, part: str) -> str:
    """Return what is explained, as soon as it holds a text: the journal is written behind what happens."""
    while part not in (text := interlock("explain", service.flat.site, subject).out):
        assert service.process.poll() is None
    return text


def test_an_override_stands_above_a_rule_until_it_is_released(service: Service, interlock: Interlock) -> None:
    cool(service)
    done = interlock("override", service.flat.site, MODE, "dry", "--for", "2h")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{MODE} = dry: accepted"
    assert lines[-1].startswith("  held at priority 8 until 20")
    assert service.flat.value(MODE) == "dry"
    assert claims(service, interlock, MODE) == [
        {"priority": 8, "value": "dry", "owner": "operator cli", "state": "in effect"},
        {
            "priority": 12,
            "value": "cooling",
            "owner": "rule living-cooled",
            "state": "waits behind operator cli",
        },
    ]
    assert interlock("release", service.flat.site, MODE).out == f"{MODE}: 1 claim released\n"
    service.until(f"{MODE} = cooling (rule living-cooled): accepted")
    done = interlock("release", service.flat.site, MODE)
    assert done.out == f"{MODE}: neither an override nor a hand holds it\n"


def test_a_plain_command_by_hand_does_not_get_past_what_a_rule_keeps(
    service: Service, interlock: Interlock
) -> None:
    cool(service)
    done = interlock("set", service.flat.site, MODE, "dry")
    assert done.code == 1
    assert "outranked: rule living-cooled keeps it at cooling, priority 12" in done.err
    assert "interlock override holds it at priority 8" in done.out
    assert service.flat.value(MODE) == "cooling"


def test_an_interlock_refuses_an_operator_too(service: Service, interlock: Interlock) -> None:
    cool(service)
    for command in (
        ("set",),
        ("override", "--priority", "1"),
        ("override", "--priority", "manual_life_safety"),
    ):
        done = interlock(command[0], service.flat.site, "hall_light.power", "on", *command[1:])
        assert done.code == 1
        assert "refused: interlock no-lamp-while-cooling: " in done.err
    assert service.flat.commands("hall_light.power") == []


def test_an_interlock_is_explained(service: Service, interlock: Interlock) -> None:
    site = service.flat.site
    assert "it has refused nothing\n" in interlock("explain", site, "no-lamp-while-cooling").out
    cool(service)
    interlock("set", site, "hall_light.power", "on")
    service.flat.hold("hall_light.power", True)
    broken = "is true (hall_light.power = on, living_ac.hvacmode = cooling)\n"
    text = explained(service, interlock, "no-lamp-while-cooling", broken)
    assert text.startswith("interlock no-lamp-while-cooling\nnever hall_light.power and ")
    assert "  hall_light.power = on: refused: interlock no-lamp-while-cooling: " in text
    told = json.loads(interlock("explain", site, "no-lamp-while-cooling", "--json").out)
    assert [each["is_broken"] for each in told["turns"]] == [True]
    assert [each["point"] for each in told["refused"]] == ["hall_light.power"]


def test_the_table_says_who_wants_what(service: Service, interlock: Interlock) -> None:
    cool(service)
    assert (
        interlock("claims", service.flat.site, "hall_light.power").out == "nobody claims hall_light.power\n"
    )
    head, line = interlock("claims", service.flat.site).out.splitlines()
    assert head.split() == ["point", "priority", "value", "who", "since", "until", "state"]
    assert line.startswith(f"{MODE}  12        cooling  rule living-cooled  20")
    assert line.endswith("  in effect")


def test_what_was_claimed_is_explained(service: Service, interlock: Interlock) -> None:
    cool(service)
    interlock("override", service.flat.site, MODE, "dry")
    interlock("release", service.flat.site, MODE)
    text = explained(service, interlock, MODE, ": released by operator cli\n")
    assert "claimed before:\n" in text
    assert "dry at priority 8 by operator cli, until 20" in text
    assert "  claimed: cooling at priority 12 by rule living-cooled, since 20" in text
    assert "still" not in text
    told = json.loads(interlock("explain", service.flat.site, "living-cooled", "--json").out)
    assert [(each["point"], each["value"], each["ended_at"]) for each in told["claims"]] == [
        (MODE, "cooling", None)
    ]


def test_without_a_service_nothing_can_be_held(flat: FlatServer, interlock: Interlock) -> None:
    done = interlock("override", flat.site, MODE, "dry", "--for", "2h")
    assert done.code != 0
    assert "no service runs with journal" in done.err
    assert "only a service can hold a point" in done.err
    assert interlock("claims", flat.site).out == "nobody claims any point\n"
    assert interlock("release", flat.site, MODE).out == f"{MODE}: neither an override nor a hand holds it\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((MODE, "cooling", "--for", "2"), "--for: "),
        ((MODE, "cooling", "--for", "0s"), "--for: a time longer than 0 is wanted, such as 2h"),
        ((MODE, "warm"), "hvacmode"),
        ((MODE, "cooling", "--priority", "operator"), "or one of manual_life_safety, "),
        ((MODE, "cooling", "--priority", "17"), "'17' must be a whole number from 1 to 16"),
        (("doorbell.press", "on"), "doorbell"),
        (("living_ac.hvacmood", "cooling"), "did you mean 'living_ac.hvacmode'?"),
        (("living_thermostat.actualtemp", "20"), "cannot be set: it can only be read"),
    ],
)
def test_what_cannot_be_held_is_refused_before_anything_is_sent(
    flat: FlatServer, interlock: Interlock, arguments: tuple[str, ...], message: str
) -> None:
    done = interlock("override", flat.site, *arguments)
    assert done.code == 2
    assert message in " ".join(done.err.split())
