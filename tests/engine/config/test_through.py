"""The setting ``through``: which connections can be spoken through."""

import pytest

from interlock import DeviceSettings
from interlock.config.through import speaking_type
from support.fake_driver import SYSTEM, FakeDriver, SpeakingDriver
from support.plugins import driver_named, registry_of
from support.site_files import HEADER, SiteFolder


class NeedsAddress(DeviceSettings):
    address: str


@pytest.fixture
def bus(folder: SiteFolder) -> SiteFolder:
    deaf = driver_named("deaf", device_types=FakeDriver.device_types[:3])
    folder.registry = registry_of(FakeDriver, SpeakingDriver, deaf)
    return folder


def test_a_connection_speaks_through_another_wherever_it_stands(bus: SiteFolder) -> None:
    site = bus.sound(
        f"{HEADER}connections: {{bus: {{driver: speaking, through: house}}, house: {{driver: fake}}}}"
    )
    assert (site.connections["bus"].through, site.connections["house"].through) == ("house", None)


def test_a_driver_that_needs_others_may_do_without(bus: SiteFolder) -> None:
    assert bus.sound(f"{HEADER}connections: {{bus: {{driver: speaking}}}}").connections["bus"].through is None


@pytest.mark.parametrize(
    ("connections", "expected"),
    [
        (
            "bus: {driver: speaking, through: huose}, house: {driver: fake}",
            "2:48+5: error: there is no connection 'huose' | did you mean 'house'?",
        ),
        (
            "bus: {driver: speaking, through: x}, house: {driver: fake}",
            "2:48+1: error: there is no connection 'x' | connections that fit: house",
        ),
        (
            "bus: {driver: speaking, through: x}",
            "2:48+1: error: there is no connection 'x' | there are no connections that fit",
        ),
        (
            "bus: {driver: speaking, through: bus}, house: {driver: fake}",
            "2:48+3: error: connection 'bus' cannot speak through itself | it can speak through house",
        ),
        (
            "bus: {driver: speaking, through: mute}, mute: {driver: deaf}",
            "2:48+4: error: connection 'mute' (deaf) has no device type that can be called for send_bit"
            " | no connection of this site fits",
        ),
        (
            "bus: {driver: speaking, through: two}, two: {driver: speaking, through: house}, "
            "house: {driver: fake}",
            "2:48+3: error: connection 'two' itself speaks through another one | it can speak through house",
        ),
    ],
)
def test_what_cannot_be_spoken_through_is_reported_at_its_place(
    bus: SiteFolder, connections: str, expected: str
) -> None:
    text = f"{HEADER}connections: {{{connections}}}"
    site, _ = bus.load(text)
    assert bus.findings(text) == [f"site.yaml:{expected}"]
    assert site is not None
    assert "bus" not in site.connections


def test_a_cycle_is_reported_for_each(bus: SiteFolder) -> None:
    text = (
        f"{HEADER}connections: {{a: {{driver: speaking, through: b}}, b: {{driver: speaking, through: a}}}}"
    )
    assert [each.partition("error: ")[2] for each in bus.findings(text)] == [
        "connection 'b' itself speaks through another one | no connection of this site fits",
        "connection 'a' itself speaks through another one | no connection of this site fits",
    ]


def test_a_fault_of_the_other_connection_is_not_told_twice(bus: SiteFolder) -> None:
    bus_text = "bus: {driver: speaking, through: house}"
    text = f"{HEADER}connections: {{{bus_text}, house: {{driver: fake, pol: 1s}}}}"
    site, _ = bus.load(text)
    assert site is not None
    assert site.connections == {}
    assert bus.findings(text) == ["site.yaml:2:78+3: error: unknown key 'pol' | did you mean 'poll'?"]


@pytest.mark.parametrize(
    ("needs", "settings", "is_able"),
    [
        (("send_bit",), DeviceSettings, True),
        (("send_bit", "send_byte"), DeviceSettings, False),
        (("send_bit",), NeedsAddress, False),
    ],
)
def test_a_type_speaks_that_has_every_controller_and_needs_no_address(
    needs: tuple[str, ...], settings: type[DeviceSettings], is_able: bool
) -> None:
    system = type(SYSTEM)(name="system", description="", settings=settings, controllers=SYSTEM.controllers)
    driver = driver_named("x", device_types=(system,))
    assert speaking_type(driver, needs) == (system if is_able else None)
