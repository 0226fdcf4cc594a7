"""The notifier ``webhook``: messages as JSON, posted to a web service."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from interlock import (
    CannotExecute,
    HttpClient,
    HttpReply,
    HttpRequest,
    Notifier,
    NotifierSettings,
    RejectedValue,
    SitePath,
    excerpt,
    refuse_by_status,
    trust_for,
)

SIGNATURE = "X-Interlock-Signature"
"""The header that carries ``sha256=`` and the HMAC of the body, in hexadecimal."""
_PLACE = re.compile(r"\{(title|message)\}")
_PAYLOAD: Mapping[str, object] = MappingProxyType({"title": "{title}", "message": "{message}"})
_COME_AGAIN = frozenset({408, 425})


def _check_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an address such as https://hooks.example.org/alarms")
    if parts.username or parts.password:
        raise ValueError("a username and password stand in 'headers', not in the address")
    return url


class WebhookSettings(NotifierSettings):
    """Where to post, and what."""

    url: Annotated[SecretStr, AfterValidator(_check_url)] = Field(
        description="where to post; many services put their credential into it: write it as !secret NAME"
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="further headers, such as {Authorization: !secret NAME}"
    )
    secret: SecretStr = Field(
        SecretStr(""), description="signs the body, by which the receiver knows that it comes from here"
    )
    payload: dict[str, object] = Field(
        default_factory=lambda: dict(_PAYLOAD),
        description="what is posted; {title} and {message} stand for what the rule says",
    )
    ca: SitePath | None = Field(
        None, description="a PEM file of certificates to trust instead of the public authorities'"
    )


class Webhook(Notifier):
    """Posts each message as JSON."""

    name = "webhook"
    description = "JSON posted to a web service"
    Settings = WebhookSettings
    settings: WebhookSettings

    async def send(self, message: str, title: str) -> None:
        """Post one message; every status from 200 to 299 says that it was taken.

        Raises:
            DriverError: it was not.
        """
        settings = self.settings
        parts = urlsplit(settings.url.get_secret_value())
        trust = await trust_for(settings.url.get_secret_value(), settings.ca)
        client = HttpClient(f"{parts.scheme}://{parts.netloc}", concurrency=1, trust=trust)
        async with client:
            reply = await client.exchange(
                self._request(f"{parts.path or '/'}{parts.query and '?' + parts.query}", message, title),
                settings.timeout.total_seconds(),
            )
        _judge(reply, client.server)

    def _request(self, url: str, message: str, title: str) -> HttpRequest:
        settings = self.settings
        filled = _filled(settings.payload, {"title": title, "message": message})
        body = json.dumps(filled, ensure_ascii=False).encode("utf-8", errors="replace")
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        if key := settings.secret.get_secret_value():
            headers[SIGNATURE] = f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"
        return HttpRequest(
            method="POST",
            url=url,
            what="the message",
            body=body,
            headers={"Content-Type": "application/json", **headers},
            is_idempotent=False,
        )


def _filled(payload: object, words: Mapping[str, str]) -> object:
    """Return a payload with what was said in the places for it, at any depth."""
    match payload:
        case str():
            return _PLACE.sub(lambda place: words[place[1]], payload)
        case dict():
            return {key: _filled(value, words) for key, value in payload.items()}
        case list():
            return [_filled(value, words) for value in payload]
        case _:
            return payload


def _judge(reply: HttpReply, server: str) -> None:
    if 200 <= reply.status < 300:
        return
    if reply.status in _COME_AGAIN:
        raise CannotExecute(f"{server} asks for the message later (HTTP {reply.status})")
    if reply.status != 405:
        refuse_by_status(reply, f"the message to {server}")
    raise RejectedValue(f"{server} refuses the message (HTTP {reply.status}: {excerpt(reply.body)})")
