"""Looks at a machine, a site and its equipment, and says what will go wrong and what to do about it."""

from interlock.service.doctor.examination import examine_all
from interlock.service.doctor.finding import Finding, Health

__all__ = ["Finding", "Health", "examine_all"]
