"""The keys of triggers. What needs the site to be understood is left as it is."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from interlock.config.validation import Unread
from interlock.duration_field import Duration
from interlock.durations import parse_duration
from interlock.rules.grammar.shapes import Identifier, Shape, Texts
from interlock.rules.schedule import parse_time


def _signed(text: object) -> timedelta:
    """Return a duration that may be negative: ``-20m``."""
    if isinstance(text, str) and text.strip().startswith("-"):
        return -parse_duration(text.strip()[1:])
    return parse_duration(text)


def _time(text: object) -> time:
    return parse_time(str(text))


SignedDuration = Annotated[timedelta, BeforeValidator(_signed)]
TimeOfDay = Annotated[time | None, BeforeValidator(_time)]


class TriggerShape(Shape):
    """What every trigger can say."""

    id: Identifier = ""


class ClockShape(TriggerShape):
    """What every trigger on the clock can say."""

    jitter: Duration = Field(timedelta(), ge=timedelta())
    missed: Literal["skip", "once", "all"] | None = None


class DaysShape(ClockShape):
    """What every trigger on times of day can say."""

    days: Texts = Field(default_factory=list)
    holidays: Literal["skip", "only"] | None = None


class EveryShape(ClockShape):
    """``every``."""

    every: Duration
    offset: Duration = timedelta()


class CronShape(ClockShape):
    """``cron``."""

    cron: str


class AtShape(DaysShape):
    """``at``."""

    at: Texts


class DateShape(ClockShape):
    """``date``."""

    date: Texts


class HeightShape(DaysShape):
    """What every trigger on the sun can say."""

    offset: SignedDuration = timedelta()
    not_before: TimeOfDay = None
    not_after: TimeOfDay = None


class SunShape(HeightShape):
    """``sun``."""

    sun: str


class ElevationShape(HeightShape):
    """``elevation``."""

    elevation: float = Field(ge=-90, le=90, allow_inf_nan=False)
    direction: Literal["rising", "setting"] = Field(description="write rising or setting")


class EventShape(TriggerShape):
    """A kind of events, which stands under its own name."""

    model_config = ConfigDict(extra="ignore")


class UpdateShape(TriggerShape):
    """``update``."""

    update: Texts


class ChangeShape(TriggerShape):
    """``change``."""

    change: Texts
    came_from: Unread = Field(None, alias="from")
    went_to: Unread = Field(None, alias="to")
    above: float | None = Field(None, allow_inf_nan=False)
    below: float | None = Field(None, allow_inf_nan=False)
    by: float | None = Field(None, gt=0, allow_inf_nan=False)
    hold: Unread = Field(None, alias="for")


class BecomesShape(TriggerShape):
    """``becomes``."""

    becomes: Unread
    until: Unread = None
    hold: Unread = Field(None, alias="for")


class UnavailableShape(TriggerShape):
    """``unavailable``."""

    unavailable: Texts
    hold: Unread = Field(None, alias="for")


class AvailableShape(TriggerShape):
    """``available``."""

    available: Texts
    hold: Unread = Field(None, alias="for")


class ScheduleShape(TriggerShape):
    """``schedule``."""

    schedule: str
    to: Unread = None


class HoldShape(Shape):
    """What stands in ``for`` where it adds up."""

    accumulate: Unread = Field(description="for how long it must be true, all in all")
    reset: Duration | None = Field(None, gt=timedelta())


class AllShape(TriggerShape):
    """``all``."""

    all: list[object]
    within: Duration = Field(gt=timedelta(), description="in which time they must all come")


class NoneShape(TriggerShape):
    """``none``."""

    none: Unread
    within: Duration = Field(gt=timedelta(), description="for how long none of them must come")
