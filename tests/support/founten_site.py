"""A Founten site that answers what a test says, and the driver that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from interlock import Device, Point, ProtocolServer, RawReply, Reply, Request, Target, Value, Write
from interlock_founten.controllers import DEVICE_TYPES
from interlock_founten.driver import Founten
from interlock_founten.settings import FountenDeviceSettings, FountenSettings
from support.driver_context import context_of

USERNAME, PASSWORD = "myname@gmail.com", "my pass&wörd+"
NO_MATCH = "No thermostats found matching selection criteria."


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it arrived."""

    request: str
    object: str
    selection: str
    value: str
    raw: Request = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Request) -> Asked:
        given = dict(raw.parameters())
        assert list(given) == ["username", "password", "request", "object", "selection", "value"]
        assert (given["username"], given["password"]) == (USERNAME, PASSWORD)
        return cls(given["request"], given["object"], given["selection"], given["value"], raw)

    @property
    def attributes(self) -> Sequence[str]:
        return self.value.rstrip(";").split(";")


Answer: TypeAlias = Reply | RawReply | str
Answering: TypeAlias = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Site:
    """The driver at work, and what the site was asked."""

    driver: Founten
    server: ProtocolServer

    @property
    def asked(self) -> list[Asked]:
        return [Asked.of(request) for request in self.server.requests]

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        """What was asked of thermostats, without the elements that never change."""
        return [(each.request, each.selection, each.value) for each in self.asked]

    async def read(self, *targets: Target) -> Mapping[str, Any]:
        """Return what is read, errors as their class and message."""
        answers = await self.driver.read(targets)
        return {str(point): said(answer) for point, answer in answers.items()}

    async def write(self, *orders: tuple[Target, Value]) -> list[Any]:
        """Return what is answered, errors as their class and message, answers as their value."""
        answers = await self.driver.write([Write(target=target, value=value) for target, value in orders])
        return [said(getattr(answer, "value", answer)) for answer in answers]


def said(answer: object) -> Any:
    return (type(answer), str(answer)) if isinstance(answer, Exception) else answer


def item(values: Mapping[str, object], tag: str = "Thermostat") -> str:
    """Return an element with its values."""
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
    return f"<{tag}>{inner}</{tag}>"


def result(*items: str, success: int = 1, message: str = "") -> str:
    """Return a reply."""
    said = f"<message>{escape(message)}</message>" if message else ""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<result>{''.join(items)}<success>{success}</success>{said}</result>\n"


def refusing(message: str) -> str:
    return result(success=0, message=message)


class Thermostats:
    """Answers gets and sets of thermostats as the manual says, for a few of them."""

    def __init__(self, *thermostats: dict[str, object]) -> None:
        self.all = thermostats

    def __call__(self, asked: Asked) -> Answer:
        assert asked.object == "Thermostat", asked
        chosen = [each for each in self.all if self._fits(each, asked.selection)]
        if not chosen:
            return refusing(NO_MATCH)
        if asked.request == "set":
            for each in chosen:
                each.update(pairs(asked.value))
            return result(message=f"Updated {len(chosen)} thermostats.")
        return result(*(item({name: each.get(name, "") for name in asked.attributes}) for each in chosen))

    @staticmethod
    def _fits(thermostat: Mapping[str, object], selection: str) -> bool:
        return all(thermostat.get(name) == value for name, value in pairs(selection))


def pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (each.partition(":") for each in text.split(";")) if name]


def settings_of(**given: object) -> FountenSettings:
    basis = {"url": "https://shop.example", "username": USERNAME, "password": PASSWORD}
    return FountenSettings.model_validate({**basis, **given})


@asynccontextmanager
async def founten(answering: Answering, **given: object) -> AsyncIterator[Site]:
    """Serve what `answering` says until the block ends."""

    async def answer(request: Request) -> Reply | RawReply:
        reply = answering(Asked.of(request))
        return Reply(body=reply.encode(), content_type="text/xml") if isinstance(reply, str) else reply

    server = ProtocolServer(answer)
    settings = settings_of(url=await server.start("127.0.0.1", 0), **given)
    driver = Founten(settings, context_of(settings))
    try:
        await driver.open()
        yield Site(driver, server)
    finally:
        await driver.close()
        await server.stop()


def targets_of(
    device: str, type_: str = "thermostat", connection: FountenSettings | None = None, **given: object
) -> Mapping[str, Target]:
    """Return the targets of a device by their controllers, as a site file would make them."""
    device_type = next(known for known in DEVICE_TYPES if known.name == type_)
    parsed = device_type.settings.model_validate(given)
    assert isinstance(parsed, FountenDeviceSettings)
    made = Device(name=device, connection="shop", type=type_, settings=parsed)
    rows = Founten.capabilities(device_type, parsed, connection or settings_of())
    return {
        row.controller: Target(point=Point.of(device, row.controller), device=made, capability=row)
        for row in rows
    }
