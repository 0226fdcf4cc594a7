"""The section ``journal`` of a site file: where the journal is, and how long and how large it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from interlock.config.credentials import ELSEWHERE, Credentials
from interlock.config.extras import POSTGRES, look_for_extra
from interlock.config.journal_place import parse_url, passwords_of
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.sections import is_empty
from interlock.config.validation import validate
from interlock.duration_field import Duration
from interlock.durations import format_duration, parse_duration
from interlock.errors import Diagnostic, Severity

_LEAST_KEPT = timedelta(days=1)
_LEAST_SIZE = 10**6
_LEAST_HEARTBEAT = timedelta(minutes=1)
_UNITS = {
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_BY_LETTERS = {unit.lower(): size for unit, size in _UNITS.items()}
_SIZE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*([kmgt]i?b)\s*", re.IGNORECASE)
_SIZE_PATTERN = r"^\s*\d{1,6}(\.\d{1,6})?\s*[kKmMgGtT][iI]?[bB]\s*$"
"""The same for a JSON Schema, which cannot leave the case open."""


def parse_size(text: object) -> int:
    """Return the bytes that a text such as ``2GB`` or ``500 MiB`` means.

    Raises:
        ValueError: no size, or a number without its unit.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise ValueError(f"a size needs its unit: write {text}MB or {text}GB")
    found = _SIZE.fullmatch(str(text))
    if not found:
        raise ValueError(f"'{text}' is no size: write for example 500MB, 2GB or 1.5GiB")
    return round(float(found[1]) * _BY_LETTERS[found[2].lower()])


def format_size(count: int) -> str:
    """Return bytes as people write them, to three digits: ``1.53 GB``."""
    unit, size = next(
        ((unit, size) for unit, size in (("GB", 10**9), ("MB", 10**6)) if count >= size), ("kB", 10**3)
    )
    return f"{count / size:.3g} {unit}"


def _is_nothing(text: object) -> bool:
    # False == 0 in Python, and says nothing here.
    return text in (0, "0") and not isinstance(text, bool)


def _kept(text: object) -> timedelta | None:
    if _is_nothing(text) or text == "forever":
        return None
    return _at_least(_LEAST_KEPT, parse_duration(text), "; write 0 or forever to delete nothing")


def _heartbeat(text: object) -> timedelta | None:
    if _is_nothing(text):
        return None
    return _at_least(_LEAST_HEARTBEAT, parse_duration(text), "; write 0 for none")


def _at_least(least: timedelta, found: timedelta, hint: str) -> timedelta:
    if found < least:
        raise ValueError(f"it must be {format_duration(least)} or more{hint}")
    return found


def _size(text: object) -> int | None:
    if _is_nothing(text):
        return None
    found = parse_size(text)
    if found < _LEAST_SIZE:
        raise ValueError("it must be 1MB or more; write 0 for no limit")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """How a site's journal is kept."""

    url: SecretStr | None = None
    """Of the PostgreSQL database that it is in; None for the SQLite file beside the site file."""
    keep: timedelta | None = timedelta(days=400)
    """How old what it holds may become; None for ever. A year can be compared with the one before."""
    max_size: int | None = 2 * 10**9
    """The bytes that it may hold; None for no limit."""
    heartbeat: timedelta | None = timedelta(hours=1)
    """How often a reading is stored that stays the same; None where only changes are."""


_WrittenSize = Annotated[str, Field(pattern=_SIZE_PATTERN)] | Literal[0, "0"]
AS_USUAL = JournalSettings()
"""What a site that says nothing has."""


class JournalModel(BaseModel):
    """The keys of the section."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[SecretStr | None, BeforeValidator(parse_url)] = Field(
        None,
        description="a PostgreSQL database: postgresql://USER:PASSWORD@HOST/DATABASE, by !secret or !env",
    )
    keep: Annotated[
        timedelta | None, BeforeValidator(_kept, json_schema_input_type=Duration | Literal["forever"])
    ] = Field(AS_USUAL.keep, description="how long what happened is kept, such as 400d; 0 or forever: always")
    max_size: Annotated[int | None, BeforeValidator(_size, json_schema_input_type=_WrittenSize)] = Field(
        AS_USUAL.max_size, description="from which size on the oldest is deleted, such as 2GB; 0: never"
    )
    heartbeat: Annotated[timedelta | None, BeforeValidator(_heartbeat, json_schema_input_type=Duration)] = (
        Field(AS_USUAL.heartbeat, description="how often what stays the same is stored again; 0: never")
    )


def read_journal(
    section: Node | None, credentials: Credentials, problems: list[Diagnostic]
) -> JournalSettings:
    """Return how a site's journal is kept; as usual where nothing, or nothing sound, is said."""
    if section is None or is_empty(section):
        return AS_USUAL
    _hide_passwords(section, credentials, problems)
    found = validate(JournalModel, section, problems, what="'journal'")
    if found is None:
        return AS_USUAL
    if found.url is not None and isinstance(section, MapNode):
        look_for_extra(POSTGRES, "a journal in PostgreSQL", section.keys["url"], problems)
    return JournalSettings(url=found.url, keep=found.keep, max_size=found.max_size, heartbeat=found.heartbeat)


def _hide_passwords(section: Node, credentials: Credentials, problems: list[Diagnostic]) -> None:
    """Keep what is secret in the URL out of all findings, and warn where it is written out."""
    url = section.entries.get("url") if isinstance(section, MapNode) else None
    if not isinstance(url, ScalarNode):
        return
    passwords = passwords_of(str(url.value))
    for password in passwords:
        credentials.learn(password)
    if passwords and not url.tag:
        message = "a password is written out here"
        problems.append(url.mark.diagnostic(message, hint=ELSEWHERE, severity=Severity.WARNING))
