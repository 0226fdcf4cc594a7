"""From names on the command line to points and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import typer

from interlock.capabilities import ValueType, nearest
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import InvalidValue
from interlock.model import Point, Value


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


def find_matching(site: Site, names: Iterable[str]) -> tuple[Point, ...]:
    """Return the points with readings that names, devices and patterns such as ``*.actualtemp`` stand for.

    All of them where nothing is named.

    Raises:
        typer.BadParameter: a name stands for none.
    """
    held = [point for point, target in site.targets.items() if target.capability.has_reading]
    found = [point for name in names for point in _matching(site, name, held)]
    return tuple(dict.fromkeys(found)) if found else tuple(held)


def _matching(site: Site, name: str, held: Sequence[Point]) -> Sequence[Point]:
    found = [point for point in held if name == site.targets[point].device.name or fnmatchcase(point, name)]
    if found:
        return found
    if Point(name) in site.targets:
        raise typer.BadParameter(f"{name} has no readings: it only takes commands")
    raise unknown("point", name, [*held, *site.devices])


def checked_value(target: Target, text: str | None) -> Value | None:
    """Return what a point is set to by a text; None for one that takes no value.

    Raises:
        typer.BadParameter: the point does not take it.
    """
    capability = target.capability
    if not capability.writable:
        raise typer.BadParameter(f"{target.point} cannot be set: it can only be read")
    if capability.fields:
        raise typer.BadParameter(f"{target.point} takes named fields: use interlock call")
    if text is None and capability.type is not ValueType.NONE:
        raise typer.BadParameter(f"{target.point} needs a value: {capability.allowed}")
    try:
        return capability.check(text)
    except InvalidValue as error:
        raise typer.BadParameter(f"{target.device.name}.{error}") from error


def given_values(texts: Iterable[str], form: str) -> Mapping[str, str]:
    """Return what stands on the command line as ``name=value``, by name.

    Raises:
        typer.BadParameter: one is not written so, or a name is given twice.
    """
    given: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"'{text}' gives nothing a value: write {form}")
        if name in given:
            raise typer.BadParameter(f"'{name}' is given twice")
        given[name] = value
    return given


def unknown(kind: str, name: str, known: Iterable[str]) -> typer.BadParameter:
    """Return the error for a name that nothing has, with the nearest one."""
    meant = nearest(name, known)
    hint = f"; did you mean '{meant}'?" if meant else ""
    return typer.BadParameter(f"there is no {kind} '{name}'{hint}")
