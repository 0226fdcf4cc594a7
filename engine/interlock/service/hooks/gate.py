"""Who may set off a webhook: requests are known by what they are signed with, and come at a rate.

Whoever has not the secret learns nothing: not which webhooks there are, nor what was wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from interlock.clock import Clock
from interlock.config.webhooks import WebhookSettings
from interlock.driver import Rate
from interlock.model import Value
from interlock.service.hooks.bodies import BadBody, read_body

log = logging.getLogger("interlock.service")

_OLDEST = timedelta(minutes=5)
"""How far the time of a signature may be from ours, before or behind."""
_MOST_SEEN = 10_000
"""Signatures that are remembered; once there are as many, no more requests that carry a time are taken."""
_SILENCE = timedelta(minutes=1)
"""Between two lines of the log about refused requests of one webhook."""
_BEARER = "bearer "


class Fate(StrEnum):
    """What becomes of a request."""

    ACCEPTED = "accepted"
    STRANGE = "strange"
    """It does not show the secret, or there is no such webhook."""
    LIMITED = "limited"
    """More came than the rate allows."""
    MALFORMED = "malformed"
    """Its body says nothing that rules could read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What became of one request."""

    fate: Fate
    values: Mapping[str, Value]
    """What its body says, where it is accepted."""
    reason: str = ""
    """What is wrong with its body; empty where nothing is, and where the sender must not know."""
    again_s: float = 0.0
    """Where it is limited: after how long another one may come."""


class HookGate:
    """Takes the requests of a site's webhooks.

    Args:
        clock: Tells the time.
        hooks: Gives the site's webhooks, as they are now.
    """

    def __init__(self, clock: Clock, hooks: Callable[[], Mapping[str, WebhookSettings]]) -> None:
        self._clock = clock
        self._began_at = clock.monotonic()
        self._hooks = hooks
        # What no name stands for is checked as well, so that it takes as long.
        self._nobody = WebhookSettings.model_validate({"secret": secrets.token_hex()})
        self._seen = _Signatures(clock)
        self._paces: dict[str, _Pace] = {}
        self._complaints = _Complaints(clock)
        self.counts: Counter[tuple[str, Fate]] = Counter()
        """Requests, by webhook and what became of them; under no name those for none of the site's."""

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> Passed:
        """Judge a request.

        Args:
            name: Of a webhook, or any other text.
            headers: Of the request, by their names in lower case.
            body: As it came.
        """
        hook = self._hooks().get(name)
        passed = self._judge(name, hook, headers, body)
        self.counts[name if hook else "", passed.fate] += 1
        return passed

    def _judge(
        self, name: str, hook: WebhookSettings | None, headers: Mapping[str, str], body: bytes
    ) -> Passed:
        proof = _Proof.of(hook or self._nobody, headers, body)
        if fault := self._fault(hook, proof):
            self._complaints.say(name if hook else "", fault)
            return Passed(fate=Fate.STRANGE, values={})
        assert hook
        full_s = self._seen.wait_s() if proof.signed_at is not None else 0.0
        if again_s := full_s or self._pace(name, hook.rate).wait_s():
            return Passed(fate=Fate.LIMITED, values={}, again_s=again_s)
        try:
            values = read_body(body, headers.get("content-type", ""))
        except BadBody as error:
            return Passed(fate=Fate.MALFORMED, values={}, reason=str(error))
        self._seen.keep(proof)
        return Passed(fate=Fate.ACCEPTED, values=values)

    def _fault(self, hook: WebhookSettings | None, proof: _Proof) -> str:
        """Return why a request shows nothing; empty where it is genuine."""
        if hook is None:
            return "there is no such webhook"
        if not proof.is_genuine:
            what = "signature" if hook.by == "signature" else "token"
            return f"its {what} in {hook.carrier} is wrong" if proof.shown else f"it has no {hook.carrier}"
        if hook.timestamp is None:
            return ""
        if proof.signed_at is None or abs(self._clock.now().timestamp() - proof.signed_at) > (
            _OLDEST.total_seconds()
        ):
            return f"its time in {hook.timestamp} is not the present one"
        if proof.signed_at < self._began().timestamp():
            return "it was signed before the service began, and may have come to it then"
        return "it came before" if self._seen.has(proof) else ""

    def _began(self) -> datetime:
        """Return when this began, by the clock as it is set now."""
        return self._clock.now() - (self._clock.monotonic() - self._began_at)

    def _pace(self, name: str, rate: Rate) -> _Pace:
        pace = self._paces.get(name)
        if pace is None or pace.rate != rate:
            pace = self._paces[name] = _Pace(self._clock, rate)
        return pace


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a request shows to be genuine."""

    is_genuine: bool
    shown: str
    """The signature or token, in the one form that it has however it is written."""
    signed_at: int | None
    """Seconds since 1970; None where the webhook asks for no time, or there is none."""

    @classmethod
    def of(cls, hook: WebhookSettings, headers: Mapping[str, str], body: bytes) -> _Proof:
        secret = hook.secret.get_secret_value().encode()
        shown = headers.get(hook.carrier.lower(), "").strip()
        signature = shown.lower().removeprefix("sha256=")
        stamp = headers.get(hook.timestamp.lower(), "") if hook.timestamp else ""
        # Both are looked at, so that the time it takes does not tell how a webhook is known.
        is_signed = _is_signature(signature, secret, f"{stamp}.".encode() + body if hook.timestamp else body)
        is_token = _is_token(shown, secret)
        signed_at = int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 else None
        if hook.by == "signature":
            return cls(is_signed, signature, signed_at)
        return cls(is_token, shown, None)


def _is_signature(shown: str, secret: bytes, signed: bytes) -> bool:
    return hmac.compare_digest(
        hmac.new(secret, signed, hashlib.sha256).hexdigest().encode(), shown.encode("latin-1", "replace")
    )


def _is_token(shown: str, secret: bytes) -> bool:
    found = shown[len(_BEARER) :].strip() if shown.lower().startswith(_BEARER) else shown
    # Of the same length, whatever is shown. Header texts are what their bytes are in Latin-1.
    digests = (hashlib.sha256(each).digest() for each in (secret, found.encode("latin-1", "replace")))
    return hmac.compare_digest(*digests)


class _Signatures:
    """Remembers which signatures came, as long as their time is good."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: set[str] = set()
        self._order: deque[tuple[timedelta, str]] = deque()

    def has(self, proof: _Proof) -> bool:
        """Whether it came before."""
        return proof.shown in self._known

    def wait_s(self) -> float:
        """Return after how long one more can be remembered."""
        now = self._clock.monotonic()
        while self._order and self._order[0][0] <= now:
            self._known.discard(self._order.popleft()[1])
        return (self._order[0][0] - now).total_seconds() if len(self._order) >= _MOST_SEEN else 0.0

    def keep(self, proof: _Proof) -> None:
        """Remember it, where it carries a time."""
        if proof.signed_at is None:
            return
        self._known.add(proof.shown)
        self._order.append((self._clock.monotonic() + 2 * _OLDEST, proof.shown))


class _Pace:
    """Lets so much through in a time, and not more."""

    def __init__(self, clock: Clock, rate: Rate) -> None:
        self.rate = rate
        self._clock = clock
        self._came: deque[timedelta] = deque(maxlen=rate.count)

    def wait_s(self) -> float:
        """Return 0 and count one more; or for how long nothing is let through."""
        now = self._clock.monotonic()
        if len(self._came) == self.rate.count and (left := self._came[0] + self.rate.period - now) > (
            timedelta()
        ):
            return left.total_seconds()
        self._came.append(now)
        return 0.0


class _Complaints:
    """Says of refused requests why, now and then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._silent_until: dict[str, timedelta] = {}
        self._unsaid: Counter[str] = Counter()

    def say(self, name: str, fault: str) -> None:
        """Log why a request for a webhook was refused, or count it."""
        now = self._clock.monotonic()
        if now < self._silent_until.get(name, now):
            self._unsaid[name] += 1
            return
        self._silent_until[name] = now + _SILENCE
        more = self._unsaid.pop(name, 0)
        whose = f"webhook {name}" if name else "webhooks"
        log.warning(
            "%s: a request is refused: %s%s",
            whose,
            fault,
            f"; and {more} more since the last" if more else "",
        )
