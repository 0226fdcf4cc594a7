"""Findings as people, programs and GitHub read them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence

from interlock.errors import Diagnostic, Severity
from interlock.redaction import HIDDEN, MASK

_HIDDEN_RUN = re.compile(f"{HIDDEN}+")
_TAB_STOP = 4
_MOST_SHOWN = 200
_MOST_BEFORE = 60
"""How many characters of a line are shown, and how many of them before the place."""


def in_order(diagnostics: Iterable[Diagnostic]) -> Sequence[Diagnostic]:
    """Return findings by file, line and column, each once."""
    return sorted(set(diagnostics))


def count(diagnostics: Iterable[Diagnostic]) -> str:
    """Return how many findings there are, such as ``1 error, 2 warnings``; empty for none."""
    found = [diagnostic.severity for diagnostic in set(diagnostics)]
    counts = ((severity.value, found.count(severity)) for severity in Severity)
    return ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for word, number in counts if number)


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """Return findings for a terminal, each with its line and what is underlined; the last line counts them.

    An empty text where there are none.
    """
    found = in_order(diagnostics)
    return "\n".join([*(paragraph(diagnostic) for diagnostic in found), count(found)]) + "\n" if found else ""


def to_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return findings as a JSON list of objects with the fields of `Diagnostic`."""
    rows = [
        {
            "file": diagnostic.file,
            "line": diagnostic.line,
            "column": diagnostic.column,
            "length": diagnostic.length,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        }
        for diagnostic in in_order(diagnostics)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def to_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return findings as workflow commands, which GitHub shows beside the lines of a change.

    Source: GitHub documentation, "Workflow commands for GitHub Actions", setting an error message.
    """
    return "".join(_annotation(diagnostic) for diagnostic in in_order(diagnostics))


def paragraph(diagnostic: Diagnostic) -> str:
    """Return a finding for a terminal, with its line and what is underlined."""
    place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}"
    lines = [f"{place}: {diagnostic.severity.value}: {_visible(diagnostic.message)}"]
    if diagnostic.excerpt:
        lines += _quotation(diagnostic)
    elif diagnostic.hint:
        lines.append(f"      {_visible(diagnostic.hint)}")
    return "\n".join(lines)


def _quotation(diagnostic: Diagnostic) -> list[str]:
    start = diagnostic.column - 1
    # A file on one endless line is shown around the place only.
    cut = max(start - _MOST_BEFORE, 0) if len(diagnostic.excerpt) > _MOST_SHOWN else 0
    shown = diagnostic.excerpt[cut : cut + _MOST_SHOWN]
    # Where it is a secret, even in its midst, the place is where its mask begins.
    place = (
        len(shown[: start - cut + 1].rstrip(HIDDEN))
        if shown[start - cut :].startswith(HIDDEN)
        else start - cut
    )
    before = _spread(shown[:place])
    marked = _spread(shown[: start - cut + diagnostic.length])
    width = max(_width(marked) - _width(before), 1)
    underline = f"{' ' * _width(before)}^{'~' * (width - 1)} {_visible(diagnostic.hint)}".rstrip()
    return [f"{diagnostic.line:>5} | {_spread(shown)}", f"      | {underline}"]


def _spread(text: str) -> str:
    """Return a text with its tabs as spaces, as wide as a terminal would make them, and masks for secrets."""
    out: list[str] = []
    cells = 0
    for char in _HIDDEN_RUN.sub(MASK, text):
        part = " " * (_TAB_STOP - cells % _TAB_STOP) if char == "\t" else _visible(char)
        cells += _width(part)
        out.append(part)
    return "".join(out)


def _visible(text: str) -> str:
    """Return a text without what would move the cursor or color the screen."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _width(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _annotation(diagnostic: Diagnostic) -> str:
    fields = {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "col": diagnostic.column,
        "endColumn": diagnostic.column + diagnostic.length,
    }
    properties = ",".join(f"{name}={_escape_property(str(value))}" for name, value in fields.items())
    text = f"{diagnostic.message}; {diagnostic.hint}" if diagnostic.hint else diagnostic.message
    return f"::{diagnostic.severity.value} {properties}::{_escape(text)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
