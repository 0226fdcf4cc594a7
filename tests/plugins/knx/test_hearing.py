"""What telegrams tell, whoever hears them."""

from __future__ import annotations

import pytest

from interlock import Event
from interlock_knx.hearing import Hearing
from interlock_knx.telegrams import Payload, Telegram, TelegramKind
from support.knx_groups import group
from support.recorded_feed import RecordedFeed

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")
COUNT = group("count", "2/0/1", "5.010")


def told_by(
    address: str, payload: Payload | None, *targets: object, kind: TelegramKind = TelegramKind.WRITE
) -> tuple[list[object], list[tuple[object, object]]]:
    """Return the readings, and the points and values of the events."""
    feed = RecordedFeed()
    hearing = Hearing(targets or (LAMP, ROOM), feed)  # type: ignore[arg-type]
    hearing.hear(Telegram(address=address, kind=kind, source="1.1.5", payload=payload), is_answer=False)
    return list(feed.told), [(event.point, event.value) for event in feed.events]


@pytest.mark.parametrize(
    ("address", "payload", "told", "events"),
    [
        ("1/1/1", 1, [{"lamp.value": True}], [("lamp.value", True)]),
        ("1/0/1", 1, [], [("lamp.value", True)]),
        ("1/0/1", None, [], [("lamp.value", None)]),
        ("2/0/1", b"\x0c\x1a", [{"room.value": 21.0}], [("room.value", 21.0)]),
        ("2/0/1", b"\x0c", [], []),
        ("1/0/1", b"\x01", [], []),
        ("7/7/7", b"\x0c", [], [(None, "0c")]),
        ("7/7/7", None, [], [(None, None)]),
    ],
)
def test_a_telegram_is_news_where_it_fits(
    address: str, payload: Payload | None, told: list[object], events: list[object]
) -> None:
    assert told_by(address, payload) == (told, events)


@pytest.mark.parametrize("payload", [b"\x0c\x1a", b"\x07"])
def test_of_several_dpts_at_an_address_the_one_that_fits_counts(payload: bytes) -> None:
    point, value = (ROOM.point, 21.0) if len(payload) == 2 else (COUNT.point, 7)
    for targets in ((ROOM, COUNT), (COUNT, ROOM)):
        assert told_by("2/0/1", payload, *targets) == ([{point: value}], [(point, value)])


def test_an_answer_to_our_own_question_is_a_reading_and_no_event() -> None:
    feed = RecordedFeed()
    answer = Telegram(address="2/0/1", kind=TelegramKind.RESPONSE, source="1.1.5", payload=b"\x0c\x1a")
    Hearing([ROOM], feed).hear(answer, is_answer=True)
    assert (feed.told, feed.events) == ([{ROOM.point: 21.0}], [])


def test_an_event_says_who_sent_what() -> None:
    feed = RecordedFeed()
    answer = Telegram(address="2/0/1", kind=TelegramKind.RESPONSE, source="1.1.5", payload=b"\x0c\x1a")
    Hearing([ROOM], feed).hear(answer, is_answer=False)
    assert feed.events == [
        Event(
            kind="telegram",
            name="2/0/1",
            value=21.0,
            point=ROOM.point,
            data={"source": "1.1.5", "kind": "response"},
        )
    ]
