"""What a site file says about a Thinknx server and about the devices on it."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from interlock import ConnectionSettings, DeviceSettings, Duration, SitePath

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_PositiveDuration = Annotated[Duration, Field(gt=timedelta(0))]


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _refuse_outer_blanks(text: str) -> str:
    if text != text.strip():
        raise ValueError(f"'{text}' begins or ends with a blank: write '{text.strip()}'")
    return text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def parse_host(text: str) -> str:
    """Return a host name or IP address as it is written, without the brackets of an IPv6 address.

    Raises:
        ValueError: it holds a scheme, a port, a path, or cannot be a host at all.
    """
    host = text.removeprefix("[").removesuffix("]")
    looks_like_ipv4 = re.fullmatch(r"[\d.]+", host)
    if _is_address(host) or (not looks_like_ipv4 and _HOST_NAME.fullmatch(host)):
        return host
    raise ValueError(
        f"'{text}' is no host: write a name or an IP address alone, for example 192.168.1.20 or thinknx.local"
    )


def parse_base_url(text: str) -> str:
    """Return an https URL without the slash at its end.

    Raises:
        ValueError: it is no https URL, or holds a user, a query or a fragment.
    """
    example = "write for example https://thinknx.example.com"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"'{text}' is no URL: {example}") from None
    if parts.scheme == "http":
        raise ValueError("the key would travel for everyone to read: it must begin with https:")
    if parts.scheme != "https" or not host:
        raise ValueError(f"'{text}' is no https URL: {example}")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise ValueError(f"only a host, a port and a path can stand here: {example}")
    parse_host(host)
    return text.rstrip("/")


def _refuse_what_is_no_key(key: SecretStr) -> SecretStr:
    # The message shows nothing of it: it may be a key with something beside.
    if not re.fullmatch(r"(?!\.+$)[^\s/]+", key.get_secret_value()):
        raise ValueError("a key is the code alone, without blanks, slashes or the rest of a URL")
    return key


class ThinknxSettings(ConnectionSettings):
    """What every connection to a Thinknx server can say, whichever way it is reached."""

    method: Annotated[Literal["GET", "POST"], BeforeValidator(_upper)] = Field(
        "GET", description="how requests travel: GET, or POST with a form"
    )
    feedback: bool = Field(
        True, description="whether the server answers a command only after the device did, where it can"
    )
    feedback_timeout: _PositiveDuration = Field(
        timedelta(seconds=10), description="how long to wait for the device to answer a command"
    )


class ThinknxLocalSettings(ThinknxSettings):
    """A Thinknx server in the same network, by plain HTTP. Source: Local based integration."""

    host: Annotated[str, AfterValidator(parse_host)] = Field(description="the server's name or IP address")
    port: int = Field(5051, ge=1, le=65535, description="the server's TCP port")
    auth: Literal["none", "basic", "digest"] = Field("none", description="how the server asks who we are")
    username: str = Field("", description="who we are, where auth is basic or digest")
    password: SecretStr = Field(SecretStr(""), description="the password, where auth is basic or digest")

    @property
    def base_url(self) -> str:
        """The URL that ``/api/v1`` is appended to; it holds no secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @model_validator(mode="after")
    def _credentials_fit_auth(self) -> Self:
        has_both = bool(self.username) and bool(self.password.get_secret_value())
        has_any = bool(self.username) or bool(self.password.get_secret_value())
        if self.auth != "none" and not has_both:
            raise ValueError(f"auth {self.auth} needs both username and password")
        if self.auth == "none" and has_any:
            raise ValueError("username and password need auth: write auth: basic or auth: digest beside them")
        return self


class ThinknxCloudSettings(ThinknxSettings):
    """A Thinknx server behind the vendor's cloud, or behind a cloud of one's own.

    Source: Cloud based integration, On premise integration.
    """

    key: Annotated[SecretStr, AfterValidator(_refuse_what_is_no_key)] = Field(
        description="the server's Integration Kit key, from its web pages under Server, ThinknxCloud"
    )
    base_url: Annotated[str, AfterValidator(parse_base_url)] = Field(
        "https://data.thinknx.eu", description="where the cloud is: the vendor's, or one on premise"
    )
    ca: SitePath | None = Field(
        None,
        description="a PEM file with the authority behind an on-premise cloud's certificate; "
        "a relative path counts from the site file",
    )

    @property
    def keyed_url(self) -> str:
        """The URL that ``/api/v1`` is appended to. It holds the key: never show it."""
        return f"{self.base_url}/{quote(self.key.get_secret_value(), safe='')}"

    @model_validator(mode="after")
    def _key_is_apart(self) -> Self:
        if self.key.get_secret_value() in self.base_url:
            raise ValueError("base_url holds the key: write the key as key alone, where it is kept secret")
        return self


class ServerSettings(DeviceSettings):
    """The Thinknx server itself as a device: it has no address of its own."""


class ThinknxDeviceSettings(DeviceSettings):
    """A device of a Thinknx project."""

    guid: Annotated[str, AfterValidator(_refuse_outer_blanks)] = Field(
        min_length=1,
        pattern=r"\S",
        description="the device's identifier, from the Configurator or the server",
    )
    feedback: bool | None = Field(None, description="as the connection's, for this device alone")
    feedback_timeout: _PositiveDuration | None = Field(
        None, description="as the connection's, for this device alone"
    )


class DimmerSettings(ThinknxDeviceSettings):
    """A dimmable light. The manual only announces its color: a `light` index asks for it."""

    light: int | None = Field(
        None,
        ge=0,
        description="the light's index, which switches on color and colortemp; most servers lack them",
    )


class BlindSettings(ThinknxDeviceSettings):
    """A blind, a curtain or lamellas."""

    inverted: bool = Field(
        False,
        description="whether the server counts heightlevel from 0 % down to 100 % up, instead of 0 % up",
    )


class AnalogSettings(ThinknxDeviceSettings):
    """A value without range or unit of its own."""

    min: float | None = Field(None, allow_inf_nan=False, description="the least value that it takes")
    max: float | None = Field(None, allow_inf_nan=False, description="the greatest value that it takes")
    unit: str = Field("", description="what the value counts, such as lx or %")

    @model_validator(mode="after")
    def _limits_are_ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"min {self.min:g} must be below max {self.max:g}")
        return self
