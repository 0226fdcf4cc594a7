"""A command on its way, with what it is for and the receipt that is to come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from interlock.driver import Target
from interlock.model import Command, Receipt


@dataclass(slots=True, eq=False)
class Order:
    """A command on its way."""

    command: Command
    target: Target
    receipt: asyncio.Future[Receipt]
    """The first one; one that was deferred has a second, in the journal."""
    is_journalled: bool = False
