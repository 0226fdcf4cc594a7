"""The section ``site`` of a site file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode
from interlock.config.site import Location
from interlock.config.validation import validate
from interlock.errors import Diagnostic

_UTC = ZoneInfo("UTC")


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


class HeaderModel(BaseModel):
    """The keys of the section."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, description="what people call the site")
    timezone: Annotated[ZoneInfo, BeforeValidator(parse_timezone)] = Field(
        description="its IANA name, such as Europe/Rome"
    )
    location: LocationModel | None = Field(None, description="where it stands")


@dataclass(frozen=True, slots=True)
class Header:
    """What the section says; where it is faulty, empty and UTC."""

    name: str = ""
    timezone: ZoneInfo = _UTC
    location: Location | None = None


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
    location = Location(latitude=at.latitude, longitude=at.longitude) if at else None
    return Header(header.name, header.timezone, location)
