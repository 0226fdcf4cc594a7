"""How a gateway behaves; what it would do for other reasons than the protocol's."""

from __future__ import annotations

from typing import Protocol

from interlock_knx.telegrams import Telegram


class Conduct(Protocol):
    """What goes wrong now."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing is answered and nothing sent."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether no tunnel is free."""
        ...

    @property
    def acknowledges(self) -> bool:
        """Whether requests are acknowledged over UDP."""
        ...

    @property
    def repeats(self) -> bool:
        """Whether everything is sent twice, with one number."""
        ...

    @property
    def misnumbers(self) -> bool:
        """Whether what is sent has a wrong number."""
        ...

    @property
    def babbles(self) -> bool:
        """Whether nonsense is sent before everything else."""
        ...

    def confirms(self, telegram: Telegram) -> bool:
        """Whether a telegram is confirmed at all."""
        ...

    def transmits(self, telegram: Telegram) -> bool:
        """Whether a telegram gets onto the bus."""
        ...
