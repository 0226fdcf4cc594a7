"""Standard output and standard error: colored on a terminal, plain elsewhere, never with a secret."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Literal, NoReturn

import typer

from interlock.cli.exits import ExitCode
from interlock.history.values import Json
from interlock.model import Value, format_value
from interlock.redaction import redactor
from interlock.service.logs.form import LogForm
from interlock.service.logs.lines import Detail, printable, set_up_logging

# A service whose log goes to a file prints nothing else: rich would be a twentieth of its start.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def out() -> Console:
    """Return the console of standard output. Text is taken as it is: no markup, nothing highlighted."""
    return _console(stderr=False)


def err() -> Console:
    """Return the console of standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # rich alone would leave bold and dim where NO_COLOR asks for plain text.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(
        stderr=stderr,
        color_system=color_system,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )


def say(text: str | Text = "", style: str = "") -> None:
    """Print a line to standard output."""
    out().print(_safe(redactor.redact(text)) if isinstance(text, str) else _safe_text(text), style=style)


def complain(text: str) -> None:
    """Print a line to standard error."""
    err().print(_safe(redactor.redact(text)), style="red")


def _safe(text: str) -> str:
    return printable(text, kept="\n\t")


def _safe_text(text: Text) -> Text:
    from rich.text import Text

    plain = _safe(text.plain)
    return text if plain == text.plain else Text(plain)


def show_report(console: Console, report: str) -> None:
    """Print what was found in files, with its severities colored on a terminal."""
    from rich.text import Text

    text = Text(redactor.redact(report))
    text.highlight_regex(r"(?m)^\S+:\d+:\d+: error:", "red")
    text.highlight_regex(r"(?m)^\S+:\d+:\d+: warning:", "yellow")
    text.highlight_regex(r"(?m)(?<=^      \| ) *\^~*.*$", "green")
    console.print(text, end="")


def fail(text: str, code: ExitCode = ExitCode.FINDINGS) -> NoReturn:
    """Print a line to standard error and end the program."""
    complain(text)
    raise typer.Exit(code)


def print_json(document: Json) -> None:
    """Print a document as JSON."""
    sys.stdout.write(redactor.redact(json.dumps(document, indent=2, ensure_ascii=False)) + "\n")


def with_unit(value: Value | None, unit: str) -> str:
    """Return a value as people write it, with its unit."""
    return f"{format_value(value)} {unit}".rstrip() if value is not None else format_value(value)


def local(instant: datetime, timezone: tzinfo) -> str:
    """Return an instant as the site's date and time, with its offset."""
    return instant.astimezone(timezone).isoformat(sep=" ", timespec="seconds")


def is_live() -> bool:
    """Whether standard output is a terminal that can be redrawn."""
    return out().is_terminal and not out().is_dumb_terminal


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def start_logging(base: Detail, verbose: int, form: LogForm = LogForm.AUTO) -> None:
    """Log to standard error, as much as the verbose flags ask for."""
    is_colored = sys.stderr.isatty() and _has_color(err())
    set_up_logging(Detail.of(base, verbose), color=is_colored, form=form)


def _has_color(console: Console) -> bool:
    return console.color_system is not None and not console.no_color
