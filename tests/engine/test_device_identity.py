"""What tells devices of one connection apart."""

from interlock.driver import DeviceSettings


class Lamp(DeviceSettings):
    """A device with an address."""

    guid: str
    light: int | None = None


def test_it_is_the_settings_that_a_device_must_have() -> None:
    assert Lamp(guid="g1", light=3).identity == ("guid:g1",)


def test_a_device_without_such_settings_has_none() -> None:
    assert DeviceSettings().identity == ()
