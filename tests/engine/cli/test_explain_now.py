"""``interlock explain`` while a service runs: what is so now, and what its journal lacks."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.service.control.protocol import ControlError
from support.asked_house import FAN, POWER, TEMPERATURE, record_afternoon
from support.canned_service import FULL, NOW, WRITTEN, Canned, account, claim, serving, standing
from support.command import Interlock

pytestmark = pytest.mark.slow

LACKS = (
    "the journal has not been written since 2026-07-14 16:40:03 (the disk is full): "
    "what happened after is not told here"
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site file of a flat, with the journal of its afternoon beside it."""
    return record_afternoon(tmp_path_factory.mktemp("asked"))


@pytest.fixture
def flat(recorded: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, to be spoilt."""
    shutil.copytree(recorded.parent, tmp_path / "flat")
    yield tmp_path / "flat" / recorded.name


def told(interlock: Interlock, flat: Path, canned: Canned, *arguments: str) -> list[str]:
    with serving(canned, flat.parent / "interlock.sqlite"):
        done = interlock("explain", flat, *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_a_point_is_told_as_the_service_has_it(interlock_in_thread: Interlock, flat: Path) -> None:
    held = claim(FAN, "minimum", "rule siesta", priority=12)
    lines = told(interlock_in_thread, flat, Canned({FAN: account(FAN, "minimum", claims=(held,))}), FAN)
    assert lines[1:5] == [
        "now, 2026-07-14 17:10:03:",
        "  minimum, since 2026-07-14 17:05:03, read 2s ago",
        "  claimed: minimum at priority 12 by rule siesta, since 2026-07-14 17:05:03: written",
        "claimed before:",
    ]
    assert not [line for line in lines if line.endswith("still")]


def test_a_claim_that_the_journal_takes_to_stand_and_the_service_does_not_have_is_not_told(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    before = interlock_in_thread("explain", flat, "siesta", "--json").out
    with serving(Canned({FAN: account(FAN, "auto")}), flat.parent / "interlock.sqlite"):
        after = interlock_in_thread("explain", flat, "siesta", "--json").out
    standing_claims = [
        [each["ended_at"] for each in json.loads(out)["claims"]].count(None) for out in (before, after)
    ]
    assert standing_claims[1] == 0


def test_a_rule_is_told_as_the_service_has_it(interlock_in_thread: Interlock, flat: Path) -> None:
    rule = standing("cool", running=1, queued=2, held=3, fired_at=NOW - timedelta(minutes=1))
    lines = told(interlock_in_thread, flat, Canned(rules={"cool": rule}), "cool")
    assert "says the service:" in lines
    assert lines[lines.index("says the service:") + 1 :] == [
        "  1 firing under way, 2 firings waiting, it holds 3 points",
        "  it fired last at 2026-07-14 17:09:03",
        "now, 2026-07-14 17:10:03:",
        "  every 1m: it comes soon",
    ]
    assert not [line for line in lines if "last seen" in line]


def test_a_rule_that_a_hand_switched_off_is_off_although_its_file_and_journal_differ(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    at = NOW - timedelta(minutes=1)
    rule = standing("cool", is_on=False, switched_by="hand", switched_at=at)
    lines = told(interlock_in_thread, flat, Canned(rules={"cool": rule}), "cool")
    assert "it is switched off by hand since 2026-07-14 17:09:03" in lines
    assert "now, 2026-07-14 17:10:03:" not in lines


def test_what_a_journal_that_is_not_written_lacks_is_said_and_nothing_untrue(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    canned = Canned({TEMPERATURE: account(TEMPERATURE, 25.5, unit="°C", is_writable=False)}, journal=FULL)
    lines = told(interlock_in_thread, flat, canned, TEMPERATURE)
    assert lines[1:4] == [
        LACKS,
        "now, 2026-07-14 17:10:03:",
        "  25.5 °C, since 2026-07-14 17:05:03, read 2s ago",
    ]


def test_what_never_happened_is_said_of_the_journal_alone(interlock_in_thread: Interlock, flat: Path) -> None:
    point = "window.power"
    lines = told(interlock_in_thread, flat, Canned({point: account(point, False)}, journal=FULL), point)
    assert "as far as the journal goes, nobody commanded it" in lines
    lines = told(interlock_in_thread, flat, Canned({point: account(point, False)}), point)
    assert "nobody commanded it" in lines


def test_every_kind_of_subject_tells_what_the_journal_lacks(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    subjects = ["cool", "ac", "1-2", "no-cooling-at-the-open-window", POWER]
    found = [told(interlock_in_thread, flat, Canned(journal=FULL), each).count(LACKS) for each in subjects]
    assert found == [1] * 5


def test_json_has_what_text_has(interlock_in_thread: Interlock, flat: Path) -> None:
    held = claim(FAN, "minimum", "rule siesta", priority=12)
    canned = Canned({FAN: account(FAN, "minimum", claims=(held,))}, journal=FULL)
    document = json.loads("\n".join(told(interlock_in_thread, flat, canned, FAN, "--json")))
    assert (document["now"], document["gaps"], document["is_loaded"]) == (
        {
            "at": "2026-07-14T15:10:03+00:00",
            "value": "minimum",
            "reason": "",
            "changed_at": "2026-07-14T15:05:03+00:00",
            "read_at": "2026-07-14T15:10:01+00:00",
            "is_needed": True,
            "claims": [
                {
                    "value": "minimum",
                    "priority": 12,
                    "owner": "rule siesta",
                    "since": "2026-07-14T15:05:03+00:00",
                    "until": None,
                    "state": "written",
                }
            ],
        },
        [{"since": "2026-07-14T14:40:03+00:00", "until": None, "reason": "the disk is full"}],
        True,
    )


def test_json_of_a_rule_has_what_the_service_says(interlock_in_thread: Interlock, flat: Path) -> None:
    rule = standing("cool", running=1, fired_at=NOW)
    lines = told(interlock_in_thread, flat, Canned(rules={"cool": rule}), "cool", "--json")
    document = json.loads("\n".join(lines))
    assert (document["service"], document["now"]) == (
        {
            "is_on": True,
            "running": 1,
            "queued": 0,
            "held": 0,
            "fired_at": "2026-07-14T15:10:03+00:00",
            "due_at": None,
        },
        {
            "at": "2026-07-14T15:10:03+00:00",
            "is_live": True,
            "is_dry_run": False,
            "parts": [
                {
                    "what": "every 1m",
                    "truth": None,
                    "note": "it comes soon",
                    "because": [],
                    "judged": None,
                }
            ],
        },
    )


def test_entries_that_were_lost_are_said_to_be_missing(interlock_in_thread: Interlock, flat: Path) -> None:
    lost = WRITTEN.model_copy(
        update={
            "lost": 45,
            "lost_from": NOW - timedelta(minutes=50),
            "lost_until": NOW - timedelta(minutes=40),
        }
    )
    said = (
        "the journal lacks some of what happened from 2026-07-14 16:20:03 to 2026-07-14 16:30:03 "
        "(45 entries are lost)"
    )
    canned = Canned(journal=lost)
    assert said in told(interlock_in_thread, flat, canned, "cool")
    assert said in told(interlock_in_thread, flat, canned, "cool", "--at", "2026-07-14T17:00")
    assert said not in told(interlock_in_thread, flat, canned, "cool", "--at", "2026-07-14T16:10")


@pytest.mark.parametrize(
    ("at", "note"),
    [
        ("2026-07-14T16:35", ""),
        (
            "2026-07-14T16:50",
            "the journal has not been written since 2026-07-14 16:40:03 (the disk is full): "
            "it knows nothing of later times",
        ),
        ("2026-07-14T17:20", "it is 2026-07-14 17:10:03 now: nothing is known of later times"),
        (
            "2026-07-14T15:00",
            "no service ran then: it was last seen at 2026-07-14 14:40:03, and began again at "
            "2026-07-14 15:10:03",
        ),
    ],
)
def test_an_instant_while_the_service_runs(
    interlock_in_thread: Interlock, flat: Path, at: str, note: str
) -> None:
    lines = told(interlock_in_thread, flat, Canned(journal=FULL), FAN, "--at", at, "--json")
    document = json.loads("\n".join(lines))
    assert (document["then"]["note"], document["then"]["is_alive"]) == (note, not note)
    assert document["now"] is None


def test_an_instant_in_a_gap_is_told_of_once_and_claims_nothing(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    lines = told(interlock_in_thread, flat, Canned(journal=FULL), "window.power", "--at", "2026-07-14T16:50")
    assert lines[1:4] == [
        "asked about 2026-07-14 16:50:00",
        "the journal has not been written since 2026-07-14 16:40:03 (the disk is full): "
        "it knows nothing of later times",
        "as far as the journal goes, nobody held it then",
    ]


def test_what_the_service_does_not_have_yet_is_said(interlock_in_thread: Interlock, flat: Path) -> None:
    for subject in ("cool", FAN):
        lines = told(interlock_in_thread, flat, Canned(), subject)
        assert (
            "the service that runs does not have it: its files were edited, and that is not taken over"
        ) in lines
        assert not [line for line in lines if "last seen" in line]


REFUSAL = "the service failed: KeyError"
SILENT = f" ERROR interlock.service: {REFUSAL}: what is so now is not told here\n"


@pytest.mark.parametrize("subject", ["siesta", FAN])
def test_a_service_that_cannot_say_is_told_of_and_the_journal_tells_the_rest(
    interlock_in_thread: Interlock, flat: Path, subject: str
) -> None:
    alone = interlock_in_thread("explain", flat, subject).out.splitlines()
    with serving(Canned(journal=FULL, refusal=ControlError(REFUSAL)), flat.parent / "interlock.sqlite"):
        done = interlock_in_thread("explain", flat, subject)
    lines = done.out.splitlines()
    assert (done.code, done.err.partition(SILENT)[1:]) == (0, (SILENT, ""))
    assert LACKS in lines
    assert {each for each in alone if "it has not" not in each} <= set(lines)
    assert not [each for each in lines if "its files were edited" in each]


def test_a_service_that_cannot_say_and_no_journal_leave_the_journals_error(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    journal = flat.parent / "interlock.sqlite"
    journal.write_bytes(b"no database" * 1000)
    with serving(Canned(refusal=ControlError(REFUSAL)), journal):
        done = interlock_in_thread("explain", flat, FAN)
    assert (done.code, done.out) == (1, "")
    assert (f"{SILENT}error: journal {journal} cannot be read: ") in done.err


def test_a_service_that_cannot_say_and_no_files_leave_the_errors_of_the_files(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    with flat.open("a", encoding="utf-8") as file:
        file.write("connections: [\n")
    with serving(Canned(refusal=ControlError(REFUSAL)), flat.parent / "interlock.sqlite"):
        done = interlock_in_thread("explain", flat, FAN)
    assert (done.code, done.out) == (1, "")
    assert SILENT in done.err
    assert "site.yaml:" in done.err


def test_what_the_files_have_no_more_is_told_by_the_service(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    canned = Canned({"gone.power": account("gone.power", True)}, {"gone": standing("gone")})
    assert told(interlock_in_thread, flat, canned, "gone")[:2] == [
        "rule gone: says the service",
        "it has not fired",
    ]
    assert told(interlock_in_thread, flat, canned, "gone.power") == [
        "point gone.power: a point",
        "now, 2026-07-14 17:10:03:",
        "  on, since 2026-07-14 17:05:03, read 2s ago",
        "  nobody claims it",
    ]


@pytest.mark.parametrize(
    ("point", "line"),
    [
        (account("lamp.power", None, read_at=None), "unknown: it was not read yet"),
        (account("lamp.power", None), "unknown: it was not read yet; last good 2s ago"),
        (
            account("lamp.power", None, is_needed=False, read_at=None),
            "unknown: nobody needs it, so it is not read",
        ),
        (account("lamp.power", True, read_at=NOW), "on, since 2026-07-14 17:05:03, read just now"),
    ],
)
def test_what_is_not_known_says_why(
    interlock_in_thread: Interlock, flat: Path, point: object, line: str
) -> None:
    canned = Canned({"lamp.power": point})  # type: ignore[dict-item]
    assert told(interlock_in_thread, flat, canned, "lamp.power")[2] == f"  {line}"


def test_a_journal_that_cannot_be_read_hides_nothing_of_now(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    journal = flat.parent / "interlock.sqlite"
    journal.write_bytes(b"no database" * 1000)
    lines = told(interlock_in_thread, flat, Canned({FAN: account(FAN, "auto")}), FAN)
    assert lines[1].startswith(f"nothing of the past is told here: journal {journal} cannot be read: ")
    assert lines[2:] == [
        "now, 2026-07-14 17:10:03:",
        "  auto, since 2026-07-14 17:05:03, read 2s ago",
        "  nobody claims it",
    ]


def test_a_journal_that_cannot_be_read_knows_nothing_of_an_instant(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    journal = flat.parent / "interlock.sqlite"
    journal.write_bytes(b"no database" * 1000)
    with serving(Canned({FAN: account(FAN, "auto")}), journal):
        done = interlock_in_thread("explain", flat, FAN, "--at", "2026-07-14T16:00")
    assert (done.code, done.out) == (1, "")
    assert "cannot be read" in done.err


def test_files_that_cannot_be_read_hide_nothing_of_now(interlock_in_thread: Interlock, flat: Path) -> None:
    with flat.open("a", encoding="utf-8") as file:
        file.write("connections: [\n")
    canned = Canned({FAN: account(FAN, "auto")}, {"cool": standing("cool", running=1)})
    point, rule = (told(interlock_in_thread, flat, canned, each) for each in (FAN, "cool"))
    assert point[1].startswith("nothing of the past is told here: 1 error in the site's files; first: ")
    assert point[2:4] == ["now, 2026-07-14 17:10:03:", "  auto, since 2026-07-14 17:05:03, read 2s ago"]
    assert rule[2:5] == ["says the service:", "  1 firing under way", "now, 2026-07-14 17:10:03:"]


@pytest.mark.parametrize(
    ("canned", "arguments"), [(Canned(), ("cool",)), (Canned(rules={"cool": standing("cool")}), ("nothing",))]
)
def test_files_that_cannot_be_read_are_told_of_where_the_service_knows_nothing_either(
    interlock_in_thread: Interlock, flat: Path, canned: Canned, arguments: tuple[str, ...]
) -> None:
    with flat.open("a", encoding="utf-8") as file:
        file.write("connections: [\n")
    with serving(canned, flat.parent / "interlock.sqlite"):
        done = interlock_in_thread("explain", flat, *arguments)
    assert (done.code, done.out) == (1, "")
    assert "site.yaml:" in done.err


def test_an_error_in_the_files_is_said_and_the_rest_is_told(
    interlock_in_thread: Interlock, flat: Path
) -> None:
    text = flat.read_text(encoding="utf-8")
    flat.write_text(text.replace("enabled: shadow", "enabled: perhaps"), encoding="utf-8")
    done = interlock_in_thread("explain", flat, FAN)
    assert done.code == 0
    assert "1 error in the site's files; first: " in done.err
    assert "what has errors is left out here" in done.err
    assert done.out.startswith("point ac.hvacfan: ")
