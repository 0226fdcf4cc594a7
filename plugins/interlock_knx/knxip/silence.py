"""Notices a gateway that went away without a word.

xknx asks for the state of its tunnel each 70 s, and believes in its end after another 40 s without an answer.
A description can be asked for at any time, and every KNXnet/IP server must give it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xknx.exceptions import CommunicationError
from xknx.io.self_description import request_description

from interlock_knx.settings import KnxSettings

QUIET_S = 10.0
"""How long nothing may be heard before the gateway is asked whether it is there."""
ATTEMPTS = 3
"""How many requests in a row must be lost, of which xknx gives each two seconds."""


async def falls_silent(settings: KnxSettings, was_heard: Callable[[], bool]) -> None:
    """Return when the gateway has gone; never, where it cannot be told.

    By routing there is no gateway, and one that does not even describe itself at first is not judged.

    Args:
        settings: Where the gateway is.
        was_heard: Whether anything came through the tunnel since it was asked last.
    """
    if settings.is_routing or not await _is_there(settings):
        await asyncio.Event().wait()
    while True:
        await asyncio.sleep(QUIET_S)
        if not was_heard() and not await _is_there(settings):
            return


async def _is_there(settings: KnxSettings) -> bool:
    for _ in range(ATTEMPTS):
        if await _answers(settings):
            return True
    return False


async def _answers(settings: KnxSettings) -> bool:
    host, port = settings.endpoint
    try:
        await request_description(host, port, local_ip=settings.local_ip)
    except (CommunicationError, OSError):
        return False
    return True
