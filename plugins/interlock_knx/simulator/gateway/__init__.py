"""A KNXnet/IP tunnelling server, over UDP and TCP on one port. Its frames are xknx's."""

from __future__ import annotations

from interlock_knx.simulator.gateway.conduct import Conduct
from interlock_knx.simulator.gateway.gateway import Gateway
from interlock_knx.simulator.gateway.sockets import Sockets
from interlock_knx.simulator.gateway.tunnel import Tunnel

__all__ = ["Conduct", "Gateway", "Sockets", "Tunnel"]
