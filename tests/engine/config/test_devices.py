"""The section ``devices``."""

import base64
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from interlock import (
    Capability,
    ConnectionSettings,
    DeviceSettings,
    DeviceType,
    Driver,
    InvalidValue,
    ValueType,
)
from interlock.redaction import Redactor
from support.fake_driver import FakeDeviceSettings, FakeDriver, capability
from support.plugins import driver_named, registry_of
from support.site_files import HEADER, SiteFolder

CONNECTIONS = (
    f"{HEADER}connections: {{house: {{driver: fake}}, home: {{driver: fake}}, bad: {{driver: no}}}}\n"
)
NO_DRIVER = "site.yaml:2:74+2: error: there is no driver 'no' | installed: fake"


def findings(folder: SiteFolder, devices: str) -> list[str]:
    found = folder.findings(f"{CONNECTIONS}devices:\n  {devices}\n")
    assert NO_DRIVER in found
    return [finding.removeprefix("site.yaml:") for finding in found if finding != NO_DRIVER]


LIST = "connections: bad, home, house"
TYPES = "thermostat, hvac, light, scene, button, blind, strip, program, relay, system"


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("a:", "4:5+1: error: device 'a' must be a mapping of keys and values"),
        ("a: {}", f"4:6+2: error: device 'a' needs 'connection' | {LIST}"),
        ("a: {connection: [house]}", "4:19+7: error: 'connection' must be a text"),
        ("a: {connection: huose}", "4:19+5: error: there is no connection 'huose' | did you mean 'house'?"),
        ("a: {connection: knx}", f"4:19+3: error: there is no connection 'knx' | {LIST}"),
        ("a: {connection: house}", f"4:6+19: error: device 'a' needs 'type' | types of fake: {TYPES}"),
        ("a: {connection: house, type: lihgt}",
         "4:32+5: error: driver 'fake' has no device type 'lihgt' | did you mean 'light'?"),
        ("a: {connection: house, type: pump}",
         f"4:32+4: error: driver 'fake' has no device type 'pump' | types: {TYPES}"),
        ("a: {connection: house, type: light}", "4:6+32: error: device 'a' needs 'address'"),
        ("a: {connection: house, type: light, adress: x}",
         "4:39+6: error: unknown key 'adress' | did you mean 'address'?"),
        ("a: {connection: house, type: light, address: 1}",
         "4:48+1: error: 'address' must be a text | put it in quotes"),
        ("a: {connection: house, type: light, address: x, controllers: [powr]}",
         "4:65+4: error: device 'a' has no controller 'powr' | did you mean 'power'?"),
        ("a: {connection: house, type: light, address: x, controllers: [power, zzz]}",
         "4:72+3: error: device 'a' has no controller 'zzz' | controllers: power, powerlevel"),
        ("a: {connection: house, type: light, address: x, controllers: []}",
         "4:64+2: error: device 'a' has no controller left | of power, powerlevel"),
        ("1a: {connection: house, type: light, address: x}",
         "4:3+2: error: '1a' cannot name a device: "
         "use letters, digits and underscores, and do not begin with a digit"),
        ("and: {connection: house, type: light, address: x}",
         "4:3+3: error: 'and' cannot name a device: it is a word of the expressions"),
    ],
)  # fmt: skip
def test_a_faulty_device_is_reported_at_its_place(folder: SiteFolder, device: str, expected: str) -> None:
    assert findings(folder, device) == [expected]


def test_every_fault_of_a_list_of_controllers_is_reported(folder: SiteFolder) -> None:
    device = "{connection: house, type: light, address: x, controllers: [zzz, 3, power]}"
    assert findings(folder, f"a: {device}") == [
        "4:65+3: error: device 'a' has no controller 'zzz' | controllers: power, powerlevel",
        "4:70+1: error: item 2 of 'controllers' must be a text | put it in quotes",
    ]


def test_a_device_on_a_faulty_connection_is_not_reported_as_well(folder: SiteFolder) -> None:
    assert findings(folder, "a: {connection: bad, type: whatever, address: 1}") == []


def test_faulty_devices_are_left_out_and_yet_declared(folder: SiteFolder) -> None:
    site, _ = folder.load(
        f"{CONNECTIONS}devices:\n"
        "  good: {connection: house, type: light, address: x}\n"
        "  lost: {connection: bad, type: light, address: x}\n"
        "  typo: {connection: house, type: lihgt, address: x}\n"
        "  not: {connection: house, type: light, address: y}\n"
    )
    assert site is not None
    assert list(site.devices) == ["good"]
    assert site.declared_devices == {"good", "lost", "typo", "not"}
    assert {target.device.name for target in site.targets.values()} == {"good"}


def test_a_misspelt_controller_leaves_the_device_whole_for_rules_that_name_it(folder: SiteFolder) -> None:
    site, _ = folder.load(
        f"{CONNECTIONS}devices: {{a: {{connection: house, type: light, address: x, controllers: [powr]}}}}"
    )
    assert site is not None
    assert list(site.targets) == ["a.power", "a.powerlevel"]


def test_controllers_stand_in_the_order_of_the_type(folder: SiteFolder) -> None:
    device = "{connection: house, type: light, address: x, controllers: [powerlevel, power]}"
    site, _ = folder.load(f"{CONNECTIONS}devices: {{a: {device}}}")
    assert site is not None
    assert list(site.targets) == ["a.power", "a.powerlevel"]


