"""KNX through a Thinknx server, which sends telegrams and has no way to hear them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from interlock import Answer, DriverError, NotSupported, Peer, Point, Target, Value, Write
from interlock_knx.values import group_of, outgoing

log = logging.getLogger("interlock.connection.knx")

CALLS: Mapping[int, str] = MappingProxyType(
    {
        1: "sendKNXbit",
        2: "sendKNX4bits",
        3: "sendKNX4bits",
        5: "sendKNXbyte",
        6: "sendKNXbyteun",
        9: "sendKNXfloat2bytes",
        14: "sendKNXfloat4bytes",
        17: "sendKNXbyte",
        18: "sendKNXbyte",
        20: "sendKNXbyte",
    }
)
"""The call that sends a DPT, by its main number. Despite its name, `sendKNXbyteun` is the signed one.
A telegram does not say its type, so that a scene and a mode are bytes like others.

Source: Thinknx Integration Kit 1.3b, System controller.
"""
MOST_OF_SEND_KNX_4_BITS = 31
"""Source: Thinknx Integration Kit 1.3b, System controller / Send KNX telegram DPT3 / DPT2: 0 to 31."""
_MOST_OF_4_BITS = 15


class ThinknxDoor:
    """Sends telegrams by calls of the connection that the setting ``through`` names."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Answer that nothing can be read."""
        return {
            target.point: NotSupported(f"{target.point}: a Thinknx server cannot read KNX groups")
            for target in targets
        }

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send one telegram for each write, in order, until an error concerns the whole connection."""
        answers: list[Answer | DriverError] = []
        verdict: DriverError | None = None
        for write in writes:
            answer = verdict or await self._send(write)
            if isinstance(answer, DriverError) and answer.whole_connection:
                verdict = answer
            answers.append(answer)
        return answers

    async def _send(self, write: Write) -> Answer | DriverError:
        group = group_of(write.target)
        try:
            raw = group.datapoint.raw(outgoing(write))
            if group.datapoint.main == 3 and raw > _MOST_OF_4_BITS:
                log.warning("%s: %d has more than 4 bits; it is sent as it is", write.target.point, raw)
            fields = {"group": group.address, "value": raw}
            answer = await self._peer.call(CALLS[group.datapoint.main], fields)
        except DriverError as error:
            return error
        return Answer(exchange=answer.exchange)
