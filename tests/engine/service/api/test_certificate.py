"""The certificate of the HTTP API: read again as its files change, and once they can be read."""

import errno
import logging
import ssl
from pathlib import Path

import pytest
import trustme

from interlock.config.service_section import Tls
from interlock.service.api.tls import Certificate


def issue(files: Tls) -> None:
    made = trustme.CA().issue_cert("127.0.0.1")
    files.cert.write_bytes(made.cert_chain_pems[0].bytes())
    files.key.write_bytes(made.private_key_pem.bytes())


@pytest.fixture
def files(tmp_path: Path) -> Tls:
    made = Tls(tmp_path / "cert.pem", tmp_path / "key.pem")
    issue(made)
    return made


def test_a_moment_in_which_it_cannot_be_read_only_delays_a_renewed_one(
    files: Tls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    certificate = Certificate(files)
    first = certificate.context()
    issue(files)
    with monkeypatch.context() as moment:
        moment.setattr(ssl.SSLContext, "load_cert_chain", unreadable)
        assert [certificate.context() for _ in range(2)] == [first] * 2
    second = certificate.context()
    assert (second is first, certificate.context() is second) == (False, True)
    assert caplog.messages == [
        f"certificate {files.cert} with key {files.key} cannot be used: too many open files; "
        "the one before stays",
        f"certificate {files.cert} was read again",
    ]


def unreadable(*_: object, **__: object) -> None:
    raise OSError(errno.EMFILE, "Too many open files")


def test_files_that_hold_none_are_told_of_once_each_time(
    files: Tls, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = Certificate(files)
    first = certificate.context()
    files.cert.write_text("rubbish", encoding="utf-8")
    assert [certificate.context() for _ in range(2)] == [first] * 2
    issue(files)
    certificate.context()
    files.cert.write_text("rubbish", encoding="utf-8")
    certificate.context()
    assert [message.endswith("; the one before stays") for message in caplog.messages] == [True] * 2
