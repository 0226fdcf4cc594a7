"""One service to a site: two would command the same devices against each other."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from interlock.errors import JournalError

TAKEN = "another running service uses it"


class Lock:
    """A lock beside a file, which ends with the process that holds it, however that ends.

    Not on the file itself: closing it would take SQLite's own locks away. Links to a file have one lock.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve()
        self.path = real.with_name(real.name + ".lock")
        """The file that is locked."""
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once; on a disk that may only be read, where it is there.

        Raises:
            JournalError: another process has it.
            OSError: there can be no file here.
        """
        descriptor = self._open()
        if descriptor is None:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise JournalError(TAKEN) from error
        self._descriptor = descriptor

    def _open(self) -> int | None:
        """Return the file; None on a disk that may only be read, where nobody could make one."""
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
        with suppress(FileNotFoundError):
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        return None

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
