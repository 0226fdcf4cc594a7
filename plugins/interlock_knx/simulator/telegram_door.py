"""The side door for telegrams: somebody presses a button whose group no device of the site has.

``curl -d on localhost:3671/simulator/telegrams/0/0/1``
"""

from __future__ import annotations

import json
from collections.abc import Callable

from interlock import InterlockError, Reply, Request, Value
from interlock_knx.addresses import parse_group_address
from interlock_knx.datapoint_table import DATAPOINTS, parse_dpt
from interlock_knx.datapoints import Datapoint
from interlock_knx.knxip import encode
from interlock_knx.simulator.equipment import Equipment
from interlock_knx.telegrams import Telegram, TelegramKind, format_payload
from interlock_knx.values import group_of

PREFIX = "/simulator/telegrams/"
HAND = "1.1.240"
"""The individual address of who sends them."""
_BITS = {"0": "off", "1": "on"}


class TelegramDoor:
    """Puts telegrams onto the bus, for clients on this machine only.

    Args:
        equipment: Knows the DPTs of groups.
        send: Takes each telegram.
    """

    def __init__(self, equipment: Equipment, send: Callable[[Telegram], None]) -> None:
        self._equipment = equipment
        self._send = send

    def answer(self, request: Request) -> Reply:
        """Return what a request under `PREFIX` is answered: a value is written, an empty body asks."""
        if not request.is_local:
            return _json(403, {"error": "the side door is open to this machine only"})
        if request.method != "POST":
            return Reply(status=405, headers=(("Allow", "POST"),))
        try:
            telegram = self._telegram(request)
        except (InterlockError, ValueError) as error:
            return _json(400, {"error": str(error)})
        self._send(telegram)
        shown = "read" if telegram.payload is None else format_payload(telegram.payload)
        return _json(200, {telegram.address: shown})

    def _telegram(self, request: Request) -> Telegram:
        address = parse_group_address(request.path.removeprefix(PREFIX))
        text = request.body.decode("utf-8").strip()
        if not text:
            return Telegram(address=address, kind=TelegramKind.READ, source=HAND)
        datapoint = self._datapoint(address, dict(request.parameters()).get("dpt"))
        payload = encode(datapoint, _value(datapoint, text))
        return Telegram(address=address, kind=TelegramKind.WRITE, source=HAND, payload=payload)

    def _datapoint(self, address: str, dpt: str | None) -> Datapoint:
        if dpt is not None:
            return DATAPOINTS[parse_dpt(dpt)]
        known = self._equipment.targets_at(address)
        return group_of(known[0]).datapoint if known else DATAPOINTS["1"]


def _value(datapoint: Datapoint, text: str) -> Value:
    word = _BITS.get(text, text) if datapoint.main == 1 else text
    value = datapoint.capability(is_readable=False).check(word)
    assert value is not None
    return value


def _json(status: int, document: object) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode() + b"\n")
