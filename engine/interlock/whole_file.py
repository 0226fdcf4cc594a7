"""Files that are there as a whole or not at all, whatever ends their writing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from interlock.errors import ReportFailed

_MODE = 0o644
"""Reports, exports and units are for everybody to read."""
_OWNER_ONLY = 0o600


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

    Args:
        path: The file.
        mode: Who may do what with it; until it is whole it is its owner's alone.
        owner: The user and the group whose it becomes; None leaves it to whoever writes it.
        beside: Where it is written meanwhile, in the same folder, if a lock sees to it that nobody else does
            so; what a process left there that was killed is removed. None takes a name that nobody has.
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
        begun.replace(path)
    except OSError as error:
        raise ReportFailed(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        if begun is not None:
            with suppress(OSError):
                begun.unlink(missing_ok=True)


def _begun(path: Path, beside: Path | None) -> tuple[Path, int]:
    if beside is None:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        return Path(name), descriptor
    beside.unlink(missing_ok=True)
    return beside, os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
