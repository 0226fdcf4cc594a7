"""The notifier ``email``: messages by SMTP. The only importer of aiosmtplib, where its exceptions end."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from types import MappingProxyType

import aiosmtplib

from interlock import (
    AuthenticationFailed,
    DriverError,
    Notifier,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    ServerFault,
    TimedOut,
    Unreachable,
    new_trust,
    redact,
)
from interlock_notify.mail_settings import EmailSettings

_QUIT_S = 2.0
"""How long a server may take over the farewell: the message is delivered by then."""

FAULTS: Mapping[type[Exception], tuple[type[DriverError], str]] = MappingProxyType(
    {
        aiosmtplib.SMTPException: (ProtocolFault, "does not speak SMTP as it should"),
        aiosmtplib.SMTPConnectError: (Unreachable, "cannot be reached"),
        aiosmtplib.SMTPServerDisconnected: (TimedOut, "hung up"),
        aiosmtplib.SMTPTimeoutError: (TimedOut, "gave no answer in time"),
        aiosmtplib.SMTPConnectTimeoutError: (Unreachable, "cannot be reached"),
        aiosmtplib.SMTPNotSupported: (NotSupported, "lacks what is needed"),
        TimeoutError: (TimedOut, "gave no answer in time"),
        ssl.SSLError: (Unreachable, "cannot be reached"),
        OSError: (Unreachable, "cannot be reached"),
    }
)
"""What exceptions mean that carry no answer of the server; the nearest class of an exception counts."""


class Email(Notifier):
    """Sends each message as an e-mail, over a connection of its own."""

    name = "email"
    description = "e-mails by SMTP"
    Settings = EmailSettings
    settings: EmailSettings

    async def send(self, message: str, title: str) -> None:
        """Send one message.

        Raises:
            DriverError: the server did not take it.
        """
        mail = new_mail(self.settings, message, title)
        is_secure = self.settings.tls != "none"
        trust = await asyncio.to_thread(new_trust, self.settings.ca) if is_secure else None
        try:
            async with asyncio.timeout(self.settings.timeout.total_seconds()):
                await self._deliver(mail, trust)
        except aiosmtplib.SMTPRecipientsRefused as error:
            fault = self._recipients_refused(error.recipients)
        except aiosmtplib.SMTPResponseException as error:
            fault = self._refusal(error)
        except tuple(FAULTS) as error:
            kind, meaning = next(FAULTS[each] for each in type(error).__mro__ if each in FAULTS)
            fault = kind(f"{self._server} {meaning}: {_cause(error)}")
        else:
            return
        raise fault

    async def _deliver(self, mail: EmailMessage, trust: ssl.SSLContext | None) -> None:
        settings = self.settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.used_port,
            timeout=settings.timeout.total_seconds(),
            use_tls=settings.tls == "tls",
            start_tls=False,
            tls_context=trust,
        )
        try:
            await client.connect()
            await self._secure(client, trust)
            await self._log_in(client)
            refused, _ = await client.send_message(mail)
            with suppress(aiosmtplib.SMTPException):
                await client.quit(timeout=_QUIT_S)
        finally:
            client.close()
        if refused:
            raise RejectedValue(f"{self._server} took the message, but not for {', '.join(refused)}")

    async def _secure(self, client: aiosmtplib.SMTP, trust: ssl.SSLContext | None) -> None:
        if self.settings.tls != "starttls":
            return
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise NotSupported(f"{self._server} offers no STARTTLS")
        await client.starttls(tls_context=trust)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        if not self.settings.username:
            return
        await client.ehlo()
        if not client.supported_auth_methods:
            raise NotSupported(f"{self._server} offers no way to log in")
        await client.login(self.settings.username, self.settings.password.get_secret_value())

    @property
    def _server(self) -> str:
        return f"the mail server {self.settings.host}:{self.settings.used_port}"

    def _recipients_refused(self, refused: list[aiosmtplib.SMTPRecipientRefused]) -> DriverError:
        # A server that puts newcomers off says 400 to 499, and takes them some minutes later.
        is_final = any(each.code >= 500 for each in refused)
        said = ", ".join(f"{each.recipient} ({_said(each)})" for each in refused)
        return (RejectedValue if is_final else ServerFault)(f"{self._server} refuses to deliver to {said}")

    def _refusal(self, error: aiosmtplib.SMTPResponseException) -> DriverError:
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500:
            return AuthenticationFailed(f"{self._server} refuses the username or password ({_said(error)})")
        kind = RejectedValue if error.code >= 500 else ServerFault
        return kind(f"{self._server} refuses the message ({_said(error)})")


def new_mail(settings: EmailSettings, message: str, title: str) -> EmailMessage:
    """Return a message as it goes out. A title's line breaks cannot begin another header: it is one line."""
    mail = EmailMessage()
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.to)
    mail["Subject"] = _printable(" ".join(title.split())) or settings.subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2].strip("<> "))
    # Source: RFC 3834, section 5: whoever answers by itself does not answer this.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(map(_printable, message.splitlines())) + "\n")
    return mail


def _printable(line: str) -> str:
    return "".join(char for char in line if char.isprintable() or char == "\t")


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    """Return a server's own words on one line."""
    return f"{error.code} {' '.join(_printable(redact(error.message)).split())}".rstrip()


def _cause(error: Exception) -> str:
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.rstrip('.').lower()}"
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return os.strerror(cause.errno).lower()
    return " ".join(redact(str(error)).split()) or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
