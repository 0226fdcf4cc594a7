"""``interlock rules`` and ``interlock eval`` while no service runs: the files, the journal, the devices."""

import asyncio
from pathlib import Path

import pytest

from interlock.clock import WallClock
from interlock.history.records import Claimed
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point
from interlock.rules.claims import Claim
from support.command import Interlock
from support.flat import FlatServer

pytestmark = pytest.mark.slow

TEMPLATE = """
template:
  parameters: {room: {type: text}, limit: {type: number, default: 26}}
rules:
  - id: warm
    triggers: [{becomes: "{{ room }}_thermostat.actualtemp > limit"}]
    actions: [{set: {"{{ room }}_ac.hvacpower": on}}, {log: "12:30"}]
"""


@pytest.fixture
def site(flat: FlatServer) -> Path:
    for file in (flat.site.parent / "rules").iterdir():
        file.unlink()
    folder = flat.site.parent
    (folder / "templates").mkdir()
    (folder / "templates" / "warm.yaml").write_text(TEMPLATE, encoding="utf-8")
    (folder / "rules" / "own.yaml").write_text(
        "rules:\n  - {use: templates/warm.yaml, with: {room: living}}\n"
        '  - {id: nap, enabled: false, triggers: [{at: "04:30"}], actions: [{delay: 1h}]}\n',
        encoding="utf-8",
    )
    return flat.site


def test_rules_are_listed_without_any_journal(site: Path, interlock: Interlock) -> None:
    lines = [line.split() for line in interlock("rules", "list", site).out.splitlines()]
    assert lines == [["warm-living", "on"], ["nap", "off"]]
    assert not (site.parent / "interlock.sqlite").exists()


def test_a_rule_is_switched_for_the_next_start(site: Path, interlock: Interlock) -> None:
    done = interlock("rules", "enable", site, "nap")
    assert (done.code, done.out) == (0, "rule nap is on from the next start on\n")
    assert interlock("rules", "disable", site, "warm-living").code == 0
    lines = [line.split()[:4] for line in interlock("rules", "list", site).out.splitlines()]
    assert lines == [["warm-living", "off", "by", "hand"], ["nap", "on", "by", "hand"]]


def test_what_a_rule_held_when_the_service_ended_is_counted(site: Path, interlock: Interlock) -> None:
    _hold(site.parent / "interlock.sqlite")
    lines = [line.split() for line in interlock("rules", "list", site).out.splitlines()]
    assert lines == [["warm-living", "on", "2", "held"], ["nap", "off"]]


def _hold(path: Path) -> None:
    """Let a service that is gone have claimed two points for a rule, and one for an operator."""
    owners = {
        "living_ac.hvacpower": Origin(OriginKind.RULE, "warm-living"),
        "living_ac.hvacmode": Origin(OriginKind.RULE, "warm-living"),
        "living_ac.hvacsetpoint": Origin(OriginKind.OPERATOR, "warm-living"),
    }

    async def write() -> None:
        journal = SqlJournal(path, WallClock())
        await journal.open()
        now = WallClock().now()
        for point, owner in owners.items():
            claim = Claim(point=Point(point), value=True, priority=12, owner=owner, since=now)
            journal.record(Claimed(claim))
        await journal.close()

    asyncio.run(write())


@pytest.mark.parametrize("command", ["run", "cancel"])
def test_only_a_service_can_run_and_cancel(site: Path, interlock: Interlock, command: str) -> None:
    done = interlock("rules", command, site, "nap")
    assert (done.code, done.out) == (1, "")
    assert "no service runs with journal" in done.err


def test_a_rule_that_there_is_not_is_wrong_usage(site: Path, interlock: Interlock) -> None:
    for command in ("show", "enable", "disable"):
        done = interlock("rules", command, site, "npa")
        assert (done.code, "did you mean 'nap'?" in done.err) == (2, True)


def test_a_rule_is_shown_as_its_template_makes_it(site: Path, interlock: Interlock) -> None:
    origin, *lines = interlock("rules", "show", site, "warm-living").out.splitlines()
    assert origin.startswith("# ")
    assert "templates/warm.yaml:5" in origin
    assert "rules/own.yaml:2" in origin
    text = "\n".join(lines)
    assert "living_ac.hvacpower: on" in text
    assert "12:30" in text
    assert "id: warm-living" in text


def test_eval_reads_what_it_needs(site: Path, flat: FlatServer, interlock: Interlock) -> None:
    flat.hold("living_thermostat.actualtemp", 27.5)
    done = interlock("eval", site, "living_thermostat.actualtemp > 26")
    assert done.code == 0
    assert done.out == (
        "living_thermostat.actualtemp > 26  on  (on or off)\n"
        "  living_thermostat.actualtemp     27.5  (a number)\n"
    )


def test_eval_does_not_read_what_is_given(site: Path, flat: FlatServer, interlock: Interlock) -> None:
    asked = len(flat.targets())
    given = "living_thermostat.actualtemp=20"
    done = interlock("eval", site, "living_thermostat.actualtemp > 26", "--with", given, "--json")
    assert '"value": "off"' in done.out
    assert len(flat.targets()) == asked


def test_eval_says_why_something_is_unknown(site: Path, flat: FlatServer, interlock: Interlock) -> None:
    done = interlock("eval", site, "previous('living_thermostat.actualtemp') > 26")
    assert done.code == 3
    assert "unknown: " in done.out


def test_eval_renders_a_text(site: Path, flat: FlatServer, interlock: Interlock) -> None:
    flat.hold("living_thermostat.actualtemp", 27.5)
    done = interlock("eval", site, "it is {{ living_thermostat.actualtemp }} degrees")
    assert done.out.splitlines()[0].endswith("it is 27.5 degrees  (text)")


@pytest.mark.parametrize("given", ["x", "=3"])
def test_what_gives_no_value_is_wrong_usage(site: Path, interlock: Interlock, given: str) -> None:
    done = interlock("eval", site, "1 > 0", "--with", given)
    assert (done.code, "gives nothing a value" in done.err) == (2, True)


@pytest.mark.parametrize("kind", ["site", "rules"])
def test_a_schema_is_printed(site: Path, interlock: Interlock, kind: str) -> None:
    done = interlock("schema", site, "--for", kind)
    assert done.code == 0
    assert '"living_ac.hvacmode"' in done.out
    assert "json-schema.org/draft/2020-12/schema" in done.out


def test_a_schema_for_nothing_is_wrong_usage(site: Path, interlock: Interlock) -> None:
    assert interlock("schema", site, "--for", "secrets").code == 2
