"""What a reply says by itself: its status, how long to wait, and its beginning."""

from __future__ import annotations

import pytest

from interlock.errors import AuthenticationFailed, DriverError, NotSupported, RateLimited, ServerFault
from interlock.http_client import HttpReply, excerpt, refuse_by_status, retry_after
from interlock.redaction import redactor

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("status", "headers", "expected", "message"),
    [
        (401, {}, AuthenticationFailed, "the credentials are refused by the server (HTTP 401)"),
        (403, {}, AuthenticationFailed, "the credentials are refused by the server (HTTP 403)"),
        (405, {}, NotSupported, "asking does not take this HTTP method: set method to the other one"),
        (429, {}, RateLimited, "the server asks for fewer requests (HTTP 429)"),
        (500, {}, ServerFault, "asking failed in the server (HTTP 500)"),
        (503, {}, ServerFault, "asking failed in the server (HTTP 503)"),
        (
            302,
            {"location": "https://user:pw@evil.example/KEY"},
            NotSupported,
            "asking is redirected to https://evil.example, which is not followed: "
            "check the connection's address",
        ),
        (
            304,
            {"location": "http://["},
            NotSupported,
            "asking is redirected to another place of the same server, which is not followed: "
            "check the connection's address",
        ),
    ],
)
def test_some_statuses_mean_the_same_in_every_protocol(
    status: int, headers: dict[str, str], expected: type[DriverError], message: str
) -> None:
    with pytest.raises(DriverError) as caught:
        refuse_by_status(HttpReply(status=status, headers=headers), "asking")
    assert (type(caught.value), caught.value.message) == (expected, message)


@pytest.mark.parametrize("status", [200, 204, 299, 400, 404, 499])
def test_the_others_are_the_drivers_to_judge(status: int) -> None:
    refuse_by_status(HttpReply(status=status), "asking")


@pytest.mark.parametrize("status", [429, 500])
def test_the_pause_that_a_server_asks_for_is_passed_on(status: int) -> None:
    with pytest.raises(DriverError) as caught:
        refuse_by_status(HttpReply(status=status, headers={"retry-after": "7"}), "asking")
    assert caught.value.retry_after_s == 7


NOON = "Sat, 14 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "date", "expected"),
    [
        ("120", "", 120.0),
        (" 0 ", "", 0.0),
        ("99999999", "", 86_400.0),
        ("-5", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
        ("Sat, 14 Nov 2026 12:00:30 GMT", NOON, 30.0),
        ("Sat, 14 Nov 2026 11:00:00 GMT", NOON, 0.0),
        ("Mon, 16 Nov 2026 12:00:00 GMT", NOON, 86_400.0),
        ("Sat, 14 Nov 2026 12:00:30 -0000", NOON, 30.0),
        ("Sat, 14 Nov 2026 12:00:30 GMT", "", 60.0),
        ("Sat, 99 Nov 2026 12:00:30 GMT", NOON, None),
    ],
)
def test_retry_after_is_read_in_both_forms(asked: str, date: str, expected: float | None) -> None:
    assert retry_after(HttpReply(status=429, headers={"retry-after": asked, "date": date})) == expected


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "nothing"),
        (b" \n ", "nothing"),
        (b"\xef\xbb\xbf<a>\r\n\t<b/></a>", "<a> <b/></a>"),
        (b"\x1b[31mred\x00\xff", "[31mred \ufffd"),
        (b"x" * 80, "x" * 80),
        (b"x" * 81, "x" * 79 + "…"),
    ],
)
def test_an_excerpt_stands_on_one_line(body: bytes, shown: str) -> None:
    assert excerpt(body) == shown


def test_an_excerpt_hides_secrets_before_it_is_cut() -> None:
    redactor.register("opensesame")
    assert excerpt(b"x" * 75 + b"opensesame") == "x" * 75 + "****…"
