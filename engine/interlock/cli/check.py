"""``interlock check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import SiteArgument
from interlock.cli.exits import ExitCode

if TYPE_CHECKING:
    from interlock.errors import Diagnostic
    from interlock.service.loading import Loaded


def _format(text: str) -> Format:
    try:
        return Format(text)
    except ValueError:
        known = ", ".join(each.value for each in Format)
        raise typer.BadParameter(f"there is no format '{text}': write one of {known}") from None


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    site: SiteArgument,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            parser=_format,
            metavar="FORMAT",
            help="For people, for programs, or as GitHub annotations.",
        ),
    ] = Format.TEXT,
) -> None:
    """Find every error in a site. It is loaded as the service would, and nobody is contacted.

    \b
    Example:
      interlock check site.yaml --format github
    """
    from interlock.cli.output import out, show_report
    from interlock.config.report import to_github, to_json
    from interlock.errors import ConfigurationError
    from interlock.simulation.checking import examine_whole

    loaded: Loaded | None = None
    try:
        loaded = examine_whole(site).loaded
        findings = loaded.warnings
    except ConfigurationError as error:
        findings = tuple(error.diagnostics)
    match format_:
        case Format.TEXT:
            show_report(out(), _text(loaded, findings))
        case Format.JSON:
            sys.stdout.write(to_json(findings) + "\n")
        case Format.GITHUB:
            sys.stdout.write(to_github(findings))
    raise typer.Exit(ExitCode.FINE if loaded else ExitCode.FINDINGS)


def _text(loaded: Loaded | None, findings: Sequence[Diagnostic]) -> str:
    from interlock.config.report import count, render
    from interlock.service.loading import describe

    if loaded is None:
        return render(findings)
    return f"{render(findings)}{loaded.site.path}: {describe(loaded)}: {count(findings) or 'no findings'}\n"
