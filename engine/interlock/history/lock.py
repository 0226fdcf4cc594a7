"""One service to a journal: two would command the same devices against each other."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from interlock.errors import JournalError


class Lock:
    """A lock beside a file, which ends with the process that holds it, however that ends.

    Not on the file itself: closing it would take SQLite's own locks away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once.

        Raises:
            JournalError: another process has it.
            OSError: there can be no file here.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise JournalError("another running service uses it") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
