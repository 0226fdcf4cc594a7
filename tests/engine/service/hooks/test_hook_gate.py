"""Who may set off a webhook."""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import timedelta

import pytest

from interlock.config.webhooks import WebhookSettings
from interlock.service.hooks import gate as hook_gate
from interlock.service.hooks.gate import Fate, HookGate, Passed
from support.journal_entries import START, HandClock

SECRET = "a-word-of-sixteen"
BODY = b'{"room": "hall"}'
STRANGE = Passed(fate=Fate.STRANGE, values={})
STAMP = str(int(START.timestamp()))


def hook(**settings: object) -> WebhookSettings:
    return WebhookSettings.model_validate({"secret": SECRET, **settings})


class Gate:
    """A gate with one webhook, ``door``."""

    def __init__(self, **settings: object) -> None:
        self.clock = HandClock()
        self.hooks = {"door": hook(**settings)}
        self.gate = HookGate(self.clock, lambda: self.hooks)

    def take(self, headers: Mapping[str, str], body: bytes = BODY, name: str = "door") -> Passed:
        return self.gate.take(name, {"content-type": "application/json", **headers}, body)

    def fate(self, headers: Mapping[str, str], body: bytes = BODY, name: str = "door") -> Fate:
        return self.take(headers, body, name).fate


def signature(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes = BODY, header: str = "x-hub-signature-256") -> dict[str, str]:
    return {header: f"sha256={signature(body)}"}


def stamped(stamp: str = STAMP, body: bytes = BODY) -> dict[str, str]:
    return {"x-time": stamp, **signed(f"{stamp}.".encode() + body)}


def test_what_is_signed_is_taken() -> None:
    assert Gate().take(signed()) == Passed(fate=Fate.ACCEPTED, values={"room": "hall"})


def test_githubs_own_example_is_taken() -> None:
    # Source: docs.github.com, "Validating webhook deliveries", testing values.
    gate = Gate(secret="It's a Secret to Everybody")
    shown = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    passed = gate.take({"content-type": "text/plain", "x-hub-signature-256": shown}, b"Hello, World!")
    assert passed.values == {"body": "Hello, World!"}


@pytest.mark.parametrize("shown", [signature(), f"SHA256={signature().upper()}", f"  sha256={signature()} "])
def test_a_signature_may_be_written_otherwise(shown: str) -> None:
    assert Gate().fate({"x-hub-signature-256": shown}) is Fate.ACCEPTED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": f"sha256={signature()[:-1]}"},
        {"x-hub-signature-256": f"sha256={signature(b'{}')}"},
        {"x-hub-signature-256": f"sha256={signature(secret='another-word-of-16')}"},
        {"x-hub-signature-256": SECRET},
        {"x-hub-signature-256": "\xe4\xff"},
        {"x-hub-signature": f"sha256={signature()}"},
        {"authorization": f"Bearer {SECRET}"},
    ],
)
def test_what_is_not_signed_is_strange(headers: dict[str, str]) -> None:
    assert Gate().take(headers) == STRANGE


def test_a_webhook_that_is_not_there_is_as_strange() -> None:
    assert Gate().take(signed(), name="window") == STRANGE


def test_the_site_names_the_header() -> None:
    gate = Gate(header="X-Mine")
    assert gate.fate(signed(header="x-mine")) is Fate.ACCEPTED
    assert gate.fate(signed()) is Fate.STRANGE


@pytest.mark.parametrize(
    ("header", "shown", "fate"),
    [
        (None, f"Bearer {SECRET}", Fate.ACCEPTED),
        (None, f"bearer  {SECRET}", Fate.ACCEPTED),
        (None, SECRET, Fate.ACCEPTED),
        (None, f"Bearer {SECRET}x", Fate.STRANGE),
        (None, "Bearer", Fate.STRANGE),
        (None, "\xe4", Fate.STRANGE),
        (None, f"sha256={signature()}", Fate.STRANGE),
        ("X-Gitlab-Token", SECRET, Fate.ACCEPTED),
    ],
)
def test_a_token_is_known_by_itself(header: str | None, shown: str, fate: Fate) -> None:
    gate = Gate(by="token", header=header)
    assert gate.fate({(header or "Authorization").lower(): shown}) is fate


