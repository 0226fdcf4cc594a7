"""What a site asks for and is not installed."""

import importlib.util

import pytest

from support.site_files import HEADER, SiteFolder

API = "service: {listen: '127.0.0.1:8088'}\n"
POSTGRES = "journal: {url: 'postgresql://me@db/house'}\n"


def lose(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let packages not be installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name in names else found(name, package),
    )


@pytest.mark.parametrize("section", [API, POSTGRES])
def test_what_is_installed_needs_no_word(folder: SiteFolder, section: str) -> None:
    assert folder.findings(HEADER + section) == []


@pytest.mark.parametrize(
    ("section", "lost", "told"),
    [
        (
            API,
            ("fastapi", "uvicorn"),
            "site.yaml:2:11+6: warning: the HTTP API needs the extra api, and fastapi and uvicorn cannot be "
            "found here | pip install 'interlock[api]'",
        ),
        (
            POSTGRES,
            ("psycopg",),
            "site.yaml:2:11+3: warning: a journal in PostgreSQL needs the extra postgres, and psycopg cannot "
            "be found here | pip install 'interlock[postgres]'",
        ),
    ],
)
def test_a_site_is_told_which_extra_it_needs_and_how_to_get_it(
    folder: SiteFolder, monkeypatch: pytest.MonkeyPatch, section: str, lost: tuple[str, ...], told: str
) -> None:
    lose(monkeypatch, *lost)
    assert folder.findings(HEADER + section) == [told]
    assert folder.findings(HEADER) == []
