"""The contract's clause about secrets: no text that leaves a driver holds one, in whatever clothes."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from interlock.driver import Answer, ConnectionSettings, Driver, Target, Write
from interlock.errors import DriverError
from interlock.model import Point, Value
from interlock.redaction import RedactingFilter, Redactor
from interlock.testing.basis import Basis, write
from interlock.testing.commands import states_if_any
from interlock.testing.loops import in_a_loop
from interlock.testing.rig import Action, Rig

_SHORTEST = 6
"""A shorter secret could stand in any text by chance."""


class DiscretionContract(Basis):
    """Secrets stay where they are."""

    @in_a_loop
    async def test_no_error_no_exchange_and_no_log_line_holds_a_secret(self) -> None:
        """Whatever happens: success, refusal, silence, loss wrong credentials; nor does what is printed."""
        async with self.peer() as rig:
            secrets = [*_secrets(rig.settings), *_secrets(rig.wrong_credentials)]
        if not secrets:
            _expect_no_secret_settings(rig.settings)
            pytest.skip("the driver's settings hold no secrets")
        texts: list[str] = []
        spoken = StringIO()
        with (
            _listening(self.driver, [rig.settings, rig.wrong_credentials], texts),
            redirect_stdout(spoken),
            redirect_stderr(spoken),
        ):
            async for said in self._everything_said():
                texts.append(said)
        texts.append(spoken.getvalue())
        leaks = [text for text in texts for secret in secrets for form in forms(secret) if form in text]
        assert leaks == []

    async def _everything_said(self) -> AsyncIterator[str]:
        for trouble in ("", "refuse", "hang", "drop", "garble", "lose"):
            async with self.connected() as (rig, driver):
                action: Action | None = getattr(rig, trouble) if trouble else None
                if action is not None:
                    await action()
                # Each point and each command costs a time limit where the peer is silent.
                async for text in _said(
                    driver, rig, points=4 if trouble else None, commands=1 if trouble else 3
                ):
                    yield text
        async with self.peer() as rig, self.opened(rig, rig.wrong_credentials) as intruder:
            async for text in _said(intruder, rig, points=None, commands=1):
                yield text


async def _said(driver: Driver, rig: Rig, *, points: int | None, commands: int) -> AsyncIterator[str]:
    """Yield every text of a read of so many points, a stranger's too, and of so many commands."""
    yield repr(driver)
    yield str(driver)
    strangers = [rig.unknown] if rig.unknown else []
    known = [target for target in rig.targets if target.capability.readable]
    for text in _texts(await _read(driver, [*known[:points], *strangers])):
        yield text
    for target, values in states_if_any(rig)[:commands]:
        for answer in await write(driver, [Write(target=target, value=values[-1])]):
            for text in _texts({target.point: answer}):
                yield text


async def _read(driver: Driver, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
    try:
        return await driver.read(targets)
    except DriverError as error:
        return {target.point: error for target in targets}


def _texts(answers: Mapping[Point, Value | DriverError | Answer]) -> Iterator[str]:
    for answer in answers.values():
        if isinstance(answer, DriverError):
            yield from (answer.message, answer.exchange, repr(answer))
            yield "".join(traceback.format_exception(answer))
        elif isinstance(answer, Answer):
            yield answer.exchange


@contextmanager
def _listening(
    driver: type, settings: Sequence[ConnectionSettings | None], texts: list[str]
) -> Iterator[None]:
    """Collect what is logged at any level: the driver's own lines as they are, others' as the engine logs."""
    redactor = Redactor()
    for each in settings:
        if each is not None:
            redactor.register_settings(each)
    listener = _Listener(_packages(driver), RedactingFilter(redactor), texts)
    root = logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(listener)


def _packages(driver: type) -> frozenset[str]:
    """Return the packages that a driver's class and its ancestors come from, apart from the engine."""
    return frozenset(kind.__module__.partition(".")[0] for kind in driver.__mro__) - {"interlock"}


class _Listener(logging.Handler):
    def __init__(self, packages: Collection[str], redacting: RedactingFilter, texts: list[str]) -> None:
        super().__init__()
        self._packages = packages
        self._redacting = redacting
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        """Note a line."""
        own = logging.makeLogRecord(record.__dict__)
        if own.name.partition(".")[0] not in self._packages:
            # httpx logs each URL; the engine hides what it was told is secret in those lines.
            self._redacting.filter(own)
        self._texts.append(self.format(own))


def forms(secret: str) -> frozenset[str]:
    """Return what a secret looks like in a text: plain, escaped, percent-encoded, or inside base64."""
    plain = {secret, repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    return frozenset(plain | {_inside_base64(secret, offset) for offset in range(3)})


def _inside_base64(secret: str, offset: int) -> str:
    """Return what base64 shows of a secret for sure, whatever stands around it.

    Args:
        secret: What to look for.
        offset: How many bytes stand before it, modulo 3.
    """
    raw = secret.encode()
    encoded = base64.b64encode(bytes(offset) + raw).decode().rstrip("=")
    first = -(-offset * 8 // 6)
    last = (offset + len(raw)) * 8 // 6
    return encoded[first:last]


def _secrets(settings: ConnectionSettings | None) -> Sequence[str]:
    if settings is None:
        return []
    values = [getattr(settings, name) for name in type(settings).model_fields]
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    short = [secret for secret in found if 0 < len(secret) < _SHORTEST]
    assert short == [], f"give the rig's settings secrets of {_SHORTEST} characters or more"
    return [secret for secret in found if secret]


def _expect_no_secret_settings(settings: ConnectionSettings) -> None:
    fields = type(settings).model_fields
    empty = [name for name in fields if isinstance(getattr(settings, name), SecretStr)]
    assert empty == [], f"the rig's settings leave {', '.join(empty)} empty: give them something to hide"
