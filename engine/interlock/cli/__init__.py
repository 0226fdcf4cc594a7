"""The command line: arguments, printing, exit codes. Each command is a small file; none holds logic."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the program with the command line's arguments, and exit."""
    # What is imported at the start stays. To look through it for garbage, as Python does after each 700 new
    # objects, would be a twelfth of the time to the first poll.
    gc.set_threshold(50_000)
    from interlock.cli.exits import ExitCode

    # The imports take a moment, in which Ctrl-C must not show a traceback.
    try:
        from interlock.cli.failures import guarded
        from interlock.cli.program import app

        code = guarded(app)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    sys.exit(code)
