"""From wall times to instants, in the nights on which clocks are changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from interlock.rules import local_time
from interlock.rules.local_time import instant_of

ROME = ZoneInfo("Europe/Rome")
NIGHTS = [
    pytest.param(
        datetime.fromisoformat("2026-10-25T02:30"),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        id="comes twice",
    ),
    pytest.param(
        datetime.fromisoformat("2026-03-29T02:30"), datetime(2026, 3, 29, 1, tzinfo=UTC), id="is left out"
    ),
    pytest.param(
        datetime.fromisoformat("2026-07-14T02:30"), datetime(2026, 7, 14, 0, 30, tzinfo=UTC), id="comes once"
    ),
]


@pytest.mark.parametrize(("wall", "instant"), NIGHTS)
@pytest.mark.parametrize("fold_first_asked", [0, 1])
def test_a_wall_time_is_its_first_coming_whichever_coming_was_asked_for_first(
    wall: datetime, instant: datetime, fold_first_asked: int
) -> None:
    local_time._both.cache_clear()
    instant_of.cache_clear()
    found = [instant_of(wall.replace(fold=fold), ROME) for fold in (fold_first_asked, 1 - fold_first_asked)]
    assert found == [instant, instant]


@pytest.mark.parametrize("fold_first_asked", [0, 1])
def test_both_comings_of_a_wall_time_are_told_in_one_order(fold_first_asked: int) -> None:
    local_time._both.cache_clear()
    wall = datetime.fromisoformat("2026-10-25T02:30")
    comings = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    for fold in (fold_first_asked, 1 - fold_first_asked):
        assert local_time._both(wall.replace(fold=fold), ROME) == comings
