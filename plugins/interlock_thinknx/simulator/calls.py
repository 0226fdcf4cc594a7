"""The controllers' calls of the simulated Thinknx server: parameters in, the manual's JSON documents out.

Read from the Thinknx Integration Kit 1.3b, chapter "API URLs", independently of the driver's own code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from interlock import Answer, Capability, DriverError, TimedOut, Value, ValueType, Write
from interlock_thinknx.controllers import CONTROLLERS, Controller
from interlock_thinknx.simulator.devices import SimulatedDevice
from interlock_thinknx.simulator.equipment import Equipment
from interlock_thinknx.simulator.faults import ThinknxFaults
from interlock_thinknx.simulator.parameters import (
    DeviceNotFound,
    Document,
    ImpossibleToExecute,
    ParametersWrong,
    decimal,
    integer,
    single,
)

_PATIENCE_S = 60.0
"""How long the server waits for a device that never answers."""


def _one_of(text: str, words: Mapping[str, Value]) -> Value:
    if text not in words:
        raise ParametersWrong
    return words[text]


def _color(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 3:
        raise ParametersWrong
    return tuple(integer(part, 0, 255) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One URL of the manual."""

    name: str
    """What stands after ``/api/v1/``; also the ``namespace`` of its replies."""
    row: Controller
    sets: bool
    """Whether it takes a command."""
    reads: bool
    """Whether it may be asked without one."""

    @property
    def capability(self) -> Capability:
        """What the controller can hold."""
        return self.row.capability

    def parameters(self, given: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        """Return the parameters of a request by name, or raise `ParametersWrong`."""
        required, optional = {str(self.row.address)}, set()
        # The manual lists no cmd for a trigger and sends one in its example.
        if self.sets and (self.reads or self.name == "trigger"):
            optional.add("cmd")
        elif self.sets:
            required.add("cmd")
        if self.sets and self.capability.feedback:
            optional.add("fb")
        return single(given, required, optional)

    def read_command(self, text: str) -> Value | None:
        """Return what ``cmd`` commands, or raise `ParametersWrong`."""
        match self.capability.type:
            case ValueType.BOOLEAN:
                return _one_of(text, {"0": False, "1": True})
            case ValueType.CHOICE:
                return _one_of(text, {str(code): word for word, code in self.row.codes.items()})
            case ValueType.INTEGER:
                return integer(text, self.capability.minimum, self.capability.maximum)
            case ValueType.COLOR:
                return _color(text)
            case ValueType.NUMBER:
                return decimal(text)
            case _:
                if self.name == "stop" and text != "1":
                    raise ParametersWrong
                return None

    def status(self, device: SimulatedDevice) -> object:
        """Return what ``status`` says: numbers, and a color as a list of them."""
        match self._mirrored(device, device.value(self.capability.controller)):
            case bool() as value:
                return int(value)
            case str() as value:
                return self.row.codes[value]
            case value:
                return value

    def command(self, device: SimulatedDevice, text: str) -> Value | None:
        """Return what ``cmd`` means for a device, or raise `ParametersWrong`."""
        return self._mirrored(device, self.read_command(text))

    def _mirrored(self, device: SimulatedDevice, value: Value | None) -> Value | None:
        if device.inverted and self.row.can_be_inverted and isinstance(value, int):
            return 100 - value
        return value


def _calls() -> Iterator[Call]:
    for row in (row for rows in CONTROLLERS.values() for row in rows.values() if row.address):
        if row.set_endpoint:
            reads = row.set_endpoint == row.status_endpoint
            yield Call(name=row.set_endpoint, row=row, sets=True, reads=reads)
        if row.status_endpoint and row.status_endpoint != row.set_endpoint:
            yield Call(name=row.status_endpoint, row=row, sets=False, reads=True)


CALLS: Mapping[str, Call] = MappingProxyType({call.name: call for call in _calls()})
"""Every URL that concerns a device, by what stands after ``/api/v1/``."""


class Calls:
    """Answers the calls for the devices."""

    def __init__(self, equipment: Equipment, faults: ThinknxFaults) -> None:
        self._equipment = equipment
        self._faults = faults
        self._performances: set[asyncio.Task[None]] = set()

    async def answer(self, call: Call, parameters: Sequence[tuple[str, str]]) -> Document:
        """Return the document that answers a call; with ``fb`` only when the device has done it.

        Raises:
            Refusal: what the server answers instead.
        """
        given = call.parameters(parameters)
        device = self._find(call, given)
        tells_status = call.reads or "fb" in given
        if call.sets and ("cmd" in given or not call.reads):
            performance = self._begin(call, device, given.get("cmd", ""))
            if tells_status:
                await self._wait_for(performance)
        return _document(call, device, given, tells_status=tells_status)

    async def take(self, write: Write, patience: timedelta | None) -> Answer | DriverError:
        """Let a device do a command that did not come over the wire.

        Args:
            write: The command.
            patience: How long its client waits for the device's answer; None where it wants none.
        """
        device, capability = self._equipment.device(write.target.device.name), write.target.capability
        performance = self._perform(device, capability.controller, write.value)
        if patience is None:
            return Answer()
        waiting = {performance} if performance else {self._equipment.pace.timer(_PATIENCE_S)}
        done, _ = await asyncio.wait(waiting, timeout=patience.total_seconds())
        if not done:
            return TimedOut(f"{write.target.point}: the device has not answered")
        return Answer(value=device.value(capability.controller))

    def cancel(self) -> None:
        """Forget what the devices have not done yet."""
        for performance in self._performances:
            performance.cancel()

    def _find(self, call: Call, given: Mapping[str, str]) -> SimulatedDevice:
        if call.row.address == "light":
            light = self._equipment.with_light_index(integer(given["light"], 0, None))
            devices = [light] if light else []
        else:
            known = self._equipment.with_guid(given["guid"])
            devices = [device for device in known if call.capability.controller in device.controllers]
        if not devices:
            raise DeviceNotFound
        return devices[0]

    def _begin(self, call: Call, device: SimulatedDevice, cmd: str) -> asyncio.Task[None] | None:
        return self._perform(device, call.capability.controller, call.command(device, cmd))

    def _perform(
        self, device: SimulatedDevice, controller: str, value: Value | None
    ) -> asyncio.Task[None] | None:
        if self._faults.is_dead(device.names):
            return None
        device.told.append((controller, value))
        performance = asyncio.create_task(device.perform(controller, value))
        self._performances.add(performance)
        performance.add_done_callback(self._performances.discard)
        return performance

    async def _wait_for(self, performance: asyncio.Task[None] | None) -> None:
        if performance is None:
            await self._equipment.pace.timer(_PATIENCE_S)
            raise ImpossibleToExecute
        # Not the task itself: the device goes on when its client has left.
        await asyncio.wait({performance})


def _document(
    call: Call, device: SimulatedDevice, given: Mapping[str, str], *, tells_status: bool
) -> Document:
    status = {"status": call.status(device)} if tells_status else {}
    if call.row.address == "light":
        return {"namespace": call.name, "light": int(given["light"]), **status}
    number = device.object_number(call.capability.controller)
    return {"namespace": call.name, "guid": given["guid"], **status, "comm_obj": number}
