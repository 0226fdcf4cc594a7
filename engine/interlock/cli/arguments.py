"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SiteArgument = Annotated[
    Path, typer.Argument(metavar="SITE", help="A site file, or a directory that holds site.yaml.")
]
JournalOption = Annotated[
    Path | None,
    typer.Option(
        "--journal", metavar="FILE", help="The journal; interlock.sqlite beside the site file if not given."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
VerboseOption = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, help="Log more; twice logs every request too."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many of each to show.")]
