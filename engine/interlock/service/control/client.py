"""The other side of the control door: asking a service that runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from interlock.config.journal_place import JournalPlace
from interlock.errors import ConfigurationError, InterlockError
from interlock.service.control.place import address_of, socket_of
from interlock.service.control.protocol import (
    MOST_BYTES,
    ControlError,
    Failure,
    Question,
    decode_answer,
    encode_question,
)

_Answer = TypeVar("_Answer", bound=BaseModel)
_PATIENCE_S = 60.0
"""A large site takes some seconds to load."""


class NoService(InterlockError):
    """No service runs with this journal."""


async def ask(
    journal: JournalPlace, question: Question, answer: type[_Answer], *, patience_s: float = _PATIENCE_S
) -> _Answer:
    """Return what the service that runs with a journal answers.

    Raises:
        NoService: none runs.
        ConfigurationError: the site's files, which it read, have errors.
        ControlError: it refused, or does not answer.
    """
    path = socket_of(journal)
    try:
        async with asyncio.timeout(patience_s):
            line = await _exchange(path, encode_question(question))
    except TimeoutError:
        raise ControlError(f"the service at {path} does not answer") from None
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoService(f"no service runs with journal {journal}") from error
    except OSError as error:
        raise ControlError(
            f"the service at {path} cannot be asked: {(error.strerror or str(error)).lower()}"
        ) from error
    found = decode_answer(line)
    if isinstance(found, Failure):
        raise _error(found)
    return answer.model_validate(found)


async def _exchange(path: Path, request: bytes) -> bytes:
    with address_of(path) as address:
        reader, writer = await asyncio.open_unix_connection(address, limit=MOST_BYTES)
    try:
        writer.write(request)
        await writer.drain()
        try:
            return await reader.readline()
        except ValueError:
            raise ControlError(f"the service at {path} answers without end") from None
    finally:
        writer.close()


def _error(failure: Failure) -> InterlockError:
    return ConfigurationError(failure.findings) if failure.findings else ControlError(failure.message)
