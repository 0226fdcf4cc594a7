"""The command line: arguments, printing, exit codes. Each command is a small file; none holds logic."""

from __future__ import annotations

import sys

from interlock.cli.exits import ExitCode


def main() -> None:
    """Run the program with the command line's arguments, and exit."""
    # The imports take a moment, in which Ctrl-C must not show a traceback.
    try:
        from interlock.cli.failures import guarded
        from interlock.cli.program import app

        code = guarded(app)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    sys.exit(code)
