"""The section ``service`` of a site file: where the HTTP API listens, and who may use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interlock.config.credentials import Credentials
from interlock.config.extras import API, look_for_extra
from interlock.config.nodes import MapNode, Node
from interlock.config.sections import is_empty
from interlock.config.validation import validate
from interlock.config.webhooks import WebhookName, WebhookSettings
from interlock.errors import Diagnostic, Severity
from interlock.site_path import SitePath

TOKENS = Path("tokens.json")
"""The file of tokens where the site names no other; beside the site file."""
_HIGHEST_PORT = 2**16 - 1
_LISTEN_PATTERN = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):\d{1,5}$"


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen at."""

    host: str
    """An address of this machine, or its name; an IPv6 address without brackets."""
    port: int
    """0 lets the system choose one."""

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can connect."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """What the API shows to its clients."""

    cert: Path
    """The chain of certificates, the server's own first, as PEM."""
    key: Path
    """Its private key, as PEM without a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """How a site's HTTP API is reached."""

    listen: Listen | None = None
    """None where there is no HTTP API."""
    tls: Tls | None = None
    tokens: Path = TOKENS
    """Holds what bearer tokens are known by."""
    webhooks: Mapping[str, WebhookSettings] = field(default_factory=dict)
    """Requests from outside that set rules off, by their names."""
    shows_metrics: bool = False
    """Whether `/metrics` needs no token."""

    @property
    def reached_by(self) -> tuple[object, ...]:
        """What counts at the start of a service alone."""
        return self.listen, self.tls, self.tokens


NO_API = ServiceSettings()
"""What a site that says nothing has."""


def parse_listen(text: object) -> Listen:
    """Return the address that a text such as ``127.0.0.1:8088`` or ``[::1]:8088`` means.

    Raises:
        ValueError: no address with a port.
    """
    host, _, port = str(text).rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if is_bracketed else host
    if (
        not host
        or not (port.isascii() and port.isdecimal())
        or int(port) > _HIGHEST_PORT
        or (":" in host) != is_bracketed
        or not _can_be_looked_up(host)
    ):
        raise ValueError(f"'{text}' is no address with a port: write for example 127.0.0.1:8088")
    return Listen(host, int(port))


def _can_be_looked_up(host: str) -> bool:
    try:
        # socket.getaddrinfo does so too, and what it raises of such a name is no OSError.
        host.encode("idna")
    except UnicodeError:
        return False
    return host.isprintable() and " " not in host


class TlsModel(BaseModel):
    """The keys under ``tls``."""

    model_config = ConfigDict(extra="forbid")

    cert: SitePath = Field(description="the PEM file with the server's certificate and those above it")
    key: SitePath = Field(description="the PEM file with its private key")


class ServiceModel(BaseModel):
    """The keys of the section."""

    model_config = ConfigDict(extra="forbid")

    listen: Annotated[
        Listen | None,
        BeforeValidator(parse_listen, json_schema_input_type=Annotated[str, Field(pattern=_LISTEN_PATTERN)]),
    ] = Field(None, description="where the HTTP API is reached, such as 127.0.0.1:8088; without it nowhere")
    tls: TlsModel | Literal["elsewhere"] | None = Field(
        None, description="the certificate and its key; elsewhere: a proxy in front of the service speaks TLS"
    )
    tokens: SitePath = Field(TOKENS, description="the file of tokens, which interlock token writes")
    webhooks: dict[WebhookName, WebhookSettings] = Field(
        default_factory=dict, description="requests from outside that set rules off, by their names"
    )
    metrics: Literal["token", "open"] = Field(
        "token", description="whether /metrics needs a token; open: whoever can reach the service sees them"
    )


def read_service(
    section: Node | None, folder: Path, credentials: Credentials, problems: list[Diagnostic]
) -> ServiceSettings:
    """Return how a site's HTTP API is reached; there is none where nothing, or nothing sound, is said.

    Args:
        section: What stands in the site file.
        folder: The site file's.
        credentials: Learns the secrets of webhooks.
        problems: Findings are appended to it.
    """
    nothing = ServiceSettings(tokens=folder / TOKENS)
    if section is None or is_empty(section):
        return nothing
    if isinstance(section, MapNode):
        credentials.note(ServiceModel, section, problems)
    found = validate(ServiceModel, section, problems, what="'service'")
    if found is None or not isinstance(section, MapNode):
        return nothing
    credentials.register(found)
    if found.listen and not found.listen.is_loopback and found.tls is None:
        problems.append(_in_clear(section, found.listen))
    if found.webhooks and not found.listen:
        problems.append(_unreachable(section))
    if found.listen:
        look_for_extra(API, "the HTTP API", section.keys["listen"], problems)
    tls = Tls(found.tls.cert, found.tls.key) if isinstance(found.tls, TlsModel) else None
    return ServiceSettings(
        listen=found.listen,
        tls=tls,
        tokens=folder / found.tokens,
        webhooks=found.webhooks,
        shows_metrics=found.metrics == "open",
    )


def _in_clear(section: MapNode, listen: Listen) -> Diagnostic:
    return section.keys["listen"].diagnostic(
        f"at {listen} tokens would cross the network in clear, for everybody on it to use",
        hint="give tls: {cert, key}, or tls: elsewhere where a proxy in front of the service speaks TLS",
    )


def _unreachable(section: MapNode) -> Diagnostic:
    return section.keys["webhooks"].diagnostic(
        "nobody can send these requests: the service does not listen",
        hint="give listen: 127.0.0.1:8088",
        severity=Severity.WARNING,
    )
