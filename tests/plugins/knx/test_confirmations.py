"""What a bus says to a telegram, and to which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from xknx import XKNX
from xknx.cemi.cemi_handler import REQUEST_TO_CONFIRMATION_TIMEOUT
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.exceptions import ConfirmationError
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueWrite

from interlock.simulation.virtual_time import run_virtual
from interlock_knx.knxip.confirmations import Confirmations, NotTransmitted

ON = Telegram(GroupAddress("1/0/1"), payload=GroupValueWrite(DPTBinary(1)))
WARM = Telegram(GroupAddress("2/0/1"), payload=GroupValueWrite(DPTArray(b"\x0c\x1a")))

# L_Data.con, no additional information; control fields bc/bd: the last bit says that it is negative.
ON_TAKEN = "2e 00 bc e0 11 0a 08 01 01 00 81"
ON_REFUSED = "2e 00 bd e0 11 0a 08 01 01 00 81"
OFF_REFUSED = "2e 00 bd e0 11 0a 08 01 01 00 80"
OTHER_ON_REFUSED = "2e 00 bd e0 11 0a 08 02 01 00 81"
WARM_TAKEN = "2e 00 bc e0 11 0a 10 01 03 00 80 0c 1a"
WARM_REFUSED = "2e 00 bd e0 11 0a 10 01 03 00 80 0c 1a"
ON_HEARD_WITH_THAT_BIT = "29 00 bd e0 11 0a 08 01 01 00 81"


class Gateway:
    """Takes frames, and says afterwards what it is told to."""

    def __init__(self, replies: Sequence[str]) -> None:
        self._replies = replies
        self.say: Callable[[bytes], None] = lambda raw: None

    async def send_cemi(self, cemi: object) -> None:
        for reply in self._replies:
            asyncio.get_running_loop().call_soon(self.say, bytes.fromhex(reply))


def send(telegram: Telegram, *replies: str) -> None:
    async def main() -> None:
        xknx, gateway = XKNX(), Gateway(replies)
        sender = Confirmations(xknx)
        gateway.say = sender.handle_raw_cemi
        xknx.knxip_interface = gateway  # type: ignore[assignment]
        for reply in replies:
            # What comes before anything was sent confirms nothing.
            sender.handle_raw_cemi(bytes.fromhex(reply))
        await sender.send_telegram(telegram)

    run_virtual(main())


@pytest.mark.parametrize(("telegram", "reply"), [(ON, ON_TAKEN), (WARM, WARM_TAKEN)])
def test_what_is_confirmed_was_sent(telegram: Telegram, reply: str) -> None:
    send(telegram, reply)


@pytest.mark.parametrize(("telegram", "reply"), [(ON, ON_REFUSED), (WARM, WARM_REFUSED)])
def test_what_is_confirmed_negatively_was_not_transmitted(telegram: Telegram, reply: str) -> None:
    with pytest.raises(NotTransmitted):
        send(telegram, reply)


@pytest.mark.parametrize("late", [OFF_REFUSED, OTHER_ON_REFUSED, WARM_REFUSED, ON_HEARD_WITH_THAT_BIT])
def test_the_confirmation_of_another_telegram_says_nothing_of_this_one(late: str) -> None:
    send(ON, late, ON_TAKEN)
    with pytest.raises(NotTransmitted):
        send(ON, late, ON_REFUSED)


def test_without_a_confirmation_of_its_own_a_telegram_is_in_doubt() -> None:
    assert REQUEST_TO_CONFIRMATION_TIMEOUT == 3
    with pytest.raises(ConfirmationError):
        send(ON, WARM_TAKEN)
