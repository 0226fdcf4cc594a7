"""What the notifier ``email`` needs to know."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from interlock import NotifierSettings, SitePath

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _address(text: str) -> str:
    """Return an address, with or without a name, as a header carries it."""
    name, spec = parseaddr(text)
    try:
        address = Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError, MessageError):
        address = Address()
    if not (address.username and address.domain and text.isprintable()):
        raise ValueError(f"'{text}' is no e-mail address: write for example alarms@example.org")
    return str(address)


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


MailAddress = Annotated[str, AfterValidator(_address)]


class EmailSettings(NotifierSettings):
    """A mail server, who writes, and to whom."""

    host: str = Field(min_length=1, description="the mail server")
    port: int | None = Field(
        None, ge=1, le=65535, description="its port; 587 by STARTTLS, 465 by TLS, 25 without"
    )
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is made safe: starttls, tls from the first byte, or none"
    )
    ca: SitePath | None = Field(
        None, description="a PEM file of certificates to trust instead of the public authorities'"
    )
    username: str = Field("", description="who logs in; nobody where it is left out")
    password: SecretStr = Field(SecretStr(""), description="written as !secret NAME")
    sender: MailAddress = Field(alias="from", description="the address that messages come from")
    to: Annotated[tuple[MailAddress, ...], BeforeValidator(_as_list)] = Field(
        min_length=1, description="one address or several"
    )
    subject: str = Field("Interlock", description="the subject of messages without a title")

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("a username needs a password, and a password a username")
        if self.username and self.tls == "none" and not _is_loopback(self.host):
            raise ValueError("without TLS the password would go in the clear: use tls: starttls or tls")
        return self

    @property
    def used_port(self) -> int:
        """The port that is written, or the usual one."""
        return self.port or _PORTS[self.tls]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
