"""Commanding by hand, with the same driver, gate and journal as the service."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from types import MappingProxyType

from interlock.clock import Clock, WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.errors import JournalError
from interlock.history.journal import Journal
from interlock.history.sql_journal import SqlJournal
from interlock.history.values import encode_value
from interlock.model import DEFAULT_PRIORITY, Command, Outcome, Point, Receipt, Value
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.connections.links import close_links, make_links
from interlock.runtime.supervision import Supervisor
from interlock.service.by_hand.locking import objection
from interlock.service.control.client import NoService, ask
from interlock.service.control.protocol import SendCommand, SendWords, Sent
from interlock.service.control.sending import BY_HAND, receipt_of
from interlock.service.onlookers.observing import NoJournal
from interlock.virtual import is_virtual

_NO_FIELDS: Mapping[str, Value] = MappingProxyType({})
_PATIENCE_S = 180.0
"""A device that takes its time, and three attempts, take longer than other answers."""
log = logging.getLogger("interlock.service")


async def send_as_operator(
    site: Site,
    point: Point,
    value: Value | None,
    journal_path: JournalPlace,
    *,
    fields: Mapping[str, Value] = _NO_FIELDS,
) -> Receipt:
    """Send one command and return what became of it; through the service, where one runs.

    A journal that cannot be used keeps nobody from switching something off: an error is logged.

    Raises:
        ControlError: a service runs and does not answer, or its site has no such point.
    """
    question = SendCommand(
        point=point,
        value=None if value is None else encode_value(value),
        fields={name: encode_value(each) for name, each in fields.items()},
    )
    try:
        return await send_to_service(question, journal_path)
    except NoService:
        return await _send_alone(site, point, value, journal_path, fields)


async def send_to_service(question: SendCommand, journal_path: JournalPlace) -> Receipt:
    """Let the service that runs with a journal send a command, and return what became of it.

    Raises:
        NoService: none runs.
        ControlError: it does not answer, or its site has no such point.
    """
    sent = await ask(journal_path, question, Sent, patience_s=_PATIENCE_S)
    return receipt_of(sent, question)


async def send_words_to_service(words: SendWords, journal_path: JournalPlace) -> tuple[Receipt, str]:
    """Let the service that runs with a journal say what a command means and send it.

    Returns:
        What became of it, and the unit of its point's values.

    Raises:
        NoService: none runs.
        ControlError: it does not answer, its site has no such point, or that does not take it.
    """
    sent = await ask(journal_path, words, Sent, patience_s=_PATIENCE_S)
    command = SendCommand(
        point=words.point,
        value=sent.value,
        fields=sent.fields,
        priority=words.priority or DEFAULT_PRIORITY,
        holds=words.holds,
        until=words.until,
    )
    return receipt_of(sent, command), sent.unit


async def _send_alone(
    site: Site, point: Point, value: Value | None, journal_path: JournalPlace, fields: Mapping[str, Value]
) -> Receipt:
    clock = WallClock()
    journal: Journal = SqlJournal(journal_path, clock, is_service=False)
    try:
        await journal.open()
    except JournalError as error:
        log.error("%s; the command is sent and not journalled", error)
        journal = NoJournal()
    try:
        return await send_command(site, point, value, journal=journal, clock=clock, fields=fields)
    finally:
        await journal.close()


async def send_command(
    site: Site,
    point: Point,
    value: Value | None,
    *,
    journal: Journal,
    clock: Clock,
    fields: Mapping[str, Value] = _NO_FIELDS,
) -> Receipt:
    """Send one command to an open journal and its device, and return what became of it.

    No service stands in between: there are no claims and guards, but interlocks are judged.
    """
    command = Command(
        id=f"{journal.run_number}-1",
        point=point,
        value=value,
        fields=fields,
        origin=BY_HAND,
        created_at=clock.now(),
    )
    if value is not None and (reason := await objection(site, point, value, BY_HAND, clock.now())):
        receipt = Receipt(command=command, outcome=Outcome.REFUSED, at=clock.now(), reason=reason)
        journal.record(command, receipt)
        return receipt
    return await _dispatch(site, command, journal, clock)


async def _dispatch(site: Site, command: Command, journal: Journal, clock: Clock) -> Receipt:
    target = site.targets[command.point]
    names = [] if is_virtual(target) else [target.device.connection]
    links = make_links(site.connections, names, clock=clock, journal=journal, dice=random.Random())
    supervisor = Supervisor()
    dispatcher = Dispatcher(
        site.targets,
        links,
        clock=clock,
        journal=journal,
        deliver=lambda readings: journal.record(*readings),
        dice=random.Random(),
        supervisor=supervisor,
    )
    try:
        [receipt] = dispatcher.submit([command])
        await supervisor.until(receipt)
    finally:
        await dispatcher.close()
        await close_links(links)
    return receipt.result()
