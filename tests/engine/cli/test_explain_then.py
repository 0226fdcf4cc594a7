"""``interlock explain`` about an afternoon in which much did not happen: what was so at one time, and why."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from interlock.model import Point
from interlock.service.explain.documents import Explanation
from support.asked_house import FAN, MODE, POWER, SITE, TEMPERATURE, record_afternoon
from support.command import Interlock

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "ask-why.md"
FIRED_AT_25_PAST = "  2026-07-14 12:25:03  becomes thermostat.actualtemp > 26, for 5m"
GAP = "no service ran then: it was last seen at 2026-07-14 14:40:03, and began again at 2026-07-14 15:10:03"

DENIALS = ("it had not fired until then", "nobody had commanded it until then", "nobody held it then")


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site file of a flat, with the journal of its afternoon beside it."""
    return record_afternoon(tmp_path_factory.mktemp("asked"))


def told(interlock: Interlock, flat: Path, *arguments: str) -> list[str]:
    done = interlock("explain", flat, *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def part(lines: list[str], title: str) -> list[str]:
    """The lines under a title, up to the next one."""
    begin = lines.index(title) + 1
    end = next((place for place in range(begin, len(lines)) if not lines[place].startswith(" ")), len(lines))
    return lines[begin:end]


def test_a_firing_tells_each_value_its_age_and_what_each_part_came_to(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = part(told(interlock_in_thread, flat, "cool", "--at", "2026-07-14T12:35"), "fired before:")
    assert lines == [
        FIRED_AT_25_PAST,
        "    not window.power and (not away.value or thermostat.actualtemp > 30) was true",
        "      not window.power: true",
        "      not away.value or thermostat.actualtemp > 30: true",
        "        not away.value: true",
        "        thermostat.actualtemp > 30: false",
        "    away.value = off",
        "    thermostat.actualtemp = 26.4 °C, read 5m before",
        "    window.power = off, read 25m before",
        "    set ac.hvacpower: on: ac.hvacpower = on",
        "    delay 10s: waiting 10s",
        "    ac.hvacpower = on: accepted",
        "      read back: on, since 2026-07-14 12:25:03",
        "    set ac.hvacmode: cooling: ac.hvacmode = cooling",
        "    ac.hvacmode = cooling: accepted",
        "      read back: cooling, since 2026-07-14 12:25:13",
        "    done, after 10s",
    ]


def test_every_kind_of_near_miss_says_why_with_what_it_saw(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = part(told(interlock_in_thread, flat, "cool"), "looked and did not fire:")
    assert [line for line in lines if not line.startswith("      ")] == [
        "  condition unknown, once: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 13:41:33  it went unknown",
        "  switched off, once: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 13:30:03  it is switched off by hand since 2026-07-14 13:20:03",
        "  condition false, once: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 13:10:03  "
        "not window.power and (not away.value or thermostat.actualtemp > 30) is false",
        "  held back, once: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 12:40:03  held back: it cools down for 30m",
        "  hold broken, once: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 12:14:03  it lasted 4m of 5m",
    ]
    assert "      thermostat.actualtemp = 26.8 °C, read 5m before" in lines


def test_what_came_many_times_is_told_as_spells_and_the_rest_is_counted(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = part(told(interlock_in_thread, flat, "airing", "--limit", "2"), "looked and did not fire:")
    assert lines[:6] == [
        "  condition false, 196 times since 2026-07-14 12:01:00: every 1m",
        "    2026-07-14 13:51:00 to 16:15:00, 115 times: window.power is false",
        "      window.power = off, read 1h4m before",
        "    2026-07-14 13:21:00 to 13:41:00, 21 times: window.power is false",
        "      window.power = off, read 20m57s before",
        "    and 60 more since 2026-07-14 12:01:00",
    ]
    assert "    2026-07-14 13:20:00  skipped: the rule is still running" in lines


def test_a_moment_at_which_nothing_came_says_what_each_part_was(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = told(interlock_in_thread, flat, "cool", "--at", "2026-07-14T12:35")
    assert lines[1] == "asked about 2026-07-14 12:35:00"
    assert part(lines, "as its files have it now, at 2026-07-14 12:35:00:") == [
        "  becomes thermostat.actualtemp > 26, for 5m was false",
        "    thermostat.actualtemp = 25, since 2026-07-14 12:30:03 (4m57s before)",
        "  condition not window.power and (not away.value or thermostat.actualtemp > 30) was true",
        "    not window.power: true",
        "      window.power = off, since 2026-07-14 12:00:03 (34m57s before)",
        "    not away.value or thermostat.actualtemp > 30: true",
        "      not away.value: true",
        "        away.value = off, since 2026-07-14 12:00:03 (34m57s before)",
        "      thermostat.actualtemp > 30: false",
        "        thermostat.actualtemp = 25, since 2026-07-14 12:30:03 (4m57s before)",
    ]
    assert part(lines, "fired next:")[0].startswith("  2026-07-14 15:25:03  becomes ")
    assert part(lines, "looked and did not fire:") == [
        "  hold broken: becomes thermostat.actualtemp > 26, for 5m",
        "    2026-07-14 12:14:03  it lasted 4m of 5m",
        "      thermostat.actualtemp = 25.8 °C, read at that moment",
    ]


@pytest.mark.parametrize("subject", ["cool", POWER])
def test_nothing_is_denied_of_times_before_the_journal_begins(
    interlock_in_thread: Interlock, flat: Path, subject: str
) -> None:
    before = "\n".join(told(interlock_in_thread, flat, subject, "--at", "2026-07-14T11:00"))
    within = "\n".join(told(interlock_in_thread, flat, subject, "--at", "2026-07-14T12:00:04"))
    assert any(words in within for words in DENIALS)
    assert not any(words in before for words in DENIALS)


@pytest.mark.parametrize(
    ("at", "note"),
    [
        (
            "2026-07-14T11:00",
            "the journal begins at 2026-07-14 12:00:03: it knows nothing of earlier times",
        ),
        ("2026-07-14T15:00", GAP),
        (
            "2026-07-15",
            "the journal ends at 2026-07-14 16:15:03, when the service was last seen: "
            "it knows nothing of later times",
        ),
    ],
)
@pytest.mark.parametrize("subject", ["cool", POWER])
def test_a_time_at_which_no_service_ran_is_said_to_be_one(
    interlock_in_thread: Interlock, flat: Path, subject: str, at: str, note: str
) -> None:
    lines = told(interlock_in_thread, flat, subject, "--at", at)
    assert note in lines
    assert not any(line.startswith("as its files have it now") for line in lines)


def test_a_switch_of_later_is_not_told(interlock_in_thread: Interlock, flat: Path) -> None:
    switched = "it is switched on by hand since 2026-07-14 13:40:03"
    assert switched in told(interlock_in_thread, flat, "cool", "--at", "2026-07-14T13:41")
    assert switched not in told(interlock_in_thread, flat, "cool", "--at", "2026-07-14T13:39")


def test_a_point_tells_what_it_was_and_who_held_it_against_whom(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    assert told(interlock_in_thread, flat, FAN, "--at", "2026-07-14T13:35")[1:] == [
        "asked about 2026-07-14 13:35:00",
        "held then:",
        "  2026-07-14 13:25:03  maximum at priority 8 by operator cli, until 2026-07-14 13:55:03: "
        "its time is over",
        "behind that:",
        "  2026-07-14 13:25:03  minimum at priority 12 by rule siesta, until 2026-07-14 13:40:03: "
        "while: thermostat.actualtemp > 27 is false (thermostat.actualtemp = 25)",
        "commanded before:",
        "  2026-07-14 13:25:03  ac.hvacfan = maximum at priority 8: accepted, by operator cli",
        "      read back: maximum, since 2026-07-14 13:25:03",
        "read, until then:",
        "  2026-07-14 13:25:03  maximum",
        "  2026-07-14 12:00:03  auto",
    ]


def test_a_point_tells_of_the_next_command(interlock_in_thread: Interlock, flat: Path) -> None:
    lines = told(interlock_in_thread, flat, POWER, "--at", "2026-07-14T12:10")
    assert "nobody had commanded it until then" in lines
    assert "nobody held it then" in lines
    assert part(lines, "commanded next:")[0] == (
        "  2026-07-14 12:25:03  ac.hvacpower = on: accepted, by rule cool"
    )


def test_a_guard_that_let_a_command_wait_is_told_with_until_when(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = part(told(interlock_in_thread, flat, POWER, "--limit", "1"), "commanded:")
    assert lines[0] == "  2026-07-14 15:25:03  ac.hvacpower = on: accepted, after 5m, by rule cool"
    assert lines[2:] == [
        "      first deferred: min_off 20m: it is not off for so long yet; it waits until 15:30:03",
        "      read back: on, since 2026-07-14 15:30:03",
    ]


def test_a_firing_and_a_command_are_found_by_their_ids(interlock_in_thread: Interlock, flat: Path) -> None:
    assert told(interlock_in_thread, flat, "1-1")[:2] == ["firing 1-1 of rule cool", FIRED_AT_25_PAST]
    assert told(interlock_in_thread, flat, "1-2")[:2] == [
        "command 1-2",
        "  2026-07-14 12:25:03  ac.hvacpower = on: accepted, by rule cool",
    ]


def test_a_device_tells_the_last_of_each_of_its_points(interlock_in_thread: Interlock, flat: Path) -> None:
    lines = told(interlock_in_thread, flat, "ac")
    assert lines[0] == "device ac: hvac; ask about one of its points for more"
    titles = [line.partition(":")[0] for line in lines if line.startswith("point ")]
    assert titles == [f"point ac.{each}" for each in ("hvacpower", "hvacsetpoint", "hvacmode", "hvacfan")]


def test_a_rule_that_was_removed_is_told_from_the_journal(
    interlock_in_thread: Interlock, flat: Path, tmp_path: Path
) -> None:
    text = flat.read_text(encoding="utf-8").replace("- id: airing", "- id: draughts")
    other = tmp_path / "site.yaml"
    other.write_text(text, encoding="utf-8")
    lines = told(interlock_in_thread, other, "airing", "--journal", str(flat.parent / "interlock.sqlite"))
    assert lines[:2] == [
        "rule airing",
        "it is in the site's files no more: this is what the journal still holds of it",
    ]
    assert part(lines, "fired:")[0] == "  2026-07-14 13:19:00  every 1m"


@pytest.mark.parametrize("subject", ["cool", "airing", "siesta", FAN, MODE, "ac", "1-1", "1-2"])
@pytest.mark.parametrize("at", [None, "2026-07-14T13:35", "2026-07-14T15:00"])
def test_json_is_as_documented(
    interlock_in_thread: Interlock, flat: Path, subject: str, at: str | None
) -> None:
    options = ["--at", at] if at else []
    done = interlock_in_thread("explain", flat, subject, *options, "--json")
    model: TypeAdapter[Explanation] = TypeAdapter(Explanation)
    found = model.validate_json(done.out)
    assert json.loads(model.dump_json(found)) == json.loads(done.out)


def test_json_tells_ages_in_seconds_and_takes_expressions_apart(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    found = json.loads(interlock_in_thread("explain", flat, "cool", "--at", "2026-07-14T12:35", "--json").out)
    assert found["then"] == {"at": "2026-07-14T10:35:00+00:00", "is_alive": True, "note": ""}
    [firing] = found["firings"]
    assert {each["point"]: each["age_s"] for each in firing["seen"]}[TEMPERATURE] == 300.0
    trigger, condition = firing["judged"]
    assert (trigger["text"], trigger["value"]) == ("thermostat.actualtemp > 26", True)
    assert [each["text"] for each in condition["parts"]] == [
        "not window.power",
        "not away.value or thermostat.actualtemp > 30",
    ]
    assert found["next_firing"]["at"] == "2026-07-14T13:25:03+00:00"
    assert firing["commands"][0]["shown"]["value"] is True


def test_a_local_time_that_comes_twice_names_both(interlock_in_thread: Interlock, flat: Path) -> None:
    done = interlock_in_thread("explain", flat, str(Point(POWER)), "--at", "2026-10-25T02:30")
    assert done.err == (
        "02:30 comes twice on 2026-10-25: this is the first one; --at 2026-10-25T02:30+01:00 is the second\n"
    )
    assert "asked about 2026-10-25 02:30:00+02:00" in done.out
    second = interlock_in_thread("explain", flat, POWER, "--at", "2026-10-25T02:30+01:00")
    assert (second.err, "asked about 2026-10-25 02:30:00+01:00" in second.out) == ("", True)


def test_a_time_that_is_none_is_wrong_usage(interlock_in_thread: Interlock, flat: Path) -> None:
    done = interlock_in_thread("explain", flat, POWER, "--at", "the other day")
    assert done.code == 2
    assert "--at: 'the other day' is no time: write for example 17:36, yesterday" in done.err


def shown_in_the_docs() -> Iterator[tuple[str, str]]:
    """What stands behind the command in each block of the page, and what it is said to print."""
    blocks = re.findall(
        r"```console\n\$ interlock explain site.yaml (.*)\n((?:.*\n)*?)```", PAGE.read_text("utf-8")
    )
    yield from ((arguments, output) for arguments, output in blocks if output)


@pytest.mark.parametrize(("arguments", "output"), list(shown_in_the_docs()))
def test_the_page_shows_what_is_printed(
    interlock_in_thread: Interlock, flat: Path, arguments: str, output: str
) -> None:
    assert interlock_in_thread("explain", flat, *arguments.split()).out == output


def test_the_page_shows_the_rule_that_it_speaks_of() -> None:
    [rule] = re.findall(r"```yaml\n(- id: cool\n(?:.*\n)*?)```", PAGE.read_text("utf-8"))
    assert "".join(f"  {line}\n" for line in rule.splitlines()) in SITE
