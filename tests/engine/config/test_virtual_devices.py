"""Devices without a connection."""

from datetime import timedelta

import pytest

from interlock.capabilities import Capability
from interlock.config.site import Site
from interlock.model import Point, Value
from interlock.virtual import CONNECTION, VirtualSettings
from support.site_files import HEADER, SiteFolder


def site_of(folder: SiteFolder, device: str) -> Site:
    return folder.sound(f"{HEADER}devices: {{it: {device}}}")


def capability(site: Site) -> Capability:
    return site.targets[Point("it.value")].capability


def first(site: Site) -> Value | None:
    settings = site.devices["it"].settings
    assert isinstance(settings, VirtualSettings)
    return settings.first_value()


@pytest.mark.parametrize(
    ("device", "allowed", "expected"),
    [
        ("{type: flag}", "on or off", False),
        ("{type: flag, initial: on}", "on or off", True),
        ("{type: number}", "a number", None),
        (
            "{type: number, min: 5, max: 30, step: 0.5, unit: °C, initial: 20.5}",
            "a number from 5 to 30 °C",
            20.5,
        ),
        ("{type: text}", "a text", None),
        ("{type: text, initial: 7}", "a text", "7"),
        ("{type: choice, choices: [home, night]}", "home or night", "home"),
        ("{type: choice, choices: [home, night], initial: Night}", "home or night", "night"),
        ("{type: counter}", "an integer", 0),
        ("{type: counter, initial: 5}", "an integer", 5),
    ],
)
def test_a_virtual_point_holds_what_its_settings_say(
    folder: SiteFolder, device: str, allowed: str, expected: Value | None
) -> None:
    site = site_of(folder, device)
    assert (capability(site).allowed, first(site)) == (allowed, expected)
    assert capability(site).readable
    assert capability(site).writable
    assert site.devices["it"].connection == CONNECTION
    assert dict(site.connections) == {}


def test_a_timer_has_controllers_of_its_own(folder: SiteFolder) -> None:
    site = site_of(folder, "{type: timer, duration: 5m}")
    names = ["running", "finished", "ends_at", "duration", "start", "stop"]
    assert [target.capability.controller for target in site.targets.values()] == names
    assert site.targets[Point("it.duration")].capability.check("1h30m") == timedelta(hours=1.5)


def test_a_counter_has_verbs(folder: SiteFolder) -> None:
    site = site_of(folder, "{type: counter}")
    verbs = [verb for target in site.targets.values() for verb in target.capability.verbs]
    assert verbs == ["increment", "decrement", "reset"]


def test_virtual_points_stand_beside_others(folder: SiteFolder) -> None:
    text = (
        HEADER
        + "connections: {house: {driver: fake}}\n"
        + "devices: {a: {connection: house, type: button, address: b}, c: {type: flag}}"
    )
    assert list(folder.sound(text).connections) == ["house"]


def test_two_virtual_points_of_a_kind_are_no_twins(folder: SiteFolder) -> None:
    site = folder.sound(HEADER + "devices: {a: {type: timer, duration: 1m}, b: {type: timer, duration: 1m}}")
    assert list(site.devices) == ["a", "b"]


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (
            "{type: flg}",
            "15+11: error: device 'it' needs 'connection' | or, without a connection, the type 'flag'",
        ),
        ("{type: xyz}", "15+11: error: device 'it' needs 'connection'"),
        (
            "{type: flag, initial: maybe}",
            "15+28: error: device 'it': 'initial': value cannot be 'maybe': it takes on or off",
        ),
        ("{type: number, min: 5, max: 3}", "15+30: error: device 'it': 'min' is above 'max': 5 to 3"),
        (
            "{type: number, min: 5, initial: 4}",
            "15+34: error: device 'it': 'initial': value cannot be 4: it takes a number of at least 5",
        ),
        ("{type: number, step: 0}", "36+1: error: 'step' must be more than 0"),
        ("{type: choice}", "15+14: error: device 'it' needs 'choices' | the words"),
        ("{type: choice, choices: [a, A]}", "15+31: error: device 'it': 'a' is among its choices twice"),
        ("{type: timer}", "15+13: error: device 'it' needs 'duration' | how long it runs"),
        ("{type: flag, min: 3}", "28+3: error: unknown key 'min' | "),
    ],
)
def test_what_is_wrong_is_reported(folder: SiteFolder, device: str, expected: str) -> None:
    [found] = folder.findings(f"{HEADER}devices: {{it: {device}}}")
    assert found.startswith(f"site.yaml:2:{expected}")
