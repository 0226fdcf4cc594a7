"""One tunnel of a gateway: a channel to a client, whose frames are numbered in both directions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xknx.knxip import DisconnectRequest, TunnellingAck, TunnellingRequest

from interlock_knx.simulator.gateway.client import Client
from interlock_knx.simulator.gateway.conduct import Conduct

ACK_S = 1.0
"""How long an acknowledgement may take. Source: KNX System Specifications 03.08.04 Tunnelling, 2.6."""
ALIVE_S = 120.0
"""How long a client may be silent. Source: KNX System Specifications 03.08.02 Core, 5.4."""
_ATTEMPTS = 2
_FAR_OFF = 100
_NONSENSE = bytes((6, 0x10, 0xFF, 0xFF, 0, 8, 0, 0))
"""A frame of a service that there is not."""


class Tunnel:
    """One channel.

    Args:
        channel: Its number.
        address: The individual address that its client has on the bus.
        control: The client's address for what is about the tunnel.
        frames: The client's address for what goes through it.
        conduct: What goes wrong now.
        ended: Is called when it has ended by itself.
    """

    def __init__(
        self,
        channel: int,
        address: str,
        *,
        control: Client,
        frames: Client,
        conduct: Conduct,
        ended: Callable[[Tunnel], None],
    ) -> None:
        self.channel = channel
        self.address = address
        self.origin = control.origin
        self._control = control
        self._frames = frames
        self._conduct = conduct
        self._ended = ended
        self._expected = 0
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._acknowledged: asyncio.Future[int] | None = None
        self._loop = asyncio.get_running_loop()
        self._pump = self._loop.create_task(self._send_all(), name=f"tunnel {channel}")
        self._watch = self._loop.call_later(ALIVE_S, self.end)

    def keep_alive(self) -> None:
        """Learn that the client is there."""
        self._watch.cancel()
        self._watch = self._loop.call_later(ALIVE_S, self.end)

    def take(self, request: TunnellingRequest) -> bytes | None:
        """Acknowledge a frame of the client; return what is in it, None where it is no new one."""
        if self.origin.is_stream:
            return request.raw_cemi
        number = request.sequence_counter
        if number not in {self._expected, self._expected - 1 & 0xFF}:
            return None
        if self._conduct.acknowledges:
            self._frames.say(TunnellingAck(self.channel, number))
        if number != self._expected:
            return None
        self._expected = self._expected + 1 & 0xFF
        return request.raw_cemi

    def take_ack(self, number: int) -> None:
        """Learn that the client has a frame."""
        if self._acknowledged is not None and not self._acknowledged.done():
            self._acknowledged.set_result(number)

    def tell(self, raw_cemi: bytes) -> None:
        """Send a frame behind those that are still to be sent."""
        self._outgoing.put_nowait(raw_cemi)

    def end(self) -> None:
        """End it by a disconnect request."""
        self._control.say(DisconnectRequest(self.channel, self.origin.own))
        self.forget()
        self._ended(self)

    def forget(self) -> None:
        """End it without a word."""
        self._watch.cancel()
        self._pump.cancel()

    async def _send_all(self) -> None:
        number = 0
        while True:
            raw = await self._outgoing.get()
            shown = number + _FAR_OFF & 0xFF if self._conduct.misnumbers else number
            if not await self._deliver(TunnellingRequest(self.channel, shown, raw)):
                # Not `end` itself: it cancels this task before the others have heard of it.
                self._loop.call_soon(self.end)
                return
            number = number + 1 & 0xFF

    async def _deliver(self, request: TunnellingRequest) -> bool:
        """Send a frame until it is acknowledged; return whether it was."""
        if self._conduct.babbles:
            self._frames.say_raw(_NONSENSE)
        if self._conduct.repeats:
            self._frames.say(request)
        if self.origin.is_stream:
            self._frames.say(request)
            return True
        for _ in range(_ATTEMPTS):
            self._acknowledged = self._loop.create_future()
            self._frames.say(request)
            try:
                async with asyncio.timeout(ACK_S):
                    while await self._acknowledged != request.sequence_counter:
                        self._acknowledged = self._loop.create_future()
                return True
            except TimeoutError:
                continue
        return False
