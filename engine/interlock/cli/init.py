"""``interlock init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; it is made if it does not exist.")
    ],
) -> None:
    """Write a commented starting site. Nothing that exists is overwritten.

    \b
    Example:
      interlock init my-house
    """
    from interlock.cli.output import fail, say
    from interlock.service.scaffolding.examples import write_starting_site

    try:
        written = write_starting_site(directory)
    except OSError as error:
        fail(f"error: {directory} cannot be written: {(error.strerror or str(error)).lower()}")
    for path in written:
        say(str(path))
    say(f"next: interlock check {directory}")
