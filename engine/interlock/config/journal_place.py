"""Where a journal is: in a file, or in a database on a PostgreSQL server."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from interlock.redaction import redactor

FILE_NAME = "interlock.sqlite"
"""What a site's journal is called unless said otherwise."""
_SCHEMES = ("postgresql", "postgres")
_EXAMPLE = "postgresql://USER:PASSWORD@HOST/DATABASE"
_PASSWORDS = (
    re.compile(r"://[^:/@]*:([^/@]*)@"),
    # A password with a slash or an at sign in it that is not written as it should be.
    re.compile(r"://[^:/@]*:(.*)@"),
    re.compile(r"[?&](?:ssl)?password=([^&]*)"),
)


@dataclass(frozen=True, slots=True)
class Database:
    """A database on a PostgreSQL server. As a text it is its address without any password."""

    url: SecretStr
    """As libpq takes it."""
    beside: Path
    """The file that the journal would be elsewise: what a running service has on its own machine, its lock
    and its control socket, stands beside it. So whoever looks for a service finds it, and one of another
    journal keeps a second one of the same site from starting."""

    def __str__(self) -> str:
        return shown(self.url)


JournalPlace: TypeAlias = Path | Database
"""Where a journal is: an SQLite file, or a database."""


def beside(journal: JournalPlace) -> Path:
    """Return the path beside which a journal's lock and control socket stand."""
    return journal.beside if isinstance(journal, Database) else journal


def absolute(journal: JournalPlace) -> JournalPlace:
    """Return the same place with an absolute path."""
    if isinstance(journal, Database):
        return replace(journal, beside=journal.beside.resolve())
    return journal.resolve()


def is_url(text: str) -> bool:
    """Whether a text means a database and no file."""
    return "://" in text


def parse_url(text: object) -> SecretStr:
    """Return the address of a database; every later text hides the password in it.

    Raises:
        ValueError: it is none; the message shows nothing of it.
    """
    # What does not parse may still hold a password.
    written = str(text)
    if fault := _fault(written):
        raise ValueError(fault)
    for secret in passwords_of(written):
        redactor.register(secret)
    return SecretStr(written)


def _fault(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return f"it is no URL: write for example {_EXAMPLE}"
    if parts.scheme not in _SCHEMES:
        return f"it must be the URL of a PostgreSQL database: write for example {_EXAMPLE}"
    if "#" in text or "@" in parts.path or re.search(r"%(?![0-9A-Fa-f]{2})|\s", text):
        return "characters such as @ / # % in a password are written as %40 %2F %23 %25"
    if not parts.path.strip("/"):
        return f"it names no database: write for example {_EXAMPLE}"
    return ""


def passwords_of(url: str) -> tuple[str, ...]:
    """Return the passwords in an address, as they are written in it and as they are; also in a wrong one."""
    found = [part for pattern in _PASSWORDS for part in pattern.findall(url)]
    return tuple(dict.fromkeys(filter(None, (*found, *map(unquote, found)))))


def shown(url: SecretStr) -> str:
    """Return an address without its password and its options."""
    parts = urlsplit(url.get_secret_value())
    user, at, host = parts.netloc.rpartition("@")
    name, _, _ = user.partition(":")
    return urlunsplit((parts.scheme, f"{name}{at}{host}", parts.path, "", ""))
