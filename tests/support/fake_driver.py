"""The driver ``fake``: equipment that lives in memory and does what a test tells it."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Context,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Feed,
    Field,
    InvalidValue,
    Point,
    Target,
    UnknownDevice,
    Value,
    ValueType,
    Write,
)

SOURCE = "the fake driver's own table"


class FakeSettings(ConnectionSettings):
    """Nothing beyond what every connection can say."""


class FakeDeviceSettings(DeviceSettings):
    """A device in memory."""

    address: str


def capability(controller: str, type_: ValueType, **rest: object) -> Capability:
    """Return a row of the fake's table; it says itself what is readable and writable."""
    return Capability(controller=controller, type=type_, description=controller, source=SOURCE, **rest)  # type: ignore[arg-type]


def _device_type(name: str, *controllers: Capability) -> DeviceType:
    return DeviceType(
        name=name, description=f"a {name}", settings=FakeDeviceSettings, controllers=controllers
    )


THERMOSTAT = _device_type(
    "thermostat",
    capability("actualtemp", ValueType.NUMBER, readable=True, minimum=-50, maximum=100, unit="°C"),
    capability("setpoint", ValueType.NUMBER, readable=True, writable=True, minimum=5, maximum=35, unit="°C"),
)
HVAC = _device_type(
    "hvac",
    capability("hvacpower", ValueType.BOOLEAN, readable=True, writable=True, feedback=True),
    capability(
        "hvacmode",
        ValueType.CHOICE,
        readable=True,
        writable=True,
        feedback=True,
        choices=("cooling", "heating", "dry", "fan", "auto"),
    ),
)
LIGHT = _device_type(
    "light",
    capability("power", ValueType.BOOLEAN, readable=True, writable=True),
    capability(
        "powerlevel", ValueType.INTEGER, readable=True, writable=True, minimum=0, maximum=100, unit="%"
    ),
)
SCENE = _device_type(
    "scene",
    capability(
        "scenelaunch",
        ValueType.CHOICE,
        writable=True,
        is_trigger=True,
        idempotent=False,
        choices=("launch", "stop"),
        verbs={"launch": "launch", "stop": "stop"},
    ),
)
BUTTON = _device_type(
    "button",
    capability(
        "trigger",
        ValueType.NONE,
        writable=True,
        is_trigger=True,
        idempotent=False,
        verbs={"press": None},
    ),
)
BLIND = _device_type(
    "blind",
    capability(
        "updown",
        ValueType.CHOICE,
        writable=True,
        is_trigger=True,
        choices=("up", "down"),
        verbs={"move": None},
    ),
    capability("stop", ValueType.NONE, writable=True, is_trigger=True, verbs={"stop": None}),
    capability(
        "heightlevel", ValueType.INTEGER, readable=True, writable=True, minimum=0, maximum=100, unit="%"
    ),
)
STRIP = _device_type("strip", capability("color", ValueType.COLOR, readable=True, writable=True))
PROGRAM = _device_type(
    "program",
    capability(
        "schedule_set",
        ValueType.NONE,
        writable=True,
        is_trigger=True,
        fields=(
            Field(
                name="day",
                type=ValueType.CHOICE,
                description="the day of the week",
                choices=("Monday", "Tuesday"),
            ),
            Field(name="heat", type=ValueType.NUMBER, description="in °C", minimum=5, maximum=35),
            Field(
                name="cool",
                type=ValueType.NUMBER,
                description="in °C",
                is_required=False,
                minimum=5,
                maximum=35,
            ),
        ),
    ),
)
RELAY = _device_type("relay", capability("value", ValueType.BOOLEAN, writable=True))
"""A state that can be set and not read."""
SYSTEM = DeviceType(
    name="system",
    description="what others speak through",
    settings=DeviceSettings,
    controllers=(
        capability(
            "send_bit",
            ValueType.NONE,
            writable=True,
            is_trigger=True,
            fields=(
                Field(name="group", type=ValueType.TEXT, description="the address"),
                Field(name="value", type=ValueType.INTEGER, description="the bit", minimum=0, maximum=1),
            ),
        ),
    ),
)


