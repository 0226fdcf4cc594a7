"""Reads points from a site: all thermostats by one get, and in parts only what the site refuses together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from interlock import DriverError, Limits, Point, RejectedError, Target, UnknownDevice, Value
from interlock_founten.client import Exchange, FountenClient
from interlock_founten.controllers import is_schedule
from interlock_founten.schedule import days_call, namesakes_call, read_days, refuse_namesakes
from interlock_founten.settings import FountenSettings
from interlock_founten.thermostats import Census, criterion, get_call, look_call, read_points, spelling
from interlock_founten.wire import Call

Answers = Mapping[Point, Value | DriverError]
K = TypeVar("K")


def requests_for(targets: Sequence[Target]) -> int:
    """Return how many requests a read sends while the site refuses nothing.

    One for what all thermostats hold. For the schedule of each it is a look at the thermostat and the days,
    and one more where the thermostat is not found by its name, which is how schedules are known.
    """
    states = any(not is_schedule(target) for target in targets)
    timed = {target.device.name: target.device for target in targets if is_schedule(target)}
    return states + sum(2 + (criterion(device)[0] != "name") for device in timed.values())


class Reader:
    """Answers batches of points."""

    def __init__(self, client: FountenClient, settings: FountenSettings, limits: Limits) -> None:
        self._client = client
        self._settings = settings
        self._limits = limits
        self._suspects: set[str] = set()
        """Attributes that the site refused the last time. They are asked for apart, at the cost of a get
        each, until it takes them."""

    async def read(self, targets: Sequence[Target]) -> Answers:
        """Return a value or an error for each target."""
        states = _grouped((each for each in targets if not is_schedule(each)), self._suspect)
        days = _grouped((each for each in targets if is_schedule(each)), lambda each: each.device.name)
        questions = [partial(self._read_states, batch) for batch in states]
        questions += [partial(self._read_days, batch) for batch in days]
        # One knocks first: wrong credentials are shown once, and an absent site is asked once.
        answers = dict(await questions[0]())
        verdict = next((each for each in answers.values() if _is_verdict(each)), None)
        if verdict is not None:
            return {target.point: answers.get(target.point, verdict) for target in targets}
        return answers | await _joined(question() for question in questions[1:])

    def _suspect(self, target: Target) -> str:
        name = self._name(target)
        return name if name in self._suspects else ""

    async def _read_states(self, targets: Sequence[Target]) -> Answers:
        try:
            exchange = await self._ask(get_call(targets, self._settings))
        except RejectedError as error:
            return await self._read_parts(targets, error)
        except DriverError as error:
            return {target.point: error for target in targets}
        self._suspects -= self._names(targets)
        return read_points(targets, Census(exchange.document.items), self._settings)

    async def _read_parts(self, targets: Sequence[Target], error: RejectedError) -> Answers:
        """Ask in parts for what was refused as a whole, so that each point gets its own answer."""
        parts = self._parts(targets, error)
        if len(parts) == 1:
            if not isinstance(error, UnknownDevice):
                self._suspects |= self._names(targets)
            return {target.point: error for target in targets}
        return await _joined(map(self._read_states, parts))

    def _parts(self, targets: Sequence[Target], error: RejectedError) -> Sequence[Sequence[Target]]:
        by_device = _grouped(targets, lambda target: target.device.name)
        names = sorted(self._names(targets))
        if isinstance(error, UnknownDevice) or len(names) == 1:
            return by_device
        half = set(names[: len(names) // 2])
        return _grouped(targets, lambda target: self._name(target) in half)

    def _names(self, targets: Iterable[Target]) -> set[str]:
        return {self._name(target) for target in targets}

    def _name(self, target: Target) -> str:
        return spelling(target, self._settings)

    async def _read_days(self, targets: Sequence[Target]) -> Answers:
        try:
            look = await self._ask(look_call(targets[0].device, (), self._settings))
            member = Census(look.document.items).members(targets[0].device)[0]
            if namesakes := namesakes_call(targets[0], member):
                refuse_namesakes(targets[0], (await self._ask(namesakes)).document.items)
            exchange = await self._ask(days_call(targets, member))
        except DriverError as error:
            return {target.point: error for target in targets}
        return read_days(targets, exchange.document.items, member, self._settings)

    async def _ask(self, call: Call) -> Exchange:
        async with self._limits.slot():
            return await self._client.ask(call)


def _grouped(targets: Iterable[Target], key: Callable[[Target], K]) -> Sequence[Sequence[Target]]:
    groups: defaultdict[K, list[Target]] = defaultdict(list)
    for target in targets:
        groups[key(target)].append(target)
    return list(groups.values())


async def _joined(questions: Iterable[Awaitable[Answers]]) -> dict[Point, Value | DriverError]:
    answers: dict[Point, Value | DriverError] = {}
    for more in await asyncio.gather(*questions):
        answers |= more
    return answers


def _is_verdict(answer: Value | DriverError) -> bool:
    return isinstance(answer, DriverError) and answer.whole_connection
