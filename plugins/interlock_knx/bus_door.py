"""KNX over KNXnet/IP: groups are read, written and heard."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from interlock import (
    Answer,
    DriverError,
    Feed,
    Found,
    Limits,
    NotSupported,
    Point,
    Target,
    TimedOut,
    Unreachable,
    Value,
    Write,
)
from interlock_knx.discovery import found_in
from interlock_knx.hearing import Hearing
from interlock_knx.knxip import Bus, encode
from interlock_knx.payloads import decoded, fits_group, value_of
from interlock_knx.settings import KnxSettings
from interlock_knx.telegrams import Payload, Telegram, TelegramKind, format_payload
from interlock_knx.values import group_of, outgoing


@dataclass(slots=True)
class _Question:
    """A read that waits for the answer of its group."""

    targets: Sequence[Target]
    answer: asyncio.Future[Payload]
    misfit: Payload | None = None
    """An answer that was as long as none of the targets' DPTs say: a better one may still come."""


class BusDoor:
    """Reads, writes and hears the groups of one bus."""

    def __init__(self, settings: KnxSettings, limits: Limits) -> None:
        self._timeout_s = settings.timeout.total_seconds()
        self._limits = limits
        self._bus = Bus(settings, self)
        self._feed: Feed | None = None
        self._hearing: Hearing | None = None
        self._questions: defaultdict[str, list[_Question]] = defaultdict(list)
        self._asking = asyncio.Lock()
        """Lets one question at a time wait for its turn, so that no command waits behind hundreds of them."""
        self._seekers: list[Callable[[Telegram], None]] = []

    async def open(self) -> None:
        """Connect, or begin to try."""
        await self._bus.start()

    async def close(self) -> None:
        """Leave the bus."""
        await self._bus.stop()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Ask each address once, by GroupValueRead, and wait for all answers together."""
        await self._bus.ready()
        asked: defaultdict[str, list[Target]] = defaultdict(list)
        for target in targets:
            if group_of(target).is_asked:
                asked[group_of(target).listens_at].append(target)
        answers: dict[Point, Value | DriverError] = {target.point: _not_asked(target) for target in targets}
        for found in await asyncio.gather(*(self._ask(*each) for each in asked.items())):
            answers.update(found)
        return answers

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send one GroupValueWrite for each write, in order."""
        return [await self._send(write) for write in writes]

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        """Put what arrives for these targets, and every telegram, into `feed`."""
        self._feed, self._hearing = feed, Hearing(targets, feed)
        if self._bus.error is not None:
            feed.lost(self._bus.error)

    async def discover(self) -> AsyncIterator[Found]:
        """Yield a group for each address that telegrams go to, as they come."""
        await self._bus.ready()
        heard: asyncio.Queue[Telegram] = asyncio.Queue()
        self._seekers.append(heard.put_nowait)
        known: set[str] = set()
        try:
            while True:
                telegram = await heard.get()
                found = None if telegram.address in known else found_in(telegram)
                if found is not None:
                    known.add(telegram.address)
                    yield found
        finally:
            self._seekers.remove(heard.put_nowait)

    def heard(self, telegram: Telegram) -> None:
        """Take a telegram: as the answer to a read, or as news."""
        for seek in self._seekers:
            seek(telegram)
        questions = self._answered(telegram)
        if self._hearing is not None:
            self._hearing.hear(telegram, is_answer=bool(questions))

    def lost(self, error: Unreachable) -> None:
        """Pass it on."""
        if self._feed is not None:
            self._feed.lost(error)

    def regained(self) -> None:
        """Pass it on."""
        if self._feed is not None:
            self._feed.regained()

    async def _ask(self, address: str, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        question = _Question(targets, asyncio.get_running_loop().create_future())
        self._questions[address].append(question)
        try:
            async with self._asking:
                await self._limits.pace_read()
                await self._bus.send(address, TelegramKind.READ)
            async with asyncio.timeout(self._timeout_s):
                payload = await question.answer
        except TimeoutError:
            if question.misfit is None:
                return _to_all(targets, TimedOut(f"nobody on the bus answers for {address}"))
            payload = question.misfit
        except DriverError as error:
            return _to_all(targets, error)
        finally:
            self._questions[address].remove(question)
        return {target.point: decoded(target, payload) for target in targets}

    async def _send(self, write: Write) -> Answer | DriverError:
        group = group_of(write.target)
        try:
            payload = encode(group.datapoint, outgoing(write))
            await self._bus.ready()
            await self._limits.pace()
            await self._bus.send(group.address, TelegramKind.WRITE, payload)
        except DriverError as error:
            return error
        exchange = f"GroupValueWrite {group.address} {format_payload(payload)}"
        if group.listens_at != group.address:
            return Answer(exchange=exchange)
        # Nobody answers on the address itself: its value is what it was last told, as the bus has it.
        return Answer(value=value_of(write.target, payload), exchange=exchange)

    def _answered(self, telegram: Telegram) -> Sequence[_Question]:
        """Give a telegram to the reads that wait for it; return these."""
        if telegram.kind is not TelegramKind.RESPONSE or telegram.payload is None:
            return ()
        answered = []
        for question in self._questions[telegram.address]:
            if not any(fits_group(target, telegram.payload) for target in question.targets):
                question.misfit = telegram.payload
                continue
            answered.append(question)
            if not question.answer.done():
                question.answer.set_result(telegram.payload)
        return answered


def _not_asked(target: Target) -> NotSupported:
    return NotSupported(f"{target.point} was not heard yet, and its group is not asked for its state")


def _to_all(targets: Sequence[Target], error: DriverError) -> Mapping[Point, DriverError]:
    return dict.fromkeys((target.point for target in targets), error)
