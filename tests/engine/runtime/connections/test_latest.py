"""What was last heard of each point."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import DriverError, UnknownDevice
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.connections.answers import NOTHING, Answers, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.simulation.virtual_time import run_virtual
from support.confirmations import Confirmations
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LATER = START + timedelta(minutes=1)
LAMP, MODE = Point("lamp.power"), Point("living_ac.hvacmode")
SECOND = timedelta(seconds=1)


def lit(value: Value | None = True, at: datetime = START, **rest: object) -> Reading:
    return Reading(point=LAMP, value=value, observed_at=at, **rest)  # type: ignore[arg-type]


def told(confirmed: Confirmed) -> dict[str, object]:
    """What is said of single points, and of how many in all."""
    said = {"count": confirmed.count, "left": confirmed.left, "joined": confirmed.joined}
    return {name: each for name, each in {**said, "doubtful": confirmed.doubtful}.items() if each}


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
        news, confirmed = latest.take(Answers({LAMP: True}, {}), LATER)
        assert (news, told(confirmed)) == ([], {"count": 1, "joined": (LAMP,), "doubtful": [before]})
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
        news, confirmed = latest.take(Answers({LAMP: True}, {}), LATER)
        assert (news, told(confirmed), bool(confirmed)) == ([lit(at=LATER)], {}, False)

    play(test)


@pytest.mark.parametrize("value", [True, 21.5, "cooling", (1, 2, 3)])
def test_a_value_that_is_as_it_was_confirms_the_last_reading(value: Value) -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        before = lit(value)
        latest.hear([before])
        news, confirmed = latest.take(Answers({LAMP: value}, {}), LATER)
        assert (news, confirmed.at, confirmed.doubtful[0] is before) == ([], LATER, True)

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
        news, confirmed = latest.take(Answers({LAMP: value}, {}), LATER)
        assert [(each, type(each.value)) for each in news] == [(lit(value, LATER), type(value))]
        assert told(confirmed) == {}

    play(test)


def test_an_error_is_neither_news_nor_confirms_anything() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        latest.hear([lit()])
        errors = dict.fromkeys((LAMP, MODE), UnknownDevice("gone"))
        news, confirmed = latest.take(Answers(errors, errors), LATER)
        assert (news, told(confirmed)) == ([], {})

    play(test)


def test_that_points_are_confirmed_or_are_not_any_more_is_something_to_tell() -> None:
    by = NOTHING.by
    confirmed = [NOTHING, Confirmed(by, LATER, count=1), Confirmed(by, LATER, left=[LAMP])]
    assert list(map(bool, confirmed)) == [False, True, True]


class Polls:
    """A batch of the lamp and the mode that is read again and again, a minute apart."""

    def __init__(self, latest: Latest) -> None:
        self.latest = latest
        self._confirmations = Confirmations()
        self._batch = object()
        self._last: dict[Point, Value | DriverError] = {}
        self._at = START

    def read(self, **values: Value | DriverError) -> tuple[dict[Point, Value], list[Point]]:
        """Read both, hear what is new, and return that, and which points are seen with the batch."""
        found = {LAMP: values["lamp"], MODE: values["mode"]}
        errors = {point: each for point, each in found.items() if isinstance(each, DriverError)}
        changed = [point for point in found if self._last.get(point) != found[point] or point in errors]
        self._last |= {point: each for point, each in found.items() if point not in errors}
        self._at += timedelta(minutes=1)
        answers = Answers(found, errors, batch=self._batch, changed=changed)
        news, confirmed = self.latest.take(answers, self._at)
        self.latest.hear(news)
        assert confirmed.at == self._at
        points = self._confirmations.hear(confirmed)
        return {each.point: each.value for each in news if each.value is not None}, points


GONE = UnknownDevice("gone")


def polls(test: Callable[[Polls], None]) -> None:
    async def main(latest: Latest, clock: SettableClock) -> None:
        test(Polls(latest))

    play(main)


def test_of_a_batch_that_is_read_again_only_what_changed_is_news() -> None:
    def test(house: Polls) -> None:
        assert house.read(lamp=True, mode="auto") == ({LAMP: True, MODE: "auto"}, [])
        assert house.read(lamp=True, mode="auto") == ({}, [LAMP, MODE])
        assert house.read(lamp=False, mode="auto") == ({LAMP: False}, [LAMP, MODE])
        assert house.read(lamp=False, mode="auto") == ({}, [LAMP, MODE])
        assert house.latest.reading(LAMP) == lit(False, START + timedelta(minutes=4))

    polls(test)


def test_what_was_told_between_two_polls_is_compared_again() -> None:
    def test(house: Polls) -> None:
        house.read(lamp=True, mode="auto")
        house.read(lamp=True, mode="auto")
        house.latest.hear([lit(False)])
        assert house.read(lamp=True, mode="auto") == ({LAMP: True}, [MODE])
        assert house.read(lamp=True, mode="auto") == ({}, [MODE, LAMP])
        house.latest.hear([lit(quality=Quality.STALE)])
        assert house.read(lamp=True, mode="auto") == ({LAMP: True}, [MODE])

    polls(test)


def test_a_point_that_failed_is_not_confirmed_until_it_answers_again() -> None:
    def test(house: Polls) -> None:
        house.read(lamp=True, mode="auto")
        house.read(lamp=True, mode="auto")
        assert house.read(lamp=GONE, mode="auto") == ({}, [MODE])
        assert house.latest.reading(LAMP) == lit(True, START + timedelta(minutes=2))
        assert house.read(lamp=True, mode="auto") == ({}, [MODE, LAMP])
        assert house.latest.reading(LAMP) == lit(True, START + timedelta(minutes=4))

    polls(test)


def test_of_single_points_only_what_is_new_is_told() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        batch = object()

        def read(changed: list[Point], **values: Value | DriverError) -> dict[str, object]:
            found = {LAMP: values["lamp"], MODE: values["mode"]}
            errors = {point: each for point, each in found.items() if isinstance(each, DriverError)}
            return told(latest.take(Answers(found, errors, batch=batch, changed=changed), LATER)[1])

        assert read([LAMP, MODE], lamp=True, mode="auto") == {}
        assert read([], lamp=True, mode="auto") == {"count": 2, "joined": (LAMP, MODE)}
        assert read([], lamp=True, mode="auto") == {"count": 2}
        assert read([LAMP], lamp=GONE, mode="auto") == {"count": 1, "left": (LAMP,)}
        assert read([LAMP], lamp=GONE, mode=True) == {"count": 1}
        latest.hear([lit(False)])
        doubtful = [lit(False)]
        back = read([LAMP], lamp=False, mode="auto")
        assert back == {"count": 2, "joined": (LAMP,), "doubtful": doubtful}
        assert read([MODE], lamp=False, mode="fan") == {"count": 2}
        assert read([], lamp=False, mode="fan") == {"count": 2}
        latest.forget([LAMP, MODE])
        lost = read([LAMP, MODE], lamp=GONE, mode=GONE)
        assert lost == {"left": (LAMP, MODE)}

    play(test)


def test_what_repeats_itself_though_it_counts_as_changed_is_not_told_of_again() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        batch = object()
        for _ in range(3):
            latest.take(Answers({LAMP: (1, 2)}, {}, batch=batch, changed=[LAMP]), LATER)
        again = latest.take(Answers({LAMP: (1, 2)}, {}, batch=batch, changed=[LAMP]), LATER)[1]
        assert (again.count, again.joined) == (1, ())

    play(test)


def test_a_point_of_a_batch_that_was_forgotten_is_news() -> None:
    def test(house: Polls) -> None:
        house.read(lamp=True, mode="auto")
        house.read(lamp=True, mode="auto")
        house.latest.forget([LAMP])
        assert house.read(lamp=True, mode="auto") == ({LAMP: True}, [MODE])

    polls(test)


def test_what_was_read_by_itself_does_not_grow_older_with_its_batch() -> None:
    def test(house: Polls) -> None:
        house.read(lamp=True, mode="auto")
        house.read(lamp=True, mode="auto")
        at = START + timedelta(seconds=150)
        news, confirmed = house.latest.take(Answers({LAMP: True}, {}), at)
        assert (news, told(confirmed)) == (
            [],
            {"count": 1, "joined": (LAMP,), "doubtful": [lit(at=LATER)]},
        )
        assert house.latest.reading(LAMP) == lit(at=at)
        assert house.read(lamp=True, mode="auto") == ({}, [MODE, LAMP])

    polls(test)


def test_points_that_leave_a_batch_keep_the_time_at_which_they_were_heard_of() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        house = Polls(latest)
        house.read(lamp=True, mode="auto")
        house.read(lamp=True, mode="auto")
        await asyncio.sleep(30)
        house.read(lamp=GONE, mode="auto")
        await asyncio.sleep(5)
        assert [each.point for each in latest.older_than(6 * SECOND, [LAMP, MODE])] == [LAMP]

    play(test)


def test_more_batches_than_there_can_be_are_not_kept() -> None:
    async def test(latest: Latest, clock: SettableClock) -> None:
        for _ in range(100):
            latest.take(Answers({LAMP: True}, {}, batch=object()), LATER)
        assert len(latest._batches) <= 32

    play(test)
