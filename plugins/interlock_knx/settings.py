"""What a site file says about a KNX connection and about the groups on it."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from interlock import AsWritten, ConnectionSettings, DeviceSettings, Rate, parse_rate
from interlock_knx.addresses import parse_group_address
from interlock_knx.datapoint_table import DATAPOINTS, parse_dpt
from interlock_knx.datapoints import Datapoint

DEFAULT_PORT = 3671
"""Source: KNX System Specifications 03.08.02 Core, 8.6: the port of KNXnet/IP."""
DEFAULT_MULTICAST = "224.0.23.12"
"""Source: KNX System Specifications 03.08.02 Core, 8.6: the system setup multicast address."""
ROUTING = "routing"

_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


def _as_text(value: object) -> object:
    # A free address and a main type are numbers in YAML.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _checked_gateway(text: str) -> str:
    if text.lower() == ROUTING:
        return ROUTING
    host, _, port = text.partition(":")
    is_host = _HOST.fullmatch(host) and (not re.fullmatch(r"[\d.]+", host) or _is_ipv4(host))
    if not is_host or (":" in text and not _is_port(port)):
        raise ValueError(
            f"'{text}' is no gateway: write an IPv4 address or a name, with a port where it is not "
            f"{DEFAULT_PORT}, or {ROUTING}"
        )
    return text


def _checked_multicast(text: str) -> str:
    host, _, port = text.partition(":")
    is_group = _is_ipv4(host) and ipaddress.IPv4Address(host).is_multicast
    if not is_group or (":" in text and not _is_port(port)):
        raise ValueError(f"'{text}' is no multicast address: KNX has {DEFAULT_MULTICAST}")
    return text


def _checked_local_ip(text: str) -> str:
    if not _is_ipv4(text):
        raise ValueError(f"'{text}' is no IPv4 address of this machine")
    return text


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) <= 65535


class KnxSettings(ConnectionSettings):
    """A KNX bus, through a Thinknx server that sends telegrams or over KNXnet/IP."""

    rate: Annotated[Rate, BeforeValidator(parse_rate, json_schema_input_type=str)] | None = Field(
        Rate(10, timedelta(seconds=1)),
        description="most telegrams in a time; a twisted-pair line carries about 50/s in all",
    )
    through: str | None = Field(
        None, min_length=1, description="a Thinknx connection, whose server then sends the telegrams"
    )
    gateway: Annotated[str, AfterValidator(_checked_gateway)] | None = Field(
        None,
        description=f"a KNXnet/IP interface, host or host:port ({DEFAULT_PORT}); `{ROUTING}` for multicast",
    )
    multicast: Annotated[str, AfterValidator(_checked_multicast)] | None = Field(
        None, description=f"the group of KNXnet/IP routing, where it is not {DEFAULT_MULTICAST}"
    )
    transport: Literal["udp", "tcp"] = Field(
        "udp", description="how a KNXnet/IP interface is reached; many older ones know UDP alone"
    )
    local_ip: Annotated[str, AfterValidator(_checked_local_ip)] | None = Field(
        None, description="this machine's own address, where it is in several networks"
    )

    @property
    def is_routing(self) -> bool:
        """Whether telegrams travel by multicast."""
        return self.gateway == ROUTING or (self.gateway is None and self.multicast is not None)

    @property
    def endpoint(self) -> tuple[str, int]:
        """The host and port, or multicast group and port, of KNXnet/IP."""
        text = (self.multicast or DEFAULT_MULTICAST) if self.is_routing else (self.gateway or "")
        host, _, port = text.partition(":")
        return host, int(port or DEFAULT_PORT)

    @model_validator(mode="after")
    def _there_is_one_way(self) -> Self:
        if self.through is None:
            self._check_knxnet_ip()
        elif self.gateway is not None or self.multicast is not None:
            raise ValueError("through and gateway are two ways to a bus: write one of them")
        elif self.transport != "udp" or self.local_ip is not None:
            raise ValueError("transport and local_ip belong to a gateway, and this connection has none")
        return self

    def _check_knxnet_ip(self) -> None:
        if self.gateway is None and self.multicast is None:
            raise ValueError(
                "a KNX connection needs through: a Thinknx connection, or gateway: a KNXnet/IP interface"
            )
        if self.multicast is not None and not self.is_routing:
            raise ValueError(f"multicast is for routing: write gateway: {ROUTING} beside it, or leave it out")
        if self.is_routing and self.transport == "tcp":
            raise ValueError("routing is multicast over UDP: leave transport out")
        if importlib.util.find_spec("xknx") is None:
            raise ValueError("KNXnet/IP needs the extra knx: pip install 'interlock[knx]'")


_Address = Annotated[str, AsWritten(), BeforeValidator(_as_text), AfterValidator(parse_group_address)]


class GroupSettings(DeviceSettings):
    """A group of the bus."""

    address: _Address = Field(description="the group address: 1/2/3, 1/515 or 2563")
    dpt: Annotated[str, AsWritten(), BeforeValidator(_as_text), AfterValidator(parse_dpt)] = Field(
        description="the datapoint type, such as 1.001 or 9.001; 9 alone for a plain value"
    )
    state_address: _Address | None = Field(
        None, description="the group address that its actuator reports its state on, where it is another"
    )
    read: bool | None = Field(
        None,
        description="whether it is asked for its state; default yes, unless its DPT is one of commands",
    )
    inverted: bool = Field(False, description="whether on is 0 on the bus; DPT 1 only")

    @property
    def identity(self) -> tuple[str, ...]:
        """The address that it is commanded by."""
        return (self.address,)

    @property
    def datapoint(self) -> Datapoint:
        """What its values are."""
        return DATAPOINTS[self.dpt]

    @property
    def listens_at(self) -> str:
        """The address that its state is read and heard on."""
        return self.state_address or self.address

    @property
    def is_asked(self) -> bool:
        """Whether its state is asked for."""
        return self.read if self.read is not None else not self.datapoint.is_trigger

    @model_validator(mode="after")
    def _only_a_bit_is_inverted(self) -> Self:
        if self.inverted and self.datapoint.main != 1:
            raise ValueError(f"inverted is for DPT 1: DPT {self.dpt} has no opposite")
        return self
