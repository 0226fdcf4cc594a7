"""Where servers of the family differ from each other or from the manual; the simulator can be any."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How this server answers. The defaults are what recorded replies of live servers show."""

    root: str = "result"
    """The root element: the manual's text says ``response``, its samples ``result``."""
    flat_history: bool = False
    """One ``ThermostatHistory`` a record, as the manual's tables read, instead of one a thermostat."""
    refuses_schedule_get: bool = False
    """Whether a get of ``ThermostatSchedule`` is refused, as live servers do and the manual does not say."""
    says_calibration_offset: bool = False
    """Whether ``calibrationOffet``, as the manual spells it, goes by ``calibrationOffset``."""
    refuses_by_success: bool = False
    """Whether wrong credentials are answered by ``success`` 0, and not by HTTP status 403."""
