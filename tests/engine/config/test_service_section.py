"""The section service: where the HTTP API listens, and who may use it."""

from pathlib import Path

import pytest

from interlock.config.service_section import Listen, ServiceModel, ServiceSettings, Tls, parse_listen
from interlock.schema.values import object_of, settings_of
from support.json_schemas import validator_of
from support.site_files import HEADER, SiteFolder


@pytest.mark.parametrize("section", ["", "service:\n", "service: {}\n"])
def test_a_site_that_says_nothing_has_no_http_api(folder: SiteFolder, section: str) -> None:
    assert folder.sound(HEADER + section).service == ServiceSettings(tokens=Path("tokens.json"))


def test_a_site_says_where_it_listens(folder: SiteFolder) -> None:
    found = folder.sound(
        HEADER + "service: {listen: 'building:8443', tls: {cert: a.pem, key: /k.pem}, tokens: keys/t.json}\n"
    ).service
    assert found == ServiceSettings(
        listen=Listen("building", 8443), tls=Tls(Path("a.pem"), Path("/k.pem")), tokens=Path("keys/t.json")
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:8088", Listen("127.0.0.1", 8088)),
        ("[::1]:0", Listen("::1", 0)),
        ("localhost:65535", Listen("localhost", 65535)),
        ("bücherei.local:1", Listen("bücherei.local", 1)),
    ],
)
def test_an_address_has_a_host_and_a_port(text: str, found: Listen) -> None:
    assert parse_listen(text) == found
    assert str(found) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "8088", ":8088", "::1:8088", "[]:1", "[h]:1", "h:", "h:65536", "h:-1", "h:٣"),
        *("my..host:1", "x" * 64 + ":1", "\ud800:1", "h\0:1", "h h:1"),
    ],
)
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no address with a port: write for example 127\.0\.0\.1:8088$"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("building", False),
    ],
)
def test_loopback_is_for_this_machine_alone(host: str, is_loopback: bool) -> None:
    assert Listen(host, 1).is_loopback is is_loopback


def test_tokens_do_not_cross_a_network_in_clear(folder: SiteFolder) -> None:
    assert folder.findings(HEADER + "service: {listen: '0.0.0.0:8088'}\n") == [
        "site.yaml:2:11+6: error: "
        "at 0.0.0.0:8088 tokens would cross the network in clear, for everybody on it to use | "
        "give tls: {cert, key}, or tls: elsewhere where a proxy in front of the service speaks TLS"
    ]


def test_a_proxy_in_front_may_speak_tls(folder: SiteFolder) -> None:
    found = folder.sound(HEADER + "service: {listen: '0.0.0.0:8088', tls: elsewhere}\n").service
    assert (found.listen, found.tls) == (Listen("0.0.0.0", 8088), None)


@pytest.mark.parametrize(
    ("section", "finding"),
    [
        ("{listn: x}", "11+5: error: unknown key 'listn' | did you mean 'listen'?"),
        ("{listen: 8088}", "8088' is no address with a port: write for example 127.0.0.1:8088"),
        ("[]", "10+2: error: 'service' must be a mapping of keys and values"),
    ],
)
def test_what_is_wrong_is_told(folder: SiteFolder, section: str, finding: str) -> None:
    [found] = folder.findings(HEADER + f"service: {section}\n")
    assert finding in found


@pytest.mark.parametrize(
    ("section", "is_sound"),
    [
        ({"listen": "127.0.0.1:8088", "tls": "elsewhere"}, True),
        ({"listen": "[::1]:8088", "tls": {"cert": "a", "key": "b"}, "tokens": "t.json"}, True),
        ({"listen": "8088"}, False),
        ({"tls": {"cert": "a"}}, False),
        ({"tls": "none"}, False),
        ({"port": 1}, False),
    ],
)
def test_the_json_schema_says_the_same(section: object, is_sound: bool) -> None:
    schema = object_of(ServiceModel, settings_of(ServiceModel))
    assert validator_of(schema).is_valid(section) is is_sound
