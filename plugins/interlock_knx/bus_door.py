"""KNX over KNXnet/IP: groups are read, written and heard."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from interlock import (
    Answer,
    DriverError,
    Event,
    Feed,
    Found,
    Limits,
    NotSupported,
    Point,
    ProtocolFault,
    Target,
    TimedOut,
    Unreachable,
    Value,
    Write,
)
from interlock_knx.discovery import found_in
from interlock_knx.knxip import Bus, decode, encode, fits
from interlock_knx.settings import KnxSettings
from interlock_knx.telegrams import Payload, Telegram, TelegramKind, format_payload
from interlock_knx.values import group_of, outgoing, turned

log = logging.getLogger("interlock.connection.knx")


@dataclass(frozen=True, slots=True)
class _Question:
    """A read that waits for the answer of its group."""

    targets: Sequence[Target]
    answer: asyncio.Future[Payload]


class BusDoor:
    """Reads, writes and hears the groups of one bus."""

    def __init__(self, settings: KnxSettings, limits: Limits) -> None:
        self._timeout_s = settings.timeout.total_seconds()
        self._limits = limits
        self._bus = Bus(settings, self)
        self._feed: Feed | None = None
        self._listening: Mapping[str, Sequence[Target]] = {}
        """The targets whose state travels on an address."""
        self._named: Mapping[str, Target] = {}
        """The target that a telegram to an address is about; its state may travel on another one."""
        self._questions: defaultdict[str, list[_Question]] = defaultdict(list)
        self._seekers: list[Callable[[Telegram], None]] = []
        self._misfits: set[str] = set()
        """Addresses whose telegrams were complained about."""

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
        listening: defaultdict[str, list[Target]] = defaultdict(list)
        for target in targets:
            listening[group_of(target).listens_at].append(target)
        commanded = {group_of(target).address: target for target in targets}
        self._listening = listening
        self._named = commanded | {address: heard[0] for address, heard in listening.items()}
        self._feed = feed
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
        asking = {target.point for question in questions for target in question.targets}
        if self._feed is not None:
            self._tell_readings(self._feed, telegram, asking)
            if not questions:
                self._feed.event(self._event(telegram))

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
            await self._limits.pace()
            await self._bus.send(address, TelegramKind.READ)
            async with asyncio.timeout(self._timeout_s):
                payload = await question.answer
        except TimeoutError:
            silence = TimedOut(f"nobody on the bus answers for {address}")
            return dict.fromkeys((target.point for target in targets), silence)
        except DriverError as error:
            return dict.fromkeys((target.point for target in targets), error)
        finally:
            self._questions[address].remove(question)
        return {target.point: _decoded(target, payload) for target in targets}

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
        return Answer(value=_value(write.target, payload), exchange=exchange)

    def _answered(self, telegram: Telegram) -> Sequence[_Question]:
        """Give a telegram to the reads that wait for it; return these."""
        if telegram.kind is not TelegramKind.RESPONSE or telegram.payload is None:
            return ()
        questions = [
            question
            for question in self._questions[telegram.address]
            if any(fits(group_of(target).datapoint, telegram.payload) for target in question.targets)
        ]
        for question in questions:
            if not question.answer.done():
                question.answer.set_result(telegram.payload)
        return questions

    def _tell_readings(self, feed: Feed, telegram: Telegram, asking: Iterable[Point]) -> None:
        payload = telegram.payload
        if payload is None:
            return
        targets = [
            target for target in self._listening.get(telegram.address, ()) if target.point not in asking
        ]
        fitting = [target for target in targets if fits(group_of(target).datapoint, payload)]
        if len(fitting) < len(targets):
            self._complain(telegram, payload)
        if fitting:
            feed.readings({target.point: _decoded(target, payload) for target in fitting})

    def _complain(self, telegram: Telegram, payload: Payload) -> None:
        if telegram.address in self._misfits:
            return
        self._misfits.add(telegram.address)
        log.warning(
            "a telegram from %s to %s is ignored: %s is not as long as its DPT says; said once",
            telegram.source,
            telegram.address,
            format_payload(payload),
        )

    def _event(self, telegram: Telegram) -> Event:
        target = self._named.get(telegram.address)
        return Event(
            kind="telegram",
            name=telegram.address,
            value=_event_value(target, telegram.payload),
            point=target.point if target else None,
            data={"source": telegram.source, "kind": telegram.kind.value},
        )


def _not_asked(target: Target) -> NotSupported:
    return NotSupported(f"{target.point} was not heard yet, and its group is not asked for its state")


def _value(target: Target, payload: Payload) -> Value:
    return turned(target, decode(group_of(target).datapoint, payload))


def _decoded(target: Target, payload: Payload) -> Value | DriverError:
    if not fits(group_of(target).datapoint, payload):
        return ProtocolFault(f"{format_payload(payload)} is not as long as DPT {group_of(target).dpt} says")
    try:
        return _value(target, payload)
    except ProtocolFault as error:
        return error


def _event_value(target: Target | None, payload: Payload | None) -> Value | None:
    if payload is None:
        return None
    if target is None:
        return payload if isinstance(payload, int) else payload.hex()
    value = _decoded(target, payload)
    return None if isinstance(value, DriverError) else value
