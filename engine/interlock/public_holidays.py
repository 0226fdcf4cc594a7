"""Public holidays by country and region; the only importer of ``holidays``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from interlock.capabilities import nearest

if TYPE_CHECKING:
    from holidays import HolidayBase


_PARTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "FR": {"67": "6AE", "68": "6AE"},
        "IT": {
            "21": "AL AT BI CN NO TO VB VC",
            "23": "AO",
            "25": "BG BS CO CR LC LO MB MI MN PV SO VA",
            "32": "BZ TN",
            "34": "BL PD RO TV VE VI VR",
            "36": "GO PN TS UD",
            "42": "GE IM SP SV",
            "45": "BO FC FE MO PC PR RA RE RN",
            "52": "AR FI GR LI LU MS PI PO PT SI",
            "55": "PG TR",
            "57": "AN AP FM MC PU",
            "62": "FR LT RI RM VT",
            "65": "AQ CH PE TE",
            "67": "CB IS",
            "72": "AV BN CE NA SA",
            "75": "BA BR BT FG LE TA",
            "77": "MT PZ",
            "78": "CS CZ KR RC VV",
            "82": "AG CL CT EN ME PA RG SR TP",
            "88": "CA NU OR SS SU",
        },
    }
)
"""What ``holidays`` knows in place of regions that have no holidays of their own.

In Italy, the provinces of each region, whose capitals keep the days of their patrons; in France, Alsace
for its two departments. Source: ISO 3166-2:IT and ISO 3166-2:FR.
"""


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
    """Return the calendar of ``IT`` or, with a region, of ``DE-BY``; of the only part that a region has.

    Raises:
        ValueError: no such country. A region that is not known is kept: `knows_region` tells.
    """
    country, _, region = (part.strip() for part in code.partition("-"))
    if country.upper() in _regions():
        return HolidayCalendar(country.upper(), _known(country.upper(), region))
    meant = nearest(country.upper(), sorted(_regions()))
    hint = f"did you mean '{meant}'?" if meant else "write a country's code, such as IT or DE-BY"
    raise ValueError(f"no public holidays are known of '{code}'; {hint}")


def _known(country: str, region: str) -> str:
    """Return a region as the calendar of its country writes it."""
    parts = _parts(country, region)
    if len(parts) == 1:
        return parts[0]
    names = {name.lower(): name for name in _regions()[country]}
    return names.get(region.lower(), region)


def parts_of(calendar: HolidayCalendar) -> tuple[str, ...]:
    """Return the parts of a region that have holidays of their own where the whole of it has none."""
    return _parts(calendar.country, calendar.region)


def _parts(country: str, region: str) -> tuple[str, ...]:
    return tuple(_PARTS.get(country, {}).get(region.upper(), "").split())


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
