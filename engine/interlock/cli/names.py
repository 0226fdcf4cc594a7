"""From names on the command line to points and rules."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from interlock.capabilities import nearest
from interlock.config.site import Site
from interlock.driver import Target
from interlock.model import Point


def find_target(site: Site, name: str) -> Target:
    """Return the target of a point.

    Raises:
        typer.BadParameter: the site has no such point.
    """
    target = site.targets.get(Point(name))
    if target is not None:
        return target
    points = [point for point, known in site.targets.items() if known.device.name == name]
    if points:
        raise typer.BadParameter(f"'{name}' is a device: name one of its points, {', '.join(points)}")
    raise unknown("point", name, site.targets)


def find_readable(site: Site, name: str) -> Target:
    """Return the target of a point that can be read.

    Raises:
        typer.BadParameter: there is no such point, or it takes commands only.
    """
    target = find_target(site, name)
    if not target.capability.readable:
        raise typer.BadParameter(f"{name} cannot be read: it only takes commands")
    return target


def unknown(kind: str, name: str, known: Iterable[str]) -> typer.BadParameter:
    """Return the error for a name that nothing has, with the nearest one."""
    meant = nearest(name, known)
    hint = f"; did you mean '{meant}'?" if meant else ""
    return typer.BadParameter(f"there is no {kind} '{name}'{hint}")
