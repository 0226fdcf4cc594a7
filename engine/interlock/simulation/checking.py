"""What is wrong in a site's files, also in those parts that a running service does not look at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from interlock.service.loading import Examined, examine


def examine_whole(path: Path) -> Examined:
    """Read a site with its rules, its scenarios and its plant, and find what is wrong with it.

    Args:
        path: The site file, or a directory that holds ``site.yaml``.
    """
    examined = examine(path)
    if examined.site and examined.site.scenarios:
        from interlock.simulation.scenarios.suite import with_scenarios

        examined = with_scenarios(examined)
    if examined.site and examined.site.plant:
        from interlock.simulation.coupling import read_plan

        _, findings = read_plan(examined.site)
        examined = replace(examined, findings=tuple(sorted([*examined.findings, *findings])))
    return examined
