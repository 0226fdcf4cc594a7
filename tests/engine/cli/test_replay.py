"""The command ``interlock replay``."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.simulation.house import House
from support.command import Interlock
from support.past_house import live
from support.past_week import MODE, TEMPERATURE

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""In Rome."""
MINUTE = timedelta(minutes=1)
SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 1m}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
rules:
  - id: cool
    triggers: [{becomes: thermostat.actualtemp > 26}]
    actions: [{set: {ac.hvacmode: cooling}}]
"""
EDITED = """
rules:
  - id: cool
    triggers: [{becomes: thermostat.actualtemp > 25}]
    actions: [{set: {ac.hvacmode: cooling}}]
"""
SPAN = ("--from", "2026-07-14T12:00", "--to", "2026-07-14T13:00")


async def hour(house: House) -> None:
    """Live through an hour in which it grows warmer by a tenth each minute."""
    house.equipment.set_value(MODE, "auto")
    for minute in range(60):
        house.equipment.set_value(TEMPERATURE, round(23 + minute / 10, 1))
        if not minute:
            await house.switch_on()
        await house.wait_until(NOON + (minute + 1) * MINUTE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with a journal of an hour, and edited rules beside it."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "edited.yaml").write_text(EDITED)
    live(tmp_path, NOON, hour, tells=True)
    return tmp_path


def test_no_difference_is_fine(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "by rule",
        "        sent then  in the replay  same  moved  other  missing  new",
        "  cool          1              1     1      0      0        0    0",
        "- Readings are as recorded, also of points that rules command, whatever the",
        "  replay would have made of them: ac.hvacmode; with --own plant they follow it.",
        "  What hands and operators did is as recorded too.",
        "- Rules begin as at the first start of the service, which the record holds.",
        "no difference: 1 command, as sent then",
    ]


def test_differences_are_findings(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--rules", folder / "edited.yaml")
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines()[:5] == [
        "own rules and other rules: what differs",
        "2026-07-14 Tuesday",
        "  12:21:00  ac.hvacmode = cooling                                           cool",
        "          10m earlier",
        "          why: becomes thermostat.actualtemp > 25 (thermostat.actualtemp = 25.1)",
    ]
    assert done.out.splitlines()[-1] == "1 difference"


def test_no_line_is_longer_than_a_terminal(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--rules", folder / "edited.yaml", "--commands")
    assert max(map(len, done.out.splitlines())) <= 80


def test_every_command_is_listed_where_that_is_wanted(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--commands")
    assert done.out.splitlines()[:5] == [
        "what would be sent",
        "2026-07-14 Tuesday",
        "  12:31:00  ac.hvacmode = cooling                                           cool",
        "          why: becomes thermostat.actualtemp > 26 (thermostat.actualtemp = 26.1)",
        "by rule",
    ]


def test_what_rules_look_at_is_shown_for_an_instant(interlock: Interlock, folder: Path) -> None:
    (folder / "site.yaml").write_text(
        SITE.replace("actions:", "condition: ac.hvacmode == 'dry'\n    actions:")
    )
    done = interlock("replay", folder, *SPAN, "--at", "2026-07-14T12:31:30")
    found = done.out.splitlines()
    place = found.index("what rules looked at")
    assert found[place + 1 : place + 4] == [
        "  12:31:00  condition false                                                 cool",
        "          why: becomes thermostat.actualtemp > 26: ac.hvacmode == 'dry' is false",
        "          (ac.hvacmode = auto, thermostat.actualtemp = 26.1)",
    ]
    elsewhere = interlock("replay", folder, *SPAN, "--at", "2026-07-14T12:32:01")
    assert "what rules looked at" not in elsewhere.out


def test_programs_get_json(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--rules", folder / "edited.yaml", "--json")
    found = json.loads(done.out)
    command = {"point": "ac.hvacmode", "value": "cooling", "fields": {}, "who": "rule cool"}
    reason = "becomes thermostat.actualtemp > {0} (thermostat.actualtemp = {0}.1)"
    after = {"at": "2026-07-14T12:21:00+02:00", **command, "reason": reason.format(25)}
    before = {"at": "2026-07-14T12:31:00+02:00", **command, "reason": reason.format(26)}
    assert found.pop("notes")
    assert found == {
        "site": "Flat",
        "from": "2026-07-14T12:00:00+02:00",
        "to": "2026-07-14T13:00:00+02:00",
        "own": "as-recorded",
        "own_points": ["ac.hvacmode"],
        "compared_with": "rules",
        "tolerance_s": 60.0,
        "commands": [after],
        "differences": [{"kind": "moved", "before": before, "after": after, "moved_by_s": -600.0}],
        "rules": {
            "rule cool": {
                "before": 1,
                "after": 1,
                "same": 0,
                "moved": 1,
                "other_value": 0,
                "missing": 0,
                "new": 0,
            }
        },
        "looks": [],
    }


def test_a_file_of_readings_needs_no_journal(interlock: Interlock, folder: Path) -> None:
    (folder / "interlock.sqlite").unlink()
    values = folder / "values.csv"
    values.write_text("at,thermostat.actualtemp\n2026-07-14T12:00,24\n2026-07-14T12:10,27\n")
    done = interlock("replay", folder, *SPAN, "--csv", values)
    assert done.code == 0
    assert done.out.splitlines()[-1] == "1 command would be sent; nothing is recorded to compare with"
    assert (
        json.loads(interlock("replay", folder, *SPAN, "--csv", values, "--json").out)["differences"] is None
    )


def test_a_report_is_written(interlock: Interlock, folder: Path) -> None:
    page = folder / "page.html"
    done = interlock("replay", folder, *SPAN, "--rules", folder / "edited.yaml", "--report", page)
    assert done.out.splitlines()[-1] == f"report: {page}"
    text = page.read_text()
    for words in ("Replay of Flat", "10m earlier", "Readings are as recorded", "ac.hvacmode, other rules"):
        assert words in text


def test_a_report_that_nothing_draws_is_told_before_anything_is_played(
    interlock: Interlock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    monkeypatch.setattr("interlock.simulation.replay.replaying.replay", None)
    done = interlock("replay", folder, *SPAN, "--report", folder / "page.html")
    assert done.code == 2
    assert done.err == "error: a report needs the extra report: pip install 'interlock[report]'\n"


def test_a_tolerance_may_be_given(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--rules", folder / "edited.yaml", "--tolerance", "10m")
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--from", "2026-07-14", "--to", "2026-07-13"), "--from 2026-07-14 is not before --to 2026-07-13"),
        (
            ("--from", "noon"),
            "--from: 'noon' is no time: write for example 17:36, yesterday, yesterday 17:36, 2026-07-13",
        ),
        (
            ("--from", "2026-03-29T02:30"),
            "--from: there is no 02:30 on 2026-03-29 in Europe/Rome: clocks jump past it",
        ),
        ((*SPAN, "--at", "2026-07-14T13:00"), "--at 2026-07-14T13:00 is not between --from and --to"),
        ((*SPAN, "--own", "mine"), "there is no --own 'mine': write one of as-recorded, plant"),
        (
            (*SPAN, "--tolerance", "soon"),
            "--tolerance 'soon' is no duration: write for example 30s, 5m, 1h30m or 2d",
        ),
        (
            (*SPAN, "--report", "nowhere/page.html"),
            "--report nowhere/page.html cannot be written: there is no",
        ),
        (
            (*SPAN, "--report", "/dev/null"),
            "--report /dev/null cannot be written: what is there is not a file",
        ),
        (
            ("--from", "2026-08-01", "--to", "2026-08-02"),
            "error: nothing is recorded from 2026-08-01 00:00 to 2026-08-02 00:00: the record reaches from "
            "2026-07-14 12:00 to 2026-07-14 13:00",
        ),
        (
            (*SPAN, "--journal", "none.sqlite"),
            "error: journal none.sqlite does not exist: no service wrote it yet",
        ),
        (
            (*SPAN, "--rules", "none.yaml"),
            "none.yaml:1:1: error: the file cannot be read: there is no such file",
        ),
        (
            (*SPAN, "--csv", "none.csv"),
            "none.csv:1:1: error: the file cannot be read: No such file or directory",
        ),
        ((*SPAN, "--history"), "has nothing that was fetched"),
    ],
)
def test_whatever_is_wrong_is_trouble(
    interlock: Interlock, folder: Path, arguments: tuple[str, ...], expected: str
) -> None:
    done = interlock("replay", folder, *arguments)
    assert done.code == 2
    assert expected in " ".join(done.err.replace("│", " ").split())


def test_a_page_does_not_take_the_place_of_the_site_nor_of_its_journal(
    interlock: Interlock, folder: Path
) -> None:
    for name in ("site.yaml", "interlock.sqlite"):
        before = (folder / name).read_bytes()
        done = interlock("replay", folder, *SPAN, "--report", folder / name)
        assert (done.code, done.out) == (2, "")
        assert "belongs to the site, and is not written over" in " ".join(done.err.replace("│", " ").split())
        assert (folder / name).read_bytes() == before


def test_a_folder_is_no_journal(interlock: Interlock, folder: Path) -> None:
    done = interlock("replay", folder, *SPAN, "--journal", folder)
    assert (done.code, done.out, done.err) == (2, "", f"error: --journal: {folder} is a directory\n")


def test_errors_of_the_site_are_trouble_too(interlock: Interlock, folder: Path) -> None:
    (folder / "site.yaml").write_text(SITE.replace("hvacmode", "hvacmod"))
    done = interlock("replay", folder, *SPAN)
    assert done.code == 2
    assert "has no controller 'hvacmod'" in done.err


def test_times_of_the_hour_that_comes_twice_have_their_offset(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "values.csv").write_text(
        "at,thermostat.actualtemp\n"
        "2026-10-25T01:00,22\n2026-10-25T02:30,27\n2026-10-25T02:40,22\n2026-10-25T02:30,27\n"
    )
    done = interlock(
        "replay", tmp_path, "--from", "2026-10-25", "--to", "2026-10-26", "--csv", tmp_path / "values.csv"
    )
    times = [line.split()[0] for line in done.out.splitlines() if "hvacmode = cooling" in line]
    assert times == ["02:30:00+02:00", "02:30:00+01:00"]
