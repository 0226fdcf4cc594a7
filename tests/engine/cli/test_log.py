"""``interlock log``: how much a service that runs logs of what."""

import json
from collections.abc import Iterator

import pytest

from support.command import Interlock
from support.flat import FlatServer
from support.live_service import Service, live_service

pytestmark = pytest.mark.slow

RULES = """
rules:
  - {id: cool, condition: living_thermostat.actualtemp > 26, actions: [{set: {living_ac.hvacmode: cooling}}]}
"""


@pytest.fixture
def service(flat: FlatServer) -> Iterator[Service]:
    with live_service(flat, RULES) as running:
        yield running


def level_of(interlock: Interlock, service: Service, area: str) -> tuple[str, bool]:
    """Return the level of an area, and whether it goes back by itself."""
    done = interlock("log", service.flat.site, "--json")
    assert (done.code, done.err) == (0, "")
    [line] = [each for each in json.loads(done.out)["areas"] if each["area"] == area]
    return line["level"], line["until"] is not None


def test_an_area_is_changed_and_goes_back_by_itself(interlock: Interlock, service: Service) -> None:
    assert level_of(interlock, service, "rule") == ("info", False)
    done = interlock("log", service.flat.site, "rule", "debug", "--for", "2s")
    assert (done.code, done.err) == (0, "")
    [row] = [line.split() for line in done.out.splitlines() if line.startswith("rule ")]
    assert row[:3] == ["rule", "debug", "until"]
    service.until("rule is logged from level debug on for 2s")
    service.until("rule is logged from level info on again: the time is over")
    assert level_of(interlock, service, "rule") == ("info", False)


def test_a_reload_leaves_it_as_it_is(interlock: Interlock, service: Service) -> None:
    interlock("log", service.flat.site, "poll", "debug", "--for", "1h")
    assert interlock("reload", service.flat.site).code == 0
    assert level_of(interlock, service, "poll") == ("debug", True)
    interlock("log", service.flat.site, "poll", "usual")
    assert level_of(interlock, service, "poll") == ("info", False)


def test_what_there_is_not_is_refused_with_the_nearest_name(interlock: Interlock, service: Service) -> None:
    done = interlock("log", service.flat.site, "rulr", "debug")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: there is no area 'rulr'; did you mean 'rule'?\n"


def test_without_a_service_that_is_said(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("log", flat.site)
    assert done.code == 1
    assert "no service runs with journal" in done.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rule",), "an area and a level are wanted, such as rule debug, or neither"),
        (("rule", "debug", "--for", "0"), "--for: a time longer than 0 is wanted, such as 2h"),
        (("rule", "debug", "--for", "soon"), "--for: 'soon' is no duration"),
    ],
)
def test_what_makes_no_sense_is_refused(
    interlock: Interlock, flat: FlatServer, arguments: tuple[str, ...], complaint: str
) -> None:
    done = interlock("log", flat.site, *arguments)
    assert done.code == 2
    assert complaint in done.err
