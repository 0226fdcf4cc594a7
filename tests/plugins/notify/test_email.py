"""The notifier ``email`` and a real SMTP server on the loopback."""

from __future__ import annotations

import asyncio
import email
import inspect
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import (
    AuthenticationFailed,
    DriverError,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    ServerFault,
    TimedOut,
    Unreachable,
    issue_loopback_tls,
)
from interlock_notify.email import FAULTS, Email, new_mail
from interlock_notify.mail_settings import EmailSettings
from support.mail_office import Office, open_office

BASIS: Mapping[str, object] = {
    "host": "127.0.0.1",
    "tls": "none",
    "from": "Interlock <alarms@example.org>",
    "to": "desk@example.org",
}


@asynccontextmanager
async def mailing(
    office: Office, *, context: ssl.SSLContext | None = None, at_once: bool = False, **settings: object
) -> AsyncIterator[Email]:
    async with open_office(office, context=context, at_once=at_once) as port:
        yield Email(EmailSettings.model_validate({**BASIS, "port": port, **settings}))


async def failure(office: Office, **settings: object) -> DriverError:
    async with mailing(office, **settings) as notifier:  # type: ignore[arg-type]
        with pytest.raises(DriverError) as caught:
            await notifier.send("It is 31 °C", "Server room")
    return caught.value


async def test_a_message_arrives_as_it_was_written() -> None:
    office = Office()
    async with mailing(office, to=["desk@example.org", "Night <night@example.org>"]) as notifier:
        await notifier.send("Es ist 31 °C.\nBitte prüfen: 温度\n", "Störung in Zürich")
    [envelope], [mail] = office.taken, office.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "alarms@example.org",
        ["desk@example.org", "night@example.org"],
    )
    assert isinstance(mail, EmailMessage)
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "Interlock <alarms@example.org>",
        "desk@example.org, Night <night@example.org>",
        "Störung in Zürich",
    )
    assert mail.get_content().replace("\r\n", "\n") == "Es ist 31 °C.\nBitte prüfen: 温度\n"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail["Message-ID"].endswith("@example.org>")


async def test_a_message_without_title_has_the_subject_of_the_settings() -> None:
    office = Office()
    async with mailing(office, subject="Villa Bianchi") as notifier:
        await notifier.send("x", " \n")
    assert office.mails[0]["Subject"] == "Villa Bianchi"


@given(title=st.text(), message=st.text())
def test_no_title_and_no_message_can_add_a_header_or_an_address(title: str, message: str) -> None:
    settings = EmailSettings.model_validate(BASIS)
    names = [*new_mail(settings, "x", "x")]
    sent = new_mail(settings, message, f"{title}\r\nBcc: all@example.org")
    mail = email.message_from_bytes(sent.as_bytes(), policy=default)
    assert [*mail] == names
    assert mail["To"] == "desk@example.org"


@pytest.mark.parametrize(("at_once", "tls"), [(False, "starttls"), (True, "tls")])
async def test_a_password_goes_over_a_connection_that_is_safe(
    at_once: bool, tls: str, tmp_path: Path
) -> None:
    office, context = Office(), issue_loopback_tls(tmp_path / "ca.pem")
    login = {"username": "me", "password": "right word", "ca": tmp_path / "ca.pem"}
    async with mailing(office, context=context, at_once=at_once, tls=tls, **login) as notifier:
        await notifier.send("x", "y")
    assert office.logins == [("me", "right word")]
    assert office.was_safe == [True]


@pytest.mark.parametrize(("at_once", "tls"), [(False, "starttls"), (True, "tls")])
async def test_a_certificate_that_nobody_trusts_gets_no_password(
    at_once: bool, tls: str, tmp_path: Path
) -> None:
    office, context = Office(), issue_loopback_tls(tmp_path / "ca.pem")
    login = {"username": "me", "password": "right word"}
    error = await failure(office, context=context, at_once=at_once, tls=tls, **login)
    assert type(error) is Unreachable
    assert " cannot be reached: its certificate is not trusted: " in error.message
    assert office.logins == []


