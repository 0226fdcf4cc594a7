"""The gateway: it opens tunnels, keeps them, and carries telegrams between them and the bus."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from xknx.knxip import (
    HPAI,
    ConnectionStateRequest,
    ConnectionStateResponse,
    ConnectRequest,
    ConnectRequestType,
    ConnectResponse,
    ConnectResponseData,
    DescriptionRequest,
    DisconnectRequest,
    DisconnectResponse,
    ErrorCode,
    KNXIPBody,
    KNXIPFrame,
    KNXIPServiceType,
    SearchRequest,
    TunnellingAck,
    TunnellingLayer,
    TunnellingRequest,
)
from xknx.telegram import IndividualAddress

from interlock_knx.simulator.gateway.client import Client, Origin
from interlock_knx.simulator.gateway.conduct import Conduct
from interlock_knx.simulator.gateway.description import describe, found
from interlock_knx.simulator.gateway.link_layer import (
    NOT_READABLE,
    Frame,
    confirmation,
    indication,
    read_request,
    telegram_in,
)
from interlock_knx.simulator.gateway.tunnel import Tunnel
from interlock_knx.telegrams import Telegram

log = logging.getLogger("interlock.simulator")

TUNNELS = 8
"""How many clients can be connected at once; real gateways have from one to some dozens."""
ADDRESS = "1.1.1"
_FIRST_TUNNEL_ADDRESS = 241
_REFUSED = bytes((6, 0x10)) + KNXIPServiceType.CONNECT_RESPONSE.value.to_bytes(2, "big") + bytes((0, 8, 0))
"""A connect response without a channel, up to its status: gateways leave out the rest of it."""


class Gateway:
    """Speaks KNXnet/IP with clients.

    Args:
        conduct: What goes wrong now.
        spread: Takes each telegram that a client brought onto the bus.
        opened: Learns of each new tunnel.
    """

    def __init__(
        self,
        conduct: Conduct,
        spread: Callable[[Telegram], None],
        opened: Callable[[Tunnel], None],
    ) -> None:
        self._conduct = conduct
        self._spread = spread
        self._opened = opened
        self._tunnels: dict[int, Tunnel] = {}

    @property
    def tunnels(self) -> Sequence[Tunnel]:
        """The tunnels that are open."""
        return tuple(self._tunnels.values())

    def take(self, frame: bytes, origin: Origin) -> None:
        """Answer a frame; what cannot be read is passed over."""
        try:
            body = KNXIPFrame.from_knx(frame)[0].body
        except NOT_READABLE as error:
            log.debug("no KNXnet/IP: %s: %s", frame.hex(), error)
            return
        if not self._conduct.is_silent:
            self._answer(body, origin)

    def tell(self, telegram: Telegram) -> None:
        """Tell every client of a telegram on the bus, but for the one who sent it."""
        raw = indication(telegram)
        for tunnel in self.tunnels:
            if tunnel.address != telegram.source:
                tunnel.tell(raw)

    def end(self, tunnel: Tunnel) -> None:
        """End a tunnel by a disconnect request, if it is still open."""
        if tunnel in self.tunnels:
            tunnel.end()

    def drop(self, tunnel: Tunnel) -> None:
        """Forget a tunnel without a word, if it is still open; over TCP hang up."""
        if tunnel in self.tunnels:
            tunnel.forget()
            self._forget(tunnel)
            tunnel.origin.close()

    def hung_up(self, origin: Origin) -> None:
        """Learn that a TCP connection has ended, and its tunnels with it."""
        for tunnel in self.tunnels:
            if tunnel.origin is origin:
                tunnel.forget()
                self._forget(tunnel)

    def close(self) -> None:
        """End every tunnel."""
        for tunnel in self.tunnels:
            tunnel.end()

    def _answer(self, body: KNXIPBody, origin: Origin) -> None:
        match body:
            case SearchRequest(discovery_endpoint=endpoint):
                self._client(origin, endpoint).say(found(origin.own, ADDRESS))
            case DescriptionRequest(control_endpoint=endpoint):
                self._client(origin, endpoint).say(describe(ADDRESS))
            case ConnectRequest():
                self._connect(body, origin)
            case ConnectionStateRequest():
                self._tell_state(body, origin)
            case DisconnectRequest():
                self._disconnect(body, origin)
            case TunnellingRequest(communication_channel_id=channel):
                self._carry(body, self._tunnels.get(channel))
            case TunnellingAck(communication_channel_id=channel, sequence_counter=number):
                if channel in self._tunnels:
                    self._tunnels[channel].take_ack(number)

    def _client(self, origin: Origin, endpoint: HPAI) -> Client:
        return Client(origin=origin, endpoint=endpoint, conduct=self._conduct)

    def _connect(self, request: ConnectRequest, origin: Origin) -> None:
        control = self._client(origin, request.control_endpoint)
        refusal = self._refusal(request)
        if refusal is not None:
            control.say_raw(_REFUSED + bytes([refusal.value]))
            return
        tunnel = self._open(control, self._client(origin, request.data_endpoint))
        crd = ConnectResponseData(individual_address=IndividualAddress(tunnel.address))
        control.say(ConnectResponse(tunnel.channel, data_endpoint=origin.own, crd=crd))
        self._opened(tunnel)

    def _open(self, control: Client, frames: Client) -> Tunnel:
        channel = self._free()[0]
        tunnel = Tunnel(
            channel,
            f"1.1.{_FIRST_TUNNEL_ADDRESS + channel - 1}",
            control=control,
            frames=frames,
            conduct=self._conduct,
            ended=self._forget,
        )
        self._tunnels[channel] = tunnel
        return tunnel

    def _refusal(self, request: ConnectRequest) -> ErrorCode | None:
        if request.cri.connection_type is not ConnectRequestType.TUNNEL_CONNECTION:
            return ErrorCode.E_CONNECTION_TYPE
        if request.cri.knx_layer is not TunnellingLayer.DATA_LINK_LAYER:
            return ErrorCode.E_TUNNELLING_LAYER
        is_full = self._conduct.is_full or not self._free()
        return ErrorCode.E_NO_MORE_CONNECTIONS if is_full else None

    def _free(self) -> Sequence[int]:
        return [channel for channel in range(1, TUNNELS + 1) if channel not in self._tunnels]

    def _tell_state(self, request: ConnectionStateRequest, origin: Origin) -> None:
        channel = request.communication_channel_id
        tunnel = self._tunnels.get(channel)
        if tunnel is not None:
            tunnel.keep_alive()
        status = ErrorCode.E_CONNECTION_ID if tunnel is None else ErrorCode.E_NO_ERROR
        self._client(origin, request.control_endpoint).say(ConnectionStateResponse(channel, status))

    def _disconnect(self, request: DisconnectRequest, origin: Origin) -> None:
        channel = request.communication_channel_id
        tunnel = self._tunnels.pop(channel, None)
        if tunnel is not None:
            tunnel.forget()
        status = ErrorCode.E_CONNECTION_ID if tunnel is None else ErrorCode.E_NO_ERROR
        self._client(origin, request.control_endpoint).say(DisconnectResponse(channel, status))

    def _carry(self, request: TunnellingRequest, tunnel: Tunnel | None) -> None:
        raw = tunnel.take(request) if tunnel is not None else None
        frame = read_request(raw) if raw else None
        if tunnel is not None and frame is not None:
            self._put_on_bus(frame, tunnel)

    def _put_on_bus(self, frame: Frame, tunnel: Tunnel) -> None:
        telegram = telegram_in(frame, tunnel.address)
        # Nobody is there but groups: what is for a single device is acknowledged by nobody.
        is_taken = telegram is not None and self._conduct.transmits(telegram)
        if telegram is None or self._conduct.confirms(telegram):
            tunnel.tell(confirmation(frame, tunnel.address, is_negative=not is_taken))
        if telegram is not None and is_taken:
            self.tell(telegram)
            self._spread(telegram)

    def _forget(self, tunnel: Tunnel) -> None:
        del self._tunnels[tunnel.channel]
