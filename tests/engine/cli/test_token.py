"""``interlock token``: made and shown once, listed, revoked."""

import json
from pathlib import Path

import pytest

from interlock.service.tokens import Doorkeeper, Role, TokenFile
from support.command import Interlock
from support.flat import copy_flat


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return copy_flat(tmp_path)


def test_a_token_is_shown_once_alone_on_standard_output(interlock: Interlock, site: Path) -> None:
    done = interlock("token", "create", site, "grafana", "--role", "operate")
    assert (done.code, done.err) == (
        0,
        "token grafana, which may operate: keep it well, it cannot be shown again\n",
    )
    found = Doorkeeper(TokenFile(site.parent / "tokens.json")).bearer(done.out.strip())
    assert found
    assert (found.name, found.role) == ("grafana", Role.OPERATE)


def test_tokens_are_listed_without_what_they_are_known_by(interlock: Interlock, site: Path) -> None:
    made = [
        interlock("token", "create", site, role, "--role", role).out.strip() for role in ("read", "operate")
    ]
    told = interlock("token", "list", site)
    assert [line.split()[:2] for line in told.out.splitlines()] == [
        ["token", "may"],
        ["read", "read"],
        ["operate", "operate"],
    ]
    listed = json.loads(interlock("token", "list", site, "--json").out)
    assert [sorted(each) for each in listed] == [["made_at", "name", "role"]] * 2
    assert not any(secret in told.out for secret in made)


def test_a_site_without_tokens_says_how_one_is_made(interlock: Interlock, site: Path) -> None:
    assert interlock("token", "list", site).out == "there are no tokens: interlock token create makes one\n"


def test_a_revoked_token_is_gone(interlock: Interlock, site: Path) -> None:
    interlock("token", "create", site, "grafana", "--role", "read")
    done = interlock("token", "revoke", site, "grafana")
    assert (done.code, done.out) == (0, "token grafana is revoked\n")
    assert TokenFile(site.parent / "tokens.json").read() == ()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("revoke", "grafan"), 1, "error: there is no token 'grafan'; did you mean 'grafana'?\n"),
        (
            ("create", "grafana", "--role", "read"),
            1,
            "error: there is a token 'grafana' already: revoke it, or take another name\n",
        ),
        (("create", "x", "--role", "admin"), 2, "'read', 'operate'"),
        (("create", "x"), 2, "--role"),
    ],
)
def test_what_cannot_be_is_told(
    interlock: Interlock, site: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    interlock("token", "create", site, "grafana", "--role", "read")
    command, *others = arguments
    done = interlock("token", command, site, *others)
    assert (done.code, said in done.err) == (code, True), done.err


def test_the_site_file_says_where_tokens_are_kept(interlock: Interlock, site: Path) -> None:
    site.write_text(site.read_text(encoding="utf-8") + "\nservice: {tokens: keys.json}\n", encoding="utf-8")
    interlock("token", "create", site, "a", "--role", "read")
    assert (site.parent / "keys.json").is_file()
