"""Notices that files of a site were edited: what is in them counts, not that they were touched."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from interlock.config.journal_place import JournalPlace, beside
from interlock.config.site import Site

log = logging.getLogger("interlock.service")

_SETTLED_MS = 300
"""An editor, or a pull of many files, is done when nothing was written for so long."""
_LONGEST_MS = 3000
_LOOK_MS = 5000
"""Network drives tell of nothing: their files are looked at this often."""

_Mark: TypeAlias = tuple[int, int, int]
"""Of a file: when it was written, its length, its number on the disk."""


class SourceFiles:
    """The files of a site as they were when they were looked at last.

    Args:
        path: The site file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: tuple[Path, ...] = (path,)
        self._patterns: tuple[str, ...] = ()
        self._marks: Mapping[Path, _Mark | None] = {}
        self._content = b""

    @property
    def folders(self) -> frozenset[Path]:
        """Where files are that belong to the site, also behind links."""
        places = {path.parent for path in self._all()}
        places |= {Path(os.path.realpath(path)).parent for path in self._all()}
        return frozenset(place for place in places if place.is_dir())

    def follow(self, site: Site | None) -> None:
        """Look at the files that a site was read from; at those of before as well where there is none."""
        if site is not None:
            self._files, self._patterns = site.files, site.included

    def take(self) -> bool:
        """Look at the files; return whether what is in them is other than it was the last time."""
        marks = {path: _mark(path) for path in self._all()}
        if marks == self._marks:
            return False
        self._marks = marks
        before, self._content = self._content, _digest(marks)
        return self._content != before

    def _all(self) -> Iterable[Path]:
        matching = (
            self._path.parent / name
            for pattern in self._patterns
            for name in sorted(glob.glob(pattern, root_dir=self._path.parent, recursive=True))  # noqa: PTH207
        )
        return dict.fromkeys((*self._files, *matching))


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _digest(paths: Iterable[Path]) -> bytes:
    content = hashlib.sha256()
    for path in paths:
        try:
            text = path.read_bytes()
        except (OSError, ValueError):
            text = b"\0"
        content.update(f"{path}\0{len(text)}\0".encode(errors="surrogateescape") + text)
    return content.digest()


async def edits(files: SourceFiles, journal: JournalPlace) -> AsyncIterator[None]:
    """Yield after each edit of the files, once they have come to rest; without end.

    Args:
        files: Those of the site.
        journal: What is written beside them all the time, and is no edit.
    """
    is_polling = False
    while True:
        try:
            async for _ in _looks(files, journal, is_polling=is_polling):
                if files.take():
                    yield
        except OSError as error:
            if is_polling:
                raise
            log.warning("the system does not tell of edits, so that files are looked at: %s", error)
            is_polling = True


async def _looks(files: SourceFiles, journal: JournalPlace, *, is_polling: bool) -> AsyncIterator[None]:
    """Yield whenever something may have been edited, until other folders have to be watched."""
    # Imported here, where the service runs already: its start does not wait for it.
    from watchfiles import awatch

    folders = files.folders
    async for _ in awatch(
        *folders,
        watch_filter=lambda change, path: not Path(path).name.startswith(beside(journal).name),
        debounce=_LONGEST_MS,
        step=_SETTLED_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        force_polling=is_polling,
        recursive=False,
    ):
        yield
        if files.folders != folders:
            return
