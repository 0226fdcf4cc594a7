"""Where a site stands, for its sun."""

from __future__ import annotations

from datetime import datetime, timedelta

from interlock.config.site import Site
from interlock.sun import Place

_USUAL_LATITUDE = 46.0
_DEGREES_PER_HOUR = 15.0


def place_of(site: Site) -> Place:
    """Return where a site stands; where it does not say so, somewhere in its time zone."""
    if site.location:
        return site.location
    offset = datetime(2026, 1, 1, tzinfo=site.timezone).utcoffset() or timedelta()
    longitude = offset / timedelta(hours=1) * _DEGREES_PER_HOUR
    return Place(latitude=_USUAL_LATITUDE, longitude=longitude)
