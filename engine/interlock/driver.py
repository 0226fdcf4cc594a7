"""The author's surface: what a driver is, what it is given, what it answers.

A driver owns bytes. The engine owns schedules, retries, backoff, rate limits, time stamps and staleness;
a driver never sleeps, repeats, caches or reads the clock.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interlock.capabilities import Capability
from interlock.clock import Clock, WallClock
from interlock.duration_field import Duration
from interlock.durations import format_duration, parse_duration
from interlock.errors import DriverError, NotSupported
from interlock.model import Event, Point, Value

if TYPE_CHECKING:
    from interlock.protocol_server import Request

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` requests in each `period`."""

    count: int
    period: timedelta

    @property
    def for_reads(self) -> int:
        """How many of them reads may be: a tenth, and one at least where there are three, is for commands."""
        return self.count - (max(self.count // 10, 1) if self.count > 2 else 0)

    def time_for(self, reads: int) -> float:
        """Return how many seconds so many reads take at least."""
        return reads / self.for_reads * self.period.total_seconds()

    def __str__(self) -> str:
        return f"{self.count}/{format_duration(self.period)}"


def parse_rate(text: object) -> Rate:
    """Return the rate that a text such as ``30/min``, ``5/s`` or ``1000/1h`` means.

    Raises:
        ValueError: no rate.
    """
    if isinstance(text, Rate):
        return text
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d*(?:ms|min|[smhd]))\s*", str(text))
    if found and int(found[1]) > 0:
        period = parse_duration(found[2] if found[2][0].isdigit() else "1" + found[2])
        if period > _NONE:
            return Rate(int(found[1]), period)
    raise ValueError(f"'{text}' is no rate: write for example 30/min or 5/s")


@dataclass(frozen=True, slots=True)
class AsWritten:
    """Marks a text setting that YAML may take for a number: it gets what stands in the file.

    ``dpt: Annotated[str, AsWritten()]`` is ``5.010`` where the file says so, which as a number is 5.01.
    """


class ConnectionSettings(BaseModel):
    """What every connection can say. A driver subclasses it with what its protocol needs."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    poll: Duration = Field(timedelta(seconds=10), gt=_NONE, description="how often points are read")
    timeout: Duration = Field(timedelta(seconds=5), gt=_NONE, description="how long one request may take")
    concurrency: int = Field(4, ge=1, le=256, description="reads under way at once, and as many commands")
    rate: Annotated[Rate, BeforeValidator(parse_rate, json_schema_input_type=str)] | None = Field(
        None, description="most requests in a time, such as 30/min"
    )
    daily: int | None = Field(None, ge=1, description="most requests in a day, such as 5000")
    stale_after: Duration | None = Field(
        None, gt=_NONE, description="how old a reading may grow before it is unknown; default three polls"
    )


class DeviceSettings(BaseModel):
    """What every device can say. A driver subclasses it with the address that its protocol uses."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    poll: Duration | None = Field(
        None, gt=_NONE, description="how often it is read, where not as its connection"
    )
    controllers: tuple[str, ...] | None = Field(None, description="what it has, where not all of its type")

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from other devices of its connection: by default the settings that it must have."""
        fields = type(self).model_fields.items()
        return tuple(f"{name}:{getattr(self, name)}" for name, field in fields if field.is_required())


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceType:
    """A kind of device that a driver knows, with its controllers."""

    name: str
    description: str
    settings: type[DeviceSettings]
    controllers: tuple[Capability, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A named thing on a connection."""

    name: str
    connection: str
    type: str
    settings: DeviceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A point together with the device and the capability behind it: what a driver reads or writes."""

    point: Point
    device: Device
    capability: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A value for a target; None for controllers that take none."""

    target: Target
    value: Value | None
    fields: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What `call:` gave, by the names of the capability's fields; empty for every other action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the peer said to a write that it took."""

    value: Value | None = None
    """The device's own value afterwards, where the protocol gives feedback: it becomes a reading."""
    exchange: str = ""
    """The request and the reply in short, without secrets."""


