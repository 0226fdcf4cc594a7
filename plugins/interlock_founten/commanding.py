"""Takes commands to a site: look, set, look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock import (
    Answer,
    CannotExecute,
    DriverError,
    InvalidValue,
    Limits,
    Point,
    RejectedError,
    RejectedValue,
    TimedOut,
    Write,
)
from interlock_founten.client import Exchange, FountenClient
from interlock_founten.commands import Order, is_held, look, outcome, plan, selected, set_call, steps
from interlock_founten.controllers import is_schedule
from interlock_founten.replies import Item, Values
from interlock_founten.schedule import entry_call, namesakes_call, refuse_namesakes, schedule_call
from interlock_founten.settings import FountenSettings
from interlock_founten.thermostats import Census, get_call, refuse_unreachable
from interlock_founten.wire import Call, Unchanged

Answers = Mapping[Point, Answer | DriverError]


class Commander:
    """Sends the commands of one moment for one device."""

    def __init__(self, client: FountenClient, settings: FountenSettings, limits: Limits) -> None:
        self._client = client
        self._settings = settings
        self._limits = limits

    async def send(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send commands in their order, each once, until an error concerns the whole connection."""
        answers: list[Answer | DriverError] = []
        verdict: DriverError | None = None
        for step in steps(writes, self._settings):
            answers += [verdict] * len(step) if verdict else await self._step(step)
            found = (each for each in answers if isinstance(each, DriverError) and each.whole_connection)
            verdict = next(found, None)
        return answers

    async def _step(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        try:
            census = Census(await self._look(look(writes, self._settings)))
            members = selected(census, writes[0].target.device)
            if is_schedule(writes[0].target):
                return [await self._call_schedule(writes[0], members[0])]
            return await self._set(writes, members)
        except InvalidValue as error:
            return [RejectedValue(str(error))] * len(writes)
        except DriverError as error:
            return [error] * len(writes)

    async def _look(self, call: Call) -> Sequence[Item]:
        """Return what there is now. Whatever goes wrong here, nothing was set."""
        try:
            exchange = await self._ask(call)
        except DriverError as error:
            if not error.may_have_acted:
                raise
            message = f"nothing was set, because looking failed: {error.message}"
            raise CannotExecute(message, exchange=error.exchange, retry_after_s=error.retry_after_s) from None
        return exchange.document.items

    async def _call_schedule(self, write: Write, member: Values) -> Answer:
        if namesakes := namesakes_call(write.target, member):
            refuse_namesakes(write.target, await self._look(namesakes))
        entries = await self._entries(write, member)
        exchange = await self._ask(schedule_call(write, member, self._settings, entries))
        return Answer(exchange=exchange.text)

    async def _entries(self, write: Write, member: Values) -> Sequence[Item]:
        """Return the entries of a call's day where they must be known; none where the site tells none."""
        call = entry_call(write, member)
        try:
            return await self._look(call) if call else ()
        except RejectedError:
            return ()

    async def _set(
        self, writes: Sequence[Write], members: Sequence[Values]
    ) -> Sequence[Answer | DriverError]:
        planned = plan(writes, members, self._settings)
        answers: dict[Point, Answer | DriverError] = dict(planned.refused)
        if planned.orders:
            answers |= await self._send(planned.orders)
        return [answers[write.target.point] for write in writes]

    async def _send(self, orders: Sequence[Order]) -> Answers:
        doubt: Unchanged | None = None
        try:
            exchange = (await self._ask(set_call(orders))).text
        except Unchanged as error:
            doubt, exchange = error, error.exchange
        except DriverError as error:
            return {order.write.target.point: error for order in orders}
        return await self._confirm(orders, exchange, doubt)

    async def _confirm(self, orders: Sequence[Order], exchange: str, doubt: Unchanged | None) -> Answers:
        """Return what became of orders that the site took, or said that they changed nothing."""
        targets = [order.write.target for order in orders]
        try:
            reply = await self._ask(get_call(targets, self._settings))
            members = Census(reply.document.items).members(targets[0].device)
        except DriverError as error:
            # The site took them; that it cannot be asked now takes nothing back.
            taken = doubt or Answer(exchange=f"{exchange}; not read back: {error.message}")
            return {target.point: taken for target in targets}
        return {order.write.target.point: self._outcome(order, members, exchange, doubt) for order in orders}

    def _outcome(
        self, order: Order, members: Sequence[Values], exchange: str, doubt: Unchanged | None
    ) -> Answer | DriverError:
        if doubt and not all(is_held(order, member) for member in members):
            return doubt
        try:
            for member in members:
                refuse_unreachable(member)
        except DriverError as error:
            return TimedOut(
                f"the site took {order.name} {order.text}, but {error.message}", exchange=exchange
            )
        return outcome(order, members, self._settings, exchange)

    async def _ask(self, call: Call) -> Exchange:
        await self._limits.pace()
        return await self._client.ask(call)
