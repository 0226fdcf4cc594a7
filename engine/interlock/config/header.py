"""The section ``site`` of a site file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interlock.capabilities import nearest
from interlock.config.expectations import join_or
from interlock.config.nodes import MapNode, Node
from interlock.config.validation import validate
from interlock.errors import Diagnostic, Severity
from interlock.public_holidays import HolidayCalendar, knows_region, parse_calendar, parts_of, regions_of
from interlock.sun import Place

_UTC = ZoneInfo("UTC")
_MOST_LISTED = 16
"""Regions that a finding lists: Germany's, and not the hundred of Italy."""


def parse_timezone(name: object) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        meant = nearest(str(name), sorted(available_timezones()))
        hint = f"did you mean '{meant}'?" if meant else "write an IANA name, such as Europe/Rome"
        raise ValueError(f"there is no time zone '{name}'; {hint}") from None


class LocationModel(BaseModel):
    """Where the building stands."""

    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(ge=-90, le=90, description="in degrees, north is positive")
    longitude: float = Field(ge=-180, le=180, description="in degrees, east is positive")


def _calendar(code: object) -> HolidayCalendar:
    return parse_calendar(str(code))


class HeaderModel(BaseModel):
    """The keys of the section."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, description="what people call the site")
    timezone: Annotated[ZoneInfo, BeforeValidator(parse_timezone)] = Field(
        description="its IANA name, such as Europe/Rome"
    )
    location: LocationModel | None = Field(None, description="where it stands")
    holidays: Annotated[HolidayCalendar | None, BeforeValidator(_calendar)] = Field(
        None, description="whose public holidays count, such as IT or DE-BY"
    )
    initial: Literal["fire", "wait"] = Field(
        "fire", description="whether what is true at the very first start counts as having become true"
    )


@dataclass(frozen=True, slots=True)
class Header:
    """What the section says; where it is faulty, empty and UTC."""

    name: str = ""
    timezone: ZoneInfo = _UTC
    location: Place | None = None
    holidays: HolidayCalendar | None = None
    waits_at_first: bool = False
    """``initial: wait``, for all rules that do not say otherwise."""


def read_header(file: MapNode, problems: list[Diagnostic]) -> Header:
    """Return what a site file says about the site as a whole."""
    node = file.entries.get("site")
    if node is None:
        hint = "it holds name and timezone"
        problems.append(file.mark.diagnostic("the file needs the key 'site'", hint=hint))
        return Header()
    header = validate(HeaderModel, node, problems, what="'site'")
    if header is None:
        return Header()
    at = header.location
    location = Place(latitude=at.latitude, longitude=at.longitude) if at else None
    if header.holidays and not knows_region(header.holidays):
        _warn_of_region(node, header.holidays, problems)
    return Header(header.name, header.timezone, location, header.holidays, header.initial == "wait")


def _warn_of_region(node: Node, calendar: HolidayCalendar, problems: list[Diagnostic]) -> None:
    message = f"no holidays are known of '{calendar}' itself: those of all of {calendar.country} count"
    mark = node.entries["holidays"].mark if isinstance(node, MapNode) else node.mark
    problems.append(mark.diagnostic(message, hint=_region_hint(calendar), severity=Severity.WARNING))


def _region_hint(calendar: HolidayCalendar) -> str:
    if parts := parts_of(calendar):
        return f"write a part of it: {join_or([f'{calendar.country}-{part}' for part in parts])}"
    known = regions_of(calendar.country)
    if meant := nearest(calendar.region, known):
        return f"did you mean '{calendar.country}-{meant}'?"
    if not known:
        return f"write {calendar.country} alone: it has no regions here"
    more = ", …" if len(known) > _MOST_LISTED else ""
    listed = ", ".join(f"{calendar.country}-{region}" for region in known[:_MOST_LISTED])
    return f"known here: {listed}{more}"
