"""What the user sees when a command cannot be done. One of the two places with a broad ``except``."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

from interlock.cli.exits import ExitCode, exit_code_of_errors
from interlock.errors import ConfigurationError, InterlockError, PluginError

DEBUG_VARIABLE = "INTERLOCK_DEBUG"


def guarded(program: Callable[[], object]) -> int:
    """Run a program; return its exit code, after saying what went wrong where something did."""
    from interlock.cli.output import complain
    from interlock.service.signals import EndedAtOnce

    try:
        program()
    except EndedAtOnce:
        return ExitCode.INTERRUPTED
    except ConfigurationError as error:
        _print_findings(error)
        return ExitCode.FINDINGS
    except InterlockError as error:
        complain(f"error: {describe(error)}")
        return exit_code_of_errors([error])
    except Exception as error:  # noqa: BLE001 - the top of the command line
        complain(_unexpected(error))
        return ExitCode.FINDINGS
    return ExitCode.FINE


def describe(error: InterlockError) -> str:
    """Return an error with its hint, where it has one."""
    hint = error.hint if isinstance(error, PluginError) else ""
    return f"{error}; {hint}" if hint else str(error)


def _print_findings(error: ConfigurationError) -> None:
    from interlock.cli.output import err, show_report
    from interlock.config.report import render

    show_report(err(), render(error.diagnostics))


def _unexpected(error: Exception) -> str:
    if os.environ.get(DEBUG_VARIABLE):
        return "".join(traceback.format_exception(error)).rstrip()
    name = type(error).__name__
    return f"error: unexpected {name}: {error}; set {DEBUG_VARIABLE}=1 to see where"