@dataclass
class FakeEquipment:
    """What stands behind a fake connection; a test changes it and looks at it."""

    values: dict[Point, Value] = field(default_factory=dict)
    """What reads answer; a point that is missing here is unknown to the equipment."""
    writes: list[tuple[Point, Value | None]] = field(default_factory=list)
    """Every write that arrived, in order."""
    calls: list[tuple[Point, Mapping[str, Value]]] = field(default_factory=list)
    """Every call with fields that arrived, in order."""
    reads: list[tuple[Point, ...]] = field(default_factory=list)
    """The points of every batch that arrived, in order."""
    errors: dict[Point, Exception] = field(default_factory=dict)
    """What a read or write of a point meets: a `DriverError` is its answer, anything else is raised."""
    delays: dict[Point, float] = field(default_factory=dict)
    """How long writes of a point take, in seconds."""
    hanging: set[Point] = field(default_factory=set)
    """Points whose reads and writes never come back."""
    makes: dict[Point, Callable[[Value], Value]] = field(default_factory=dict)
    """What points make of values that are written, where they do not take them as they are."""
    deaf: set[Point] = field(default_factory=set)
    """Points that take every write and do nothing."""
    feeds: list[Feed] = field(default_factory=list)
    """What each subscription was given, in order."""
    subscribed: list[tuple[Point, ...]] = field(default_factory=list)
    """The points of every attempt to subscribe, in order."""
    is_deaf: bool = False
    """Whether attempts to subscribe never come back."""
    gates: dict[Point, asyncio.Event] = field(default_factory=dict)
    """Points whose answers are held back, as they were when they were asked for."""
    subscribe_errors: list[Exception] = field(default_factory=list)
    """What the next attempts to subscribe meet, in order."""
    is_open: bool = False
    closed_times: int = 0


class FakeDriver(Driver):
    """Reads and writes a `FakeEquipment`: its class's where it has one, otherwise one of its own."""

    name = "fake"
    description = "equipment in memory, for tests"
    Settings = FakeSettings
    device_types = (THERMOSTAT, HVAC, LIGHT, SCENE, BUTTON, BLIND, STRIP, PROGRAM, RELAY, SYSTEM)
    shared: ClassVar[FakeEquipment | None] = None

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self.equipment = self.shared if self.shared is not None else FakeEquipment()

    @classmethod
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        heat, cool = fields.get("heat", 0), fields.get("cool", 35)
        if not heat < cool:  # type: ignore[operator]
            raise InvalidValue(f"heat {heat} is not below cool {cool}")

    async def open(self) -> None:
        self.equipment.is_open = True

    async def close(self) -> None:
        self.equipment.is_open = False
        self.equipment.closed_times += 1

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        self.equipment.subscribed.append(tuple(target.point for target in targets))
        if self.equipment.is_deaf:
            await asyncio.Event().wait()
        if self.equipment.subscribe_errors:
            raise self.equipment.subscribe_errors.pop(0)
        self.equipment.feeds.append(feed)

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        self.equipment.reads.append(tuple(target.point for target in targets))
        return {target.point: await self._read(target.point) for target in targets}

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return [await self._write(write) for write in writes]

    async def _read(self, point: Point) -> Value | DriverError:
        if error := await self._trouble(point):
            return error
        value = self.equipment.values.get(point, UnknownDevice(f"{point} is not in the equipment"))
        if point in self.equipment.gates:
            await self.equipment.gates[point].wait()
        return value

    async def _write(self, write: Write) -> Answer | DriverError:
        point, capability = write.target.point, write.target.capability
        self.equipment.writes.append((point, write.value))
        if write.fields:
            self.equipment.calls.append((point, write.fields))
        if error := await self._trouble(point):
            return error
        await asyncio.sleep(self.equipment.delays.get(point, 0))
        if point in self.equipment.deaf:
            return Answer()
        value = write.value
        if value is not None and point in self.equipment.makes:
            value = self.equipment.makes[point](value)
        if value is not None and capability.readable:
            self.equipment.values[point] = value
        return Answer(value=value if capability.feedback else None)

    @staticmethod
    def block(until: threading.Event) -> None:
        """Keep the event loop to itself, in a callback."""
        assert until.wait(30)

    async def _trouble(self, point: Point) -> DriverError | None:
        if point in self.equipment.hanging:
            await asyncio.Event().wait()
        error = self.equipment.errors.get(point)
        if error is not None and not isinstance(error, DriverError):
            raise error
        return error


def fake_driver(equipment: FakeEquipment) -> type[FakeDriver]:
    """Return a driver class whose every instance stands on this equipment."""
    return type("EquippedFakeDriver", (FakeDriver,), {"shared": equipment})


class SpeakingSettings(ConnectionSettings):
    """The connection that is spoken through."""

    through: str | None = None


class SpeakingDriver(FakeDriver):
    """Switches relays by calling another connection."""

    name = "speaking"
    Settings = SpeakingSettings
    device_types = (RELAY,)
    needs = ("send_bit",)

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return [await self._call(write) for write in writes]

    async def _call(self, write: Write) -> Answer | DriverError:
        assert self.context.through is not None
        assert isinstance(write.target.device.settings, FakeDeviceSettings)
        group, value = write.target.device.settings.address, int(bool(write.value))
        try:
            return await self.context.through.call("send_bit", {"group": group, "value": value})
        except DriverError as error:
            return error
