"""``interlock import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.driver import Found
    from interlock.importer import Importer


def import_project(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What the file is, such as ets.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The other tool's project.")],
    *,
    connection: Annotated[
        str, typer.Option("--connection", metavar="NAME", help="The connection that the devices are on.")
    ] = "bus",
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="SITE", help="Add what is new to this site file."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a new file with them.")
    ] = None,
    password: Annotated[
        str,
        typer.Option(
            "--password",
            metavar="TEXT",
            envvar="INTERLOCK_IMPORT_PASSWORD",
            help="What opens a protected project; safer in INTERLOCK_IMPORT_PASSWORD.",
        ),
    ] = "",
) -> None:
    """Take devices over from another tool's project. They are printed as YAML, or added to a site file.

    \b
    Example:
      interlock import ets villa.knxproj --connection bus --site site.yaml
    """
    from interlock.cli.output import complain
    from interlock.plugins import load_plugins

    if site is not None and output is not None:
        raise typer.BadParameter("--site and --output are two places: give one of them")
    importer = load_plugins().importer(kind)
    imported = importer.read(file, password)
    for sentence in imported.left_out:
        complain(f"left out: {sentence}")
    if site is not None:
        _add(site, connection, importer, imported.found)
    else:
        _write(output, connection, imported.found)


def _add(path: Path, connection: str, importer: type[Importer], found: Sequence[Found]) -> None:
    from interlock.cli.names import unknown
    from interlock.cli.output import fail, say
    from interlock.config.append import append_devices, file_for
    from interlock.config.device_entries import new_devices
    from interlock.service.loading import load_devices

    site = load_devices(path)
    if connection not in site.connections:
        raise unknown("connection", connection, site.connections)
    driver = site.connections[connection].driver.name
    if driver not in importer.drivers:
        wanted = " or ".join(importer.drivers)
        raise typer.BadParameter(
            f"connection '{connection}' is of {driver}, and {importer.name} is for {wanted}"
        )
    file = file_for(site, connection)
    new = list(new_devices(site, site.connections[connection], found))
    try:
        names = append_devices(file, connection, new, [*site.device_marks, *site.groups])
    except OSError as error:
        fail(f"error: {file} cannot be written: {(error.strerror or str(error)).lower()}")
    for name in names:
        say(name)
    say(f"{file}: {len(names)} added, {len(found) - len(new)} known already")


def _write(path: Path | None, connection: str, found: Sequence[Found]) -> None:
    from interlock.cli.output import fail, say
    from interlock.config.device_entries import device_entries

    lines = [line for entry in device_entries(connection, found) for line in entry.lines()]
    text = "\n".join(["devices:", *lines] if lines else ["devices: {}"])
    if path is None:
        say(text)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        fail(f"error: {path} cannot be written: {(error.strerror or str(error)).lower()}")