class Limits:
    """How fast a driver may ask: concurrency and rate of its connection, set by the engine."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._rate = settings.rate
        self._begun: deque[float] = deque(maxlen=settings.rate.count if settings.rate else 0)
        """When the last requests began, as many as may begin in a period."""
        self._commands = _Queue()
        self._reads = asyncio.Lock()
        self.requests = 0
        """How many requests have begun so far."""

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free place among the connection's concurrent reads, at its rate."""
        async with self._slots:
            await self.pace_read()
            yield

    async def pace(self) -> None:
        """Wait until the connection's rate allows one more command, which goes before every read."""
        if self._rate is not None:
            async with self._commands:
                while await self._wait(self._rate, self._rate.count):
                    pass
        self._begin()

    async def pace_read(self) -> None:
        """Wait until the connection's rate allows one more read; a part of it is left to commands."""
        if self._rate is not None:
            async with self._reads:
                await self._commands.idle()
                while await self._wait(self._rate, self._rate.for_reads):
                    await self._commands.idle()
        self._begin()

    def _begin(self) -> None:
        self.requests += 1
        self._begun.append(asyncio.get_running_loop().time())

    async def _wait(self, rate: Rate, most: int) -> bool:
        """Wait until fewer than so many requests began within the period; return whether that took time."""
        if len(self._begun) < most:
            return False
        left_s = self._begun[-most] + rate.period.total_seconds() - asyncio.get_running_loop().time()
        if left_s <= 0:
            return False
        await asyncio.sleep(left_s)
        return True


class _Queue:
    """Lets one at a time have its turn, in order, and knows whether anybody waits for it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._idle = asyncio.Event()

    async def __aenter__(self) -> None:
        self._waiting += 1
        self._idle.clear()
        try:
            await self._turn.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._turn.release()
        self._leave()

    def _leave(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until nobody has or awaits a turn."""
        if self._waiting:
            await self._idle.wait()


class Feed(Protocol):
    """Where a driver puts what it is told without asking. Called from the event loop, until `close`."""

    def readings(self, answers: Mapping[Point, Value | DriverError]) -> None:
        """Take values that arrived in one moment, or what is wrong with a point."""
        ...

    def event(self, event: Event) -> None:
        """Take something that happened and that rules can be triggered by."""
        ...

    def lost(self, error: DriverError) -> None:
        """Learn that nothing arrives any more; the points grow stale. Said once, until `regained`."""
        ...

    def regained(self) -> None:
        """Learn that it arrives again; every point is read once, because changes were missed."""
        ...


class Peer(Protocol):
    """Another connection of the site, for a driver that speaks through it."""

    async def call(self, controller: str, fields: Mapping[str, Value]) -> Answer:
        """Call a controller with fields, within that connection's own limits.

        Raises:
            DriverError: what became of it otherwise.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a driver is given besides its settings."""

    limits: Limits
    timezone: ZoneInfo
    """The site's, for protocols that tell local time without its zone."""
    through: Peer | None = None
    """The connection that the setting ``through`` names; None where it names none."""


Setting: TypeAlias = bool | int | float | str | Sequence[str]
"""What a device's setting can be in YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device that a driver came across, as a site file would declare it."""

    name: str
    """What the peer calls it; a valid and unique device name is made from it."""
    type: str
    settings: Mapping[str, Setting]
    description: str = ""
    """What a person should know about it, such as its group; it becomes a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A value that a device remembers from the past."""

    point: Point
    value: Value
    at: datetime
    """Aware."""


