"""Readings that only show what the service had commanded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from interlock import Point, Value
from interlock.history.recording import RecordedCommand
from interlock.model import Command, Origin, OriginKind, Outcome, Quality, Reading
from interlock.simulation.replay.echoes import Echoes
from interlock.simulation.replay.moments import Ended, Moment, Shown, Wanted

START = datetime(2026, 7, 14, tzinfo=UTC)
MS = timedelta(milliseconds=1)
FAN, LAMP = Point("fan.level"), Point("lamp.value")


def wanted(
    after: timedelta,
    value: Value = 3,
    *,
    answer: Value | None = None,
    sent_after: timedelta | None = None,
    outcome: Outcome = Outcome.ACCEPTED,
    reason: str = "",
) -> Wanted:
    origin, at = Origin(OriginKind.RULE, "a"), START + after
    recorded = RecordedCommand(
        command=Command(id="1-1", point=FAN, value=value, origin=origin, created_at=at),
        outcome=outcome,
        answered_at=START + sent_after if sent_after else at,
        answer=answer,
        reason=reason,
        exchange="",
        was_deferred=sent_after is not None,
    )
    return Wanted(at, recorded)


def shown(after: timedelta, value: Value | None = 3, point: Point = FAN) -> Shown:
    quality = Quality.FAULT if value is None else Quality.GOOD
    return Shown(START + after, Reading(point=point, value=value, observed_at=START + after, quality=quality))


def marked(*moments: Moment) -> list[tuple[float, Value | None, bool]]:
    """Return what is shown: the milliseconds from the start, the value, and whether it is an echo."""
    found = Echoes().marked(moments)
    return [
        ((each.at - START) / MS, each.reading.value, each.is_echo)
        for each in found
        if isinstance(each, Shown)
    ]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param([shown(MS)], [(1, 3, False)], id="nobody asked"),
        pytest.param([wanted(0 * MS), shown(900 * MS)], [(900, 3, True)], id="it came"),
        pytest.param([wanted(0 * MS), shown(5 * MS)], [(2, 3, True)], id="it came at once"),
        pytest.param([wanted(0 * MS), shown(6 * MS)], [(6, 3, True)], id="it came soon"),
        pytest.param([wanted(0 * MS), shown(9 * MS, 4)], [(9, 4, False)], id="something else came"),
        pytest.param([wanted(0 * MS), shown(9 * MS, 3, LAMP)], [(9, 3, False)], id="at another point"),
        pytest.param(
            [wanted(0 * MS, answer=4), shown(9 * MS, 4)], [(9, 4, True)], id="what the device made of it"
        ),
        pytest.param(
            [wanted(0 * MS), shown(9 * MS, 4), shown(20 * MS)],
            [(9, 4, False), (20, 3, False)],
            id="a hand went there and back",
        ),
        pytest.param(
            [wanted(0 * MS), shown(9 * MS, None), shown(20 * MS)],
            [(9, None, False), (20, 3, True)],
            id="it failed in between",
        ),
        pytest.param(
            [wanted(0 * MS), shown(0 * MS, 4), shown(0 * MS)],
            [(0, 4, False), (2, 3, True)],
            id="a hand was taken back at once",
        ),
        pytest.param(
            [wanted(0 * MS, sent_after=900 * MS), shown(500 * MS), shown(902 * MS)],
            [(500, 3, False), (902, 3, True)],
            id="a guard let it wait",
        ),
        pytest.param(
            [wanted(0 * MS, outcome=Outcome.REFUSED), shown(9 * MS)], [(9, 3, False)], id="it was never sent"
        ),
        pytest.param(
            [wanted(0 * MS, reason="it is 3 already"), shown(9 * MS)], [(9, 3, False)], id="it was needless"
        ),
    ],
)
def test_a_reading_is_an_echo_where(
    moments: list[Moment], expected: list[tuple[float, Value | None, bool]]
) -> None:
    assert marked(*moments) == expected


def test_all_stay_in_the_order_of_time() -> None:
    end = Ended(START + MS)
    later = shown(3 * MS, 9, LAMP)
    found = list(Echoes().marked([wanted(0 * MS), shown(0 * MS), end, later]))
    assert [(each.at - START) / MS for each in found] == [1, 2, 3]
    assert found[0] is end
