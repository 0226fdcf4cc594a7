"""From the words of a fault that say when it comes to a recurrence."""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from interlock.durations import format_duration
from interlock.rules.instants import later, read_instant
from interlock.simulation.faults.recurrence import Once, OnDays, Paced, Recurrence
from interlock.simulation.faults.words import Words, stranger

_DAY = timedelta(days=1)
_WEEK = 7
_TIMES = ("daily", "weekly", "every", "from")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_when(words: Words, zone: ZoneInfo) -> Recurrence:
    """Return when something comes, by all words that are left; always where none are.

    Raises:
        ValueError: they mean nothing; the message is a sentence.
    """
    if not words.next:
        return Once()
    if words.skip("from"):
        return _read_once(words, zone)
    words.skip("for")
    if words.next.isalpha():
        raise ValueError(stranger(words.next, ["a length of time such as 2h", "from"]))
    length = words.length("how long it lasts")
    match words.take():
        case "from":
            begins = read_instant(words.take(), zone)
            words.end()
            return Once(begins, later(begins, length, zone))
        case "daily":
            return _on_days(words, length, 1)
        case "weekly":
            return _on_days(words, length, _WEEK, _read_weekday(words))
        case "every":
            return _read_every(words, length)
        case "":
            raise ValueError(f"when it comes is missing: {_listed()}")
        case other:
            raise ValueError(stranger(other, _TIMES))


def _listed() -> str:
    return "write daily, weekly, every 3d, or from 2026-07-14T12:00"


def _read_once(words: Words, zone: ZoneInfo) -> Once:
    begins = read_instant(words.take(), zone)
    if words.skip("until"):
        text = words.take()
        ends = read_instant(text, zone)
        if ends <= begins:
            raise ValueError(f"it ends at {text}, which is not after its begin")
    elif words.skip("for"):
        ends = later(begins, words.length("how long it lasts"), zone)
    else:
        words.end("for", "until")
        return Once(begins)
    words.end()
    return Once(begins, ends)


def _read_every(words: Words, length: timedelta) -> Recurrence:
    every = words.length("how often it comes")
    if every % _DAY:
        if words.next == "at":
            raise ValueError("a time of day needs whole days, such as every 2d at 03:00")
        words.end()
        return Paced(length=_shorter(length, every), every=every)
    return _on_days(words, length, every // _DAY)


def _on_days(words: Words, length: timedelta, days: int, weekday: int | None = None) -> OnDays:
    at = _read_time(words)
    words.end(*(["on"] if days == _WEEK and weekday is None and at is None else []), "at")
    return OnDays(length=_shorter(length, days * _DAY), days=days, at=at, weekday=weekday)


def _shorter(length: timedelta, every: timedelta) -> timedelta:
    if length < every:
        return length
    lasts, comes = format_duration(length), format_duration(every)
    raise ValueError(f"it lasts {lasts} and comes every {comes}: it must be over before it comes again")


def _read_weekday(words: Words) -> int | None:
    if not words.skip("on"):
        return None
    word = words.take().lower()
    for number, name in enumerate(_WEEKDAYS):
        if word in (name, name[:3]):
            return number
    raise ValueError(stranger(word, _WEEKDAYS))


def _read_time(words: Words) -> time | None:
    if not words.skip("at"):
        return None
    word = words.take()
    hour, colon, minute = word.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise ValueError(f"'{word}' is no time of day: write for example 02:30")
    return time(int(hour), int(minute))
