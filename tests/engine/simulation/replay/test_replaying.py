"""A week that a flat lived through, played to its rules again, and to edited ones."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from interlock.errors import JournalError, ReplayFailed
from interlock.service.loading import load
from interlock.simulation.replay.comparison import Tally
from interlock.simulation.replay.groups import what_differs
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import (
    Baseline,
    Replayed,
    Sources,
    open_record,
    replay,
    span_of,
)
from support.past_week import END, MINUTE, SITE, START, at

Edit = Callable[[str], str]
BOTH = pytest.mark.parametrize("own", list(Own))


def replayed(
    folder: Path,
    *,
    start: datetime = START,
    end: datetime = END,
    own: Own = Own.AS_RECORDED,
    edit: Edit | None = None,
    sources: Sources | None = None,
) -> Replayed:
    """Replay a part of the week, also with edited rules."""
    loaded = load(folder, environ={})
    other = None
    if edit is not None:
        edited = folder / "edited.yaml"
        edited.write_text(edit(SITE))
        other = load(edited, environ={})
        edited.unlink()
    with open_record(loaded.site, sources or Sources()) as record:
        span = span_of(record, other or loaded, start, end, MINUTE)
        return replay(loaded, record, span, own, other)


def told(found: Replayed) -> list[str]:
    """Return the differences, a line each, by the days of the week from Monday = 0."""
    assert found.comparison is not None
    lines = []
    for each in found.comparison.differences:
        passed = each.at - START
        clock = f"{passed.days} {(passed.seconds + 3) // 3600:02}:{(passed.seconds + 3) // 60 % 60:02}"
        lines.append(f"{clock} {what_differs(each)}: {each.shown} ({each.who})")
    return lines


@BOTH
def test_the_same_rules_do_the_same(week: Path, own: Own) -> None:
    found = replayed(week, own=own)
    assert told(found) == []
    assert found.baseline is Baseline.RECORDED
    assert len(found.before) == len(found.after) == 67


@BOTH
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(at(2, 13.4), id="while a hold is running"),
        pytest.param(at(2, 15), id="while a hand holds"),
        pytest.param(at(1, 10.5), id="while no service runs"),
        pytest.param(at(3, 14), id="while an override stands"),
        pytest.param(at(4, 12.2), id="while a server is away"),
        pytest.param(at(5, 9.5), id="while a firing waits"),
        pytest.param(at(1, 11), id="at a start"),
    ],
)
def test_a_replay_may_begin_anywhere(week: Path, own: Own, start: datetime) -> None:
    found = replayed(week, start=start, own=own)
    assert told(found) == []
    assert found.after


def test_a_journal_is_left_as_it_is(week: Path) -> None:
    before = hashlib.sha256((week / "interlock.sqlite").read_bytes()).digest()
    replayed(week, start=at(1, 0), end=at(2, 0))
    assert hashlib.sha256((week / "interlock.sqlite").read_bytes()).digest() == before


def test_nobody_asks_for_what_was_on_already_before_the_start(week: Path) -> None:
    """It kept cooling when the replay begins: that it had begun to is of the past."""
    found = replayed(week, start=at(0, 12), end=at(0, 20))
    assert [str(each) for each in found.after] == [
        "lamp.value = on",
        "siesta.running = on",
        "ac.hvacfan = maximum",
        "lamp.value = off",
    ]


@BOTH
def test_a_lower_threshold_cools_earlier(week: Path, own: Own) -> None:
    found = replayed(
        week, end=at(1, 0), own=own, edit=lambda text: text.replace("> 26\n    u", "> 25.5\n    u")
    )
    assert found.baseline is Baseline.RULES
    assert told(found) == [
        "0 09:20 40m earlier: ac.hvacmode = cooling (rule cool)",
        "0 09:20 40m earlier: ac.hvacpower = on (rule cool)",
    ]


@BOTH
def test_another_value_is_sent_instead(week: Path, own: Own) -> None:
    found = replayed(
        week, end=at(1, 0), own=own, edit=lambda text: text.replace("mode: cooling", "mode: dry")
    )
    assert told(found) == ["0 10:00 instead of ac.hvacmode = cooling: ac.hvacmode = dry (rule cool)"]


def later(text: str) -> str:
    return text.replace('at: "22:00"', 'at: "22:20"')


def test_a_later_time_moves_what_devices_follow(week: Path) -> None:
    found = replayed(week, end=at(2, 0), own=Own.PLANT, edit=later)
    assert told(found) == [
        "0 22:00 20m later: ac.hvacfan = minimum (rule calm)",
        "1 22:00 20m later: ac.hvacfan = minimum (rule calm)",
    ]


def test_what_was_recorded_needs_no_command(week: Path) -> None:
    """At 22:20 the fan shows what it had been set to at 22:00, which the record cannot take back."""
    found = replayed(week, end=at(1, 0), own=Own.AS_RECORDED, edit=later)
    assert told(found) == ["0 22:00 missing: ac.hvacfan = minimum (rule calm)"]


@pytest.mark.parametrize("mode", ["false", "shadow"])
def test_a_rule_that_does_not_act_is_missing(week: Path, mode: str) -> None:
    found = replayed(
        week, end=at(1, 0), edit=lambda text: text.replace("id: calm\n", f"id: calm\n    enabled: {mode}\n")
    )
    assert told(found) == ["0 22:00 missing: ac.hvacfan = minimum (rule calm)"]
    shadows = [each for each in found.notes if "shadow" in each]
    assert shadows == (["Commands of rules in the shadow are left out: 1."] if mode == "shadow" else [])


def test_a_new_rule_is_new(week: Path) -> None:
    rule = """
  - id: morning
    triggers: [{at: "06:00"}]
    actions: [{set: {lamp.value: on}}]
