"""The exit status says the same for every command: fine, never so, or perhaps later."""

import pytest

from interlock.cli.exits import EPILOG, MEANINGS, ExitCode, exit_code_of_errors, exit_code_of_outcome
from interlock.errors import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    JournalError,
    NotSupported,
    ProtocolFault,
    RateLimited,
    RejectedValue,
    ServerFault,
    TimedOut,
    UnknownDevice,
    Unreachable,
)
from interlock.model import Outcome
from interlock.runtime.commands.dispatcher import _outcome as outcome_of

LATER = (Unreachable, RateLimited, TimedOut, ServerFault, ProtocolFault, CannotExecute)
NEVER = (RejectedValue, UnknownDevice, NotSupported, AuthenticationFailed)


@pytest.mark.parametrize("error", LATER)
def test_what_may_pass_is_exit_3_read_or_commanded(error: type[DriverError]) -> None:
    assert exit_code_of_errors([error("x")]) is ExitCode.TEMPORARY
    assert exit_code_of_outcome(outcome_of(error("x"))) is ExitCode.TEMPORARY


@pytest.mark.parametrize("error", NEVER)
def test_what_stays_refused_is_exit_1_read_or_commanded(error: type[DriverError]) -> None:
    assert exit_code_of_errors([error("x")]) is ExitCode.FINDINGS
    assert exit_code_of_outcome(outcome_of(error("x"))) is ExitCode.FINDINGS


def test_errors_of_both_kinds_may_pass_in_part() -> None:
    assert exit_code_of_errors([RejectedValue("x"), TimedOut("x")]) is ExitCode.TEMPORARY


def test_no_errors_are_fine_and_so_is_what_was_not_to_be_sent() -> None:
    assert exit_code_of_errors([]) is ExitCode.FINE
    assert exit_code_of_outcome(Outcome.ACCEPTED) is ExitCode.FINE
    assert exit_code_of_outcome(Outcome.SUPPRESSED) is ExitCode.FINE


def test_any_other_error_is_exit_1() -> None:
    assert exit_code_of_errors([JournalError("x")]) is ExitCode.FINDINGS


def test_the_help_says_what_each_status_means() -> None:
    assert list(MEANINGS) == list(ExitCode)
    assert EPILOG.startswith("Exit status: 0 fine; 1 ")
    assert EPILOG.endswith("; 130 Ctrl-C ended what was not finished.")
