"""From a path to a text whose lines can be shown."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from interlock.config.nodes import Mark, SourceFile
from interlock.errors import Diagnostic

_MOST_BYTES = 16 * 2**20
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (FileNotFoundError, "there is no such file"),
    (NotADirectoryError, "there is no such file"),
    (PermissionError, "this user may not read it"),
    (ValueError, "its name cannot be a path"),
)
# What YAML 1.2 (section 5.1) calls not printable, and the byte order mark anywhere but in front.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# Most files hold nothing but these, which is found out in a tenth of the time.
_PRINTABLE = bytes((*b"\t\n\r", *range(0x20, 0x7F)))


class UnreadableFile(Exception):
    """A file that gives no text. Carries the one finding that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def read_source(path: Path, name: str, *, is_secret: bool = False, folder: Path | None = None) -> SourceFile:
    """Return a file's text, which is UTF-8 with or without a byte order mark.

    Args:
        path: The file.
        name: Its path as the user would write it.
        is_secret: Whether its lines must never be shown.
        folder: Where relative paths in it count from; None for its own folder.

    Raises:
        UnreadableFile: it is missing, no regular file, too large, not readable, or no text.
    """
    try:
        content = _read(path)
    except (OSError, ValueError) as error:
        raise UnreadableFile(Diagnostic(name, 1, 1, f"the file cannot be read: {_reason(error)}")) from None
    source = SourceFile(name, _decode(content, name, is_secret=is_secret), is_secret, folder)
    if content.translate(None, _PRINTABLE) and (found := _CONTROL.search(source.text)):
        message = f"the file holds the unprintable character U+{ord(found[0]):04X}"
        raise UnreadableFile(place_at(source, found.start()).diagnostic(message))
    return source


def place_at(source: SourceFile, index: int) -> Mark:
    """Return the place of the character that stands `index` characters behind the text's beginning."""
    before = SourceFile(source.name, source.text[:index])
    return Mark(source, before.line_count, len(before.line(before.line_count)) + 1)


def _read(path: Path) -> bytes:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise OSError("it is a directory")
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no regular file")
    if found.st_size > _MOST_BYTES:
        raise OSError(f"it is larger than {_MOST_BYTES // 2**20} MB")
    return path.read_bytes()


def _reason(error: OSError | ValueError) -> str:
    for kind, words in _REFUSALS:
        if isinstance(error, kind):
            return words
    strerror = getattr(error, "strerror", None)
    return str(strerror).lower() if strerror else str(error)


def _decode(content: bytes, name: str, *, is_secret: bool) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` counts from behind a byte order mark.
        body = content.removeprefix(b"\xef\xbb\xbf")
        source = SourceFile(name, body.decode("utf-8", "replace"), is_secret)
        mark = place_at(source, len(body[: error.start].decode("utf-8")))
        found = mark.diagnostic("the file is not UTF-8 text from here on", hint="save it as UTF-8")
        raise UnreadableFile(found) from None
