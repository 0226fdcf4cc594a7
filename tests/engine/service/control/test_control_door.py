"""The control door: asked and answered over a real socket, with clients of every kind."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interlock.errors import ConfigurationError, Diagnostic
from interlock.service.control.client import NoService, ask
from interlock.service.control.place import address_of, socket_of
from interlock.service.control.protocol import (
    Answer,
    Began,
    CancelRule,
    Changed,
    ControlError,
    Ended,
    Question,
    ReloadSite,
    RunRule,
    UnknownName,
)
from interlock.service.control.server import ControlServer

pytestmark = pytest.mark.slow


async def echo(question: Question) -> Answer:
    """A desk that says what it was asked."""
    match question:
        case RunRule():
            return Began(firing=f"{question.rule} {dict(question.variables)}")
        case CancelRule():
            return Ended(count=3)
        case _:
            return Changed(changes=("rule a was added",))


@asynccontextmanager
async def door(
    journal: Path, desk: Callable[[Question], Awaitable[Answer]] = echo, patience_s: float = 30
) -> AsyncIterator[Path]:
    """A server at the door of a journal; gives the socket's path."""
    path = socket_of(journal)
    server = ControlServer(path, desk, patience_s=patience_s)
    task = asyncio.create_task(server.serve())
    await server.is_open.wait()
    try:
        yield path
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "interlock.sqlite"


