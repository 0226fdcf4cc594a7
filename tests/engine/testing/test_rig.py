"""Targets as a site file would make them, and what a simulator's rig can do."""

import pytest

from interlock import ConnectionSettings
from interlock.testing import make_targets
from support.fake_driver import FakeDriver, FakeSettings

SETTINGS: ConnectionSettings = FakeSettings()


def test_a_device_has_the_points_of_its_type() -> None:
    made = make_targets(FakeDriver, SETTINGS, {"lamp": {"type": "light", "address": "L"}})
    assert [target.point for target in made] == ["lamp.power", "lamp.powerlevel"]
    assert {target.device.settings.model_dump()["address"] for target in made} == {"L"}
    assert {(target.device.name, target.device.type) for target in made} == {("lamp", "light")}
    assert made[0].capability.controller == "power"


def test_a_device_may_name_its_controllers() -> None:
    entry = {"type": "light", "address": "L", "controllers": ["powerlevel"]}
    assert [t.point for t in make_targets(FakeDriver, SETTINGS, {"lamp": entry})] == ["lamp.powerlevel"]


@pytest.mark.parametrize("entry", [{"type": "lihgt"}, {}])
def test_a_type_that_there_is_not_is_said_with_those_there_are(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="device 'lamp' needs a type of thermostat, hvac, light, scene, "):
        make_targets(FakeDriver, SETTINGS, {"lamp": {**entry, "address": "L"}})


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        make_targets(FakeDriver, SETTINGS, {"lamp": {"type": "light"}})
