"""What a site file says about a Founten site and about the thermostats on it."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from interlock import ConnectionSettings, DeviceSettings, Duration, SitePath
from interlock_founten.attributes import RESERVED

_PAGE = "/api.cgi"
Unit = Literal["celsius", "fahrenheit"]
"""In which unit a site file thinks."""


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def parse_url(text: str) -> str:
    """Return the address of a site's API, with ``/api.cgi`` at its end.

    Raises:
        ValueError: it is no address, would carry the password in the clear, or holds what it must not.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("write the site's address, such as https://shop.officeclimatecontrol.net")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("write the address alone: username and password are settings of their own")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("it must be https: plain http would show the password to everybody on the way")
    path = parts.path.rstrip("/").removesuffix(_PAGE)
    return f"{parts.scheme}://{parts.netloc}{path}{_PAGE}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_text(text: str) -> str:
    """Return a name or a value as it is: blanks and case count.

    Raises:
        ValueError: the protocol cannot carry it, or it says nothing.
    """
    if not text.strip():
        raise ValueError("it is empty")
    if unfit := next((char for char in text if char in ";:" or not char.isprintable()), None):
        raise ValueError(f"'{text}' holds {unfit!r}, which the protocol cannot carry")
    return text


def check_user_defined(name: str) -> str:
    """Return the name of a user-defined attribute.

    Raises:
        ValueError: it is one that the API itself defines, or cannot be one.
    """
    if check_text(name).lower() in RESERVED:
        raise ValueError(f"'{name}' is an attribute of every thermostat and cannot be user-defined")
    return name


def _check_controller(name: str) -> str:
    if not check_user_defined(name).isidentifier():
        raise ValueError(f"'{name}' cannot name a controller: use letters, digits and underscores")
    return name


def _check_unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len({name.lower() for name in names}) < len(names):
        raise ValueError("an attribute is named twice; case does not count")
    return names


def _check_certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise ValueError(f"'{path}' cannot be read as certificates in PEM form: {error.strerror}") from None
    return path


_Text = Annotated[str, AfterValidator(check_text)]
_UserDefined = Annotated[str, AfterValidator(check_user_defined)]
_Attributes = Annotated[
    tuple[Annotated[str, AfterValidator(_check_controller)], ...], AfterValidator(_check_unique)
]


class FountenSettings(ConnectionSettings):
    """A Founten site. Source: Founten API, Constructing an API Request."""

    poll: Duration = Field(timedelta(minutes=1), gt=timedelta(0), description="how often points are read")
    timeout: Duration = Field(
        timedelta(seconds=15), gt=timedelta(0), description="how long one request may take"
    )
    url: Annotated[str, AfterValidator(parse_url)] = Field(
        description="the site's address, such as https://shop.officeclimatecontrol.net; https is required"
    )
    username: str = Field(min_length=1, description="the e-mail address of one of the site's managers")
    password: SecretStr = Field(min_length=1, description="that manager's password")
    method: Annotated[Literal["GET", "POST"], BeforeValidator(_upper)] = Field(
        "POST", description="how requests travel; GET puts the password into addresses"
    )
    ca: Annotated[SitePath, AfterValidator(_check_certificates)] | None = Field(
        None, description="a file of certificates to trust instead of the public authorities'"
    )
    unit: Unit | None = Field(
        None, description="in which unit the site file thinks; absent: as each thermostat counts"
    )
    calibration: Literal["calibrationOffet", "calibrationOffset"] = Field(
        "calibrationOffet",
        description="how the site spells this attribute: as the manual, or calibrationOffset",
    )
    status_display: bool = Field(
        False,
        description="whether the site knows statusDisplay, which tells that a thermostat is unreachable",
    )
    history_times: Literal["local", "offset"] = Field(
        "local", description="how history is asked for: by the site's local time, or with the offset from UTC"
    )


class FountenDeviceSettings(DeviceSettings):
    """What thermostats and groups of them have in common."""

    attributes: _Attributes = Field((), description="user-defined attributes to read and set")
    unit: Unit | None = Field(None, description="as the connection's, for this device alone")


class ThermostatSettings(FountenDeviceSettings):
    """One thermostat."""

    name: _Text | None = Field(None, description="the thermostat's configured name; case and blanks count")
    serialNo: _Text | None = Field(  # noqa: N815 - the manual's name
        None, description="its serial number, instead of its name"
    )
    read_schedule: bool = Field(
        False, description="whether the days of its schedule can be read; many sites refuse that"
    )

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if (self.name is None) == (self.serialNo is None):
            raise ValueError("a thermostat needs either its name or its serialNo")
        return self

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from other devices of its connection."""
        return (f"name:{self.name}" if self.name is not None else f"serialNo:{self.serialNo}",)


class GroupSettings(FountenDeviceSettings):
    """Several thermostats that are set together."""

    groupName: _Text | None = Field(  # noqa: N815 - the manual's name
        None, description="the group name that they have in common"
    )
    where: dict[_UserDefined, _Text] | None = Field(
        None,
        description="a user-defined attribute and the value that they have in common, instead of groupName",
    )

    @model_validator(mode="after")
    def _is_selected_once(self) -> Self:
        if (self.groupName is None) == (self.where is None):
            raise ValueError("a group needs either its groupName or a where, such as where: {managed: yes}")
        if self.where is not None and len(self.where) != 1:
            raise ValueError("where takes one attribute: the manual does not say how several are joined")
        return self

    @property
    def criterion(self) -> tuple[str, str]:
        """The attribute and the value that the members have in common."""
        if self.where:
            return next(iter(self.where.items()))
        return "groupName", self.groupName or ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from other devices of its connection."""
        return (":".join(self.criterion),)
