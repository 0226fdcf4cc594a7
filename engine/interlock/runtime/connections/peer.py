"""A connection as another one speaks through it."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.config.through import speaking_type
from interlock.driver import Answer, Device, Target, Write
from interlock.errors import DriverError, InvalidValue, NotSupported, RejectedValue
from interlock.model import Point, Value
from interlock.runtime.connections.link import Link


class LinkPeer:
    """Calls controllers over another connection's link, so that its limits and its health are shared.

    Args:
        name: The connection that speaks; its calls bear its name.
        link: What it speaks through.
        needs: The controllers that it calls.

    Raises:
        NotSupported: the link's driver does not have them all on one device type.
    """

    def __init__(self, name: str, link: Link, needs: tuple[str, ...]) -> None:
        other = link.connection
        device_type = speaking_type(other.driver, needs)
        if device_type is None:
            raise NotSupported(f"connection {other.name} has no device type with {' and '.join(needs)}")
        device = Device(
            name=name, connection=other.name, type=device_type.name, settings=device_type.settings()
        )
        self._link = link
        self._targets = {
            each.controller: Target(point=Point.of(name, each.controller), device=device, capability=each)
            for each in device_type.controllers
            if each.fields
        }

    async def call(self, controller: str, fields: Mapping[str, Value]) -> Answer:
        """Call a controller with fields.

        Raises:
            DriverError: it was refused, or what became of it otherwise.
        """
        target = self._targets.get(controller)
        if target is None:
            raise NotSupported(f"connection {self._link.connection.name} cannot be called for {controller}")
        try:
            checked = target.capability.check_fields(fields)
        except InvalidValue as error:
            raise RejectedValue(str(error)) from error
        if fault := self._link.seam.call_fault(target, checked):
            raise RejectedValue(fault)
        [answer] = await self._link.write([Write(target=target, value=None, fields=checked)])
        if isinstance(answer, DriverError):
            raise answer
        return answer
