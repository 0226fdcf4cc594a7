"""Where a service's control door is: a socket beside its journal, or beside a site that has it elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interlock.config.journal_place import JournalPlace, beside

_LONGEST = 100
"""Bytes that the address of a socket may have on every system; Linux has room for 107."""
_DESCRIPTORS = Path("/proc/self/fd")


def socket_of(journal: JournalPlace) -> Path:
    """Return the path of the socket of the service that writes a journal."""
    path = Path(os.path.realpath(beside(journal)))
    return path.with_name(path.name + ".socket")


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Give an address for a socket's path that is short enough, as long as the context lasts.

    Raises:
        OSError: its folder cannot be opened, or the system has no short way there.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    if not _DESCRIPTORS.exists():
        raise OSError(f"the path is too long for a socket: {path}")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(_DESCRIPTORS / str(folder) / path.name)
    finally:
        os.close(folder)
