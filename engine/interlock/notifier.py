"""What carries messages to people: by e-mail, to a web service, or however a plugin does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interlock.driver import Rate, parse_rate
from interlock.duration_field import Duration


class NotifierSettings(BaseModel):
    """What every notifier can say. A plugin's notifier subclasses it with what its service needs."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    timeout: Duration = Field(
        timedelta(seconds=30), gt=timedelta(), description="how long one attempt may take"
    )
    limit: Annotated[Rate, BeforeValidator(parse_rate, json_schema_input_type=str)] = Field(
        Rate(10, timedelta(minutes=10)),
        description="most messages in a time, such as 10/10min; what is more is told by one message",
    )


class Notifier(ABC):
    """Sends messages by one service. The engine owns retries and limits; a notifier owns the protocol.

    Args:
        settings: What the site file says, as its `Settings`.
    """

    name: ClassVar[str]
    """What ``via`` of the site file's section ``notifiers`` names."""
    description: ClassVar[str]
    Settings: ClassVar[type[NotifierSettings]]

    def __init__(self, settings: NotifierSettings) -> None:
        self.settings = settings

    @abstractmethod
    async def send(self, message: str, title: str) -> None:
        """Send one message, once.

        Args:
            message: What to say; it may have several lines.
            title: What it is about; empty where the rule gives none.

        Raises:
            TemporaryError: it may work later; the engine sends it again some minutes long.
            DriverError: it will not work unchanged.
        """
