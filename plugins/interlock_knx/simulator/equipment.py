"""The devices on the simulated bus: group objects that take values, report them and answer for them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from interlock import Capability, DriverError, InvalidValue, Point, Target, Value, nearest
from interlock_knx.knxip import encode, zero
from interlock_knx.payloads import decoded, fits_group
from interlock_knx.simulator.faults import KnxFaults
from interlock_knx.telegrams import Payload, Telegram, TelegramKind
from interlock_knx.values import group_of, turned

_FIRST_DEVICE, _DEVICES = 2, 200
"""Individual addresses from 1.1.2 on; they are used again where there are more groups."""


class Equipment:
    """Everything on one line.

    What a device is told at its address becomes its state; one with a `state_address` reports it there. All
    values begin at zero, dates in 2000, and commands such as dimming steps leave no state, unless they are
    asked for one.

    Args:
        targets: The points of the connection's devices.
        faults: What goes wrong with them.
        send: Takes each telegram that a device sends.
    """

    def __init__(
        self, targets: Sequence[Target], faults: KnxFaults, send: Callable[[Telegram], None]
    ) -> None:
        self._targets = {target.point: target for target in targets}
        self._faults = faults
        self._send = send
        self._told: defaultdict[Point, list[Value]] = defaultdict(list)
        self._commanded: defaultdict[str, list[Target]] = defaultdict(list)
        self._values: dict[str, Payload] = {}
        """The state of groups, by the address that it is asked for at."""
        self._asked: set[str] = set()
        for target in targets:
            self._install(target)

    def points(self) -> Sequence[Point]:
        """Return every point of every device."""
        return tuple(self._targets)

    def capability(self, point: str) -> Capability:
        """Return what a point can hold.

        Raises:
            LookupError: no such point; the message has the nearest name.
        """
        return self._target(point).capability

    def value(self, point: str) -> Value | None:
        """Return what a point holds now; None where it has no state. LookupError as `capability`."""
        target = self._target(point)
        payload = self._values.get(group_of(target).listens_at)
        value = None if payload is None else decoded(target, payload)
        return None if isinstance(value, DriverError) else value

    def hold(self, point: str, value: Value) -> None:
        """Make a device hold a value at once, and report it, as a hand at its switch does.

        Raises:
            InvalidValue: the point cannot hold it.
            LookupError: no such point.
        """
        target = self._target(point)
        checked = target.capability.check(value)
        if checked is None:
            raise InvalidValue(f"{point} needs a value")
        self._change(target, encode(group_of(target).datapoint, turned(target, checked)))

    def told(self, point: str) -> Sequence[Value]:
        """Return what a device was told at its address, oldest first; LookupError as `capability`."""
        return self._told[self._target(point).point]

    def targets_at(self, address: str) -> Sequence[Target]:
        """Return the points whose state is reported at an address, then those that are commanded there."""
        listening = [each for each in self._targets.values() if group_of(each).listens_at == address]
        return [*listening, *self._commanded.get(address, ())]

    def take(self, telegram: Telegram) -> None:
        """Do what a telegram of somebody else asks for."""
        if telegram.payload is None:
            self._answer(telegram.address)
            return
        if telegram.address in self._values and self._fits_state(telegram.address, telegram.payload):
            self._values[telegram.address] = telegram.payload
        if telegram.kind is TelegramKind.WRITE:
            for target in self._commanded.get(telegram.address, ()):
                self._command(target, telegram.payload)

    def _install(self, target: Target) -> None:
        group = group_of(target)
        self._commanded[group.address].append(target)
        if group.is_asked or not group.datapoint.is_trigger:
            self._values.setdefault(group.listens_at, zero(group.datapoint))
        if group.is_asked:
            self._asked.add(group.listens_at)

    def _answer(self, address: str) -> None:
        is_answered = address in self._asked and self._faults.answers(address)
        payload = self._values.get(address)
        if is_answered and payload is not None:
            self._say(address, TelegramKind.RESPONSE, payload, self.targets_at(address)[0])

    def _fits_state(self, address: str, payload: Payload) -> bool:
        elsewhere = [each for each in self.targets_at(address) if group_of(each).address != address]
        return any(fits_group(target, payload) for target in elsewhere)

    def _command(self, target: Target, payload: Payload) -> None:
        value = decoded(target, payload)
        group = group_of(target)
        if isinstance(value, DriverError) or self._faults.is_dead(target.device.name, group.address):
            return
        self._told[target.point].append(value)
        if group.listens_at != group.address:
            self._change(target, payload)
        elif group.address in self._values:
            self._values[group.address] = payload

    def _change(self, target: Target, payload: Payload) -> None:
        """Let a device have a value, and say so."""
        address = group_of(target).listens_at
        if address in self._values:
            self._values[address] = payload
        self._say(address, TelegramKind.WRITE, payload, target)

    def _say(self, address: str, kind: TelegramKind, payload: Payload, sender: Target) -> None:
        if self._faults.lengthens(address):
            payload = (bytes([payload]) if isinstance(payload, int) else payload) + b"\0"
        telegram = Telegram(address=address, kind=kind, source=self._source(sender), payload=payload)
        delay_s = self._faults.delay_s(address)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._send, telegram)
        else:
            self._send(telegram)

    def _source(self, sender: Target) -> str:
        place = list(self._targets).index(sender.point)
        return f"1.1.{_FIRST_DEVICE + place % _DEVICES}"

    def _target(self, point: str) -> Target:
        try:
            return self._targets[Point(point)]
        except KeyError:
            meant = nearest(point, self._targets)
            hint = f"; did you mean '{meant}'?" if meant else ""
            raise LookupError(f"the simulator has no point '{point}'{hint}") from None
