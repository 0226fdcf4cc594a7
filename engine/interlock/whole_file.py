"""Files that are there as a whole or not at all, whatever ends their writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from interlock.errors import ReportFailed

_MODE = 0o644
"""Reports, exports and units are for everybody to read."""


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to be written that takes the place of another one once it is whole, or never.

    Raises:
        ReportFailed: it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise ReportFailed(f"{path} cannot be written: what is there is not a file")
    beside: Path | None = None
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            beside = Path(file.name)
            yield file
        beside.chmod(_MODE)
        beside.replace(path)
    except OSError as error:
        raise ReportFailed(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