"""
    found = replayed(week, end=at(1, 0), edit=lambda text: text + rule)
    assert told(found) == ["0 06:00 new: lamp.value = on (rule morning)"]
    assert found.comparison is not None
    [new] = found.comparison.differences
    assert new.shown.reason == "at 06:00"


def test_what_is_missing_says_why_it_was_sent(week: Path) -> None:
    """The site itself was edited since the record was written."""
    folder = week.parent / "edited"
    folder.mkdir()
    (folder / "site.yaml").write_text(SITE.replace("> 27", "> 29"))
    sources = Sources(journal=week / "interlock.sqlite")
    found = replayed(folder, start=at(0, 0), end=at(1, 0), sources=sources)
    assert found.baseline is Baseline.RECORDED
    assert told(found) == ["0 12:10 missing: ac.hvacfan = maximum (rule breeze)"]
    assert found.comparison is not None
    [missing] = found.comparison.differences
    assert (
        missing.shown.reason == "becomes thermostat.actualtemp > 27, for 30m (thermostat.actualtemp = 27.3)"
    )


def test_the_tallies_are_by_rule(week: Path) -> None:
    found = replayed(week, end=at(2, 0), own=Own.PLANT, edit=later)
    assert found.comparison is not None
    calm, light = (found.comparison.tallies[f"rule {name}"] for name in ("calm", "light"))
    assert calm == Tally(before=2, after=2, moved=2)
    assert light == Tally(before=4, after=4, same=4)


def test_it_says_what_it_goes_by(week: Path) -> None:
    found = replayed(week, start=at(2, 0), end=at(3, 0))
    assert found.notes == (
        "Readings are as recorded, also of points that rules command, whatever the replay would have made of "
        "them: ac.hvacfan, ac.hvacmode, ac.hvacpower; with --own plant they follow it. What hands and "
        "operators did is as recorded too.",
        "The site's own points follow the replay: away.value, siesta.running.",
        "Rules begin 1d earlier, at 2026-07-14 00:00, so that they know what they would have known; what was "
        "true already then fires nothing.",
    )
    assert found.followed == ("ac.hvacfan", "ac.hvacmode", "ac.hvacpower")


def test_it_says_how_long_rules_rest(week: Path) -> None:
    found = replayed(week, start=at(1, 0), end=at(2, 0))
    assert found.notes[-1] == "No service ran for 1.0 h in all, once: rules rest then, as after a power cut."


def test_it_says_where_it_begins_with_the_first_start(week: Path) -> None:
    assert (
        "Rules begin as at the first start of the service, which the record holds."
        in replayed(week, end=at(0, 1)).notes
    )


def test_it_says_where_points_follow_the_replay(week: Path) -> None:
    assert replayed(week, end=at(0, 1), own=Own.PLANT).notes[0] == (
        "Points that rules command hold what the replay last commanded, or what somebody else made of them "
        "then: ac.hvacfan, ac.hvacmode, ac.hvacpower. Everything else is as recorded: the site "
        "describes no plant with temperatures."
    )


def test_a_time_without_a_record_is_refused(week: Path) -> None:
    with pytest.raises(ReplayFailed) as caught:
        replayed(week, start=at(30, 0), end=at(31, 0))
    assert str(caught.value) == (
        "nothing is recorded from 2026-08-12 00:00 to 2026-08-13 00:00: "
        "the record reaches from 2026-07-13 00:00 to 2026-07-20 00:00"
    )


def test_a_journal_of_another_site_is_refused(week: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: {name: Other, timezone: Europe/Rome}\n"
        "devices: {holiday: {type: flag}}\n"
        "rules: [{id: a, triggers: [{at: '07:00'}], actions: [{set: {holiday.value: on}}]}]\n"
    )
    with pytest.raises(ReplayFailed) as caught:
        replayed(tmp_path, sources=Sources(journal=week / "interlock.sqlite"))
    assert str(caught.value) == (
        f"journal {week}/interlock.sqlite is of another site: {tmp_path}/site.yaml has none of its points, "
        "such as ac.hvacfan, ac.hvacmode, ac.hvacpower"
    )


def test_a_journal_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    with pytest.raises(JournalError, match="does not exist"):
        replayed(tmp_path)


def test_a_newer_journal_is_refused(week: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    newer = tmp_path / "interlock.sqlite"
    newer.write_bytes((week / "interlock.sqlite").read_bytes())
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE meta SET version = 99")
    connection.close()
    with pytest.raises(JournalError, match="it has version 99, and this program knows versions up to"):
        replayed(tmp_path)


def test_nothing_fetched_is_refused(week: Path) -> None:
    with pytest.raises(ReplayFailed, match="has nothing that was fetched: interlock history fetch brings it"):
        replayed(week, sources=Sources(fetched=True))


PLANT = """
  - id: hot
    triggers: [{becomes: thermostat.actualtemp > 27.5}]
    actions: [{set: {lamp.value: on}}]