def test_two_names_for_one_address_are_warned_of(folder: SiteFolder) -> None:
    assert findings(
        folder,
        "a: {connection: house, type: light, address: x}\n"
        "  b: {connection: home, type: light, address: x}\n"
        "  c: {connection: house, type: hvac, address: x}\n"
        "  d: {connection: house, type: light, address: y}\n",
    ) == ["6:3+1: warning: device 'c' has the same address as 'a' at site.yaml:4:3"]


class Nowhere(DeviceSettings):
    """A device without an address."""


class Locked(FakeDeviceSettings):
    username: str = "ali"
    code: SecretStr


def test_a_devices_own_secret_is_warned_of_and_hidden(folder: SiteFolder, redactor: Redactor) -> None:
    rows = (capability("value", ValueType.TEXT, readable=True),)
    lock = DeviceType(name="lock", description="a lock", settings=Locked, controllers=rows)
    folder.registry = registry_of(driver_named("x", device_types=(lock,)))
    device = "{connection: house, type: lock, address: a, code: sesame}"
    text = f"{HEADER}connections: {{house: {{driver: x}}}}\ndevices: {{a: {device}}}\n"
    assert folder.findings(text) == [
        "site.yaml:3:64+6: warning: 'code' is written out here | "
        "write !secret NAME, and the NAME with its value in secrets.yaml"
    ]
    assert redactor.redact(base64.b64encode(b"ali:sesame").decode()) == "********"


def types(*names: str) -> tuple[DeviceType, ...]:
    rows = (capability("value", ValueType.TEXT, readable=True),)
    return tuple(
        DeviceType(name=name, description=name, settings=Nowhere, controllers=rows) for name in names
    )


def test_devices_without_an_address_are_told_apart_by_their_type(folder: SiteFolder) -> None:
    folder.registry = registry_of(driver_named("x", device_types=types("server", "clock")))
    device = "{connection: house, type: %s}"
    text = f"{HEADER}connections: {{house: {{driver: x}}}}\ndevices:\n"
    text += "".join(f"  {name}: {device % kind}\n" for name, kind in [("a", "server"), ("b", "clock")])
    folder.sound(text)
    assert folder.findings(text + f"  c: {device % 'server'}\n") == [
        "site.yaml:6:3+1: warning: device 'c' has the same address as 'a' at site.yaml:4:3"
    ]


def with_capabilities(answer: Callable[[], object]) -> type[Driver]:
    def capabilities(
        cls: type[Driver], device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> object:
        return answer()

    return driver_named("fake", capabilities=classmethod(capabilities))


ONE_LIGHT = f"""\
{HEADER}connections: {{house: {{driver: fake}}}}
devices: {{a: {{connection: house, type: light, address: x}}}}
"""


def test_a_driver_that_raises_over_a_device_is_named_there(folder: SiteFolder) -> None:
    def stumble() -> tuple[Capability, ...]:
        raise KeyError("lamp")

    folder.registry = registry_of(with_capabilities(stumble))
    assert folder.findings(ONE_LIGHT) == [
        "site.yaml:3:14+44: error: plugin 'fake' of fakes 1.0 failed over this: KeyError: 'lamp'"
    ]


def test_what_a_connection_cannot_serve_is_said_as_the_driver_says_it(folder: SiteFolder) -> None:
    def refuse() -> tuple[Capability, ...]:
        raise InvalidValue("this bus has no lights")

    folder.registry = registry_of(with_capabilities(refuse))
    assert folder.findings(ONE_LIGHT) == ["site.yaml:3:14+44: error: this bus has no lights"]


def test_a_driver_that_declares_nonsense_for_a_device_is_named_there(folder: SiteFolder) -> None:
    rows = (capability("a", ValueType.CHOICE, readable=True), capability("b", ValueType.TEXT))
    folder.registry = registry_of(with_capabilities(lambda: rows))
    assert folder.findings(ONE_LIGHT) == [
        "site.yaml:3:14+44: error: plugin 'fake' of fakes 1.0 declares nonsense for device 'a': "
        "controller 'a' is a choice without choices; controller 'b' can neither be read nor written"
    ]


def test_a_devices_capabilities_are_what_the_driver_says_of_its_settings(folder: SiteFolder) -> None:
    class Choosy(FakeDriver):
        @classmethod
        def capabilities(
            cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
        ) -> tuple[Capability, ...]:
            assert isinstance(settings, FakeDeviceSettings)
            return (capability(settings.address, ValueType.TEXT, readable=True),)

    folder.registry = registry_of(Choosy)
    assert list(folder.sound(ONE_LIGHT).targets) == ["a.x"]


def test_a_device_that_is_read_too_rarely_for_its_connection_is_warned_of(folder: SiteFolder) -> None:
    connections = f"{HEADER}connections: {{house: {{driver: fake, stale_after: 1m}}}}\n"
    device = "{connection: house, type: light, address: x, poll: 5m}"
    assert folder.findings(f"{connections}devices:\n  a: {device}\n") == [
        "site.yaml:4:57+2: warning: values of device 'a' are unknown again after 1m, "
        "and it is read every 5m only | let 'stale_after' be 5m5s or more"
    ]
