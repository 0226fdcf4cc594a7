"""Whether readings can stay fresh: how often points are read, how long it takes, how old they may grow."""

from __future__ import annotations

from datetime import timedelta

from interlock.config.nodes import MapNode
from interlock.config.site import Connection
from interlock.durations import format_duration
from interlock.errors import Diagnostic, Severity

_KEYS = ("timeout", "poll", "stale_after")


def warn_of_haste(
    what: str, entries: MapNode, connection: Connection, poll: timedelta, problems: list[Diagnostic]
) -> None:
    """Warn where readings are too old before the next can be there, with a silent device or without one."""
    timeout, stale_after = connection.settings.timeout, connection.stale_after(poll)
    if stale_after > max(poll, timeout):
        return
    why = (
        f"it is read every {format_duration(poll)} only"
        if poll >= stale_after
        else f"one silent device holds up those read with it for {format_duration(timeout)}"
    )
    message = f"values of {what} are unknown again after {format_duration(stale_after)}, and {why}"
    written = next((entries.entries[key] for key in _KEYS if key in entries.entries), entries)
    hint = f"let 'stale_after' be {format_duration(poll + timeout)} or more"
    problems.append(written.mark.diagnostic(message, hint=hint, severity=Severity.WARNING))
