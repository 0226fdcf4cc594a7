"""Asking the desk, in the name of who bears a token."""

from __future__ import annotations

from typing import TypeVar

from interlock.model import Origin, OriginKind
from interlock.service.api.served import Served
from interlock.service.control.protocol import Answer, Question
from interlock.service.desk import Asker
from interlock.service.tokens import Token

A = TypeVar("A", bound=Answer)


async def ask(served: Served, question: Question, answer: type[A], token: Token) -> A:
    """Return what the desk answers.

    Raises:
        ControlError: it cannot be done.
        ConfigurationError: the site's files, which were to be read, have errors.
    """
    name = f"api:{token.name}"
    found = await served.desk(question, Asker(Origin(OriginKind.OPERATOR, name), name))
    assert isinstance(found, answer)
    return found
