"""Files that are there as a whole or not at all, whatever ends their writing."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from interlock.errors import ReportFailed

_MODE = 0o644
"""Reports, exports and units are for everybody to read."""
_OWNER_ONLY = 0o600
_BEGUN = ".begun"
"""How files end that are being written, with eight characters of chance before it."""
_CHANCE = 8


@contextmanager
def replaced(
    path: Path,
    *,
    mode: int = _MODE,
    owner: tuple[int, int] | None = None,
    beside: Path | None = None,
    is_durable: bool = False,
) -> Iterator[IO[bytes]]:
    """Open a file to be written that takes the place of another one once it is whole, or never.

    What processes left beside it that were killed while they wrote it is removed.

    Args:
        path: The file.
        mode: Who may do what with it; until it is whole it is its owner's alone.
        owner: The user and the group whose it becomes; None leaves it to whoever writes it.
        beside: Where it is written meanwhile, in the same folder, if a lock sees to it that nobody else does
            so. None takes a name that nobody has.
        is_durable: Whether a power cut must not take it back.

    Raises:
        ReportFailed: it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise ReportFailed(f"{path} cannot be written: what is there is not a file")
    begun: Path | None = None
    try:
        begun, descriptor = _begun(path, beside)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if owner is not None:
                os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
            if is_durable:
                os.fsync(descriptor)
            # Before it is closed, which lets go of its lock.
            begun.replace(path)
    except OSError as error:
        raise ReportFailed(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        if begun is not None:
            with suppress(OSError):
                begun.unlink(missing_ok=True)


def _begun(path: Path, beside: Path | None) -> tuple[Path, int]:
    if beside is None:
        _remove_left(path)
        return _begun_by_chance(path)
    beside.unlink(missing_ok=True)
    return beside, os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)


def _begun_by_chance(path: Path) -> tuple[Path, int]:
    """Open a file under a name that nobody has, and lock it: so others know that it is not left behind."""
    while True:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_BEGUN)
        with suppress(OSError):  # Not every disk has locks; on such a one nothing is removed either.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return Path(name), descriptor
        # Somebody took it for left behind before it was locked.
        os.close(descriptor)


def _remove_left(path: Path) -> None:
    """Remove what nobody writes any more of those who began to write a file."""
    with suppress(OSError):
        for each in path.parent.iterdir():
            before, name, chance = each.name.partition(f".{path.name}.")
            if name and not before and len(chance) == _CHANCE + len(_BEGUN) and chance.endswith(_BEGUN):
                _remove_unlocked(each)


def _remove_unlocked(path: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                path.unlink()
        finally:
            os.close(descriptor)
