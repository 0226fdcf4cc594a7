"""A notifier that keeps what it is given, and fails as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import Field, SecretStr

from interlock import Notifier, NotifierSettings, hookimpl
from interlock.config.site import ConfiguredNotifier
from interlock.plugins import LoadedNotifier, PluginSource, Registry
from support.plugins import registry_of


class BellSettings(NotifierSettings):
    host: str = Field(description="where the bell hangs")
    token: SecretStr = SecretStr("")


@dataclass
class Belfry:
    """What happens to messages, and what came of them."""

    faults: list[BaseException | None] = field(default_factory=list)
    """What becomes of the attempts to come, one each; None and everything after the last lets it through."""
    hangs: bool = False
    attempts: list[float] = field(default_factory=list)
    """The loop's time of each."""
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Message and title of each that went through."""


class Bell(Notifier):
    """Rings in a belfry."""

    name = "bell"
    description = "a bell that is rung"
    Settings = BellSettings
    belfry: ClassVar[Belfry] = Belfry()

    async def send(self, message: str, title: str) -> None:
        self.belfry.attempts.append(asyncio.get_running_loop().time())
        if self.belfry.hangs:
            await asyncio.Event().wait()
        fault = self.belfry.faults.pop(0) if self.belfry.faults else None
        if fault is not None:
            raise fault
        self.belfry.sent.append((message, title))


def bell_in(belfry: Belfry) -> type[Bell]:
    """Return a notifier that rings in a belfry of its own."""
    return type("BellIn", (Bell,), {"belfry": belfry})


def configured_bell(belfry: Belfry, name: str = "mail", **settings: object) -> ConfiguredNotifier:
    """Return a notifier as a site file would have it."""
    return ConfiguredNotifier(
        name, bell_in(belfry), BellSettings.model_validate({"host": "tower", **settings})
    )


def bells_of(*notifiers: ConfiguredNotifier) -> Mapping[str, ConfiguredNotifier]:
    """Return notifiers by their names, as a site has them."""
    return {each.name: each for each in notifiers}


def registry_with_notifiers(*notifiers: type[Notifier]) -> Registry:
    """Return a registry with the fake driver and these notifiers."""
    source = PluginSource("fake", "fakes", "1.0")
    registry = registry_of()
    return Registry(
        registry.drivers,
        {},
        notifiers={each.name: LoadedNotifier(each, source) for each in notifiers or (Bell,)},
    )


@hookimpl
def interlock_notifiers() -> Sequence[type[Notifier]]:
    """Return the bell, where this module is a plugin."""
    return (Bell,)
