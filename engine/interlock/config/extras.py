"""Parts of the installation that only some sites need: whether those that a site file asks for are there."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from interlock.config.nodes import Mark
from interlock.errors import Diagnostic, Severity

API = "api"
POSTGRES = "postgres"
_MODULES = {
    API: ("fastapi", "prometheus_client", "uvicorn"),
    POSTGRES: ("psycopg",),
}
"""What an extra brings, by the names under which it is imported."""


def missing_modules(extra: str) -> Sequence[str]:
    """Return what is not installed of an extra."""
    return [name for name in _MODULES[extra] if importlib.util.find_spec(name) is None]


def look_for_extra(extra: str, what: str, mark: Mark, problems: list[Diagnostic]) -> None:
    """Warn where a site asks for something that is not installed here: it may be where its service runs.

    Args:
        extra: The extra's name.
        what: What it is for, such as ``the HTTP API``.
        mark: Where the site asks for it.
        problems: The warning is appended to it.
    """
    if lacking := missing_modules(extra):
        message = f"{what} needs the extra {extra}, and {' and '.join(lacking)} cannot be found here"
        hint = f"pip install 'interlock[{extra}]'"
        problems.append(mark.diagnostic(message, hint=hint, severity=Severity.WARNING))
