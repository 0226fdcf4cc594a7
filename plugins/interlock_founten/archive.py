"""Fetches what a site's thermostats remember: several thermostats at once, each from its oldest record on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock import (
    Device,
    DriverError,
    Limits,
    NotSupported,
    Recorded,
    RejectedError,
    ReplyTooLarge,
    Target,
    TemporaryError,
    UnknownDevice,
)
from interlock_founten.client import Exchange, FountenClient
from interlock_founten.history import Inquiry, Span, is_remembered, spans
from interlock_founten.settings import FountenSettings
from interlock_founten.thermostats import Census, look_at_all, look_call
from interlock_founten.wire import Call

_SHORTEST_SPAN = timedelta(hours=1)
"""A span that is still too large for a reply is not cut below this: no thermostat remembers so much."""
_MOST_NAMED = 5
"""Failures of single thermostats that one message names."""

Question = tuple[Inquiry, Span]
Records = Sequence[Recorded]


class Archive:
    """What thermostats remember of a time.

    Args:
        client: Asks the site.
        settings: The connection's; as many requests are under way as its `concurrency` allows.
        limits: The connection's.
        zone: The site's, in which it tells times.
    """

    def __init__(
        self, client: FountenClient, settings: FountenSettings, limits: Limits, zone: ZoneInfo
    ) -> None:
        self._client = client
        self._settings = settings
        self._limits = limits
        self._zone = zone

    async def recorded(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        """Yield what is remembered, oldest first for each point.

        Raises:
            NotSupported: the site remembers nothing of these points.
            DriverError: the site, or some of its thermostats, cannot be asked. It comes after the others
                have told all that they know, and names whom it concerns.
        """
        remembered = [target for target in targets if is_remembered(target)]
        if not remembered:
            raise NotSupported("the site remembers nothing of these points")
        failures: dict[str, DriverError] = {}
        inquiries = await self._inquiries(remembered, failures)
        questions = ((inquiry, span) for inquiry in inquiries for span in spans(start, end, self._zone))
        under_way: deque[tuple[Question, asyncio.Task[Records]]] = deque()
        try:
            async with aclosing(self._answers(questions, under_way, failures)) as answers:
                async for records in answers:
                    for each in records:
                        yield each
        finally:
            for _, task in under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)
        if failures:
            raise _joined(list(failures.values()))

    async def _inquiries(
        self, targets: Sequence[Target], failures: dict[str, DriverError]
    ) -> Sequence[Inquiry]:
        """Return what is to be asked of each thermostat that the site knows."""
        by_device: dict[str, list[Target]] = {}
        for target in targets:
            by_device.setdefault(target.device.name, []).append(target)
        devices = [own[0].device for own in by_device.values()]
        everybody = await self._look_at_all(devices)
        inquiries: list[Inquiry] = []
        for name, own in by_device.items():
            try:
                census = everybody or await self._look(look_call(own[0].device, (), self._settings))
                member = census.members(own[0].device)[0]
            except DriverError as error:
                if error.whole_connection:
                    raise
                failures[name] = error
                continue
            inquiries.append(Inquiry(targets=own, member=member, zone=self._zone, settings=self._settings))
        return inquiries

    async def _look_at_all(self, devices: Sequence[Device]) -> Census | None:
        """Return all thermostats by one get; None for a single one, or where the site wants a selection."""
        if len(devices) == 1:
            return None
        try:
            return await self._look(look_at_all(devices))
        except RejectedError:
            return None

    async def _look(self, call: Call) -> Census:
        return Census((await self._ask(call)).document.items)

    async def _answers(
        self,
        questions: Iterator[Question],
        under_way: deque[tuple[Question, asyncio.Task[Records]]],
        failures: dict[str, DriverError],
    ) -> AsyncGenerator[Records, None]:
        """Yield the records of each question in their order, while the next ones are asked."""
        while True:
            self._begin(questions, under_way, failures)
            if not under_way:
                return
            (inquiry, _), task = under_way[0]
            try:
                records = await task
            except DriverError as error:
                failures.setdefault(inquiry.device.name, error)
                if error.whole_connection:
                    return
                records = ()
            under_way.popleft()
            yield records

    def _begin(
        self,
        questions: Iterator[Question],
        under_way: deque[tuple[Question, asyncio.Task[Records]]],
        failures: Mapping[str, DriverError],
    ) -> None:
        """Ask until as many questions are under way as may be, none of a thermostat that failed."""
        open_questions = (each for each in questions if each[0].device.name not in failures)
        while len(under_way) < self._settings.concurrency and (question := next(open_questions, None)):
            under_way.append((question, asyncio.create_task(self._within(*question))))

    async def _within(self, inquiry: Inquiry, span: Span) -> Records:
        """Return the records of a span, by halves where there are too many for one reply."""
        try:
            exchange = await self._ask(inquiry.call(span))
        except UnknownDevice:
            return ()  # The thermostat is known: it is the records that there are none of.
        except ReplyTooLarge:
            if span[1] - span[0] < _SHORTEST_SPAN:
                raise
            middle = span[0] + (span[1] - span[0]) / 2
            earlier = await self._within(inquiry, (span[0], middle))
            return [*earlier, *await self._within(inquiry, (middle, span[1]))]
        return list(inquiry.read(exchange.document.items, span))

    async def _ask(self, call: Call) -> Exchange:
        async with self._limits.slot():
            return await self._client.ask(call)


def _joined(errors: Sequence[DriverError]) -> DriverError:
    """Return several thermostats' failures as one; it may pass where one of them may."""
    errors = sorted(
        errors, key=lambda each: (not each.whole_connection, not isinstance(each, TemporaryError))
    )
    first = errors[0]
    if len(errors) == 1:
        return first
    named = "; ".join(each.message for each in errors[:_MOST_NAMED])
    others = len(errors) - _MOST_NAMED
    message = f"{named}; and {others} more" if others > 0 else named
    return type(first)(message, exchange=first.exchange, retry_after_s=first.retry_after_s)
