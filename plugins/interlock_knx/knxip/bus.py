"""One KNXnet/IP connection that stays: it connects, notices that the gateway went away, connects again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from xknx import XKNX
from xknx.core.connection_state import XknxConnectionState
from xknx.exceptions import CommunicationError, ConfirmationError, XKNXException
from xknx.io import ConnectionConfig, ConnectionType
from xknx.telegram import GroupAddress
from xknx.telegram import Telegram as XknxTelegram

from interlock import CannotExecute, TimedOut, Unreachable
from interlock_knx.addresses import format_group_address
from interlock_knx.knxip.application_layer import from_apci, to_apci
from interlock_knx.knxip.confirmations import Confirmations, NotTransmitted
from interlock_knx.knxip.reasons import why_not
from interlock_knx.knxip.silence import falls_silent
from interlock_knx.settings import KnxSettings
from interlock_knx.telegrams import Payload, Telegram, TelegramKind

RECONNECT_S = 3.0
"""How long a gateway is left alone between two attempts; it is what xknx waits by itself."""
_RELEASE_S = 3.0
"""How long a gateway may take to answer that we leave; it frees the tunnel by itself after two minutes."""


class Listener(Protocol):
    """Who is told what happens on a bus."""

    def heard(self, telegram: Telegram) -> None:
        """Take a telegram that somebody else sent to a group."""
        ...

    def lost(self, error: Unreachable) -> None:
        """Learn that there is no connection; said once, until `regained`."""
        ...

    def regained(self) -> None:
        """Learn that there is a connection again."""
        ...


class Bus:
    """A connection to one bus, by tunnelling or routing.

    xknx's own reconnecting is switched off: it begins only after a first success, and a request that
    waits for it and is given up would end it.
    """

    def __init__(self, settings: KnxSettings, listener: Listener) -> None:
        self._settings = settings
        self._timeout_s = settings.timeout.total_seconds()
        self._listener = listener
        self._xknx: XKNX | None = None
        self._error: Unreachable | None = None
        self._is_tried = asyncio.Event()
        self._is_up = asyncio.Event()
        self._sending = asyncio.Lock()
        self._was_heard = False
        self._task: asyncio.Task[None] | None = None

    @property
    def error(self) -> Unreachable | None:
        """Why there is no connection; None while there is one, and before the first attempt ended."""
        return self._error

    async def start(self) -> None:
        """Connect once, successfully or not; go on in the background whenever the gateway went away."""
        _quiet_xknx()
        self._task = asyncio.create_task(self._stay(), name="KNXnet/IP")
        await self._is_tried.wait()

    async def stop(self) -> None:
        """Leave the bus."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ready(self) -> None:
        """Wait for a connection, as long as the setting ``timeout`` says.

        Raises:
            Unreachable: there is none.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._is_up.wait()
        except TimeoutError:
            raise self._reason from None

    async def send(self, address: str, kind: TelegramKind, payload: Payload | None = None) -> None:
        """Send a telegram and wait until the bus has taken it.

        Raises:
            Unreachable: there is no connection; it was not sent.
            CannotExecute: the gateway could not transmit it on the bus.
            TimedOut: it was sent, and the gateway did not confirm it.
        """
        telegram = XknxTelegram(GroupAddress(address), payload=to_apci(kind, payload))
        # One at a time, because a confirmation does not say which of two equal telegrams it is for.
        async with self._sending:
            xknx = self._xknx
            if xknx is None:
                raise self._reason
            try:
                await xknx.cemi_handler.send_telegram(telegram)
            except NotTransmitted:
                raise CannotExecute(f"nobody on the bus took the telegram to {address}") from None
            except ConfirmationError:
                raise TimedOut(f"{self._where} did not confirm the telegram to {address}") from None
            except CommunicationError:
                raise TimedOut(f"{self._where} did not take the telegram to {address}") from None

    async def _stay(self) -> None:
        while True:
            gone = asyncio.Event()
            xknx = self._new_xknx(gone)
            try:
                async with asyncio.timeout(self._timeout_s):
                    await xknx.start()
                self._go_up(xknx)
                await self._last(gone)
                self._go_down("the gateway closed the connection or does not answer any more")
            except (XKNXException, OSError) as error:
                self._go_down(why_not(error))
            finally:
                self._leave()
                await self._release(xknx)
            await asyncio.sleep(RECONNECT_S)

    async def _last(self, gone: asyncio.Event) -> None:
        """Wait as long as the connection lasts."""
        watching = asyncio.create_task(self._watch(gone), name="KNXnet/IP watch")
        try:
            await gone.wait()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, gone: asyncio.Event) -> None:
        await falls_silent(self._settings, self._take_note)
        gone.set()

    def _take_note(self) -> bool:
        was_heard, self._was_heard = self._was_heard, False
        return was_heard

    def _new_xknx(self, gone: asyncio.Event) -> XKNX:
        def turned(state: XknxConnectionState) -> None:
            if state is XknxConnectionState.DISCONNECTED:
                self._leave()
                gone.set()

        xknx = XKNX(
            connection_config=connection_config(self._settings),
            telegram_received_cb=self._take,
            connection_state_changed_cb=turned,
        )
        xknx.cemi_handler = Confirmations(xknx)
        return xknx

    async def _release(self, xknx: XKNX) -> None:
        with suppress(OSError, XKNXException):
            async with asyncio.timeout(_RELEASE_S):
                await xknx.stop()

    def _take(self, telegram: XknxTelegram) -> None:
        self._was_heard = True
        found = None if telegram.payload is None else from_apci(telegram.payload)
        if found is None or not isinstance(telegram.destination_address, GroupAddress):
            return
        kind, payload = found
        self._listener.heard(
            Telegram(
                address=format_group_address(telegram.destination_address.raw),
                kind=kind,
                source=str(telegram.source_address),
                payload=payload,
            )
        )

    def _go_up(self, xknx: XKNX) -> None:
        was_lost = self._error is not None
        self._xknx, self._error = xknx, None
        self._is_tried.set()
        self._is_up.set()
        if was_lost:
            self._listener.regained()

    def _go_down(self, why: str) -> None:
        was_lost = self._error is not None
        self._error = Unreachable(f"{self._where} cannot be reached: {why}")
        self._is_tried.set()
        if not was_lost:
            self._listener.lost(self._error)

    def _leave(self) -> None:
        self._xknx = None
        self._is_up.clear()

    @property
    def _reason(self) -> Unreachable:
        return self._error or Unreachable(f"{self._where} does not answer")

    @property
    def _where(self) -> str:
        host, port = self._settings.endpoint
        return f"KNXnet/IP {'routing' if self._settings.is_routing else 'gateway'} {host}:{port}"


def _quiet_xknx() -> None:
    """Let xknx speak only where everything is logged: it warns anew at each attempt, the engine once."""
    if logging.getLogger().getEffectiveLevel() > logging.DEBUG:
        logging.getLogger("xknx").setLevel(logging.ERROR)


def connection_config(settings: KnxSettings) -> ConnectionConfig:
    """Return how xknx connects as the settings say."""
    host, port = settings.endpoint
    if settings.is_routing:
        return ConnectionConfig(
            connection_type=ConnectionType.ROUTING,
            local_ip=settings.local_ip,
            multicast_group=host,
            multicast_port=port,
        )
    is_tcp = settings.transport == "tcp"
    return ConnectionConfig(
        connection_type=ConnectionType.TUNNELING_TCP if is_tcp else ConnectionType.TUNNELING,
        local_ip=settings.local_ip,
        gateway_ip=host,
        gateway_port=port,
        auto_reconnect=False,
    )
