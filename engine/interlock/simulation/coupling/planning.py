"""The plan of a site: what its files say, completed by what can be inferred."""

from __future__ import annotations

from interlock.config.site import Site
from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.simulation.coupling.inference import completed
from interlock.simulation.coupling.plan import Plan
from interlock.simulation.coupling.section import read_section


def plan_of(site: Site) -> Plan:
    """Return what stands behind a site's points: what its section ``plant`` says, and what is inferred.

    Raises:
        ConfigurationError: the section has errors.
    """
    plan, findings = read_plan(site)
    if any(each.severity is Severity.ERROR for each in findings):
        raise ConfigurationError(sorted(findings))
    return plan


def read_plan(site: Site) -> tuple[Plan, list[Diagnostic]]:
    """Return what stands behind a site's points as far as it is sound, and what is wrong with it."""
    problems: list[Diagnostic] = []
    plan = read_section(site, problems)
    return completed(plan, site), problems
