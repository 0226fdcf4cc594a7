"""Whether the certificate of the HTTP API can be shown to clients, and until when they believe it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from interlock.config.service_section import Tls
from interlock.service.doctor.finding import Finding, Health

_AREA = "certificate"
_SOON = timedelta(days=21)
"""Certificates of 90 days are renewed 30 days before their end: by then that has failed for a while."""
_NO_PEM = "one of them is no PEM file"
_MISMATCH = "KEY_VALUES_MISMATCH"


@dataclass(frozen=True, slots=True)
class _Validity:
    """From when until when a certificate counts with those above it, UTC."""

    begins: datetime
    ends: datetime


def look_at_certificate(files: Tls, now: datetime) -> Iterator[Finding]:
    """Say whether a certificate and its key can be used, now and in the next weeks."""
    try:
        chain, _ = files.cert.read_bytes(), files.key.read_bytes()
    except OSError as error:
        yield _unreadable(error)
        return
    try:
        _load(files)
        validity = _validity(chain)
    except (ssl.SSLError, ValueError) as error:
        text = f"{files.cert} with key {files.key} cannot be used: {_why(error)}"
        yield Finding(_AREA, Health.BAD, text, "give the service another pair: it takes it over by itself")
        return
    yield _judge(files.cert, validity, now)


def _judge(path: Path, validity: _Validity, now: datetime) -> Finding:
    left = validity.ends - now
    if left <= timedelta():
        text = f"{path} expired on {_day(validity.ends)}: clients refuse it"
        return Finding(_AREA, Health.BAD, text, _RENEW)
    if now < validity.begins:
        text = f"{path} counts from {_day(validity.begins)} on: clients refuse it"
        return Finding(_AREA, Health.BAD, text, "look at the clock of this machine, or wait")
    if left < _SOON:
        text = f"{path} expires on {_day(validity.ends)}, in {_days(left)}"
        return Finding(_AREA, Health.DOUBTFUL, text, _RENEW)
    return Finding(_AREA, Health.FINE, f"{path} is good until {_day(validity.ends)}")


_RENEW = "renew it: the service takes the new files over by itself"


def _load(files: Tls) -> None:
    # As the service does: a key with a password is none for it, and is not asked for at the terminal.
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
        files.cert, files.key, password=lambda: ""
    )


def _validity(pem: bytes) -> _Validity:
    # The server's own and those above it: clients check each that they are shown.
    chain = load_pem_x509_certificates(pem)
    return _Validity(
        begins=max(each.not_valid_before_utc for each in chain),
        ends=min(each.not_valid_after_utc for each in chain),
    )


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        # OpenSSL says which of them it is in few cases, and never which file.
        is_other = error.reason == _MISMATCH
        return "the key is of another certificate" if is_other else f"{_NO_PEM}, or the key has a password"
    return _NO_PEM


def _unreadable(error: OSError) -> Finding:
    text = f"{error.filename} cannot be read: {(error.strerror or str(error)).lower()}"
    return Finding(_AREA, Health.BAD, text, "the service has to be able to read it, and no one else the key")


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d}"


def _days(duration: timedelta) -> str:
    return "1 day" if duration.days == 1 else f"{duration.days} days"
