"""Keeps secrets out of every text that leaves the process: logs, errors, the journal, the screen.

Settings hold secrets as pydantic's ``SecretStr``. Each secret that is loaded is registered here, in the
forms in which protocols carry it, and `RedactingFilter` replaces it in log records of any logger.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretStr

MASK = "********"
"""What stands for a secret, however long it is."""
HIDDEN = "\U000f0000"
"""Stands for each character of a secret where columns must stay; whoever prints it shows a run as `MASK`."""
SHORTEST = 4
"""Characters. A shorter secret would be found in half of all words, and hiding it there would tell it."""
_LONG = 12
"""Characters of a part of a URL that may be a secret; shorter ones are words such as ``webhooks``."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*(.+)")
_WORDS = re.compile(r"[/?#&=;]")
_ESCAPE = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Replaces registered secrets in texts."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def register(self, secret: str, *, username: str = "") -> None:
        """Make every later `redact` hide this secret: plain, percent-encoded, and as HTTP Basic sends it.

        One that is shorter than `SHORTEST` is hidden as HTTP Basic sends it only. Of a URL what a server may
        repeat of it is hidden too: what stands behind the host, and each long word of that.
        """
        if not secret:
            return
        for part in _parts_of_url(secret):
            self.register(part)
        basic = base64.b64encode(f"{username}:{secret}".encode()).decode()
        encoded = {quote(secret, safe=""), quote_plus(secret)}
        in_lower_case = {_ESCAPE.sub(lambda found: found[0].lower(), form) for form in encoded}
        forms = {secret, *encoded, *in_lower_case, repr(secret)[1:-1], basic}
        long_enough = {form for form in forms if len(form) >= SHORTEST}
        self._forms = tuple(sorted({*self._forms, *long_enough}, key=len, reverse=True))

    def register_settings(self, settings: BaseModel) -> None:
        """Register every ``SecretStr`` of a settings object, also in lists, mappings and models inside it."""
        for secret, username in _secrets_in(settings, ""):
            self.register(secret, username=username)

    def redact(self, text: str) -> str:
        """Return the text with each registered secret replaced by `MASK`."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def _parts_of_url(secret: str) -> Iterator[str]:
    """Yield what of a URL is as secret as the whole; nothing of what is none."""
    found = _URL.match(secret)
    if found:
        target = found[1]
        yield from (each for each in (target, *_WORDS.split(target)) if len(each) >= _LONG)


def masked(text: str, secret: str, mask: str) -> str:
    """Return a text that is about a secret without it; a short one is hidden as a whole word only."""
    if len(secret) >= SHORTEST:
        return text.replace(secret, mask)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", lambda _: mask, text)


def _secrets_in(value: object, username: str) -> Iterator[tuple[str, str]]:
    """Yield each secret in a value, with the user name that stands beside it or around it."""
    match value:
        case SecretStr():
            yield value.get_secret_value(), username
        case BaseModel():
            inner_username = str(getattr(value, "username", "") or username)
            for name in type(value).model_fields:
                yield from _secrets_in(getattr(value, name), inner_username)
        case Mapping():
            for item in value.values():
                yield from _secrets_in(item, username)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _secrets_in(item, username)


class RedactingFilter(logging.Filter):
    """Replaces secrets in log records; put it on handlers, and on the loggers of chatty libraries."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it pass."""
        message = _message(record)
        clean = self._redactor.redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Arguments that do not fit, in a library's call: it must neither raise where it stands nor leak.
        record.msg, record.args = f"{record.msg} {record.args}", ()
        return record.getMessage()


redactor = Redactor()
"""The process's own: a secret that one part loaded must not leak through another part's log line."""


def redact(text: str) -> str:
    """Return a text with every secret of the loaded sites masked.

    For what comes from outside and is shown to people, such as a server's error page that repeats a URL:
    redact first and shorten afterwards, or a part of a secret is left at the cut.
    """
    return redactor.redact(text)
