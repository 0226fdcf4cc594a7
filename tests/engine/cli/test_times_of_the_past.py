"""Options that name a time of the past, in the hour that comes twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.cli.instants import instant_of_option
from interlock.clock import WallClock

SECOND = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "taken", "said"),
    [
        (SECOND - timedelta(minutes=50), SECOND - timedelta(hours=1), ""),
        (
            SECOND,
            SECOND,
            "02:30 comes twice on 2026-10-25: this is the second one; "
            "--at 2026-10-25T02:30+02:00 is the first\n",
        ),
    ],
)
def test_a_time_of_day_is_its_last_coming_and_the_one_before_is_named(
    now: datetime,
    taken: datetime,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(WallClock, "now", lambda _: now)
    assert instant_of_option("02:30", ZoneInfo("Europe/Rome"), "--at") == taken
    assert capsys.readouterr().err == said
