"""What was last heard of each point."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import UnknownDevice
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.simulation.virtual_time import run_virtual
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LATER = START + timedelta(minutes=1)
LAMP, MODE = Point("lamp.power"), Point("living_ac.hvacmode")
SECOND = timedelta(seconds=1)


def lit(value: Value | None = True, at: datetime = START, **rest: object) -> Reading:
    return Reading(point=LAMP, value=value, observed_at=at, **rest)  # type: ignore[arg-type]


def play(test: Callable[[Latest, SettableClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = SettableClock(START)
        await test(Latest(clock), clock)

    run_virtual(main())


def test_the_last_reading_of_a_point_counts_and_grows_older_by_the_time_that_passes() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([lit()])
        await asyncio.sleep(5)
        last = lit(False)
        latest.hear([last])
        clock.shift = timedelta(hours=1)
        await asyncio.sleep(7)
        assert latest.reading(LAMP) is last
        assert latest.older_than(7 * SECOND, [LAMP, MODE]) == []
        assert latest.older_than(6 * SECOND, [LAMP, MODE]) == [last]

    play(test)


def test_a_point_that_was_never_heard_of_has_no_reading_and_is_not_old() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        await asyncio.sleep(7)
        assert (latest.reading(MODE), latest.older_than(SECOND, [MODE])) == (None, [])

    play(test)


def test_what_is_no_good_reading_is_not_old() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([lit(quality=Quality.STALE)])
        await asyncio.sleep(7)
        assert latest.older_than(SECOND, [LAMP]) == []

    play(test)


def test_what_is_confirmed_is_as_young_as_a_new_reading() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        before = lit()
        latest.hear([before])
        await asyncio.sleep(60)
        assert latest.take({LAMP: True}, LATER) == ([], Confirmed([before], LATER))
        assert latest.reading(LAMP) == lit(at=LATER)
        await asyncio.sleep(7)
        assert latest.older_than(7 * SECOND, [LAMP]) == []
        assert latest.older_than(6 * SECOND, [LAMP]) == [lit(at=LATER)]
        latest.hear([lit(False)])
        assert latest.reading(LAMP) == lit(False)

    play(test)


def test_what_is_forgotten_is_neither_known_nor_confirmed() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([lit()])
        latest.forget([LAMP, MODE])
        await asyncio.sleep(7)
        assert (latest.reading(LAMP), latest.older_than(SECOND, [LAMP])) == (None, [])
        assert latest.take({LAMP: True}, LATER) == ([lit(at=LATER)], Confirmed([], LATER))

    play(test)


@pytest.mark.parametrize("value", [True, 21.5, "cooling", (1, 2, 3)])
def test_a_value_that_is_as_it_was_confirms_the_last_reading(value: Value) -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        before = lit(value)
        latest.hear([before])
        news, confirmed = latest.take({LAMP: value}, LATER)
        assert (news, confirmed.at, [each is before for each in confirmed.readings]) == ([], LATER, [True])

    play(test)


@pytest.mark.parametrize(
    ("last", "value"),
    [
        (lit(20.5), 21.5),
        (lit(True), 1),
        (lit(1), 1.0),
        (lit(0.0), False),
        (lit(True, quality=Quality.STALE), True),
        (lit(True, quality=Quality.ASSUMED), True),
        (lit(None, quality=Quality.FAULT), True),
    ],
)
def test_what_is_other_than_the_last_good_value_is_news(last: Reading, value: Value) -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([last])
        news, confirmed = latest.take({LAMP: value}, LATER)
        assert [(each, type(each.value)) for each in news] == [(lit(value, LATER), type(value))]
        assert confirmed == Confirmed([], LATER)

    play(test)


def test_an_error_is_neither_news_nor_confirms_anything() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([lit()])
        assert latest.take({LAMP: UnknownDevice("gone"), MODE: UnknownDevice("gone")}, LATER) == (
            [],
            Confirmed([], LATER),
        )

    play(test)


def test_a_confirmed_reading_is_the_one_before_read_later() -> None:
    confirmed = Confirmed([lit()], LATER)
    assert list(map(confirmed.reading, confirmed.readings)) == [replace(lit(), observed_at=LATER)]
    assert NOTHING.readings == ()
