"""Everything that can go wrong, split by what the caller does next.

::

    InterlockError
    ├── ConfigurationError      mend the lines that its diagnostics name, then load again
    ├── PluginError             install, repair or remove the named plugin
    ├── InvalidValue            the value cannot be for this point: give another
    ├── ExpressionError         mend the expression where its problems say (interlock.expressions)
    ├── ImportFailed            give another file, or its password
    ├── WeatherError            give another weather file, or another span of time
    ├── JournalError            the history cannot be read or written: see the message
    │   └── NoJournalYet        no service has written one there: nothing has happened yet
    ├── ReplayFailed            give another span, or another record of what happened
    ├── ReportFailed            give another path for the report, or install what draws it
    └── DriverError             a driver's answer: what the engine does next
        ├── TemporaryError      ask again later
        │   ├── Unreachable     nothing arrived, nothing was executed; concerns the whole connection
        │   ├── RateLimited     wait `retry_after_s`, not executed; concerns the whole connection
        │   ├── TimedOut        no answer: a command may or may not have been executed
        │   ├── ServerFault     the server failed (HTTP 5xx): a command may have been executed
        │   ├── ProtocolFault   the answer cannot be understood: a command may have been executed
        │   └── CannotExecute   the device cannot do it in its present state; not executed
        ├── RejectedError       never repeat it unchanged
        │   ├── RejectedValue   the device or server refuses this value
        │   ├── UnknownDevice   the server does not know the address, or hides it
        │   └── NotSupported    the server lacks this function
        └── AuthenticationFailed  stop the connection until its settings change
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class InterlockError(Exception):
    """Root of every error that Interlock raises on purpose; its text is one sentence for a person."""


class Severity(Enum):
    """How bad a finding in a file is."""

    ERROR = "error"
    """The file is refused."""
    WARNING = "warning"
    """The file is taken, but probably does not do what its author wants."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding in a file. Lines and columns count from 1; `length` is in characters on that line."""

    file: str
    line: int
    column: int
    message: str
    length: int = 1
    hint: str = ""
    """What to do about it, such as ``did you mean 'hvacmode'?``; may be empty."""
    excerpt: str = field(default="", compare=False)
    """The source line, without its line end; empty where there is none."""
    severity: Severity = field(default=Severity.ERROR, compare=False)


class ConfigurationError(InterlockError):
    """A site cannot be loaded. Carries every finding at once, in the order of files and lines."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: Sequence[Diagnostic] = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        first = f"; first: {errors[0].file}:{errors[0].line}: {errors[0].message}" if errors else ""
        super().__init__(f"{len(errors)} error{'s' if len(errors) != 1 else ''} in the site's files{first}")


class PluginError(InterlockError):
    """A plugin that the site uses cannot be loaded or breaks its contract.

    `hint` says what to do about it, such as the nearest name that exists; it may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidValue(InterlockError):
    """A value that a point cannot take: wrong type, out of range, or none of its choices."""


class ImportFailed(InterlockError):
    """A file of another tool cannot be read; the message says why."""


class WeatherError(InterlockError):
    """A weather file cannot be read, or does not know an instant; the message names file and line."""


class JournalError(InterlockError):
    """The journal cannot be opened, read or written."""


class NoJournalYet(JournalError):
    """No service has written a journal at this place."""


class ReplayFailed(InterlockError):
    """There is nothing that could be replayed, or it is of another site; the message says what there is."""


class ReportFailed(InterlockError):
    """A report cannot be written; the message says why."""


class DriverError(InterlockError):
    """What a driver answers when it has no value. Its class says what the engine does next.

    Args:
        message: One lower-case sentence without secrets: what failed, where, what was expected.
        exchange: The request and reply in short, without secrets; empty where nothing was exchanged.
        retry_after_s: Seconds the peer asks to wait, where it said so.
    """

    whole_connection: ClassVar[bool] = False
    """Whether every point of the connection is concerned, so that asking for the others is useless now."""
    may_have_acted: ClassVar[bool] = False
    """Whether a command that met this error may have been executed all the same."""

    def __init__(self, message: str, *, exchange: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.exchange = exchange
        self.retry_after_s = retry_after_s


class TemporaryError(DriverError):
    """It may work later. The engine asks again; a command is repeated only where it is idempotent."""


class Unreachable(TemporaryError):
    """The peer cannot be reached: name not found, refused, no route. Nothing was executed."""

    whole_connection = True


class RateLimited(TemporaryError):
    """The peer asks for fewer requests. Nothing was executed."""

    whole_connection = True


class TimedOut(TemporaryError):
    """The request went out and no whole answer came in time."""

    may_have_acted = True


class ServerFault(TemporaryError):
    """The server says that it failed itself."""

    may_have_acted = True


class ProtocolFault(TemporaryError):
    """The answer is not what the protocol says: HTML, half a JSON, no status, too large."""

    may_have_acted = True


class CannotExecute(TemporaryError):
    """The device is known, the request is right, and it cannot be done now."""


class RejectedError(DriverError):
    """The peer refuses, and will refuse again."""


class RejectedValue(RejectedError):
    """The peer does not take this value or these parameters."""


class UnknownDevice(RejectedError):
    """The peer does not know the device's address, or these credentials may not see it."""


class NotSupported(RejectedError):
    """The peer does not have this function."""


class AuthenticationFailed(DriverError):
    """The credentials are wrong. Asking again would only be hammering: change the settings first."""

    whole_connection = True
