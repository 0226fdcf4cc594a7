"""Where a journal is: files and URLs, whose passwords nobody gets to see."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from interlock.config.journal_place import Database, absolute, beside, is_url, parse_url, passwords_of
from interlock.redaction import redact
from support.site_files import HEADER, SiteFolder, told

URL = "postgresql://interlock:correct-horse-7@db.example.org:5433/flat?sslmode=verify-full"
SHOWN = "postgresql://interlock@db.example.org:5433/flat"


def test_a_database_is_shown_without_password_and_options() -> None:
    assert str(Database(parse_url(URL), Path("interlock.sqlite"))) == SHOWN


def test_its_representation_shows_no_password_either() -> None:
    assert "correct-horse" not in repr(Database(parse_url(URL), Path("interlock.sqlite")))


def test_the_password_is_hidden_in_every_later_text_as_it_is_and_as_it_is_written() -> None:
    parse_url("postgresql://interlock:p%40ss%2Fword-9@db/flat")
    assert redact("p%40ss%2Fword-9 p@ss/word-9") == "******** ********"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "postgres://db/flat",
        "postgresql:///flat?host=/var/run/postgresql",
        "postgresql://one:5432,two:5433/flat?target_session_attrs=read-write",
        "postgresql://interlock@[::1]/flat",
    ],
)
def test_what_libpq_takes_is_taken_as_it_is(url: str) -> None:
    assert parse_url(url) == SecretStr(url)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://a:hidden-one@db/flat", "it must be the URL of a PostgreSQL database"),
        ("postgresql+asyncpg://a:hidden-one@db/flat", "it must be the URL of a PostgreSQL database"),
        ("flat", "it must be the URL of a PostgreSQL database"),
        (17, "it must be the URL of a PostgreSQL database"),
        ("postgresql://a:hidden-one@db", "it names no database"),
        ("postgresql://a:hidden-one@db/", "it names no database"),
        ("postgresql://a:hidden#one@db/flat", "in a password are written as"),
        ("postgresql://a:hidden/one@db/flat", "in a password are written as"),
        ("postgresql://a:hidden%one@db/flat", "in a password are written as"),
        ("postgresql://a:hidden one@db/flat", "in a password are written as"),
        ("postgresql://a:hidden-one@[::1/flat", "it is no URL"),
    ],
)
def test_what_is_no_url_of_a_database_is_refused_and_not_shown(url: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        parse_url(url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("postgresql://db/flat", ()),
        ("postgresql://interlock@db/flat", ()),
        ("postgresql://interlock:a%20b@db/flat", ("a%20b", "a b")),
        ("postgresql://interlock:a/b@db/flat", ("a/b",)),
        ("postgresql://db/flat?user=x&password=y1&sslpassword=y2", ("y1", "y2")),
    ],
)
def test_passwords_are_found_wherever_they_stand(url: str, passwords: tuple[str, ...]) -> None:
    assert passwords_of(url) == passwords


@given(st.text(max_size=40))
def test_no_text_breaks_the_search_for_passwords(text: str) -> None:
    passwords_of(text)
    passwords_of(f"postgresql://{text}")


@pytest.mark.parametrize(("text", "is_one"), [("interlock.sqlite", False), ("/srv/a:b", False), (URL, True)])
def test_what_is_a_url_and_what_is_a_file(text: str, is_one: bool) -> None:
    assert is_url(text) is is_one


def test_the_lock_and_the_socket_of_a_database_stand_where_its_file_would() -> None:
    file = Path("site/interlock.sqlite")
    assert (beside(file), beside(Database(SecretStr(URL), file))) == (file, file)


def test_a_place_is_made_absolute_with_what_stands_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database(SecretStr(URL), Path("interlock.sqlite"))
    assert absolute(Path("a.sqlite")) == tmp_path / "a.sqlite"
    assert absolute(database) == Database(SecretStr(URL), tmp_path / "interlock.sqlite")


def test_a_site_names_its_database_by_a_secret(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", f"journal: {URL}\n")
    assert folder.sound(HEADER + "journal: {url: !secret journal}\n").journal.url == SecretStr(URL)


def test_a_url_without_a_password_may_be_written_out(folder: SiteFolder) -> None:
    site = folder.sound(HEADER + "journal: {url: 'postgresql://interlock@db/flat'}\n")
    assert site.journal.url == SecretStr("postgresql://interlock@db/flat")


def test_a_password_that_is_written_out_is_warned_of_and_hidden(folder: SiteFolder) -> None:
    _, (finding,) = folder.load(HEADER + f"journal: {{url: '{URL}'}}\n")
    assert " warning: a password is written out here | write !secret NAME" in told(finding)
    assert "correct-horse" not in finding.excerpt
    assert "db.example.org" in finding.excerpt


def test_a_wrong_url_is_refused_without_its_password(folder: SiteFolder) -> None:
    _, findings = folder.load(HEADER + "journal: {url: 'mysql://a:hidden-two@db/flat'}\n")
    said = "error: 'url': it must be the URL of a PostgreSQL database"
    assert any(said in told(each) for each in findings)
    assert not any("hidden-two" in told(each) + each.excerpt for each in findings)
