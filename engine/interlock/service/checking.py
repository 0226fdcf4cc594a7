"""What is wrong in a site's files, also in those parts that a running service does not look at."""

from __future__ import annotations

from pathlib import Path

from interlock.service.loading import Examined, examine


def examine_whole(path: Path) -> Examined:
    """Read a site with its rules and its scenarios, and find what is wrong with it.

    Args:
        path: The site file, or a directory that holds ``site.yaml``.
    """
    examined = examine(path)
    if examined.site and examined.site.scenarios:
        from interlock.simulation.scenarios.suite import with_scenarios

        examined = with_scenarios(examined)
    return examined
