"""The driver ``kettle`` and its peer: a small protocol over TCP that has everything a contract asks for.

A request is a line of JSON with a token, an operation and a unit; the answer is a line of JSON. The
operation ``watch`` is answered by a line for each change, for as long as the connection lasts.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import Field, SecretStr

from interlock import (
    Answer,
    AuthenticationFailed,
    Capability,
    ConnectionSettings,
    Context,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Feed,
    Found,
    InvalidValue,
    NotSupported,
    Point,
    ProtocolFault,
    Recorded,
    RejectedValue,
    Target,
    TimedOut,
    UnknownDevice,
    Unreachable,
    Value,
    ValueType,
    Write,
)
from interlock import Field as CallField
from interlock.testing import DriverContract, Rig, make_targets

Json = dict[str, object]

SECRET = "correct horse"
START = datetime(2026, 7, 1, tzinfo=UTC)
END = START + timedelta(hours=1)
SOURCE = "the kettle's own table"


class KettleSettings(ConnectionSettings):
    """A stove."""

    port: int = Field(description="the stove's TCP port")
    token: SecretStr = Field(description="what the stove wants to hear")
    is_told: bool = Field(False, description="whether the stove tells of changes")


class KettleDeviceSettings(DeviceSettings):
    """A kettle."""

    unit: int = Field(description="its place on the stove")


def row(controller: str, type_: ValueType, **rest: object) -> Capability:
    """Return a row of the kettle's table."""
    return Capability(controller=controller, type=type_, description=controller, source=SOURCE, **rest)  # type: ignore[arg-type]


KETTLE = DeviceType(
    name="kettle",
    description="a kettle",
    settings=KettleDeviceSettings,
    controllers=(
        row("temperature", ValueType.NUMBER, readable=True, minimum=0, maximum=100, unit="°C"),
        row("power", ValueType.BOOLEAN, readable=True, writable=True),
        row("mode", ValueType.CHOICE, readable=True, writable=True, choices=("tea", "coffee", "soup")),
        row("whistle", ValueType.NONE, writable=True, is_trigger=True, idempotent=False),
        row(
            "program",
            ValueType.NONE,
            writable=True,
            is_trigger=True,
            fields=(
                CallField(name="first", type=ValueType.INTEGER, description="first minute"),
                CallField(name="last", type=ValueType.INTEGER, description="last minute"),
            ),
        ),
    ),
)
STATES: Mapping[str, object] = {"temperature": 20.0, "power": False, "mode": "tea"}


class Stove:
    """The peer: two kettles, and what can be done to them."""

    def __init__(self, token: str) -> None:
        self.states = {unit: dict(STATES) for unit in (1, 2)}
        self.requests = 0
        self.taken: dict[Point, list[Value | None]] = defaultdict(list)
        self.trouble = ""
        self._token = token
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def change(self, point: Point, value: Value) -> None:
        unit = int(point.device[-1])
        self.states[unit][point.controller] = value
        line = json.dumps({"unit": unit, point.controller: value}).encode() + b"\n"
        for writer in self._watchers:
            writer.write(line)

    def value(self, point: Point) -> Value | None:
        return self.states[int(point.device[-1])].get(point.controller)  # type: ignore[return-value]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                self.requests += 1
                if self.trouble == "hang":
                    await asyncio.Event().wait()
                if self.trouble == "drop":
                    return
                request = json.loads(line)
                if request["op"] == "watch":
                    self._watchers.add(writer)
                answer = self._answer(request) if self.trouble != "garble" else ["pea", "soup"]
                writer.write(json.dumps(answer).encode() + b"\n")
        finally:
            self._watchers.discard(writer)
            writer.transport.abort()

    def _answer(self, request: Mapping[str, object]) -> Mapping[str, object]:
        if request["token"] != self._token:
            return {"error": "denied"}
        if request["op"] in {"watch", "list", "past"}:
            return {"units": sorted(self.states)}
        state = self.states.get(int(str(request["unit"])))
        if state is None:
            return {"error": "unknown"}
        if request["op"] != "get" and self.trouble == "refuse":
            return {"error": "refused"}
        self._note(request)
        if request["op"] == "set":
            state.update(request["values"])  # type: ignore[call-overload]
        return state

    def _note(self, request: Mapping[str, object]) -> None:
        """Note what is taken up, by point."""
        device, op = f"kettle{request['unit']}", str(request["op"])
        values = {op: None} if op in {"whistle", "program"} else request.get("values", {})
        for name, value in values.items():  # type: ignore[attr-defined]
            self.taken[Point.of(device, name)].append(value)


