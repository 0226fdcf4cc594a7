"""Digest challenges and answers, against RFC 7616 and answers worked out apart from the code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import NotSupported
from interlock_thinknx.digest import Challenge, Digest, parse_challenge

RFC_REALM, RFC_NONCE = "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
RFC_OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
RFC_CLIENT_NONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.fixture
def rfc_client_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: RFC_CLIENT_NONCE)


@pytest.mark.usefixtures("rfc_client_nonce")
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_rfcs_examples_are_answered_as_it_prints_them(algorithm: str, response: str) -> None:
    challenge = parse_challenge(
        [
            f'Digest realm="{RFC_REALM}", qop="auth, auth-int", algorithm={algorithm}, '
            f'nonce="{RFC_NONCE}", opaque="{RFC_OPAQUE}"'
        ]
    )
    assert challenge is not None
    digest = Digest("Mufasa", "Circle of Life")
    digest.accept(challenge)
    assert digest.credentials("GET", "/dir/index.html") == (
        f'Digest username="Mufasa", realm="{RFC_REALM}", nonce="{RFC_NONCE}", uri="/dir/index.html", '
        f'response="{response}", algorithm={algorithm}, opaque="{RFC_OPAQUE}", qop=auth, nc=00000001, '
        f'cnonce="{RFC_CLIENT_NONCE}"'
    )


def answer_to(fields: str) -> str:
    challenge = parse_challenge([f"Digest {fields}"])
    assert challenge is not None
    digest = Digest("me", "pass:w\u00f6rd")
    digest.accept(challenge)
    credentials = digest.credentials("POST", "/api/v1/power?a=1&fb")
    assert credentials is not None
    return credentials


def field(credentials: str, name: str) -> str:
    found = re.search(rf'\b{name}="?([^",]*)', credentials)
    assert found is not None
    return found[1]


def md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def sha256(*parts: str) -> str:
    return hashlib.sha256(":".join(parts).encode()).hexdigest()


HA2 = ("POST", "/api/v1/power?a=1&fb")


def test_without_qop_the_older_answer_is_given() -> None:
    response = md5(md5("me", "r", "pass:w\u00f6rd"), "n", md5(*HA2))
    assert answer_to('realm="r", nonce="n"') == (
        'Digest username="me", realm="r", nonce="n", uri="/api/v1/power?a=1&fb", '
        f'response="{response}", algorithm=MD5'
    )


@pytest.mark.parametrize(("algorithm", "hashed"), [("MD5-sess", md5), ("sha-256-SESS", sha256)])
def test_a_session_hashes_both_nonces_into_its_key(algorithm: str, hashed: Callable[..., str]) -> None:
    credentials = answer_to(f'realm="r", nonce="n", qop=auth, algorithm="{algorithm}"')
    client_nonce = field(credentials, "cnonce")
    key = hashed(hashed("me", "r", "pass:w\u00f6rd"), "n", client_nonce)
    expected = hashed(key, "n", "00000001", client_nonce, "auth", hashed(*HA2))
    assert field(credentials, "response") == expected
    assert f"algorithm={algorithm}," in credentials


def test_a_nonces_uses_are_counted_with_one_client_nonce() -> None:
    digest = Digest("me", "secret")
    client_nonces = []
    for nonce in ("n", "m"):
        digest.accept(Challenge(realm="r", nonce=nonce, has_qop=True))
        uses = [digest.credentials("GET", "/") or "" for _ in range(11)]
        assert [field(use, "nc") for use in uses[::10]] == ["00000001", "0000000b"]
        client_nonces += [field(use, "cnonce") for use in uses]
    assert [len(nonce) for nonce in set(client_nonces)] == [16, 16]
    assert len(set(client_nonces[:11])) == 1


def test_before_a_challenge_there_are_no_credentials() -> None:
    assert Digest("me", "secret").credentials("GET", "/") is None


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ([], None),
        ([""], None),
        (['Basic realm="Digest x"', "Negotiate"], None),
        (['Digest realm="r", nonce="n"'], Challenge(realm="r", nonce="n")),
        (['dIGEST REALM=r,NONCE=n,opaque="",qop=""'], Challenge(realm="r", nonce="n", opaque="")),
        (
            [r'Digest realm="a \"b\", \\c", nonce="n=,;", qop="auth-int,AUTH", stale="TRUE"'],
            Challenge(realm=r'a "b", \c', nonce="n=,;", has_qop=True, is_stale=True),
        ),
        (
            ['Negotiate, Digest realm="r", nonce="n", stale=false, Basic realm="b", nonce="m"'],
            Challenge(realm="r", nonce="n"),
        ),
        (
            ['Digest realm="r", nonce="n", algorithm=SHA-512-256, Digest realm="r", nonce="m"'],
            Challenge(realm="r", nonce="m"),
        ),
        (
            ['Digest realm="r", nonce="n", algorithm=SHA-256', 'Digest realm="r", nonce="m"'],
            Challenge(realm="r", nonce="n", algorithm="SHA-256"),
        ),
        (['Digest realm = "r" , nonce= n, realm="s"'], Challenge(realm="r", nonce="n")),
    ],
)
def test_the_first_digest_that_can_be_met_is_the_challenge(
    headers: list[str], challenge: Challenge | None
) -> None:
    assert parse_challenge(headers) == challenge


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('realm="x", nonce="n", algorithm=SHA-512-256', "algorithm 'SHA-512-256'"),
        ('realm="x", nonce="n", qop="auth-int"', "qop 'auth-int'"),
        ('realm="x", nonce="n", algorithm=MD5-sess', "algorithm 'MD5-sess' without qop"),
        ('realm="x"', "no nonce"),
        ("nonsense", "no realm"),
        ("", "no realm"),
    ],
)
def test_what_cannot_be_met_is_named(fields: str, reason: str) -> None:
    with pytest.raises(NotSupported) as caught:
        parse_challenge([f"Digest {fields}"])
    assert caught.value.message == (
        f"the server asks for a kind of Digest authentication that is not supported: {reason}"
    )


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_any_quoted_text_goes_back_as_it_came(realm: str, nonce: str) -> None:
    def quote(text: str) -> str:
        return "".join("\\" + char if char in '"\\' else char for char in text)

    sent = f'realm="{quote(realm)}", nonce="{quote(nonce)}"'
    assert f'username="me", {sent}, uri=' in answer_to(sent)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_is_a_challenge_or_refused(header: str) -> None:
    try:
        challenge = parse_challenge([header])
    except NotSupported as error:
        assert error.message.isprintable()
        return
    assert challenge is None or challenge.nonce is not None
