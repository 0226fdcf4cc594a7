"""Simulated Thinknx devices: what they hold, and how long they take to change it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from interlock import Value
from interlock_thinknx.controllers import CONTROLLERS

_STEP = 10
"""Percent that one step turns the lamellas; the manual names no size. Clockwise counts up."""

_START: Mapping[str, Value] = MappingProxyType(
    {
        "power": False,
        "powerlevel": 0,
        "color": (255, 255, 255),
        "colortemp": 4000,
        "heightlevel": 0,
        "blindangle": 0,
        "value": 0.0,
        "actualtemp": 21.5,
        "setpoint": 20.0,
        "tempmode": "comfort",
        "chronoen": False,
        "hvacpower": False,
        "hvacsetpoint": 22.0,
        "hvacmode": "auto",
        "hvacfan": "auto",
        "version": "01.03.02.19",
        "process_uptime": timedelta(days=3, hours=4, minutes=12),
        "server_uptime": timedelta(days=41, hours=7, minutes=3),
        "config_time": datetime(2019, 9, 23, 8, 21, 33, tzinfo=UTC),
        "connected_clients": 2,
        "pbx_users": ("101", "102"),
    }
)
"""What devices hold when the simulator starts, by controller."""


class Pace:
    """How fast the simulated devices are, in seconds; may be changed at any time."""

    def __init__(self) -> None:
        self.reaction_s = 0.05
        """From a command to the device's doing it."""
        self.travel_s = 2.0
        """A blind's whole way from up to down."""
        self.scene_s = 3.0
        """A scene's run."""
        self._timers: set[asyncio.Future[None]] = set()

    def timer(self, seconds: float) -> asyncio.Future[None]:
        """Return a future that is done after these seconds, or earlier by `finish` or `hurry`."""
        loop = asyncio.get_running_loop()
        timer: asyncio.Future[None] = loop.create_future()
        loop.call_later(seconds, finish, timer)
        timer.add_done_callback(self._timers.discard)
        self._timers.add(timer)
        return timer

    async def hurry(self) -> None:
        """End every wait that is under way, and those that follow from them."""
        while self._timers:
            for timer in tuple(self._timers):
                finish(timer)
            await asyncio.sleep(0)

    def cancel(self) -> None:
        """Forget every wait that is under way, and whoever waits."""
        for timer in tuple(self._timers):
            timer.cancel()


def finish(timer: asyncio.Future[None]) -> None:
    """End a timer of `Pace` now; no matter if it has ended already."""
    if not timer.done():
        timer.set_result(None)


_LONGEST_MEMORY = 10_000
"""Commands that a device keeps; a server that runs for months must not grow."""


class SimulatedDevice:
    """A device of one of the manual's types, as the server knows it."""

    def __init__(self, device_type: str, pace: Pace, first_object: int) -> None:
        self.names: set[str] = set()
        """Its GUID, and its names in the site file."""
        self.inverted = False
        """Whether the server counts its height from 0 % down to 100 % up."""
        self.controllers = CONTROLLERS[device_type]
        self.values = {name: _START[name] for name in self.controllers if name in _START}
        self.told: deque[tuple[str, Value | None]] = deque(maxlen=_LONGEST_MEMORY)
        """The commands that it took up, oldest first: controller and value."""
        self.pace = pace
        self._first_object = first_object

    def object_number(self, controller: str) -> int:
        """Return the number of a controller's communication object, ``comm_obj`` in replies."""
        return self._first_object + list(self.controllers).index(controller)

    def value(self, controller: str) -> Value | None:
        """Return what a controller holds now; None for one without a state."""
        return self.values.get(controller)

    def hold(self, controller: str, value: Value) -> None:
        """Make a controller hold a value at once, as a hand or the building does."""
        self.values[controller] = value

    async def perform(self, controller: str, value: Value | None) -> None:
        """Do what the server was told to, at the device's pace; return when the device would say so."""
        await self.pace.timer(self.pace.reaction_s)
        if value is not None:
            self.hold(controller, value)


