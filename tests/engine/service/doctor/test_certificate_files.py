"""What the doctor says of the certificate that the HTTP API shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from interlock.config.service_section import Tls
from interlock.service.doctor import Finding, Health
from interlock.service.doctor.certificate import look_at_certificate

NOW = datetime(2026, 7, 14, 10, tzinfo=UTC)
RENEW = "renew it: the service takes the new files over by itself"
ANOTHER = "give the service another pair: it takes it over by itself"


@pytest.fixture
def files(tmp_path: Path) -> Tls:
    return Tls(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")


def issue(files: Tls, *, begins: datetime = NOW - timedelta(days=30), ends: datetime) -> None:
    """Write a certificate with its key."""
    issued = trustme.CA().issue_cert("flat.local", not_before=begins, not_after=ends)
    files.cert.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    files.key.write_bytes(issued.private_key_pem.bytes())


def found(files: Tls) -> Finding:
    [finding] = look_at_certificate(files, NOW)
    assert finding.area == "certificate"
    return finding


@pytest.mark.parametrize(
    ("left", "health", "text"),
    [
        (timedelta(days=21), Health.FINE, "is good until 2026-08-04"),
        (timedelta(days=20, hours=23), Health.DOUBTFUL, "expires on 2026-08-04, in 20 days"),
        (timedelta(days=1), Health.DOUBTFUL, "expires on 2026-07-15, in 1 day"),
        (timedelta(seconds=1), Health.DOUBTFUL, "expires on 2026-07-14, in 0 days"),
        (timedelta(), Health.BAD, "expired on 2026-07-14: clients refuse it"),
        (timedelta(days=-1), Health.BAD, "expired on 2026-07-13: clients refuse it"),
    ],
)
def test_a_certificate_is_renewed_in_time(files: Tls, left: timedelta, health: Health, text: str) -> None:
    issue(files, ends=NOW + left)
    advice = "" if health is Health.FINE else RENEW
    assert found(files) == Finding("certificate", health, f"{files.cert} {text}", advice)


def test_a_certificate_that_does_not_count_yet_is_of_no_use(files: Tls) -> None:
    issue(files, begins=NOW + timedelta(days=2), ends=NOW + timedelta(days=90))
    text = f"{files.cert} counts from 2026-07-16 on: clients refuse it"
    assert found(files) == Finding(
        "certificate", Health.BAD, text, "look at the clock of this machine, or wait"
    )


def test_the_first_end_in_a_chain_counts(files: Tls) -> None:
    issue(files, ends=NOW + timedelta(days=2))
    other = files.cert.read_bytes()
    issue(files, ends=NOW + timedelta(days=200))
    files.cert.write_bytes(files.cert.read_bytes() + other)
    assert found(files).text == f"{files.cert} expires on 2026-07-16, in 2 days"


def test_a_key_of_another_certificate_is_told(files: Tls) -> None:
    issue(files, ends=NOW + timedelta(days=90))
    cert = files.cert.read_bytes()
    issue(files, ends=NOW + timedelta(days=90))
    files.cert.write_bytes(cert)
    text = f"{files.cert} with key {files.key} cannot be used: the key is of another certificate"
    assert found(files) == Finding("certificate", Health.BAD, text, ANOTHER)


@pytest.mark.parametrize("name", ["cert", "key"])
def test_what_is_no_pem_file_is_told(files: Tls, name: str) -> None:
    issue(files, ends=NOW + timedelta(days=90))
    getattr(files, name).write_text("a shopping list", encoding="utf-8")
    text = (
        f"{files.cert} with key {files.key} cannot be used: one of them is no PEM file, "
        "or the key has a password"
    )
    assert found(files) == Finding("certificate", Health.BAD, text, ANOTHER)


@pytest.mark.parametrize("name", ["cert", "key"])
def test_what_cannot_be_read_is_told_by_its_name(files: Tls, name: str) -> None:
    issue(files, ends=NOW + timedelta(days=90))
    path: Path = getattr(files, name)
    path.unlink()
    assert found(files) == Finding(
        "certificate",
        Health.BAD,
        f"{path} cannot be read: no such file or directory",
        "the service has to be able to read it, and no one else the key",
    )