def test_a_reload_exchanges_secrets() -> None:
    gate = Gate()
    gate.hooks = {"door": hook(secret="another-word-of-16")}
    assert gate.fate(signed()) is Fate.STRANGE


@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_the_present_time_is_signed_too(late_s: int) -> None:
    gate = Gate(timestamp="X-Time")
    gate.clock.advance(minutes=5)
    assert gate.fate(stamped(str(int(STAMP) + 300 - late_s))) is Fate.ACCEPTED


@pytest.mark.parametrize("late_s", [-301, 301])
def test_a_time_that_is_not_the_present_one_is_strange(late_s: int, caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate(timestamp="X-Time")
    gate.clock.advance(minutes=6)
    assert gate.take(stamped(str(int(STAMP) + 360 - late_s))) == STRANGE
    assert caplog.messages == [
        "webhook door: a request is refused: its time in X-Time is not the present one"
    ]


def test_what_may_have_come_before_a_restart_is_strange(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate(timestamp="X-Time")
    gate.clock.advance(seconds=30)
    assert gate.take(stamped(str(int(STAMP) - 1))) == STRANGE
    assert caplog.messages == [
        "webhook door: a request is refused: "
        "it was signed before the service began, and may have come to it then"
    ]
    assert gate.fate(stamped(STAMP)) is Fate.ACCEPTED


def test_a_clock_that_is_set_back_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(timestamp="X-Time")
    monkeypatch.setattr(gate.clock, "now", lambda: START - timedelta(hours=1))
    assert gate.fate(stamped(str(int(STAMP) - 3600))) is Fate.ACCEPTED


def test_what_cannot_be_remembered_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_gate, "_MOST_SEEN", 2)
    gate = Gate(timestamp="X-Time")
    gate.hooks["window"] = hook()
    first, second, third = (stamped(str(int(STAMP) + number)) for number in range(3))
    assert gate.fate(first) is Fate.ACCEPTED
    gate.clock.advance(seconds=60)
    assert gate.fate(second) is Fate.ACCEPTED
    assert gate.take(third) == Passed(fate=Fate.LIMITED, values={}, again_s=540.0)
    assert gate.fate(first) is Fate.STRANGE
    assert gate.fate(signed(), name="window") is Fate.ACCEPTED
    gate.clock.advance(seconds=540)
    assert gate.fate(stamped(str(int(STAMP) + 600))) is Fate.ACCEPTED


@pytest.mark.parametrize(
    "headers",
    [
        signed(),
        stamped(str(int(STAMP) - 301)),
        stamped(str(int(STAMP) + 301)),
        stamped("soon"),
        stamped("٣"),
        stamped("-" + STAMP),
        stamped("9" * 5000),
        stamped("") | {"x-time": STAMP},
        stamped() | {"x-time": str(int(STAMP) + 1)},
    ],
)
def test_another_time_is_strange(headers: dict[str, str]) -> None:
    assert Gate(timestamp="X-Time").take(headers) == STRANGE


def test_what_carries_a_time_comes_once() -> None:
    gate = Gate(timestamp="X-Time")
    first = stamped()
    assert gate.fate(first) is Fate.ACCEPTED
    assert gate.fate(first) is Fate.STRANGE
    otherwise = first | {"x-hub-signature-256": first["x-hub-signature-256"].upper()}
    assert gate.fate(otherwise) is Fate.STRANGE
    gate.clock.advance(minutes=5)
    assert gate.fate(first) is Fate.STRANGE
    assert gate.fate(stamped(str(int(STAMP) + 1))) is Fate.ACCEPTED


def test_signatures_are_forgotten_once_their_time_is_over() -> None:
    gate = Gate(timestamp="X-Time")
    assert gate.fate(stamped()) is Fate.ACCEPTED
    gate.clock.advance(minutes=10)
    assert gate.fate(stamped(str(int(STAMP) + 600))) is Fate.ACCEPTED
    assert len(gate.gate._seen._order) == len(gate.gate._seen._known) == 1


def test_what_carries_no_time_may_come_again() -> None:
    gate = Gate()
    assert [gate.fate(signed()) for _ in range(2)] == [Fate.ACCEPTED] * 2
    assert not gate.gate._seen._known


def test_more_than_the_rate_is_not_taken() -> None:
    gate = Gate(rate="2/min")
    assert [gate.fate(signed()) for _ in range(2)] == [Fate.ACCEPTED] * 2
    gate.clock.advance(seconds=20)
    assert gate.take(signed()) == Passed(fate=Fate.LIMITED, values={}, again_s=40.0)
    gate.clock.advance(seconds=40)
    assert gate.fate(signed()) is Fate.ACCEPTED


def test_another_rate_counts_anew() -> None:
    gate = Gate(rate="1/h")
    assert [gate.fate(signed()) for _ in range(2)] == [Fate.ACCEPTED, Fate.LIMITED]
    gate.hooks = {"door": hook(rate="2/h")}
    assert gate.fate(signed()) is Fate.ACCEPTED


def test_strangers_use_up_no_rate() -> None:
    gate = Gate(rate="1/min")
    assert [gate.fate({}) for _ in range(5)] == [Fate.STRANGE] * 5
    assert gate.fate(signed()) is Fate.ACCEPTED


def test_what_was_limited_may_be_sent_again() -> None:
    gate = Gate(rate="1/min", timestamp="X-Time")
    assert gate.fate(stamped()) is Fate.ACCEPTED
    later = stamped(str(int(STAMP) + 1))
    assert gate.fate(later) is Fate.LIMITED
    gate.clock.advance(minutes=1)
    assert gate.fate(later) is Fate.ACCEPTED


def test_a_body_that_says_nothing_is_malformed() -> None:
    assert Gate().take(signed(b"x"), b"x") == Passed(
        fate=Fate.MALFORMED,
        values={},
        reason="the body is no JSON: expecting value: line 1 column 1 (char 0)",
    )


def test_strangers_do_not_learn_what_is_wrong_with_their_body() -> None:
    assert Gate().take({}, b"{") == STRANGE


def test_requests_are_counted_by_webhook_and_fate() -> None:
    gate = Gate(rate="2/min")
    for headers, name in [(signed(), "door")] * 3 + [({}, "door"), ({}, "window"), ({}, "x" * 500)]:
        gate.take(headers, name=name)
    assert gate.gate.counts == {
        ("door", Fate.ACCEPTED): 2,
        ("door", Fate.LIMITED): 1,
        ("door", Fate.STRANGE): 1,
        ("", Fate.STRANGE): 2,
    }


def test_the_log_says_now_and_then_why_without_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    gate = Gate()
    gate.take({})
    for _ in range(3):
        gate.take({"x-hub-signature-256": SECRET})
    gate.take({}, name="\n2026 forged")
    gate.clock.advance(minutes=1)
    gate.take({"x-hub-signature-256": SECRET})
    gate.take(signed())
    assert caplog.messages == [
        "webhook door: a request is refused: it has no X-Hub-Signature-256",
        "webhooks: a request is refused: there is no such webhook",
        "webhook door: a request is refused: its signature in X-Hub-Signature-256 is wrong"
        "; and 3 more since the last",
    ]


@pytest.mark.parametrize(
    ("settings", "headers", "said"),
    [
        ({"by": "token"}, {"authorization": "x"}, "its token in Authorization is wrong"),
        ({"timestamp": "X-Time"}, signed(b"." + BODY), "its time in X-Time is not the present one"),
    ],
)
def test_the_log_says_what_is_wrong(
    settings: dict[str, object], headers: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Gate(**settings).take(headers) == STRANGE
    assert caplog.messages == [f"webhook door: a request is refused: {said}"]


def test_the_log_says_that_a_request_came_before(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate(timestamp="X-Time")
    gate.take(stamped())
    gate.take(stamped())
    assert caplog.messages == ["webhook door: a request is refused: it came before"]
