"""What the user sees when a command cannot be done. One of the two places with a broad ``except``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.cli.exits import ExitCode, exit_code_of_errors

if TYPE_CHECKING:
    from interlock.errors import ConfigurationError, InterlockError

DEBUG_VARIABLE = "INTERLOCK_DEBUG"


def guarded(program: Callable[[], object]) -> int:
    """Run a program; return its exit code, after saying what went wrong where something did."""
    try:
        program()
    except Exception as error:  # noqa: BLE001 - the top of the command line
        return _told(error)
    return ExitCode.FINE


def _told(error: Exception) -> int:
    """Say what went wrong; return the exit code."""
    # What has gone well needs none of this: it would be half of the time that the help takes.
    from interlock import errors
    from interlock.cli.output import complain
    from interlock.service.host.signals import EndedAtOnce

    match error:
        case EndedAtOnce():
            return ExitCode.INTERRUPTED
        case errors.ConfigurationError():
            _print_findings(error)
            return ExitCode.FINDINGS
        case errors.InterlockError():
            complain(f"error: {describe(error)}")
            return exit_code_of_errors([error])
        case _:
            complain(_unexpected(error))
            return ExitCode.FINDINGS


def describe(error: InterlockError) -> str:
    """Return an error with its hint, where it has one."""
    from interlock.errors import PluginError

    hint = error.hint if isinstance(error, PluginError) else ""
    return f"{error}; {hint}" if hint else str(error)


def _print_findings(error: ConfigurationError) -> None:
    from interlock.cli.output import err, show_report
    from interlock.config.report import render

    show_report(err(), render(error.diagnostics))


def _unexpected(error: Exception) -> str:
    import traceback

    if os.environ.get(DEBUG_VARIABLE):
        return "".join(traceback.format_exception(error)).rstrip()
    name = type(error).__name__
    return f"error: unexpected {name}: {error}; set {DEBUG_VARIABLE}=1 to see where"
