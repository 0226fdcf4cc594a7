"""Arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number between two limits, and says in one sentence what it must be."""
    wanted = f"at least {least}" if most is None else f"from {least} to {most}"

    def parse(text: str) -> int:
        is_number = re.fullmatch(r"[+-]?\d{1,9}", str(text), re.ASCII)
        if not is_number or int(text) < least or (most is not None and int(text) > most):
            raise typer.BadParameter(f"'{text}' must be a whole number {wanted}")
        return int(text)

    return parse


SiteArgument = Annotated[
    Path, typer.Argument(metavar="SITE", help="A site file, or a directory that holds site.yaml.")
]
JournalOption = Annotated[
    str | None,
    typer.Option(
        "--journal",
        metavar="PLACE",
        help="The journal: a file, or the URL of a PostgreSQL database; by default what the site file says.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
VerboseOption = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, help="Log more; twice logs every request too."),
]
LimitOption = Annotated[
    int,
    typer.Option("--limit", parser=whole_number(1), metavar="N", help="How many of each to show."),
]
