"""Public holidays by country and region; the only importer of ``holidays``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from interlock.capabilities import nearest

if TYPE_CHECKING:
    from holidays import HolidayBase


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """The public holidays of a country, or of a part of one."""

    country: str
    """ISO 3166-1, such as ``IT``."""
    region: str = ""
    """As ISO 3166-2 or the country itself names it, such as ``MI``; empty for the whole country."""

    def name_of(self, day: date) -> str:
        """Return what a day is called that is a holiday; empty for any other."""
        return str(_days(self.country, self.region).get(day, ""))

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday."""
        return day in _days(self.country, self.region)

    def __str__(self) -> str:
        return f"{self.country}-{self.region}" if self.region else self.country


def parse_calendar(code: str) -> HolidayCalendar:
    """Return the calendar of ``IT`` or, with a region, of ``DE-BY``.

    Raises:
        ValueError: no such country. A region that is not known is kept: `knows_region` tells.
    """
    country, _, region = code.strip().partition("-")
    if country.upper() in _regions():
        return HolidayCalendar(country.upper(), region.strip())
    meant = nearest(country.upper(), sorted(_regions()))
    hint = f"did you mean '{meant}'?" if meant else "write a country's code, such as IT or DE-BY"
    raise ValueError(f"no public holidays are known of '{code}'; {hint}")


def knows_region(calendar: HolidayCalendar) -> bool:
    """Whether a calendar's region has holidays of its own; otherwise those of its country count."""
    return not calendar.region or calendar.region in _regions()[calendar.country]


def regions_of(country: str) -> tuple[str, ...]:
    """Return the regions that a country's calendar knows."""
    return tuple(_regions()[country])


@cache
def _regions() -> dict[str, list[str]]:
    # Loaded where a site has holidays only: it takes longer to load than all of the engine.
    import holidays

    return holidays.list_supported_countries(include_aliases=True)


@cache
def _days(country: str, region: str) -> HolidayBase:
    import holidays

    known = region if region in _regions()[country] else None
    return holidays.country_holidays(country, subdiv=known)
