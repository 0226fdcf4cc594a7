"""The bearer tokens of the HTTP API: a file beside the site that holds what they are known by, not them.

A token is 256 random bits. Its SHA-256 is kept, without salt and without a slow key derivation: these make
guessing expensive where people choose what is guessed, and nobody guesses 256 random bits however little a
guess costs. With a fast hash strangers cannot keep the service busy by making it look at wrong tokens.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlock.capabilities import nearest
from interlock.errors import InterlockError, ReportFailed
from interlock.whole_file import replaced

log = logging.getLogger("interlock.service")

_BYTES = 32
_PREFIX = "interlock_"
"""Lets scanners of repositories and logs recognise a token that went astray."""
_OWNER_ONLY = 0o600
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class TokenError(InterlockError):
    """A token cannot be made, found or revoked; the message says why."""


class TokensUnreadable(TokenError):
    """The file of tokens cannot be read now, whatever is in it; the message says why."""


class Role(Enum):
    """What a token lets its bearer do."""

    READ = "read"
    """See everything, change nothing."""
    OPERATE = "operate"
    """Also command points, switch and run rules, and reload the site."""


class Token(BaseModel):
    """What is kept of a token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=_NAME)]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    made_at: datetime


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: tuple[Token, ...] = ()


class TokenFile:
    """The tokens of one site.

    Args:
        path: The file; without it there are none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Sequence[Token]:
        """Return every token, in the order in which they were made.

        Raises:
            TokensUnreadable: the system does not let it be read.
            TokenError: it is no file of tokens, or others may write it.
        """
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text(encoding="utf-8")
            found = _File.model_validate_json(text)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise TokensUnreadable(
                f"{self.path} cannot be read: {(error.strerror or str(error)).lower()}"
            ) from error
        except (ValidationError, UnicodeDecodeError):
            raise TokenError(f"{self.path} is no file of tokens: interlock token writes it") from None
        if mode & _OTHERS_WRITE:
            raise TokenError(f"others may write {self.path}, and so make tokens: chmod 600 {self.path}")
        return found.tokens

    def create(self, name: str, role: Role, now: datetime) -> str:
        """Make a token and return it: nobody can show it again.

        Raises:
            TokenError: the name is taken or cannot be one, or the file cannot be read or written.
        """
        with self._locked():
            known = self.read()
            secret, made = self._made(known, name, role, now)
            self._write([*known, made])
        return secret

    def _made(self, known: Sequence[Token], name: str, role: Role, now: datetime) -> tuple[str, Token]:
        if any(token.name == name for token in known):
            raise TokenError(f"there is a token '{name}' already: revoke it, or take another name")
        secret = _PREFIX + secrets.token_urlsafe(_BYTES)
        try:
            return secret, Token(name=name, role=role, sha256=_digest(secret), made_at=now)
        except ValidationError:
            raise TokenError(
                f"'{name}' can be no name of a token: up to 64 letters, digits, dots, _ and -"
            ) from None

    def revoke(self, name: str) -> None:
        """Let nobody in by a token any more.

        Raises:
            TokenError: there is none of this name, or the file cannot be read or written.
        """
        with self._locked():
            known = self.read()
            left = [token for token in known if token.name != name]
            if len(left) == len(known):
                meant = nearest(name, [token.name for token in known])
                raise TokenError(
                    f"there is no token '{name}'" + (f"; did you mean '{meant}'?" if meant else "")
                )
            self._write(left)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let nobody else change the file meanwhile: what they write would be lost, or undo this."""
        descriptor = self._open_lock()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open_lock(self) -> int:
        # A file of its own, which stays: the one of tokens is another one after each change.
        lock = self.path.with_name(f"{self.path.name}.lock")
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with suppress(FileExistsError):
                made = os.open(lock, flags | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
                if owner := self._owner():
                    os.fchown(made, *owner)
                return made
            return os.open(lock, flags)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> TokenError:
        return TokenError(f"{self.path} cannot be written: {(error.strerror or str(error)).lower()}")

    def _write(self, tokens: Sequence[Token]) -> None:
        # One name, which whoever holds the lock may use: what a killed process leaves, the next one removes.
        beside = self.path.with_name(f".{self.path.name}.new")
        text = _File(tokens=tuple(tokens)).model_dump_json(indent=2) + "\n"
        try:
            with replaced(
                self.path, mode=_OWNER_ONLY, owner=self._owner(), beside=beside, is_durable=True
            ) as file:
                file.write(text.encode())
        except ReportFailed as error:
            raise TokenError(str(error)) from error

    def _owner(self) -> tuple[int, int] | None:
        """Return whose a file that root writes is to be: the site's owner's, as whom the service reads it."""
        if os.geteuid() != 0:
            return None
        owner = (self.path if self.path.exists() else self.path.parent).stat()
        return owner.st_uid, owner.st_gid


class Doorkeeper:
    """Knows who bears a token, and takes edits of the file over as they are made."""

    def __init__(self, file: TokenFile) -> None:
        self._file = file
        self._seen: tuple[int, ...] | None = None
        self._tokens: Sequence[Token] = ()
        self._said = ""

    def bearer(self, secret: str) -> Token | None:
        """Return the token that somebody shows; None where it is none.

        It takes as long whichever of the tokens it is, and however much of one is right.
        """
        shown = _digest(secret)
        found = None
        for token in self._current():
            if hmac.compare_digest(token.sha256, shown):
                found = token
        return found

    def _current(self) -> Sequence[Token]:
        seen = _stamp(self._file.path)
        if seen != self._seen:
            try:
                self._tokens = self._read()
            except TokensUnreadable as error:
                # It may be over in a moment, such as a want of descriptors, and the file is then as it was.
                self._say(f"{error}: the tokens known before count until then")
                return self._tokens
            self._seen, self._said = seen, ""
        return self._tokens

    def _read(self) -> Sequence[Token]:
        try:
            return self._file.read()
        except TokensUnreadable:
            raise
        except TokenError as error:
            log.error("%s: nobody can use the HTTP API until then", error)
            return ()

    def _say(self, what: str) -> None:
        if what != self._said:
            log.error(what)
            self._said = what


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)
