"""What a site file may say about a KNX connection and its groups."""

from __future__ import annotations

import importlib.util
from datetime import timedelta

import pytest
from pydantic import ValidationError

from interlock import Rate
from interlock_knx.settings import GroupSettings, KnxSettings


def bus(**fields: object) -> KnxSettings:
    return KnxSettings.model_validate(fields)


def group(**fields: object) -> GroupSettings:
    return GroupSettings.model_validate({"address": "1/2/3", "dpt": "9.001", **fields})


def complaint(model: type[KnxSettings] | type[GroupSettings], **fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(fields)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


def test_a_gateway_is_enough() -> None:
    settings = bus(gateway="192.168.1.10")
    assert settings.rate == Rate(10, timedelta(seconds=1))
    assert settings.model_dump(
        exclude={"rate", "daily", "poll", "timeout", "concurrency", "stale_after"}
    ) == {
        "through": None,
        "gateway": "192.168.1.10",
        "multicast": None,
        "transport": "udp",
        "local_ip": None,
    }
    assert (settings.endpoint, settings.is_routing) == (("192.168.1.10", 3671), False)


def test_the_rate_may_be_another_or_none() -> None:
    assert bus(gateway="192.168.1.10", rate="25/s").rate == Rate(25, timedelta(seconds=1))
    assert bus(gateway="192.168.1.10", rate=None).rate is None


@pytest.mark.parametrize(
    ("fields", "endpoint", "is_routing"),
    [
        ({"gateway": "192.168.1.10:3672"}, ("192.168.1.10", 3672), False),
        ({"gateway": "knx-ip.local"}, ("knx-ip.local", 3671), False),
        ({"gateway": "knx_1:65535", "transport": "tcp"}, ("knx_1", 65535), False),
        ({"gateway": "192.168.1.10", "local_ip": "192.168.1.2"}, ("192.168.1.10", 3671), False),
        ({"gateway": "routing"}, ("224.0.23.12", 3671), True),
        ({"gateway": "Routing", "local_ip": "192.168.1.2"}, ("224.0.23.12", 3671), True),
        ({"multicast": "224.0.23.12"}, ("224.0.23.12", 3671), True),
        ({"gateway": "routing", "multicast": "239.1.2.3:3700"}, ("239.1.2.3", 3700), True),
    ],
)
def test_a_bus_is_behind_a_gateway_or_routed(
    fields: dict[str, str], endpoint: tuple[str, int], is_routing: bool
) -> None:
    settings = bus(**fields)
    assert (settings.endpoint, settings.is_routing) == (endpoint, is_routing)


@pytest.mark.parametrize(
    "gateway",
    [
        "",
        "192.168.1.300",
        "192.168.1",
        "http://knx",
        "knx/1",
        "knx:",
        "knx:0",
        "knx:65536",
        "knx:x",
        "a b",
        "-knx",
        "knx-",
        "fe80::1",
        "::1",
    ],
)
def test_anything_else_is_no_gateway(gateway: str) -> None:
    assert complaint(KnxSettings, gateway=gateway) == (
        f"'{gateway}' is no gateway: write an IPv4 address or a name, with a port where it is not 3671, "
        "or routing"
    )


@pytest.mark.parametrize(
    "multicast", ["192.168.1.10", "knx", "224.0.23.12:0", "224.0.23.12:", "240.0.0.1", ""]
)
def test_anything_else_is_no_multicast_address(multicast: str) -> None:
    assert complaint(KnxSettings, multicast=multicast) == (
        f"'{multicast}' is no multicast address: KNX has 224.0.23.12"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "a KNX connection needs through: a Thinknx connection, or gateway: a KNXnet/IP interface"),
        ({"through": "house", "gateway": "knx"},
         "through and gateway are two ways to a bus: write one of them"),
        ({"through": "house", "multicast": "224.0.23.12"},
         "through and gateway are two ways to a bus: write one of them"),
        ({"through": "house", "transport": "tcp"},
         "transport and local_ip belong to a gateway, and this connection has none"),
        ({"through": "house", "local_ip": "127.0.0.1"},
         "transport and local_ip belong to a gateway, and this connection has none"),
        ({"gateway": "knx", "multicast": "224.0.23.12"},
         "multicast is for routing: write gateway: routing beside it, or leave it out"),
        ({"gateway": "routing", "transport": "tcp"}, "routing is multicast over UDP: leave transport out"),
        ({"gateway": "knx", "local_ip": "eth0"}, "'eth0' is no IPv4 address of this machine"),
    ],
)  # fmt: skip
def test_the_ways_to_a_bus_do_not_mix(fields: dict[str, str], message: str) -> None:
    assert complaint(KnxSettings, **fields) == message


def test_knxnet_ip_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", {"xknx": None}.__getitem__)
    message = "KNXnet/IP needs the extra knx: pip install 'interlock[knx]'"
    assert complaint(KnxSettings, gateway="knx") == message
    assert complaint(KnxSettings, gateway="routing") == message
    assert bus(through="house").through == "house"


def test_a_group_has_an_address_and_a_type() -> None:
    settings = group()
    assert settings.model_dump() == {
        "poll": None,
        "controllers": None,
        "address": "1/2/3",
        "dpt": "9.001",
        "state_address": None,
        "read": None,
        "inverted": False,
    }
    assert (settings.listens_at, settings.identity) == ("1/2/3", ("1/2/3",))
    assert settings.datapoint.name == "temperature"


@pytest.mark.parametrize("written", ["1/2/3", "1/515", "2563", 2563])
def test_an_address_is_kept_in_its_canonical_spelling(written: object) -> None:
    settings = group(address=written, state_address=written)
    assert (settings.address, settings.state_address) == ("1/2/3", "1/2/3")


@pytest.mark.parametrize("written", [True, 1.5, ["1/2/3"], "0/0/0", None])
def test_what_is_no_address_is_refused(written: object) -> None:
    assert complaint(GroupSettings, address=written, dpt="1")


def test_the_state_is_heard_on_an_address_of_its_own() -> None:
    settings = group(state_address="1/3/3")
    assert (settings.listens_at, settings.identity) == ("1/3/3", ("1/2/3",))


@pytest.mark.parametrize(
    ("written", "dpt"), [(9.001, "9.001"), (9, "9"), ("5.010", "5.010"), (14.1201, "14.1201")]
)
def test_a_type_may_be_a_number(written: object, dpt: str) -> None:
    assert group(dpt=written).dpt == dpt


@pytest.mark.parametrize("written", [5.010, 14.0, True, None])
def test_a_number_that_has_lost_its_digits_is_refused(written: object) -> None:
    assert complaint(GroupSettings, address="1/2/3", dpt=written)


@pytest.mark.parametrize(
    ("fields", "is_asked"),
    [
        ({}, True),
        ({"read": False}, False),
        ({"dpt": "3.007"}, False),
        ({"dpt": "1.017"}, False),
        ({"dpt": "3.007", "read": True}, True),
    ],
)
def test_states_are_asked_for_and_commands_are_not(fields: dict[str, object], is_asked: bool) -> None:
    assert group(**fields).is_asked is is_asked


def test_only_a_bit_is_inverted() -> None:
    assert group(dpt="1.009", inverted=True).inverted
    message = "inverted is for DPT 1: DPT 9.001 has no opposite"
    assert complaint(GroupSettings, address="1/2/3", dpt="9.001", inverted=True) == message
