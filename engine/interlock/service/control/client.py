"""The other side of the control door: asking a service that runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from interlock.config.journal_place import JournalPlace
from interlock.errors import ConfigurationError, InterlockError
from interlock.service.control.place import address_of, socket_of
from interlock.service.control.protocol import (
    MOST_BYTES,
    ControlError,
    Failure,
    Question,
    UnknownName,
    another_version,
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
        UnknownName: it has nothing of this name.
        ControlError: it refused, does not answer, or answers in another version.
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
    if not line.endswith(b"\n"):
        raise ControlError(f"the service at {path} hangs up: others may be asking it, so ask again")
    found = decode_answer(line)
    if isinstance(found, Failure):
        raise _error(found)
    try:
        return answer.model_validate(found)
    except ValidationError:
        raise another_version() from None


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
    if failure.findings:
        return ConfigurationError(failure.findings)
    return UnknownName(failure.message) if failure.is_unknown else ControlError(failure.message)
