"""A small site on the fake driver, made without files."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.guards import Guard, Hands
from interlock.config.site import Connection, Site
from interlock.driver import Device, Target
from interlock.hookspecs import EventKind
from interlock.model import Point, Value
from interlock.public_holidays import HolidayCalendar
from interlock.sun import Place
from interlock.virtual import CONNECTION, FlagSettings
from support.fake_driver import FakeDeviceSettings, FakeDriver, FakeEquipment, FakeSettings, fake_driver
from support.hooked_service import ONE_HOOK

DEVICES = {
    "living_thermostat": "thermostat",
    "living_ac": "hvac",
    "evening": "scene",
    "lamp": "light",
    "doorbell": "button",
    "blind": "blind",
    "lobby": "program",
    "relay": "relay",
}

NO_GUARDS: Mapping[Point, Guard] = {}
NO_DEFAULTS: Mapping[Point, Value] = {}
NO_HANDS: Mapping[str, Hands] = {}


def group_address(text: str) -> str:
    """Return ``1/2/3`` as it is, and without the noughts that ``01/02/003`` has."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ValueError(f"'{text}' is no group address; write for example 1/2/3")
    return "/".join(str(int(part)) for part in parts)


TELEGRAM = EventKind(name="telegram", description="a telegram on a bus", check=group_address)


def fake_site(
    equipment: FakeEquipment,
    *,
    driver: type[FakeDriver] | None = None,
    devices: Mapping[str, str] = DEVICES,
    polls: Mapping[str, timedelta] | None = None,
    watch: tuple[str, ...] = (),
    pushes: bool = False,
    location: Place | None = None,
    holidays: HolidayCalendar | None = None,
    notifiers: frozenset[str] = frozenset(),
    guards: Mapping[Point, Guard] = NO_GUARDS,
    defaults: Mapping[Point, Value] = NO_DEFAULTS,
    hands: Mapping[str, Hands] = NO_HANDS,
    flags: tuple[str, ...] = (),
    **settings: object,
) -> Site:
    """Return a site with one connection, ``house``; `polls` are devices' own intervals, `flags` virtual."""
    cls = driver or fake_driver(equipment)
    types = {device_type.name: device_type for device_type in cls.device_types}
    made = {
        name: Device(
            name=name,
            connection="house",
            type=kind,
            settings=FakeDeviceSettings(address=name, poll=(polls or {}).get(name)),
        )
        for name, kind in devices.items()
    }
    targets = {
        Point.of(device.name, capability.controller): Target(
            point=Point.of(device.name, capability.controller), device=device, capability=capability
        )
        for device in made.values()
        for capability in types[device.type].controllers
    }
    for flag in flags:
        device = Device(name=flag, connection=CONNECTION, type="flag", settings=FlagSettings())
        point = Point.of(flag, "value")
        targets[point] = Target(point=point, device=device, capability=FlagSettings().capability())
        made[flag] = device
    connection = Connection(
        name="house", driver=cls, settings=FakeSettings.model_validate(settings), pushes=pushes
    )
    return Site(
        name="Test",
        path=Path("site.yaml"),
        timezone=ZoneInfo("Europe/Rome"),
        location=location,
        holidays=holidays,
        connections={"house": connection},
        devices=made,
        declared_devices=frozenset(made),
        declared_notifiers=notifiers,
        targets=targets,
        guards=guards,
        defaults=defaults,
        hands=hands,
        event_kinds={TELEGRAM.name: TELEGRAM},
        watch=tuple(Point(name) for name in watch),
        service=ONE_HOOK,
        rules=(),
    )
