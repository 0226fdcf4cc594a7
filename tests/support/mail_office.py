"""A real mail server on the loopback."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.policy import default
from functools import partial

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Office:
    """What an SMTP server takes, and what it answers."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """By recipient, or by ``DATA``."""
    silent: bool = False
    taken: list[Envelope] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_safe: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.silent:
            await asyncio.Event().wait()
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append(envelope)
        assert server.transport
        self.was_safe.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"

    def log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        name, word = (part.decode() for part in (given.login, given.password))  # type: ignore[attr-defined]
        self.logins.append((name, word))
        return AuthResult(success=word == "right word", handled=False)

    @property
    def mails(self) -> list[Message]:
        contents = (each.content for each in self.taken)
        return [
            email.message_from_bytes(each, policy=default) for each in contents if isinstance(each, bytes)
        ]


@asynccontextmanager
async def open_office(
    office: Office, *, context: ssl.SSLContext | None = None, at_once: bool = False
) -> AsyncIterator[int]:
    """Serve until the block ends; yield the port. A context is for STARTTLS, or for TLS at once."""
    loop = asyncio.get_running_loop()
    new = partial(
        SMTP,
        office,
        hostname="mx.example.org",
        enable_SMTPUTF8=True,
        authenticator=office.log_in,
        auth_require_tls=False,
        tls_context=None if at_once else context,
        loop=loop,
    )
    server = await loop.create_server(new, "127.0.0.1", 0, ssl=context if at_once else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
