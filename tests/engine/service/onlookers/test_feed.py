"""What happens in a service is told to those who listen, and holds nobody up."""

import asyncio
from typing import Never

from interlock.history.journal import MemoryJournal
from interlock.history.records import ConnectionEvent, Firing, FiringEnd, Remembered, Step
from interlock.model import Command, Quality, Reading, Receipt
from interlock.rules.memory import TriggerMemory
from interlock.service.onlookers.feed import EventFeed, Heard, Occurrence
from interlock.service.onlookers.observing import ObservedJournal
from support.engine_house import TEMPERATURE, House, live
from support.journal_entries import START, HandClock, command, firing, near_miss, reading


def make(
    capacity: int = 10, last: Reading | None = None, rule_of: dict[str, str] | None = None
) -> tuple[EventFeed, HandClock]:
    clock = HandClock()
    feed = EventFeed(
        clock,
        last=lambda point: last if last and last.point == point else None,
        rule_of=lambda firing: (rule_of or {}).get(firing, ""),
        capacity=capacity,
    )
    return feed, clock


def told(heard: Heard) -> list[object]:
    return [each.what for each in heard.occurrences]


def turns(count: int) -> list[ConnectionEvent]:
    return [ConnectionEvent(START, "house", f"turn {number}") for number in range(count)]


def test_a_listener_is_told_what_comes_from_then_on() -> None:
    feed, _ = make()
    before, miss, order = command("1-1"), near_miss(), command("1-2")
    with feed.listen() as early:
        feed.tell(before)
        with feed.listen() as late:
            feed.tell(miss)
            feed.tell(order)
            assert early.take() == Heard(
                [Occurrence(1, before), Occurrence(2, miss), Occurrence(3, order)], lost=0
            )
            assert late.take() == Heard([Occurrence(2, miss), Occurrence(3, order)], lost=0)
            assert late.take() == Heard([], lost=0)


def test_what_is_between_the_engine_and_its_journal_is_not_told() -> None:
    feed, _ = make()
    with feed.listen() as listener:
        feed.tell(Step("1-1", START, "set lamp.power: on"))
        feed.tell(Remembered("rule/0", TriggerMemory(truth=True)))
        assert listener.take() == Heard([], lost=0)


def test_a_reading_is_told_with_what_was_before() -> None:
    feed, _ = make(last=reading(26.4))
    with feed.listen() as listener:
        feed.tell(reading(26.5))
        assert listener.take() == Heard([Occurrence(1, reading(26.5), before=reading(26.4))])


def test_a_reading_that_says_what_the_last_one_said_is_not_told() -> None:
    feed, clock = make(last=reading(26.4))
    clock.advance(minutes=1)
    with feed.listen() as listener:
        feed.tell(reading(26.4, at=clock.now()))
        feed.tell(reading(26.4, quality=Quality.STALE, reason="no answer"))
        assert [each.quality for each in told(listener.take()) if isinstance(each, Reading)] == [
            Quality.STALE
        ]


def test_the_end_of_a_firing_is_told_with_its_rule() -> None:
    feed, _ = make(rule_of={"0-9": "evening"})
    end, older, unknown = (FiringEnd(each, START, "done") for each in ("1-1", "0-9", "0-1"))
    with feed.listen() as listener:
        for entry in (firing("1-1", rule_id="cooling"), end, older, unknown):
            feed.tell(entry)
        assert [each.rule for each in listener.take().occurrences] == ["", "cooling", "evening", ""]


def test_a_listener_that_does_not_ask_loses_the_oldest_and_is_told_how_many() -> None:
    feed, _ = make(capacity=3)
    events = turns(8)
    with feed.listen() as slow, feed.listen() as quick:
        for event in events[:5]:
            feed.tell(event)
        assert quick.take() == Heard([Occurrence(n, events[n - 1]) for n in (3, 4, 5)], lost=2)
        for event in events[5:]:
            feed.tell(event)
        assert quick.take() == Heard([Occurrence(n, events[n - 1]) for n in (6, 7, 8)], lost=0)
        assert slow.take() == Heard([Occurrence(n, events[n - 1]) for n in (6, 7, 8)], lost=5)
        assert slow.take() == Heard([], lost=0)
    assert feed.lost == 7