ERRORS: Mapping[object, type[DriverError]] = {
    "denied": AuthenticationFailed,
    "unknown": UnknownDevice,
    "refused": RejectedValue,
}


def unit_of(target: Target) -> int:
    """Return the place of a target's kettle."""
    assert isinstance(target.device.settings, KettleDeviceSettings)
    return target.device.settings.unit


class KettleDriver(Driver):
    """An honest driver; tests make flawed ones of it."""

    name = "kettle"
    description = "kettles on a stove"
    Settings = KettleSettings
    device_types = (KETTLE,)
    settings: KettleSettings

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self.tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def pushes(cls, settings: ConnectionSettings) -> bool:
        assert isinstance(settings, KettleSettings)
        return settings.is_told

    @classmethod
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        if str(fields["first"]) > str(fields["last"]):
            raise InvalidValue("first must not be after last")

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        return len({unit_of(target) for target in targets})

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        states = {unit: await self.state_of(unit) for unit in sorted({unit_of(each) for each in targets})}
        return {target.point: self.value_in(states[unit_of(target)], target) for target in targets}

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        return [await self.write_one(write) for write in writes]

    async def state_of(self, unit: int) -> Json | DriverError:
        """Ask a kettle for everything, within the connection's limits."""
        try:
            async with self.limits.slot():
                return await self.ask("get", unit)
        except DriverError as error:
            return error

    def value_in(self, state: Json | DriverError, target: Target) -> Value | DriverError:
        """Return a target's value out of its kettle's state."""
        if isinstance(state, DriverError):
            return state
        value = target.capability.check(state[target.capability.controller])
        assert value is not None
        return value

    async def write_one(self, write: Write) -> Answer | DriverError:
        row = write.target.capability
        if not row.writable:
            return NotSupported(f"{write.target.point} cannot be set")
        op, values = ("set", {row.controller: write.value}) if not row.is_trigger else (row.controller, {})
        try:
            await self.limits.pace()
            state = await self.ask(op, unit_of(write.target), values=values)
        except DriverError as error:
            return error
        return Answer(value=None if row.is_trigger else state[row.controller], exchange=op)  # type: ignore[arg-type]

    async def ask(self, op: str, unit: int = 0, **more: object) -> Json:
        """Ask once over a connection of its own."""
        was_sent = False
        try:
            async with (
                asyncio.timeout(self.settings.timeout.total_seconds()),
                self.connection() as (put, get),
            ):
                was_sent = True
                await put(op, unit, **more)
                return await get()
        except TimeoutError:
            raise (TimedOut if was_sent else Unreachable)("the stove is silent") from None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple]:  # type: ignore[type-arg]
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
        except OSError:
            raise Unreachable("there is no stove") from None

        async def put(op: str, unit: int = 0, **more: object) -> None:
            token = self.settings.token.get_secret_value()
            writer.write(json.dumps({"token": token, "op": op, "unit": unit, **more}).encode() + b"\n")

        async def get() -> Json:
            try:
                line = await reader.readline()
            except OSError:
                line = b""
            if not line:
                raise TimedOut("the stove hung up")
            document = json.loads(line)
            if not isinstance(document, dict):
                raise ProtocolFault("the stove talks nonsense")
            if "error" in document:
                raise ERRORS.get(document["error"], ProtocolFault)(f"the stove says {document['error']}")
            return dict(document)

        try:
            yield put, get
        finally:
            writer.transport.abort()

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        points = {(unit_of(target), target.capability.controller): target.point for target in targets}
        listening = asyncio.Event()
        self.tasks.add(asyncio.ensure_future(self.listen(points, feed, listening)))
        await listening.wait()

    async def listen(
        self, points: Mapping[tuple[int, str], Point], feed: Feed, listening: asyncio.Event
    ) -> None:
        is_lost = False
        while True:
            try:
                async with self.connection() as (put, get):
                    await put("watch")
                    await get()
                    listening.set()
                    if is_lost:
                        feed.regained()
                    is_lost = False
                    while True:
                        self.tell(points, feed, await get())
            except DriverError as error:
                if not is_lost:
                    feed.lost(error)
                is_lost = True
                await asyncio.sleep(0.01)

    def tell(self, points: Mapping[tuple[int, str], Point], feed: Feed, told: Json) -> None:
        unit = int(str(told.pop("unit")))
        feed.readings({points[unit, name]: value for name, value in told.items()})  # type: ignore[misc]

    async def discover(self) -> AsyncIterator[Found]:
        for unit in (await self.ask("list"))["units"]:  # type: ignore[attr-defined]
            yield Found(name=f"kettle {unit}", type="kettle", settings={"unit": unit})

    async def history(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        await self.ask("past")
        for target in targets:
            value = STATES[target.capability.controller]
            for minute in range(0, 60, 20):
                at = START + timedelta(minutes=minute)
                if start <= at < end:
                    yield Recorded(point=target.point, value=value, at=at)  # type: ignore[arg-type]


class KettleContract(DriverContract):
    """The contract with a stove for a peer; a test names the driver."""

    driver = KettleDriver
    may_wait = frozenset({"asyncio.sleep"})
    is_told = False

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        stove = Stove(SECRET)
        await stove.start()
        settings = KettleSettings(
            port=stove.port,
            token=SecretStr(SECRET),
            timeout=timedelta(milliseconds=100),
            is_told=self.is_told,
        )
        try:
            yield self.adapt(kettle_rig(self.driver, stove, settings))
        finally:
            await stove.stop()

    def adapt(self, rig: Rig) -> Rig:
        """Return what the tests are given instead of a rig."""
        return rig


def kettle_rig(driver: type[Driver], stove: Stove, settings: KettleSettings) -> Rig:
    """Return the rig of a stove."""
    devices = {f"kettle{unit}": {"type": "kettle", "unit": unit} for unit in (1, 2)}
    targets = make_targets(driver, settings, devices)
    programs = [target.point for target in targets if target.capability.fields]

    def make_trouble(kind: str):  # type: ignore[no-untyped-def]
        async def action() -> None:
            stove.trouble = kind

        return action

    rig = Rig(
        settings=settings,
        targets=targets,
        calls={point: {"first": 1, "last": 2} for point in programs},
        senseless_calls={point: {"first": 2, "last": 1} for point in programs},
        unknown=make_targets(driver, settings, {"ghost": {"type": "kettle", "unit": 9}})[0],
        wrong_credentials=settings.model_copy(update={"token": SecretStr("wrong horse")}),
        requests=lambda: stove.requests,
        requests_for_all=2,
        value=stove.value,
        taken=lambda point: tuple(stove.taken[point]),
        change=stove.change,
        past=(START, END),
    )
    return replace(
        rig,
        refuse=make_trouble("refuse"),
        hang=make_trouble("hang"),
        drop=make_trouble("drop"),
        garble=make_trouble("garble"),
        lose=stove.stop,
        regain=stove.start,
    )


def run(clause: str, driver: type[KettleDriver], *, is_told: bool = False) -> None:
    """Put a driver to one clause of the contract."""
    contract = type("Contract", (KettleContract,), {"driver": driver, "is_told": is_told})()
    getattr(contract, f"test_{clause}")()
