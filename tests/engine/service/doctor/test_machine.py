"""What the doctor says of a machine."""

from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

import interlock
from interlock.service.doctor.finding import Finding, Health
from interlock.service.doctor.machine import look_at_clock, look_at_disk, look_at_programs, synchronisation

NOW = datetime(2026, 7, 14, 10, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


def clock(
    now: datetime = NOW, *, is_synchronised: bool | None = True, last_seen: datetime | None = None
) -> tuple[Health, str]:
    [finding] = look_at_clock(now, is_synchronised, last_seen)
    assert finding.area == "time"
    return finding.health, finding.text


def test_a_clock_that_somebody_keeps_right_is_fine() -> None:
    assert clock() == (Health.FINE, "2026-07-14 10:00:00 UTC, kept right by a time server")


def test_a_clock_that_nobody_keeps_right_is_doubtful() -> None:
    assert clock(is_synchronised=False) == (
        Health.DOUBTFUL,
        "2026-07-14 10:00:00 UTC, and no time server keeps it right",
    )
    assert clock(is_synchronised=None)[0] is Health.DOUBTFUL


def test_a_clock_before_what_has_happened_already_is_wrong() -> None:
    seen = datetime(2026, 7, 14, 10, 1, tzinfo=UTC)
    assert clock(last_seen=seen) == (
        Health.BAD,
        "the clock says 2026-07-14 10:00:00 UTC, and it was 2026-07-14 10:01 already",
    )
    assert clock(last_seen=NOW)[0] is Health.FINE
    assert clock(datetime(1970, 1, 1, tzinfo=UTC))[0] is Health.BAD


def test_the_kernel_says_whether_its_clock_is_kept_right() -> None:
    assert synchronisation() in {True, False}


@pytest.mark.parametrize(
    ("free", "health"),
    [(99e6, Health.BAD), (1e8, Health.DOUBTFUL), (999e6, Health.DOUBTFUL), (1e9, Health.FINE)],
)
def test_a_journal_needs_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, health: Health
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(1e12, 1e12 - free, free))
    [finding] = look_at_disk(tmp_path)
    assert finding.health is health
    assert finding.text == f"{free / 1e9:.1f} GB free at {tmp_path}"
    assert bool(finding.advice) is (health is not Health.FINE)


def test_a_folder_that_is_not_there_has_no_room(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert list(look_at_disk(folder)) == [
        Finding("disk", Health.BAD, f"{folder}: no such file or directory", "make the folder of the journal")
    ]


def test_the_programs_are_told_with_their_versions() -> None:
    [finding] = look_at_programs()
    assert finding.health is Health.FINE
    assert finding.text.startswith(f"interlock {interlock.__version__}, Python 3.")