class SimulatedDimmer(SimulatedDevice):
    """A dimmer: dark is off, and switching it on brings the last brightness back."""

    def __init__(self, device_type: str, pace: Pace, first_object: int) -> None:
        super().__init__(device_type, pace, first_object)
        self._last_level: Value = 100

    def hold(self, controller: str, value: Value) -> None:
        """Make a controller hold a value, and its partner follow."""
        super().hold(controller, value)
        if controller == "powerlevel":
            self.values["power"] = value != 0
            self._last_level = value or self._last_level
        elif controller == "power" and bool(self.values["powerlevel"]) is not value:
            self.values["powerlevel"] = self._last_level if value else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """A blind's movement: heights in percent, 0 up and 100 down; instants on the event loop's clock."""

    start: float
    target: int
    began_s: float
    full_s: float
    """Seconds for the whole way."""

    @property
    def duration_s(self) -> float:
        """How long it takes, in seconds."""
        return abs(self.target - self.start) / 100 * self.full_s

    def height(self, at_s: float) -> float:
        """Return where the blind is at an instant."""
        if at_s >= self.began_s + self.duration_s:
            return self.target
        share = (at_s - self.began_s) / self.duration_s
        return self.start + (self.target - self.start) * share


class SimulatedBlind(SimulatedDevice):
    """A blind that takes its time, and stands still where it is stopped."""

    def __init__(self, device_type: str, pace: Pace, first_object: int) -> None:
        super().__init__(device_type, pace, first_object)
        self._angle = 0
        self._height = 0.0
        self._travel: Travel | None = None
        self._arrival: asyncio.Future[None] | None = None

    def value(self, controller: str) -> Value | None:
        """Return what a controller holds now; ``updown`` holds the direction while the blind moves."""
        match controller:
            case "heightlevel":
                return round(self._present_height())
            case "blindangle":
                return self._angle
            case "updown":
                return self._direction()
            case _:
                return None

    def hold(self, controller: str, value: Value) -> None:
        """Make a controller hold a value at once; a direction starts the movement."""
        match controller, value:
            case "heightlevel", int():
                self._stand(value)
            case "blindangle", int():
                self._angle = value
            case "updown", _:
                self._move(100 if value == "down" else 0)
            case "blindstep", _:
                self._turn(_STEP if value == "clockwise" else -_STEP)

    async def perform(self, controller: str, value: Value | None) -> None:
        """Do what the server was told to; a height is reached when the blind has travelled there."""
        await self.pace.timer(self.pace.reaction_s)
        if controller == "heightlevel" and isinstance(value, int):
            await asyncio.wait({self._move(value)})
        elif controller == "stop":
            self._stand(self._present_height())
        elif value is not None:
            self.hold(controller, value)

    def _present_height(self) -> float:
        if self._travel is None or self._arrival is None:
            return self._height
        if self._arrival.done():
            return self._travel.target
        return self._travel.height(asyncio.get_running_loop().time())

    def _move(self, target: int) -> asyncio.Future[None]:
        self._stand(self._present_height())
        now = asyncio.get_running_loop().time()
        self._travel = Travel(start=self._height, target=target, began_s=now, full_s=self.pace.travel_s)
        self._arrival = self.pace.timer(self._travel.duration_s)
        return self._arrival

    def _stand(self, height: float) -> None:
        self._height, self._travel = height, None
        if self._arrival:
            finish(self._arrival)

    def _turn(self, percent: int) -> None:
        self._angle = min(max(self._angle + percent, 0), 100)

    def _direction(self) -> str | None:
        if self._travel is None or self._arrival is None or self._arrival.done():
            return None
        return "down" if self._travel.target > self._travel.start else "up"


class SimulatedScene(SimulatedDevice):
    """A scene that runs for a while, unless it is stopped."""

    _run: asyncio.Future[None] | None = None

    def value(self, controller: str) -> Value | None:
        """Return ``launch`` while the scene runs, else ``stop``: the server itself never tells."""
        return "launch" if self._run and not self._run.done() else "stop"

    def hold(self, controller: str, value: Value) -> None:
        """Launch the scene from its beginning, or stop it."""
        if self._run:
            finish(self._run)
        if value == "launch":
            self._run = self.pace.timer(self.pace.scene_s)