class Driver(ABC):
    """Speaks one protocol over one connection.

    Class data declares it; an instance is one configured connection. The engine calls `open` once before
    and `close` once after everything else; `write`, and `read` of different points, may be under way at the
    same time.
    """

    name: ClassVar[str]
    """What ``driver:`` in a site file names, such as ``thinknx-local``."""
    description: ClassVar[str]
    Settings: ClassVar[type[ConnectionSettings]]
    device_types: ClassVar[tuple[DeviceType, ...]]
    needs: ClassVar[tuple[str, ...]] = ()
    """Controllers that one device type of the connection named by the setting ``through`` must have."""

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.limits = context.limits

    @classmethod
    def pushes(cls, settings: ConnectionSettings) -> bool:
        """Whether changes arrive by themselves once `subscribe` was called.

        Points are then read once at the start and once after each reconnection, and polled only where the
        site file says ``poll``.
        """
        return False

    @classmethod  # noqa: B027 - optional
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        """Check that the fields of a call fit each other; each alone fits already.

        Called when a rule with constants is loaded, and before each call.

        Raises:
            InvalidValue: they do not; the message says which and why.
        """

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return what a device of this type and these settings can do; by default its type's table.

        Raises:
            InvalidValue: this connection cannot serve such a device; the message says why.
        """
        return device_type.controllers

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        """Return how many requests a read of these targets sends while all is well; by default one for each.

        By it the engine plans its polls within the connection's rate and daily budget. Declare it where one
        request answers for several points.
        """
        return len(targets)

    async def open(self) -> None:  # noqa: B027 - optional
        """Prepare the connection. It must not fail because the peer is away: reads will say so."""

    async def close(self) -> None:  # noqa: B027 - optional
        """Release what `open` took. Called once, also after a failed `open`."""

    @abstractmethod
    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Read a batch: a value or an error for every target; one target's error fails no other.

        An error that concerns the whole connection may be raised instead.
        """

    def read_at_once(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError] | None:
        """Return what `read` would, where nothing has to be waited for; None, as here, where `read` has to.

        It is asked first at each poll. Most drivers have to ask their peer; one that holds the values in
        memory anyway spares a task and a time limit.
        """
        return None

    @abstractmethod
    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Write one moment's values to one device, in order, each sent once; an answer for each."""

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:  # noqa: B027 - optional
        """Begin to put into `feed` what arrives about these targets.

        Called after `open`, and again with the same feed and other targets where the site was edited: the
        last call counts.
        """

    def discover(self) -> AsyncIterator[Found]:
        """Yield the devices that can be found, until there are no more or the caller has enough.

        Raises:
            NotSupported: the protocol lists none; the message says where their addresses stand.
        """
        raise NotSupported(f"{self.name} cannot list its devices")

    def history(self, targets: Sequence[Target], start: datetime, end: datetime) -> AsyncIterator[Recorded]:
        """Yield what the devices remember from `start` until before `end`, both aware, oldest first
        for each point.

        Raises:
            NotSupported: the protocol keeps none.
        """
        raise NotSupported(f"{self.name} keeps no history")


class Simulator(ABC):
    """A server that speaks a driver's protocol for real, so that one can work without hardware.

    An instance serves the devices of one connection of a site file.
    """

    name: ClassVar[str]
    """What ``interlock simulator NAME`` names."""
    description: ClassVar[str]
    drivers: ClassVar[tuple[str, ...]]
    """The drivers whose connections it can serve."""
    default_port: ClassVar[int]
    needs_tls: bool = False
    """Whether the connection that is served speaks nothing but https."""
    timezone: ZoneInfo = ZoneInfo("UTC")
    """The site's; set before `start`, for protocols that tell local time."""
    clock: Clock = WallClock()
    """What its devices live by; set before `start` or the first `take`. A simulation gives its own."""

    @classmethod
    def can_serve(cls, settings: ConnectionSettings) -> bool:
        """Whether it can serve a connection of one of its drivers with these settings."""
        return True

    @classmethod
    def acts(cls, target: Target) -> bool:
        """Whether a device does more than to hold what it is told: it moves, follows a schedule, decides.

        Such a device works in virtual time too, where nothing is served: it is commanded by `take`, and
        read and changed by `value` and `set_value`. It must live by `clock` and the event loop's time alone.
        """
        return False

    @abstractmethod
    def __init__(self, settings: ConnectionSettings, targets: Sequence[Target]) -> None:
        """Serve these targets, with the credentials of these settings."""

    @abstractmethod
    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen, port 0 for any free one; return the base URL, or the address where there is no URL.

        With a context it speaks https.
        """

    @abstractmethod
    async def stop(self) -> None:
        """Stop listening and drop open connections."""

    @property
    @abstractmethod
    def requests(self) -> Sequence[Request]:
        """What arrived so far, oldest first, refused and spoiled requests too."""

    @abstractmethod
    def value(self, point: Point) -> Value | None:
        """Return what the simulated device holds now."""

    @abstractmethod
    def set_value(self, point: Point, value: Value) -> None:
        """Change what the simulated device holds, as the building or a hand would."""

    async def take(self, write: Write) -> Answer | DriverError:
        """Let a device that `acts` do a command, as if it had come over the wire, and return its answer.

        Raises:
            NotSupported: no device of its acts.
        """
        raise NotSupported(f"simulator {self.name}: its devices are commanded over the wire alone")

    @abstractmethod
    def commands(self, point: Point) -> Sequence[Value | None]:
        """Return what the device took up at a point, oldest first; what was refused is not among it."""

    @abstractmethod
    def add_fault(self, text: str) -> None:
        """Switch on a fault written as ``KIND[:ARGUMENT][@PATH]``.

        Raises:
            ValueError: no such fault; the message lists them.
        """
