"""The driver `thinknx-cloud` over real HTTPS: whom it trusts, what it sends, and who reads its key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interlock import (
    Answer,
    AuthenticationFailed,
    DriverError,
    NotSupported,
    ProtocolServer,
    Target,
    TimedOut,
    UnknownDevice,
    Unreachable,
    Write,
    issue_loopback_tls,
)
from interlock.protocol_server import RawReply
from interlock.protocol_server import Reply as Sent
from interlock.protocol_server import Request as Received
from interlock.redaction import MASK, redactor
from interlock.service.logs.lines import Detail, set_up_logging
from interlock_thinknx.driver import ThinknxCloud
from interlock_thinknx.simulator import ThinknxSimulator
from support.driver_context import context_of
from support.log_state import kept_logging
from support.thinknx_points import thinknx_target

pytestmark = pytest.mark.slow

KEY = "5uperSecret+Key=="
ENCODED = "5uperSecret%2BKey%3D%3D"
LAMP = thinknx_target("lamp.power", "light", guid="LAMP")
BELL = thinknx_target("bell.trigger", "button", guid="BELL")
HIGH = thinknx_target("box.sendKNXfloat2bytes", "server")


@asynccontextmanager
async def connected(
    reply: Sent | RawReply, tmp_path: Path, **settings: object
) -> AsyncIterator[tuple[ThinknxCloud, ProtocolServer]]:
    async def answer(_: Received) -> Sent | RawReply:
        return reply

    server = ProtocolServer(answer)
    url = await server.start("127.0.0.1", 0, issue_loopback_tls(tmp_path / "ca.pem"))
    given = {"base_url": url, "key": KEY, "ca": tmp_path / "ca.pem", **settings}
    driver = driver_of(**given)
    try:
        await driver.open()
        yield driver, server
    finally:
        await driver.close()
        await server.stop()


def driver_of(**settings: object) -> ThinknxCloud:
    parsed = ThinknxCloud.Settings.model_validate(settings)
    return ThinknxCloud(parsed, context_of(parsed))


async def error_of(driver: ThinknxCloud, target: Target = LAMP) -> DriverError:
    answer = (await driver.read([target]))[target.point]
    assert isinstance(answer, DriverError)
    return answer


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_path_begins_with_the_key(tmp_path: Path, method: str) -> None:
    async with connected(Sent(body=b'{"status": 1}'), tmp_path, method=method) as (driver, server):
        assert await driver.read([LAMP]) == {"lamp.power": True}
        await driver.write([Write(target=LAMP, value=True), Write(target=BELL, value=None)])
    query = "?guid=LAMP" if method == "GET" else ""
    assert server.requests[0].target == f"/{ENCODED}/api/v1/powerstatus{query}"
    assert [request.target.split("?")[0] for request in server.requests] == [
        f"/{ENCODED}/api/v1/{endpoint}" for endpoint in ("powerstatus", "power", "trigger")
    ]


async def test_a_folder_on_premise_stands_before_the_key(tmp_path: Path) -> None:
    async with connected(Sent(body=b'{"status": 1}'), tmp_path) as (driver, server):
        inner = driver_of(**dict(driver.settings) | {"base_url": f"{driver.settings.base_url}/thinknx/"})
        await inner.open()
        await inner.read([LAMP])
        await inner.close()
    assert server.requests[0].target == f"/thinknx/{ENCODED}/api/v1/powerstatus?guid=LAMP"


async def test_a_certificate_of_nobody_we_trust_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    issue_loopback_tls(tmp_path / "other.pem")
    for ca in (tmp_path / "other.pem", None):
        async with connected(Sent(), tmp_path, ca=ca) as (driver, server):
            error = await error_of(driver)
            (answer,) = await driver.write([Write(target=BELL, value=None)])
        assert isinstance(error, Unreachable)
        assert error.message.startswith(
            f"127.0.0.1:{driver.settings.base_url.rpartition(':')[2]} cannot be reached: "
            "its certificate is not trusted: "
        )
        assert isinstance(answer, Unreachable)
        assert not server.requests


async def test_plain_http_behind_the_address_is_unreachable() -> None:
    server = ProtocolServer(lambda _: pytest.fail("nothing may be sent"))  # type: ignore[arg-type]
    url = await server.start("127.0.0.1", 0)
    driver = driver_of(base_url=url.replace("http:", "https:"), key=KEY)
    await driver.open()
    error = await error_of(driver)
    await driver.close()
    await server.stop()
    assert isinstance(error, Unreachable)
    assert "cannot be reached: no TLS connection: " in error.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such file or directory"), ("no certificate", "it holds no certificate in PEM form")],
)
async def test_an_authority_that_cannot_be_read_is_said_when_it_is_needed(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    ca = tmp_path / "ca.pem"
    if content is not None:
        ca.write_text(content, encoding="ascii")
    driver = driver_of(base_url="https://127.0.0.1:9", key=KEY, ca=ca)
    with pytest.raises(Unreachable) as caught:
        await driver.open()
    await driver.close()
    assert caught.value.message == f"the certificate authority {ca} cannot be read: {reason}"


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/x", f"https://127.0.0.1/{ENCODED}/x"])
async def test_no_redirect_is_followed_and_none_shows_the_key(tmp_path: Path, location: str) -> None:
    moved = Sent(status=302, headers=(("Location", location),))
    async with connected(moved, tmp_path) as (driver, server):
        error = await error_of(driver)
        (answer,) = await driver.write([Write(target=BELL, value=None)])
    assert (type(error), type(answer)) == (NotSupported, NotSupported)
    assert error.message.endswith("127.0.0.1, which is not followed: check the connection's address")
    assert len(server.requests) == 2


async def test_a_key_that_is_forbidden_stops_the_connection(tmp_path: Path) -> None:
    async with connected(Sent(status=403), tmp_path) as (driver, _):
        assert isinstance(await error_of(driver), AuthenticationFailed)


async def test_a_key_that_nobody_knows_may_look_like_an_unknown_device(tmp_path: Path) -> None:
    async with connected(Sent(status=404, body=b"<h1>Not Found</h1>"), tmp_path) as (driver, _):
        error = await error_of(driver)
    assert isinstance(error, UnknownDevice)
    assert error.message == (
        "powerstatus of device lamp (guid LAMP) is unknown to the server, "
        "hidden from this user or key, or no function of it (HTTP 404)"
    )


@pytest.fixture
def registered() -> Iterator[None]:
    """Know the key as loading a site makes it known."""
    before = redactor._forms
    redactor.register(KEY)
    yield
    redactor._forms = before


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    "reply",
    [
        Sent(status=404, body=f"no page /{ENCODED}/api/v1/power".encode(), content_type="text/html"),
        Sent(status=400, body=f'{{"error": "params errors in /{KEY}/api"}}'.encode()),
        Sent(body=b"<html>5uperSecret%2bKey%3d%3d"),
        Sent(status=302, headers=(("Location", f"https://{KEY}/x"),)),
        Sent(body=f'{{"status": "/{KEY}/"}}'.encode()),
        RawReply(data=f"no http at all {KEY}\r\n\r\n".encode()),
        RawReply(reset=True),
    ],
)
async def test_no_error_and_no_exchange_shows_the_key(tmp_path: Path, reply: Sent | RawReply) -> None:
    async with connected(reply, tmp_path) as (driver, _):
        read = await error_of(driver)
        (written,) = await driver.write([Write(target=LAMP, value=True)])
    texts = [read.message, read.exchange, repr(read), written.exchange]
    if isinstance(written, DriverError):
        texts.append(written.message)
    assert not any("5uper" in text.lower() for text in texts), texts


@pytest.fixture
def log_state() -> Iterator[None]:
    with kept_logging():
        yield


@pytest.mark.usefixtures("registered", "log_state")
async def test_no_log_line_shows_the_key_however_much_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = Sent(status=302, headers=(("Location", f"https://127.0.0.1/{ENCODED}/x"),))
    set_up_logging(Detail.ALL)
    logging.getLogger("httpcore").setLevel(logging.DEBUG)
    async with connected(moved, tmp_path) as (driver, _):
        await driver.read([LAMP])
        await driver.write([Write(target=BELL, value=None)])
    logged = capsys.readouterr().err
    assert f"/{MASK}/api/v1/powerstatus" in logged
    assert "httpcore" in logged
    assert "5uper" not in logged


def test_settings_show_no_key() -> None:
    settings = ThinknxCloud.Settings.model_validate({"key": KEY})
    assert KEY not in repr(settings) + str(settings)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_it_works_with_the_bundled_server(tmp_path: Path, method: str) -> None:
    ca = tmp_path / "ca.pem"
    settings = ThinknxCloud.Settings.model_validate({"key": KEY, "ca": ca, "method": method})
    simulator = ThinknxSimulator(settings, [LAMP, BELL, HIGH])
    simulator.pace.reaction_s = 0.0
    assert simulator.needs_tls
    url = await simulator.start("127.0.0.1", 0, issue_loopback_tls(ca))
    driver = driver_of(**dict(settings) | {"base_url": url})
    wrong = driver_of(**dict(settings) | {"base_url": url, "key": "wrong"})
    try:
        await driver.open()
        await wrong.open()
        answers = await driver.write([Write(target=LAMP, value=True), Write(target=BELL, value=None)])
        (sent,) = await driver.write(
            [Write(target=HIGH, value=None, fields={"group": "1/0/1", "value": 3.456})]
        )
        refused = await error_of(wrong)
        read = await driver.read([LAMP])
    finally:
        await driver.close()
        await wrong.close()
        await simulator.stop()
    assert [answer.value for answer in answers if isinstance(answer, Answer)] == [True, None]
    assert isinstance(sent, Answer)
    assert sent.exchange.endswith('"group": "1/0/1", "value": 3.46}')
    assert [(each.group, each.value) for each in simulator.telegrams] == [("1/0/1", 3.46)]
    assert isinstance(refused, AuthenticationFailed)
    assert read == {"lamp.power": True}


async def test_a_server_that_never_finishes_its_tls_is_unreachable_and_hung_up_on() -> None:
    is_hung_up = asyncio.Event()

    # It accepts the connection and says nothing: no request has left, so nothing can have been done.
    async def sulk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        is_hung_up.set()

    listener = await asyncio.start_server(sulk, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    driver = driver_of(base_url=f"https://127.0.0.1:{port}", key=KEY, timeout="200ms")
    await driver.open()
    (answer,) = await driver.write([Write(target=BELL, value=None)])
    await is_hung_up.wait()
    await driver.close()
    listener.close()
    await listener.wait_closed()
    assert isinstance(answer, Unreachable)
    assert answer.message == f"127.0.0.1:{port} cannot be reached within 0.2 s"


async def test_a_reply_that_never_comes_is_unknown_in_its_outcome(tmp_path: Path) -> None:
    async with connected(Sent(delay_s=60), tmp_path, timeout="300ms") as (driver, _):
        (answer,) = await driver.write([Write(target=BELL, value=None)])
    assert isinstance(answer, TimedOut)
    assert answer.exchange == "GET /api/v1/trigger?guid=BELL&cmd=1 -> no reply"
