"""What became of a telegram on the bus, as its confirmation (L_Data.con) says."""

from __future__ import annotations

from xknx import XKNX
from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.cemi.cemi_handler import CEMIHandler
from xknx.cemi.const import CEMIMessageCode
from xknx.telegram import Telegram


class NotTransmitted(Exception):
    """The bus did not take the telegram: its confirmation is negative."""


class Confirmations(CEMIHandler):
    """xknx's way of sending, which alone takes any confirmation for a good one of the last telegram.

    One telegram is sent at a time.
    """

    def __init__(self, xknx: XKNX) -> None:
        super().__init__(xknx)
        self._sent: Telegram | None = None
        self._is_negative = False

    async def send_telegram(self, telegram: Telegram) -> None:
        """Send a telegram and wait for its confirmation.

        Raises:
            NotTransmitted: the confirmation is negative.
            ConfirmationError: there is none.
            CommunicationError: the gateway did not take the telegram.
        """
        self._sent, self._is_negative = telegram, False
        try:
            await super().send_telegram(telegram)
        finally:
            self._sent = None
        if self._is_negative:
            raise NotTransmitted

    def handle_cemi_frame(self, cemi: CEMIFrame) -> None:
        """Take a frame; a confirmation only where it is for the telegram that waits for one.

        Source: KNX System Specifications 03.06.03 EMI, 4.1.5.3.4 L_Data.con: bit 0 of control field 1.
        """
        if cemi.code is CEMIMessageCode.L_DATA_CON and isinstance(cemi.data, CEMILData):
            if not self._is_about_sent(cemi.data):
                return
            self._is_negative = cemi.data.flags.confirm_error
        super().handle_cemi_frame(cemi)

    def _is_about_sent(self, confirmed: CEMILData) -> bool:
        sent = self._sent
        return (
            sent is not None
            and confirmed.dst_addr == sent.destination_address
            and confirmed.payload == sent.payload
        )
