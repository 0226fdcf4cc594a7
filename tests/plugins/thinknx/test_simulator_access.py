"""Who gets into the simulated server, asked by httpx's own authentication and by hand."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from pydantic import SecretStr

from interlock_thinknx.settings import ThinknxCloudSettings, ThinknxLocalSettings
from support.thinknx_house import House, thinknx_house

pytestmark = pytest.mark.slow

PASSWORD = SecretStr('pä"ss:word')
BASIC = ThinknxLocalSettings(host="127.0.0.1", auth="basic", username="ann", password=PASSWORD)
DIGEST = ThinknxLocalSettings(host="127.0.0.1", auth="digest", username="ann", password=PASSWORD)
STATUS = "/api/v1/powerstatus?guid=LAMP"


CLOUD = ThinknxCloudSettings(key=SecretStr("K3Y+x"))
ON_PREMISE = ThinknxCloudSettings(key=SecretStr("K3Y"), base_url="https://10.0.0.5/thinknx/")


async def test_an_open_server_asks_for_nothing() -> None:
    async with thinknx_house() as house:
        assert (await house.client.get(STATUS)).status_code == 200


async def test_basic_lets_the_right_credentials_in() -> None:
    async with thinknx_house(BASIC, auth=httpx.BasicAuth("ann", PASSWORD.get_secret_value())) as house:
        assert (await house.client.get(STATUS)).status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer x", "Digest username=ann"])
async def test_basic_challenges_whoever_does_not_use_it(header: str | None) -> None:
    async with thinknx_house(BASIC) as house:
        response = await house.client.get(STATUS, headers={"Authorization": header} if header else {})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Basic realm="thinknx"')


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong"), ("bob", 'pä"ss:word'), ("ann", "")])
@pytest.mark.parametrize("settings", [BASIC, DIGEST], ids=["basic", "digest"])
async def test_wrong_credentials_are_forbidden(
    settings: ThinknxLocalSettings, username: str, password: str
) -> None:
    scheme = httpx.BasicAuth if settings.auth == "basic" else httpx.DigestAuth
    async with thinknx_house(settings, auth=scheme(username, password)) as house:
        response = await house.client.get(STATUS)
    assert response.status_code == 403


@pytest.mark.parametrize("token", ["=", "!!!", "YW5u", "YW5uOg=="])
async def test_a_basic_token_that_cannot_be_read_is_forbidden(token: str) -> None:
    async with thinknx_house(BASIC) as house:
        response = await house.client.get(STATUS, headers={"Authorization": f"Basic {token}"})
    assert response.status_code == 403


async def test_a_forbidden_command_is_not_executed() -> None:
    async with thinknx_house(BASIC, auth=httpx.BasicAuth("ann", "wrong")) as house:
        await house.get("power?guid=LAMP&cmd=1")
        house.client.auth = httpx.BasicAuth("ann", PASSWORD.get_secret_value())
        assert await house.status("powerstatus?guid=LAMP") == 0


async def test_digest_challenges_first_and_then_lets_in() -> None:
    async with thinknx_house(DIGEST, auth=httpx.DigestAuth("ann", PASSWORD.get_secret_value())) as house:
        responses = [await house.client.get(STATUS) for _ in range(3)]
        posted = await house.client.post("/api/v1/power", data={"guid": "LAMP", "cmd": "1"})
    assert [response.status_code for response in [*responses, posted]] == [200, 200, 200, 200]
    assert [len(response.history) for response in [*responses, posted]] == [1, 0, 0, 0]
    assert len(house.simulator.requests) == 5


async def challenge(house: House) -> str:
    """Return a fresh nonce."""
    response = await house.client.get(STATUS)
    assert response.status_code == 401
    return nonce_of(response)


def nonce_of(response: httpx.Response) -> str:
    return response.headers["www-authenticate"].partition('nonce="')[2].partition('"')[0]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def response_of(username: str, nonce: str, nc: str, cnonce: str) -> str:
    secret = md5(f"{username}:thinknx:{PASSWORD.get_secret_value()}")
    return md5(f"{secret}:{nonce}:{nc}:{cnonce}:auth:{md5(f'GET:{STATUS}')}")


def proof(nonce: str, *, nc: str = "00000001", cnonce: str = "c0ffee", **changed: str) -> dict[str, str]:
    """Return the header of a request by RFC 7616 with some parts changed; empty ones are left out."""
    response = response_of("ann", nonce, nc, cnonce)
    parts = {"username": '"ann"', "realm": '"thinknx"', "nonce": nonce and f'"{nonce}"', "uri": f'"{STATUS}"'}
    parts |= {"qop": "auth", "nc": nc, "cnonce": cnonce and f'"{cnonce}"'}
    parts |= {"response": f'"{response}"', "algorithm": "MD5", **changed}
    sent = ", ".join(f"{name}={value}" for name, value in parts.items() if value)
    return {"Authorization": f"Digest {sent}"}


async def test_a_digest_challenge_says_what_the_standard_wants() -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS)
    nonce = nonce_of(response)
    assert response.headers["www-authenticate"] == (
        f'Digest realm="thinknx", qop="auth", algorithm=MD5, nonce="{nonce}"'
    )


async def test_no_nonce_is_given_out_twice() -> None:
    async with thinknx_house(DIGEST) as house:
        assert await challenge(house) != await challenge(house)


@pytest.mark.parametrize("changed", [{}, {"qop": '"auth"'}, {"algorithm": "md5"}, {"algorithm": ""}], ids=str)
async def test_a_proof_by_the_standard_lets_in(changed: dict[str, str]) -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof(await challenge(house), **changed))
    assert response.status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"username": '"bob"'},
        {"realm": '"elsewhere"'},
        {"uri": '"/api/v1/powerstatus?guid=OTHER"'},
        {"qop": "auth-int"},
        {"response": '"00000000000000000000000000000000"'},
        {"response": '""'},
        {"algorithm": "SHA-256"},
    ],
    ids=str,
)
async def test_a_proof_of_something_else_is_forbidden(changed: dict[str, str]) -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof(await challenge(house), **changed))
    assert response.status_code == 403


async def test_a_proof_without_nonce_is_forbidden() -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof(""))
    assert response.status_code == 403


async def test_a_proof_without_the_client_s_nonce_is_forbidden() -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof(await challenge(house), cnonce=""))
    assert response.status_code == 403


async def test_quoted_parts_may_hold_quotes_and_commas() -> None:
    settings = DIGEST.model_copy(update={"username": 'a"n, n\\'})
    async with thinknx_house(settings) as house:
        nonce = await challenge(house)
        right = response_of(settings.username, nonce, "00000001", "c0ffee")
        header = proof(nonce, username='"a\\"n, n\\\\"', response=f'"{right}"')
        response = await house.client.get(STATUS, headers=header)
    assert response.status_code == 200


@pytest.mark.parametrize("nc", ["", "1", "0000000g", "000000001"])
async def test_a_count_has_eight_hexadecimal_digits(nc: str) -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof(await challenge(house), nc=nc))
    assert response.status_code == 403


async def test_a_proof_for_another_url_does_not_serve() -> None:
    async with thinknx_house(DIGEST) as house:
        header = proof(await challenge(house))
        response = await house.client.get("/api/v1/power?guid=LAMP&cmd=1", headers=header)
    assert response.status_code == 403


async def test_a_replayed_proof_is_stale() -> None:
    async with thinknx_house(DIGEST) as house:
        header = proof(await challenge(house))
        first = await house.client.get(STATUS, headers=header)
        second = await house.client.get(STATUS, headers=header)
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.headers["www-authenticate"].endswith(", stale=true")


async def test_counts_may_arrive_in_any_order() -> None:
    async with thinknx_house(DIGEST) as house:
        nonce = await challenge(house)
        later = await house.client.get(STATUS, headers=proof(nonce, nc="00000002"))
        earlier = await house.client.get(STATUS, headers=proof(nonce, nc="00000001"))
    assert (later.status_code, earlier.status_code) == (200, 200)


async def test_a_nonce_that_was_not_given_out_is_stale() -> None:
    async with thinknx_house(DIGEST) as house:
        response = await house.client.get(STATUS, headers=proof("0123456789abcdef"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].endswith(", stale=true")


async def test_a_nonce_wears_out_and_the_next_one_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock_thinknx.simulator.access._USES", 2)
    async with thinknx_house(DIGEST) as house:
        nonce = await challenge(house)
        answers = [
            await house.client.get(STATUS, headers=proof(nonce, nc=f"0000000{count}")) for count in (1, 2, 3)
        ]
        renewed = await house.client.get(STATUS, headers=proof(nonce_of(answers[2])))
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert renewed.status_code == 200


async def test_the_oldest_nonces_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock_thinknx.simulator.access._NONCES", 2)
    async with thinknx_house(DIGEST) as house:
        nonces = [await challenge(house) for _ in range(3)]
        answers = [await house.client.get(STATUS, headers=proof(nonce)) for nonce in reversed(nonces)]
    assert [answer.status_code for answer in answers] == [200, 200, 401]


async def test_the_cloud_is_entered_by_the_key_in_the_path() -> None:
    async with thinknx_house(CLOUD, path="/K3Y%2Bx") as house:
        assert await house.status("power?guid=LAMP&cmd=1&fb") == 1


@pytest.mark.parametrize("path", ["/wrong", "", "/k3y+x", "/K3Y/x", "/K3Y"])
async def test_a_wrong_key_is_forbidden(path: str) -> None:
    async with thinknx_house(CLOUD, path=path) as house:
        assert (await house.get("powerstatus?guid=LAMP")).status_code == 403


async def test_a_cloud_on_premise_may_stand_in_a_folder() -> None:
    async with thinknx_house(ON_PREMISE, path="/thinknx/K3Y") as house:
        assert await house.status("power?guid=LAMP&cmd=1&fb") == 1


async def test_a_local_server_knows_no_key() -> None:
    async with thinknx_house(path="/K3Y") as house:
        assert (await house.get("powerstatus?guid=LAMP")).status_code == 404
