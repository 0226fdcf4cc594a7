"""The bearer tokens of the HTTP API: a file beside the site that holds what they are known by, not them.

A token is 256 random bits. Its SHA-256 is kept, without salt and without a slow key derivation: these make
guessing expensive where people choose what is guessed, and nobody guesses 256 random bits however little a
guess costs. With a fast hash strangers cannot keep the service busy by making it look at wrong tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlock.capabilities import nearest
from interlock.errors import InterlockError

log = logging.getLogger("interlock.service")

_BYTES = 32
_PREFIX = "interlock_"
"""Lets scanners of repositories and logs recognise a token that went astray."""
_OWNER_ONLY = 0o600
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class TokenError(InterlockError):
    """A token cannot be made, found or revoked; the message says why."""


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
            TokenError: the file cannot be read, or others may write it.
        """
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text(encoding="utf-8")
            found = _File.model_validate_json(text)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise TokenError(
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
        known = self.read()
        if any(token.name == name for token in known):
            raise TokenError(f"there is a token '{name}' already: revoke it, or take another name")
        secret = _PREFIX + secrets.token_urlsafe(_BYTES)
        try:
            made = Token(name=name, role=role, sha256=_digest(secret), made_at=now)
        except ValidationError:
            raise TokenError(
                f"'{name}' can be no name of a token: up to 64 letters, digits, dots, _ and -"
            ) from None
        self._write([*known, made])
        return secret

    def revoke(self, name: str) -> None:
        """Let nobody in by a token any more.

        Raises:
            TokenError: there is none of this name, or the file cannot be read or written.
        """
        known = self.read()
        left = [token for token in known if token.name != name]
        if len(left) == len(known):
            meant = nearest(name, [token.name for token in known])
            raise TokenError(f"there is no token '{name}'" + (f"; did you mean '{meant}'?" if meant else ""))
        self._write(left)

    def _write(self, tokens: Sequence[Token]) -> None:
        beside: Path | None = None
        try:
            with NamedTemporaryFile("w", dir=self.path.parent, prefix=".tokens.", delete=False) as file:
                beside = Path(file.name)
                file.write(_File(tokens=tuple(tokens)).model_dump_json(indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(_OWNER_ONLY)
            self._give_away(beside)
            beside.replace(self.path)
        except OSError as error:
            raise TokenError(
                f"{self.path} cannot be written: {(error.strerror or str(error)).lower()}"
            ) from error
        finally:
            if beside is not None:
                beside.unlink(missing_ok=True)

    def _give_away(self, file: Path) -> None:
        """Let a file that root writes belong to whom the service runs as: the site's owner reads it."""
        if os.geteuid() == 0:
            owner = (self.path if self.path.exists() else self.path.parent).stat()
            os.chown(file, owner.st_uid, owner.st_gid)


class Doorkeeper:
    """Knows who bears a token, and takes edits of the file over as they are made."""

    def __init__(self, file: TokenFile) -> None:
        self._file = file
        self._seen: tuple[int, ...] | None = None
        self._tokens: Sequence[Token] = ()

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
            self._seen = seen
            self._tokens = self._read()
        return self._tokens

    def _read(self) -> Sequence[Token]:
        try:
            return self._file.read()
        except TokenError as error:
            log.error("%s: nobody can use the HTTP API until then", error)
            return ()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)