async def test_a_server_without_starttls_gets_nothing() -> None:
    office = Office()
    error = await failure(office, tls="starttls", username="me", password="right word")
    assert type(error) is NotSupported
    assert error.message.endswith(" offers no STARTTLS")
    assert (office.logins, office.taken) == ([], [])


async def test_a_wrong_password_is_not_shown_and_not_tried_again() -> None:
    error = await failure(Office(), username="me", password="wrong word")
    assert type(error) is AuthenticationFailed
    assert "refuses the username or password (535 " in error.message
    assert "wrong word" not in error.message


@pytest.mark.parametrize(
    ("answers", "kind", "message"),
    [
        ({"DATA": "554 5.7.1 spam"}, RejectedValue, "refuses the message (554 5.7.1 spam)"),
        ({"DATA": "451 4.3.0 busy"}, ServerFault, "refuses the message (451 4.3.0 busy)"),
        (
            {"desk@example.org": "550 5.1.1 who?"},
            RejectedValue,
            "refuses to deliver to desk@example.org (550 5.1.1 who?)",
        ),
        (
            {"desk@example.org": "450 4.2.0 greylisted"},
            ServerFault,
            "refuses to deliver to desk@example.org (450 4.2.0 greylisted)",
        ),
    ],
)
async def test_a_refusal_says_whether_it_is_final(
    answers: Mapping[str, str], kind: type[DriverError], message: str
) -> None:
    office = Office(answers)
    error = await failure(office)
    assert type(error) is kind
    assert error.message.startswith("the mail server 127.0.0.1:")
    assert error.message.endswith(message)
    assert office.taken == []


async def test_one_recipient_too_many_does_not_keep_the_message_from_the_others() -> None:
    office = Office({"gone@example.org": "550 5.1.1 who?"})
    error = await failure(office, to=["desk@example.org", "gone@example.org"])
    assert type(error) is RejectedValue
    assert error.message.endswith("took the message, but not for gone@example.org")
    assert [each.rcpt_tos for each in office.taken] == [["desk@example.org"]]


async def test_a_server_that_hangs_costs_the_timeout() -> None:
    error = await failure(Office(silent=True), timeout="200ms")
    assert type(error) is TimedOut


async def test_nobody_there_is_unreachable() -> None:
    async with mailing(Office()) as notifier:
        pass
    with pytest.raises(Unreachable, match=r"the mail server .* cannot be reached: connection refused"):
        await notifier.send("x", "y")


async def test_what_is_no_mail_server_is_said() -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    notifier = Email(EmailSettings.model_validate({**BASIS, "port": port}))
    with pytest.raises(DriverError, match="the mail server"):
        await notifier.send("x", "y")
    server.close()
    await server.wait_closed()


def test_every_exception_of_the_library_is_mapped() -> None:
    kinds = [kind for _, kind in inspect.getmembers(aiosmtplib, inspect.isclass)]
    for kind in (each for each in kinds if issubclass(each, Exception)):
        assert any(parent in FAULTS for parent in kind.__mro__), kind


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (aiosmtplib.SMTPServerDisconnected("x"), TimedOut),
        (aiosmtplib.SMTPReadTimeoutError("x"), TimedOut),
        (aiosmtplib.SMTPConnectTimeoutError("x"), Unreachable),
        (aiosmtplib.SMTPConnectError("x"), Unreachable),
        (aiosmtplib.SMTPException("x"), ProtocolFault),
        (ssl.SSLError("x"), Unreachable),
        (OSError("x"), Unreachable),
    ],
)
async def test_foreign_exceptions_end_at_the_wall(
    raised: Exception, expected: type[DriverError], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(aiosmtplib.SMTP, "connect", fail)
    with pytest.raises(DriverError) as caught:
        await Email(EmailSettings.model_validate(BASIS)).send("x", "y")
    assert type(caught.value) is expected
