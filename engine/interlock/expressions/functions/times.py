"""Functions of the clock, the calendar and the sun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from types import MappingProxyType

from interlock.expressions.functions.declaration import Function, FunctionField, Needs, Parameter, Special
from interlock.expressions.functions.values import duration_in
from interlock.expressions.turning import next_day, next_local, passing, passing_of_bearing, passing_of_sun
from interlock.expressions.types import BOOLEAN, DURATION, INSTANT, Kind, Type, ranged
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import View
from interlock.sun import Place, azimuth, elevation, is_up

_SATURDAY = 5


@lru_cache(maxsize=1024)
def parse_time(text: str) -> time:
    """Return the time of day that a text such as ``07:30`` or ``07:30:15`` means.

    Raises:
        ValueError: no time of day.
    """
    hours, _, rest = text.strip().partition(":")
    try:
        moment = time.fromisoformat(f"{hours:0>2}:{rest}")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo or not rest:
        raise ValueError(f"'{text}' is no time of day: write for example 07:30")
    return moment


@lru_cache(maxsize=1024)
def parse_day(text: str) -> tuple[int, int]:
    """Return the month and the day that a text such as ``09-15`` means.

    Raises:
        ValueError: no day of any year.
    """
    try:
        # Of a leap year, so that there is a 29th of February.
        found = date.fromisoformat(f"2024-{text.strip()}")
    except ValueError:
        raise ValueError(f"'{text}' is no day of the year: write for example 09-15") from None
    return found.month, found.day


def now(view: View) -> datetime:
    """Return the instant of the evaluation."""
    return view.now


def _today_at(view: View, text: str) -> datetime:
    today = view.now.astimezone(view.timezone).date()
    return datetime.combine(today, parse_time(text), view.timezone).astimezone(UTC)


def _between(view: View, start: str, end: str) -> bool:
    first, last = parse_time(start), parse_time(end)
    moment = view.now.astimezone(view.timezone).time()
    if first < last:
        return first <= moment < last
    return moment >= first or moment < last


def _between_turns(view: View, start: str, end: str) -> datetime:
    return next_local(view, parse_time(start), parse_time(end))


def _next_day(view: View, *arguments: object) -> datetime:
    """Return when what goes by the date turns, whatever its arguments are."""
    return next_day(view)


def _between_dates(view: View, first: str, last: str) -> bool:
    begin, end = parse_day(first), parse_day(last)
    today = view.now.astimezone(view.timezone)
    day = (today.month, today.day)
    if begin <= end:
        return begin <= day <= end
    return day >= begin or day <= end


def _week(view: View, given: datetime | str | None = None) -> int:
    return _day(view, given).isocalendar().week


def _day(view: View, given: datetime | str | None) -> date:
    if isinstance(given, str):
        return date.fromisoformat(given.strip())
    return (given or view.now).astimezone(view.timezone).date()


def _is_holiday(view: View, given: datetime | str | None = None) -> bool:
    calendar = view.around.holidays
    if calendar is None:
        raise Unknown("the site does not say whose holidays count")
    return calendar.is_holiday(_day(view, given))


def _is_workday(view: View, given: datetime | str | None = None) -> bool:
    is_weekday = _day(view, given).weekday() < _SATURDAY
    return not _is_holiday(view, given) and is_weekday


def _place(view: View) -> Place:
    if view.around.location is None:
        raise Unknown("the site does not say where it stands")
    return view.around.location


def _elevation(view: View) -> float:
    return round(elevation(_place(view), view.now), 3)


def _azimuth(view: View) -> float:
    return round(azimuth(_place(view), view.now), 3)


def _is_up(view: View) -> bool:
    return is_up(_place(view), view.now)


def _elevation_passes(view: View, height: float) -> datetime:
    return passing_of_sun(view, _place(view), height, is_refracted=True)


def _azimuth_passes(view: View, bearing: float) -> datetime:
    return passing_of_bearing(view, _place(view), bearing)


SUN_FIELDS: Mapping[str, FunctionField] = MappingProxyType(
    {
        "elevation": FunctionField(
            ranged(-90, 90),
            _elevation,
            "Its height above the horizon in degrees; negative below.",
            _elevation_passes,
        ),
        "azimuth": FunctionField(
            ranged(0, 360), _azimuth, "Its bearing in degrees: 0 is north, 90 is east.", _azimuth_passes
        ),
        "is_up": FunctionField(BOOLEAN, _is_up, "Whether it is between sunrise and sunset."),
    }
)
"""What ``sun`` has."""

_DATE = Parameter(name="date", takes=frozenset({Kind.INSTANT, Kind.TEXT}), is_optional=True)
_UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}

TIMES = (
    Function(
        name="now",
        description="The instant of the evaluation; its fields, such as now().hour, are local.",
        parameters=(),
        result=INSTANT,
        compute=now,
        reads_time=True,
        passes=passing,
    ),
    Function(
        name="today_at",
        description="The instant of this local time today; where spring leaves it out, right after.",
        parameters=(Parameter(name="time", takes=Special.TIME_OF_DAY),),
        result=INSTANT,
        compute=_today_at,
        reads_time=True,
        turns=_next_day,
    ),
    Function(
        name="between",
        description="Whether the local time is from start on and before end, across midnight where end is "
        "the earlier; equal times are the whole day.",
        parameters=(
            Parameter(name="start", takes=Special.TIME_OF_DAY),
            Parameter(name="end", takes=Special.TIME_OF_DAY),
        ),
        result=BOOLEAN,
        compute=_between,
        reads_time=True,
        turns=_between_turns,
    ),
    Function(
        name="between_dates",
        description="Whether today is one of the days from the first to the last, both of them too, across "
        "New Year where the last is the earlier: a heating season is between_dates('10-15', '04-15').",
        parameters=(
            Parameter(name="first", takes=Special.DAY_OF_YEAR),
            Parameter(name="last", takes=Special.DAY_OF_YEAR),
        ),
        result=BOOLEAN,
        compute=_between_dates,
        reads_time=True,
        turns=_next_day,
    ),
    Function(
        name="week",
        description="The number of the week, 1 to 53 as ISO 8601 counts them, of today or another date: what "
        "comes every other week asks for week() % 2 == 0.",
        parameters=(_DATE,),
        result=Type(Kind.NUMBER, minimum=1, maximum=53),
        compute=_week,
        reads_time=True,
        turns=_next_day,
    ),
    Function(
        name="is_holiday",
        description="Whether today is a public holiday where the site's `holidays` says, or the day of "
        "another date: an instant, or a text such as '2026-12-24'.",
        parameters=(_DATE,),
        result=BOOLEAN,
        compute=_is_holiday,
        reads_time=True,
        turns=_next_day,
        needs=Needs.HOLIDAYS,
    ),
    Function(
        name="is_workday",
        description="Whether today, or the day of another date, is one from Monday to Friday and no holiday.",
        parameters=(_DATE,),
        result=BOOLEAN,
        compute=_is_workday,
        reads_time=True,
        turns=_next_day,
        needs=Needs.HOLIDAYS,
    ),
    *(
        Function(
            name=name,
            description=f"So many {name} as a duration.",
            parameters=(Parameter(name="number", takes=frozenset({Kind.NUMBER})),),
            result=DURATION,
            compute=partial(duration_in, unit),
        )
        for name, unit in _UNITS.items()
    ),
)
