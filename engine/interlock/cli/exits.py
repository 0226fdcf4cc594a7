"""Exit codes."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit status says."""

    FINE = 0
    FINDINGS = 1
    """Errors in files, a command that was not accepted, or a failure."""
    USAGE = 2
    UNREACHABLE = 3
    """A server cannot be reached."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count: 128 and the signal's number."""


EPILOG = (
    "Exit status: 0 fine; 1 findings, a command not accepted, or a failure; 2 wrong usage; "
    "3 a server cannot be reached."
)
