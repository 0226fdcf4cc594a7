"""The key ``webhooks`` under ``service``: requests from outside that set rules off, by their names."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from interlock.driver import Rate, parse_rate

SIGNATURE_HEADER = "X-Hub-Signature-256"
"""Carries ``sha256=`` and the signature in hexadecimal, where the site names no other header; GitHub's."""
TOKEN_HEADER = "Authorization"
"""Carries ``Bearer`` and the token, where the site names no other header."""
_USUAL_RATE = Rate(60, timedelta(minutes=1))
_SHORTEST = 16
"""Characters of a secret: whoever can reach the service may guess as often as its rate allows."""


def _check_name(text: str) -> str:
    if not re.fullmatch(r"[^\W\d][\w.-]*", text):
        raise ValueError(f"'{text}' is no name: use letters, digits, '_', '-' and '.'")
    return text


def _check_header(text: str) -> str:
    # The token of RFC 9110, section 5.6.2.
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", text):
        raise ValueError(f"'{text}' is no name of a header: write for example X-Signature")
    return text


def _check_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _SHORTEST:
        raise ValueError(f"it must have {_SHORTEST} characters or more: make one with openssl rand -hex 32")
    return secret


WebhookName = Annotated[str, AfterValidator(_check_name)]
_Header = Annotated[str, AfterValidator(_check_header)]
_Rate = Annotated[Rate, BeforeValidator(parse_rate, json_schema_input_type=str)]


class WebhookSettings(BaseModel):
    """How requests of one webhook are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Annotated[SecretStr, AfterValidator(_check_secret)] = Field(
        description="what the sender knows too, as !secret NAME"
    )
    by: Literal["signature", "token"] = Field(
        "signature",
        description="signature: the sender signs each body with the secret; token: it sends the secret",
    )
    header: _Header | None = Field(
        None, description=f"what carries it: {SIGNATURE_HEADER}, or {TOKEN_HEADER} for a token"
    )
    timestamp: _Header | None = Field(
        None,
        description="what carries the time of a signature, which is signed too: no request is taken twice",
    )
    rate: _Rate = Field(_USUAL_RATE, description="most requests in a time; more are refused")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.timestamp and self.by == "token":
            raise ValueError("a token signs no 'timestamp': leave it out, or take by: signature")
        return self

    @property
    def carrier(self) -> str:
        """The header that carries the signature or the token."""
        return self.header or (SIGNATURE_HEADER if self.by == "signature" else TOKEN_HEADER)