async def raw(path: Path, sent: bytes) -> bytes:
    """Send bytes and return all that comes back until the other side closes."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(sent)
    writer.write_eof()
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""  # It was closed with something unread.
    finally:
        writer.close()


async def test_a_question_is_answered(journal: Path) -> None:
    question = RunRule(rule="a", variables={"level": 3, "on": True, "word": "x", "part": 0.5})
    async with door(journal):
        assert await ask(journal, ReloadSite(), Changed) == Changed(changes=("rule a was added",))
        assert await ask(journal, question, Began) == Began(
            firing="a {'level': 3, 'on': True, 'word': 'x', 'part': 0.5}"
        )


async def test_one_client_may_ask_again_and_again(journal: Path) -> None:
    line = b'{"interlock": 1, "ask": {"what": "cancel", "rule": "a"}}\n'
    async with door(journal) as path:
        assert await raw(path, line * 2) == b'{"interlock":1,"answer":{"count":3},"error":null}\n' * 2


async def test_only_this_user_may_ask(journal: Path) -> None:
    async with door(journal) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_where_no_service_runs_that_is_said(journal: Path) -> None:
    with pytest.raises(NoService, match=r"^no service runs with journal .*interlock\.sqlite$"):
        await ask(journal, ReloadSite(), Changed)


async def test_the_socket_goes_with_the_service(journal: Path) -> None:
    async with door(journal) as path:
        pass
    assert not path.exists()


async def test_a_link_to_the_journal_leads_to_the_same_door(journal: Path, tmp_path: Path) -> None:
    journal.touch()  # noqa: ASYNC240
    (tmp_path / "other.sqlite").symlink_to(journal)
    async with door(journal):
        assert await ask(tmp_path / "other.sqlite", CancelRule(rule="a"), Ended) == Ended(count=3)


async def test_what_a_killed_service_left_is_no_service(journal: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_of(journal)))
    with pytest.raises(NoService):
        await ask(journal, ReloadSite(), Changed)


@pytest.mark.parametrize("is_socket", [True, False])
async def test_what_a_killed_service_left_is_replaced(journal: Path, is_socket: bool) -> None:
    if is_socket:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(socket_of(journal)))
    else:
        socket_of(journal).write_text("")
    async with door(journal):
        assert await ask(journal, CancelRule(rule="a"), Ended) == Ended(count=3)


async def test_a_service_leaves_the_socket_of_its_successor(journal: Path) -> None:
    async with door(journal) as path:
        old = path.stat().st_ino
        async with door(journal):
            inner = path.stat().st_ino
            assert await ask(journal, CancelRule(rule="a"), Ended) == Ended(count=3)
        assert inner != old


async def test_a_path_that_is_too_long_for_a_socket_is_reached_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20) / ("path" * 20)
    folder.mkdir(parents=True)
    journal = folder / "interlock.sqlite"
    async with door(journal) as path:
        assert len(os.fsencode(path)) > 108
        assert await ask(journal, CancelRule(rule="a"), Ended) == Ended(count=3)


def test_a_long_path_where_the_system_has_no_short_way_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.service.control.place._DESCRIPTORS", tmp_path / "none")
    with pytest.raises(OSError, match="too long for a socket"), address_of(tmp_path / ("x" * 100)):
        pass


def test_a_socket_belongs_to_the_journal_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert socket_of(tmp_path / "link" / "j") == socket_of(tmp_path / "real" / "j")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"rubbish\n", "the line: invalid json"),
        (b"\xff\xfe\n", "the line: invalid json"),
        (b"{}\n", "ask: field required"),
        (b'{"interlock": 2, "ask": {"what": "reload"}}\n', "interlock: input should be 1"),
        (b'{"ask": {"what": "explode"}}\n', "ask: input tag 'explode'"),
        (b'{"ask": {"what": "run", "rule": 3}}\n', "ask.run.rule: input should be a valid string"),
        (b'{"ask": {"what": "reload", "now": true}}\n', "ask.reload.now: extra inputs"),
    ],
)
async def test_rubbish_is_answered_with_what_is_wrong_with_it(
    journal: Path, sent: bytes, message: str
) -> None:
    async with door(journal) as path:
        answer = (await raw(path, sent)).decode()
    assert f'"message":"this is no request of version 1: {message}' in answer


async def test_a_line_without_end_ends_the_talk_alone(journal: Path) -> None:
    async with door(journal) as path:
        assert await raw(path, b"x" * (3 << 20)) == b""
        assert await raw(path, b'{"interlock": 1') == b""
        assert await ask(journal, CancelRule(rule="a"), Ended) == Ended(count=3)


async def test_a_client_that_hangs_is_left_and_keeps_nobody_from_asking(journal: Path) -> None:
    async with door(journal, patience_s=0.05) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        assert await ask(journal, CancelRule(rule="a"), Ended) == Ended(count=3)
        assert await reader.read() == b""
        writer.close()


async def test_more_clients_than_anybody_needs_are_turned_away(journal: Path) -> None:
    async with door(journal) as path:
        clients = [await asyncio.open_unix_connection(str(path)) for _ in range(17)]
        assert await clients[-1][0].read() == b""
        clients[0][1].write(b'{"ask": {"what": "cancel", "rule": "a"}}\n')
        assert b'"count":3' in await clients[0][0].readline()
        for _, writer in clients:
            writer.close()


async def test_a_refusal_is_told(journal: Path) -> None:
    async def refuse(question: Question) -> Answer:
        raise ControlError("there is no rule 'x'")

    async with door(journal, refuse):
        with pytest.raises(ControlError, match=r"^there is no rule 'x'$"):
            await ask(journal, ReloadSite(), Changed)


async def test_findings_come_out_whole(journal: Path) -> None:
    finding = Diagnostic("site.yaml", 3, 1, "no such device", 4, "did you mean 'lamp'?", "  lmap: on")

    async def refuse(question: Question) -> Answer:
        raise ConfigurationError([finding])

    async with door(journal, refuse):
        with pytest.raises(ConfigurationError) as caught:
            await ask(journal, ReloadSite(), Changed)
    (found,) = caught.value.diagnostics
    assert (found, found.excerpt, found.severity) == (finding, finding.excerpt, finding.severity)


async def test_a_defect_is_told_and_logged_and_not_the_end(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(question: Question) -> Answer:
        raise ZeroDivisionError("secret detail")

    async with door(journal, fail):
        for _ in range(2):
            with pytest.raises(ControlError, match=r"^the service failed: ZeroDivisionError$"):
                await ask(journal, ReloadSite(), Changed)
    assert "a request at the control socket failed" in caplog.text


async def test_a_service_that_does_not_answer_is_not_waited_for(journal: Path) -> None:
    async def hang(question: Question) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    async with door(journal, hang):
        with pytest.raises(ControlError, match=r"does not answer$"):
            await ask(journal, ReloadSite(), Changed, patience_s=0.05)


@asynccontextmanager
async def answering(journal: Path, answer: bytes) -> AsyncIterator[None]:
    """A service that says the same whatever it is asked, and hangs up."""

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(other, str(socket_of(journal))):
        yield


@pytest.mark.parametrize(
    "answer",
    [
        b'{"interlock": 2}\n',
        b'{"interlock": 1, "answer": {"changed": []}}\n',
        b'{"interlock": 1, "error": {"message": "this is no request of version 1: ask: input tag"}}\n',
    ],
)
async def test_an_answer_of_another_version_says_what_to_do(journal: Path, answer: bytes) -> None:
    async with answering(journal, answer):
        with pytest.raises(ControlError, match=r"^the service answers in another version: restart it$"):
            await ask(journal, ReloadSite(), Changed)


@pytest.mark.parametrize("answer", [b"", b'{"interlock": 1, "answer": {"chan'])
async def test_a_service_that_hangs_up_is_no_other_version(journal: Path, answer: bytes) -> None:
    async with answering(journal, answer):
        with pytest.raises(ControlError, match=r"hangs up: others may be asking it, so ask again$"):
            await ask(journal, ReloadSite(), Changed)


@pytest.mark.parametrize("kind", [UnknownName, ControlError])
async def test_what_nothing_is_named_is_told_from_other_refusals(
    journal: Path, kind: type[ControlError]
) -> None:
    async def refuse(question: Question) -> Answer:
        raise kind("there is none")

    async with door(journal, refuse):
        with pytest.raises(ControlError, match=r"^there is none$") as caught:
            await ask(journal, ReloadSite(), Changed)
    assert caught.type is kind
