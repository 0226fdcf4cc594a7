"""Commands while the site's files have errors: the service that runs goes by what it read before."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import Done, Interlock
from support.flat import FlatServer, copy_flat
from support.live_service import Service, live_service

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

RULES = """
rules:
  - {id: cool, condition: living_thermostat.actualtemp > 26, actions: [{set: {living_ac.hvacmode: cooling}}]}
  - {id: wake, triggers: [{at: "04:30"}], actions: [{log: wake}]}
"""
MODE = "living_ac.hvacmode"
SAID = "error: 1 error in the site's files; first: "


def spoil(site: Path) -> None:
    with site.open("a", encoding="utf-8") as file:
        file.write("connections: [\n")


@pytest.fixture
def service(flat: FlatServer) -> Iterator[Service]:
    with live_service(flat, RULES) as running:
        spoil(flat.site)
        yield running


def complained(done: Done) -> tuple[int, bool, int]:
    """Return the exit code, whether the files were complained of, and how many lines that took."""
    return done.code, done.err.startswith(SAID), len(done.err.splitlines())


def test_a_hand_can_set_hold_see_and_release(service: Service, interlock: Interlock) -> None:
    site = service.flat.site
    done = interlock("set", site, "living_ac.hvacsetpoint", "23.5")
    assert complained(done) == (0, True, 1)
    first, *_, last = done.out.splitlines()
    assert (first, last) == ("living_ac.hvacsetpoint = 23.5: accepted", "  the device answers 23.5 °C")
    done = interlock("override", site, MODE, "dry", "--for", "2h")
    assert complained(done) == (0, True, 1)
    assert done.out.startswith(f"{MODE} = dry: accepted\n")
    done = interlock("claims", site, "--json")
    assert complained(done) == (0, True, 1)
    [claim] = json.loads(done.out)
    assert (claim["value"], claim["priority"], claim["until"] is not None) == ("dry", 8, True)
    assert "+00:00" in interlock("claims", site, MODE).out
    done = interlock("release", site, MODE)
    assert (complained(done), done.out) == ((0, True, 1), f"{MODE}: 1 claim released\n")


def test_rules_are_listed_and_switched(service: Service, interlock: Interlock) -> None:
    site = service.flat.site
    done = interlock("rules", "disable", site, "cool")
    assert (complained(done), done.out) == ((0, True, 1), "rule cool is off\n")
    done = interlock("rules", "list", site)
    assert complained(done) == (0, True, 1)
    rows = [line.split() for line in done.out.splitlines()]
    assert ["cool", "off", "by", "hand"] in rows
    assert [row[-1] for row in rows if row[0] == "wake"] == ["04:30:00"]
    done = interlock("rules", "enable", site, "cool")
    assert (complained(done), done.out) == ((0, True, 1), "rule cool is on\n")
    done = interlock("rules", "enable", site, "coool")
    assert (done.code, done.out) == (1, "")
    assert "there is no rule 'coool'; did you mean 'cool'?" in done.err


def test_what_the_service_does_not_take_is_refused(service: Service, interlock: Interlock) -> None:
    done = interlock("set", service.flat.site, MODE, "colling")
    assert (done.code, done.out) == (1, "")
    assert "living_ac.hvacmode cannot be 'colling'" in done.err
    done = interlock("set", service.flat.site, "living_ac.hvacmood", "cooling")
    assert "did you mean 'living_ac.hvacmode'?" in done.err


def test_the_plan_of_what_is_polled_is_asked_for(service: Service, interlock: Interlock) -> None:
    done = interlock("poll-plan", service.flat.site, "--live")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("house (thinknx-local): ")


def test_without_a_service_the_errors_are_all_there_is(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    spoil(site)
    for command in (("set", MODE, "dry"), ("override", MODE, "dry"), ("call", MODE), ("rules list",)):
        done = interlock(*command[0].split(), site, *command[1:])
        assert (done.code, done.out) == (1, "")
        assert "site.yaml:" in done.err


@pytest.mark.parametrize("command", ["show", "enable", "disable"])
def test_without_a_service_the_errors_are_all_there_is_of_a_rule(
    interlock: Interlock, tmp_path: Path, command: str
) -> None:
    site = copy_flat(tmp_path)
    spoil(site)
    done = interlock("rules", command, site, "cool")
    assert (done.code, done.out) == (1, "")
    assert "site.yaml:" in done.err
    assert not (site.parent / "interlock.sqlite").exists()


def test_a_rule_beside_one_that_is_broken_is_shown(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    (site.parent / "rules" / "own.yaml").write_text(
        "rules: [{id: a, condition: nolamp.power, actions: [{log: x}]}, "
        "{id: b, condition: living_ac.hvacpower, actions: [{log: y}]}]\n"
    )
    done = interlock("rules", "show", site, "b")
    assert complained(done) == (0, True, 1)
    assert "id: b" in done.out


def test_without_a_service_claims_are_read_all_the_same(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    spoil(site)
    done = interlock("claims", site)
    assert (complained(done), done.out) == ((0, True, 1), "nobody claims any point\n")
    done = interlock("release", site, MODE)
    assert done.out == f"{MODE}: neither an override nor a hand holds it\n"


def test_polls_are_planned_for_what_is_sound(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    (site.parent / "rules" / "own.yaml").write_text("rules: [{id: a, condition: nolamp.power}]\n")
    done = interlock("poll-plan", site)
    assert (done.code, done.out.startswith("house (thinknx-local): ")) == (0, True)
    assert "errors in the site's files" in done.err
    spoil(site)
    done = interlock("poll-plan", site)
    assert (done.code, done.out) == (1, "")
    assert "site.yaml:" in done.err