plant:
  zones:
    living: {area: 30, temperature: thermostat.actualtemp, hvac: {device: ac}}
"""


def with_plant(week: Path, folder: Path, own: Own) -> Replayed:
    """Replay half a day without any cooling, at a site that describes its building."""
    text = SITE + PLANT
    (folder / "site.yaml").write_text(text)
    edited = folder / "edited.yaml"
    edited.write_text(text.replace("id: cool\n", "id: cool\n    enabled: false\n"))
    loaded, other = load(folder, environ={}), load(edited, environ={})
    with open_record(loaded.site, Sources(journal=week / "interlock.sqlite")) as record:
        span = span_of(record, other, at(3, 0), at(3, 18), MINUTE)
        return replay(loaded, record, span, own, other)


def test_temperatures_follow_the_plant_of_the_site(week: Path, tmp_path: Path) -> None:
    found = with_plant(week, tmp_path, Own.PLANT)
    assert any(line.endswith("new: lamp.value = on (rule hot)") for line in told(found))
    assert found.notes[0] == (
        "Points that rules command hold what the replay last commanded, or what somebody else made of them "
        "then: ac.hvacfan, ac.hvacmode, ac.hvacpower. Temperatures are those of the site's plant, in its own "
        "weather: thermostat.actualtemp. The rest is as recorded."
    )
    assert found.followed == ("ac.hvacfan", "ac.hvacmode", "ac.hvacpower", "thermostat.actualtemp")


def test_recorded_temperatures_do_not(week: Path, tmp_path: Path) -> None:
    found = with_plant(week, tmp_path, Own.AS_RECORDED)
    assert not any("rule hot" in line for line in told(found))
    assert sum(str(each.command.origin) == "rule hot" for each in found.after) == 1