def test_who_comes_back_is_told_what_came_meanwhile() -> None:
    feed, clock = make()
    first, second, third = turns(3)
    with feed.listen() as listener:
        feed.tell(first)
        listener.take()
        seen = listener.seen
    feed.tell(second)
    clock.advance(minutes=4, seconds=59)
    feed.tell(third)
    with feed.listen(after=seen) as again:
        assert again.take() == Heard([Occurrence(2, second), Occurrence(3, third)], lost=0)


def test_who_comes_back_when_all_is_told_has_lost_nothing() -> None:
    feed, _ = make()
    with feed.listen() as listener:
        feed.tell(turns(1)[0])
        listener.take()
    with feed.listen(after=listener.seen) as again:
        assert again.take() == Heard([], lost=0)


def test_nothing_is_kept_once_nobody_has_listened_for_long() -> None:
    feed, clock = make()
    first, second, third = turns(3)
    with feed.listen() as listener:
        feed.tell(first)
        listener.take()
    clock.advance(minutes=5)
    feed.tell(second)
    with feed.listen(after=listener.seen) as again:
        feed.tell(third)
        heard = again.take()
    assert (told(heard), heard.lost) == ([third], None)


def test_who_comes_back_with_a_number_that_was_never_given_may_have_lost_anything() -> None:
    feed, _ = make()
    event = turns(1)[0]
    with feed.listen():
        feed.tell(event)
        for number, kept in ((-1, [event]), (7, [])):
            with feed.listen(after=number) as listener:
                heard = listener.take()
                assert (told(heard), heard.lost) == (kept, None)


def test_a_firing_that_began_before_anybody_listened_is_forgotten_with_the_rest() -> None:
    feed, clock = make()
    with feed.listen():
        feed.tell(firing("1-1", rule_id="cooling"))
    clock.advance(minutes=5)
    feed.tell(turns(1)[0])
    with feed.listen() as listener:
        feed.tell(FiringEnd("1-1", START, "done"))
        assert [each.rule for each in listener.take().occurrences] == [""]


async def test_listeners_wait_for_what_comes() -> None:
    feed, _ = make()
    event = turns(1)[0]
    with feed.listen() as one, feed.listen() as other:
        waiting = [asyncio.create_task(each.wait()) for each in (one, other)]
        await asyncio.sleep(0)
        feed.tell(event)
        assert await asyncio.gather(*waiting) == [True, True]
        assert [told(each.take()) for each in (one, other)] == [[event], [event]]


async def test_what_is_there_already_is_not_waited_for() -> None:
    feed, _ = make()
    with feed.listen() as listener:
        feed.tell(turns(1)[0])
        assert await listener.wait()


async def test_the_end_of_the_feed_ends_the_waiting() -> None:
    feed, _ = make()
    with feed.listen() as listener:
        waiting = asyncio.create_task(listener.wait())
        await asyncio.sleep(0)
        feed.close()
        assert await waiting is False
        assert await listener.wait() is False


async def test_what_came_before_the_end_of_the_feed_is_told_all_the_same() -> None:
    feed, _ = make()
    with feed.listen() as listener:
        feed.tell(turns(1)[0])
        feed.close()
        assert await listener.wait()
        assert told(listener.take()) == turns(1)
        assert await listener.wait() is False


def test_it_is_known_how_many_listen() -> None:
    feed, _ = make()
    with feed.listen(), feed.listen():
        assert feed.listeners == 2
    assert feed.listeners == 0


def test_an_engine_tells_what_it_does() -> None:
    heard: list[object] = []
    houses: list[House] = []

    async def test(house: House) -> None:
        houses.append(house)
        await house.at(1)
        with feed.listen() as listener:
            house.equipment.values[TEMPERATURE] = 27.0
            await house.at(12)
            heard.extend(each.what for each in listener.take().occurrences)

    feed = EventFeed(
        HandClock(),
        last=lambda point: houses[-1].engine.state.reading(point),  # noqa: PLW0108 - there is none yet
        rule_of=lambda _: "",
    )
    journal = ObservedJournal(MemoryJournal(), feed.tell)
    rules = "[{id: cool, triggers: {change: living_thermostat.actualtemp}, actions: {launch: evening}}]"
    live(rules, test, values={TEMPERATURE: 24.0}, journal=journal)  # type: ignore[arg-type]
    assert [type(each) for each in heard] == [Reading, Firing, Command, Receipt, FiringEnd]


def test_a_feed_that_nobody_listens_to_looks_at_nothing() -> None:
    def never(_: object) -> Never:
        raise AssertionError("nobody listens")

    EventFeed(HandClock(), last=never, rule_of=never).tell(reading(1.0))
