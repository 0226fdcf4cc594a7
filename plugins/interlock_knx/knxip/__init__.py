"""KNXnet/IP by xknx, as a client: the only package of ours that imports it, but for the simulated gateway.

Its callers see group addresses as texts, payloads as `Payload`, and `DriverError`.
"""

from __future__ import annotations

from interlock_knx.knxip.application_layer import from_apci, to_apci
from interlock_knx.knxip.bus import Bus, Listener
from interlock_knx.knxip.transcoding import decode, encode, fits, zero

__all__ = ["Bus", "Listener", "decode", "encode", "fits", "from_apci", "to_apci", "zero"]
