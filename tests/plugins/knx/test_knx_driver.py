"""What the driver declares, and which way it goes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from xknx.io import ConnectionConfig, ConnectionType

from interlock_knx import interlock_drivers, interlock_event_kinds
from interlock_knx.driver import GROUP, KnxRaw
from interlock_knx.knxip.bus import connection_config
from interlock_knx.settings import GroupSettings, KnxSettings
from support.knx_groups import BY_GATEWAY, BY_THINKNX, group

CALLS = {
    "sendKNXbit",
    "sendKNX4bits",
    "sendKNXbyte",
    "sendKNXbyteun",
    "sendKNXfloat2bytes",
    "sendKNXfloat4bytes",
}


def test_the_plugin_brings_the_driver_and_the_trigger() -> None:
    assert interlock_drivers() == (KnxRaw,)
    [kind] = interlock_event_kinds()
    assert (kind.name, kind.check("2563")) == ("telegram", "1/2/3")
    with pytest.raises(ValueError, match=r"'1\.2\.3' is no group address"):
        kind.check("1.2.3")


def test_a_connection_that_it_speaks_through_must_have_all_calls() -> None:
    assert (len(KnxRaw.needs), set(KnxRaw.needs)) == (6, CALLS)


def test_telegrams_arrive_by_themselves_where_they_can_be_heard() -> None:
    assert (KnxRaw.pushes(BY_GATEWAY), KnxRaw.pushes(BY_THINKNX)) == (True, False)


def test_a_group_can_be_read_where_it_can_be_heard() -> None:
    heard, sent = group("a", "1/2/3", "9.001"), group("a", "1/2/3", "9.001", over=BY_THINKNX)
    assert (heard.capability.readable, sent.capability.readable) == (True, False)
    assert (heard.capability.writable, sent.capability.writable) == (True, True)


def test_each_address_that_is_asked_costs_one_telegram() -> None:
    first, namesake, second = (group(n, a, "1") for n, a in (("a", "1/2/3"), ("b", "1/2/3"), ("c", "1/2/4")))
    scene = group("scene", "1/2/5", "1", read=False)
    asked = [first, namesake, second, scene]
    assert [KnxRaw.requests_for(asked[:count], BY_GATEWAY) for count in range(5)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("dpt", "on_the_bus", "through_thinknx"), [("3", 15, 31), ("2", 3, 3), ("5", 255, 255)]
)
def test_four_bits_are_as_many_as_the_way_takes(dpt: str, on_the_bus: int, through_thinknx: int) -> None:
    assert group("a", "1/2/3", dpt).capability.maximum == on_the_bus
    assert group("a", "1/2/3", dpt, over=BY_THINKNX).capability.maximum == through_thinknx


def test_dimming_is_the_same_either_way() -> None:
    settings = GroupSettings(address="1/2/3", dpt="3.007")
    [on_the_bus] = KnxRaw.capabilities(GROUP, settings, BY_GATEWAY)
    [through] = KnxRaw.capabilities(GROUP, settings, BY_THINKNX)
    assert (on_the_bus.choices, on_the_bus.maximum) == (through.choices, through.maximum)


@pytest.mark.parametrize(
    ("settings", "config"),
    [
        (
            {"gateway": "192.168.1.10"},
            ConnectionConfig(
                connection_type=ConnectionType.TUNNELING,
                gateway_ip="192.168.1.10",
                gateway_port=3671,
                auto_reconnect=False,
            ),
        ),
        (
            {"gateway": "knx:3672", "transport": "tcp", "local_ip": "192.168.1.2"},
            ConnectionConfig(
                connection_type=ConnectionType.TUNNELING_TCP,
                local_ip="192.168.1.2",
                gateway_ip="knx",
                gateway_port=3672,
                auto_reconnect=False,
            ),
        ),
        (
            {"gateway": "routing", "multicast": "239.0.0.1:3700", "local_ip": "192.168.1.2"},
            ConnectionConfig(
                connection_type=ConnectionType.ROUTING,
                local_ip="192.168.1.2",
                multicast_group="239.0.0.1",
                multicast_port=3700,
            ),
        ),
    ],
)
def test_the_settings_say_how_xknx_connects(settings: dict[str, str], config: ConnectionConfig) -> None:
    found, wanted = vars(connection_config(KnxSettings.model_validate(settings))), vars(config)
    assert {name: value for name, value in found.items() if name != "scan_filter"} == {
        name: value for name, value in wanted.items() if name != "scan_filter"
    }


@pytest.mark.slow
def test_telegrams_through_a_thinknx_server_need_no_xknx() -> None:
    code = (
        "import sys; sys.modules['xknx'] = None\n"
        "from interlock_knx.driver import KnxRaw\n"
        "from support.driver_context import context_of\n"
        "settings = KnxRaw.Settings(through='house')\n"
        "KnxRaw(settings, context_of(settings, through=object())); print('made')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="tests"
    )
    assert (done.stdout, done.stderr) == ("made\n", "")
