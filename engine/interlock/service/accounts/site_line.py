"""What a service runs, at one look."""

from __future__ import annotations

import interlock
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import SiteLine


def site_line(engine: Engine) -> SiteLine:
    """Return what a service runs."""
    site = engine.site
    return SiteLine(
        site=site.name,
        version=interlock.__version__,
        timezone=site.timezone.key,
        is_dry_run=engine.is_dry_run,
        connections={name: each.driver.name for name, each in site.connections.items()},
        groups=dict(site.groups),
        devices=len(site.devices),
        points=len(site.targets),
        rules=len(engine.rules),
        interlocks=len(site.interlocks),
    )
