"""The section ``watch``."""

from dataclasses import replace

import pytest

from support.fake_driver import LIGHT
from support.plugins import driver_named, registry_of
from support.site_files import HEADER, SiteFolder

HOUSE = f"""\
{HEADER}connections: {{house: {{driver: fake}}}}
devices:
  lamp: {{connection: house, type: light, address: a}}
  blind: {{connection: house, type: blind, address: b}}
  bell: {{connection: house, type: button, address: c}}
"""


def test_points_are_watched_each_once_in_their_order(folder: SiteFolder) -> None:
    site = folder.sound(HOUSE + "watch: [lamp.powerlevel, lamp.power, lamp.powerlevel]")
    assert site.watch == ("lamp.powerlevel", "lamp.power")


def test_a_device_stands_for_what_can_be_read_of_it(folder: SiteFolder) -> None:
    assert folder.sound(HOUSE + "watch: [blind, lamp]").watch == (
        "blind.heightlevel",
        "lamp.power",
        "lamp.powerlevel",
    )


def test_a_device_stands_for_nothing_twice(folder: SiteFolder) -> None:
    power, level = LIGHT.controllers
    twin = replace(LIGHT, controllers=(power, level, replace(level, controller="dim", alias_of="powerlevel")))
    folder.registry = registry_of(driver_named("fake", device_types=(twin,)))
    lamp = "lamp: {connection: house, type: light, address: a}"
    house = f"{HEADER}connections: {{house: {{driver: fake}}}}\ndevices: {{{lamp}}}\n"
    assert folder.sound(house + "watch: [lamp]").watch == ("lamp.power", "lamp.powerlevel")
    assert folder.sound(house + "watch: [lamp.dim]").watch == ("lamp.dim",)
    alone = house.replace("address: a", "address: a, controllers: [dim]")
    assert folder.sound(alone + "watch: [lamp]").watch == ("lamp.dim",)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("lmap.power", "+10: error: there is no device 'lmap' | did you mean 'lamp'?"),
        ("zzz", "+3: error: there is no device 'zzz' | devices: bell, blind, lamp"),
        ("lamp.powr", "+9: error: device 'lamp' has no controller 'powr' | did you mean 'power'?"),
        ("lamp.", "+5: error: device 'lamp' has no controller '' | controllers: power, powerlevel"),
        ("blind.updown", "+12: error: blind.updown can only be written: there is nothing to watch"),
        ("bell", "+4: error: device 'bell' can only be written: there is nothing to watch"),
    ],
)
def test_what_cannot_be_watched_is_reported(folder: SiteFolder, item: str, expected: str) -> None:
    site, _ = folder.load(text := f"{HOUSE}watch: [{item}, lamp.power]")
    assert folder.findings(text) == [f"site.yaml:7:9{expected}"]
    assert site is not None
    assert site.watch == ("lamp.power",)


def test_a_faulty_device_is_not_reported_as_well(folder: SiteFolder) -> None:
    faulty = HOUSE.replace("type: light", "type: lihgt")
    assert len(folder.findings(faulty + "watch: [lamp.power, lamp]")) == 1
