"""What stands behind the points of a site, as values: zones, and which point is which role of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from interlock.config.site import Site
from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.model import Point, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePlan:
    """One room, and the points that are in it."""

    name: str
    is_inferred: bool = False
    """Whether the site file does not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The building of a site."""

    zones: tuple[ZonePlan, ...] = ()
    values: Mapping[Point, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What points begin with that no zone moves."""


def plan_of(site: Site) -> Plan:
    """Return what stands behind a site's points.

    Raises:
        ConfigurationError: the section ``plant`` has errors.
    """
    plan, findings = read_plan(site)
    if any(each.severity is Severity.ERROR for each in findings):
        raise ConfigurationError(sorted(findings))
    return plan


def read_plan(site: Site) -> tuple[Plan, list[Diagnostic]]:
    """Return what stands behind a site's points as far as it is sound, and what is wrong with it."""
    return Plan(), []
