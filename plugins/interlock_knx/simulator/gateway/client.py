"""Who speaks with the gateway, and how they are reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from xknx.knxip import HPAI, KNXIPBody, KNXIPFrame

from interlock_knx.simulator.gateway.conduct import Conduct


class Origin(Protocol):
    """Where a frame came from."""

    is_stream: bool
    """Whether it came over TCP, where nothing is acknowledged or repeated."""
    own: HPAI
    """The gateway's own address, as this client reaches it."""

    def send(self, frame: bytes, endpoint: HPAI) -> None:
        """Send a frame back, over UDP to the endpoint that the client named."""
        ...

    def close(self) -> None:
        """Hang up, where there is a connection."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One address of a client."""

    origin: Origin
    endpoint: HPAI
    conduct: Conduct

    def say(self, body: KNXIPBody) -> None:
        """Send a frame."""
        self.say_raw(KNXIPFrame.init_from_body(body).to_knx())

    def say_raw(self, frame: bytes) -> None:
        """Send a frame that is encoded already."""
        if not self.conduct.is_silent:
            self.origin.send(frame, self.endpoint)
