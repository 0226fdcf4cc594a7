"""``interlock new-driver``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new_driver(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What site files will call the driver, such as acme-heat.")
    ],
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where to write; interlock-driver-NAME here if not given."),
    ] = None,
) -> None:
    """Write a driver project to start from. It works as it is: driver, simulator, tests, example site.

    \b
    Example:
      interlock new-driver acme-heat
    """
    from interlock.cli.output import fail, say
    from interlock.service.scaffolding.new_driver import default_directory, write_driver_project

    target = directory or default_directory(name)
    try:
        written = write_driver_project(name, target)
    except OSError as error:
        fail(f"error: {target} cannot be written: {(error.strerror or str(error)).lower()}")
    for path in written:
        say(str(path))
    say(f"next: pip install --editable '{target}[dev]', and pytest {target}")
