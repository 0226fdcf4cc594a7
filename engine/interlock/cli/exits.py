"""Exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

# What errors and outcomes there are takes longer to import than the help, which tells of none, has to take.
if TYPE_CHECKING:
    from interlock.model import Outcome


class ExitCode(IntEnum):
    """What the exit status says, the same for every command."""

    FINE = 0
    FINDINGS = 1
    """It will not work unchanged."""
    USAGE = 2
    TEMPORARY = 3
    """It may work later."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count: 128 and the signal's number."""


MEANINGS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.FINE: "fine",
        ExitCode.FINDINGS: "errors in files, a refusal, or a failure of the program",
        ExitCode.USAGE: "wrong usage",
        ExitCode.TEMPORARY: "it may work later: a server is away, late, failing, or asks to wait",
        ExitCode.INTERRUPTED: "Ctrl-C ended what was not finished",
    }
)
EPILOG = f"Exit status: {'; '.join(f'{code.value} {meaning}' for code, meaning in MEANINGS.items())}."


def exit_code_of_outcome(outcome: Outcome) -> ExitCode:
    """Return what the exit status says about a command."""
    from interlock.model import Outcome

    match outcome:
        case Outcome.ACCEPTED | Outcome.SUPPRESSED | Outcome.DEFERRED:
            return ExitCode.FINE
        case Outcome.OUTRANKED | Outcome.REFUSED:
            return ExitCode.FINDINGS
        case Outcome.FAILED | Outcome.UNCERTAIN:
            return ExitCode.TEMPORARY


def exit_code_of_errors(errors: Iterable[Exception]) -> ExitCode:
    """Return what the exit status says about errors; where some may pass and some not, that some may."""
    from interlock.errors import TemporaryError

    are_temporary = [isinstance(error, TemporaryError) for error in errors]
    if any(are_temporary):
        return ExitCode.TEMPORARY
    return ExitCode.FINDINGS if are_temporary else ExitCode.FINE
