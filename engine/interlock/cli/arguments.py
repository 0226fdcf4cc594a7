"""Arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

_MOST = 999_999_999
_SHOWN = 40
"""Characters of a text that is no such number."""


def whole_number(least: int, most: int = _MOST) -> Callable[[str], int]:
    """Return what reads a whole number between two limits, and says in one sentence what it must be."""

    def parse(text: str) -> int:
        is_number = re.fullmatch(r"[+-]?\d{1,9}", str(text), re.ASCII)
        if is_number and least <= int(text) <= most:
            return int(text)
        # Of a limit that nobody reaches only those hear who go beyond it.
        is_beyond = re.fullmatch(r"\+?\d{10,}", str(text), re.ASCII)
        wanted = f"at least {least}" if most == _MOST and not is_beyond else f"from {least} to {most}"
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise typer.BadParameter(f"'{shown}' must be a whole number {wanted}")

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
