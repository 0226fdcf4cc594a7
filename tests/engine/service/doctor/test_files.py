"""What the doctor says of files that must be secret, and of files of somebody else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.config.service_section import Listen, ServiceSettings, Tls
from interlock.config.site import Site
from interlock.service.doctor import Finding, Health
from interlock.service.doctor.files import look_at_journal_files, look_at_private_files
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    for name in ("site.yaml", "secrets.yaml", "tokens.json", "key.pem", "cert.pem"):
        (tmp_path / name).touch(mode=0o600)
    (tmp_path / "site.yaml").chmod(0o644)
    tls = Tls(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    service = ServiceSettings(listen=Listen("127.0.0.1", 8088), tls=tls, tokens=tmp_path / "tokens.json")
    return replace(fake_site(FakeEquipment()), path=tmp_path / "site.yaml", service=service)


def fine(text: str) -> list[Finding]:
    return [Finding("secrets", Health.FINE, text)]


def test_files_of_their_owner_alone_are_fine(site: Site) -> None:
    text = "nobody but their owner can read secrets.yaml and tokens.json and key.pem"
    assert list(look_at_private_files(site)) == fine(text)


def test_without_an_api_its_files_do_not_matter(site: Site) -> None:
    (site.path.parent / "tokens.json").chmod(0o644)
    plain = replace(site, service=ServiceSettings(tokens=site.service.tokens))
    assert list(look_at_private_files(plain)) == fine("nobody but their owner can read secrets.yaml")


def test_where_there_is_none_that_is_said(site: Site) -> None:
    for path in ("secrets.yaml", "tokens.json", "key.pem"):
        (site.path.parent / path).unlink()
    assert list(look_at_private_files(site)) == fine("none")


@pytest.mark.parametrize("name", ["secrets.yaml", "tokens.json", "key.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_what_others_may_touch_is_doubtful(site: Site, name: str, mode: int) -> None:
    path = site.path.with_name(name)
    path.chmod(mode)
    text, advice = f"{path} is not its owner's alone on this machine", f"chmod 600 {path}"
    assert list(look_at_private_files(site)) == [Finding("secrets", Health.DOUBTFUL, text, advice)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_somebody_else_than_the_site_cannot_be_read(site: Site) -> None:
    path = site.path.with_name("secrets.yaml")
    os.chown(site.path, 54321, -1)
    for name in ("tokens.json", "key.pem"):
        os.chown(site.path.with_name(name), 54321, -1)
    text = f"{path} belongs to root, and the site to 54321, who cannot read it"
    advice = f"where the service runs as 54321: chown 54321 {path}"
    assert list(look_at_private_files(site)) == [Finding("secrets", Health.DOUBTFUL, text, advice)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_journal_that_somebody_else_began_is_doubtful(site: Site) -> None:
    journal = site.path.with_name("interlock.sqlite")
    for name in ("interlock.sqlite", "interlock.sqlite.lock", "other.sqlite"):
        site.path.with_name(name).touch()
    os.chown(site.path, 54321, -1)
    os.chown(journal, 54321, -1)
    lock = site.path.with_name("interlock.sqlite.lock")
    text = f"{lock} belongs to root, and the site to 54321"
    advice = f"where the service runs as 54321: chown 54321 {lock}"
    found = list(look_at_journal_files(site.path, journal))
    assert found == [Finding("journal", Health.DOUBTFUL, text, advice)]


def test_a_journal_of_the_owner_of_the_site_is_not_worth_a_word(site: Site) -> None:
    site.path.with_name("interlock.sqlite").touch()
    assert list(look_at_journal_files(site.path, site.path.with_name("interlock.sqlite"))) == []
