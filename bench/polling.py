"""How many points are polled a second through a real driver into the state, against a bare loop of httpx.

The server is a process of its own on loopback that answers at once. The limit is the same httpx client with
the same limits, in as many tasks, that asks for the same and throws the answer away. Both are measured by the
processor time of this process, in turn in one run; the transport under httpx is the same for both. Where the
server asks who we are by Digest, and over TLS, the same is measured with fewer polls.

    python bench/polling.py [--polls N] [--points N] [--concurrency N …] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import ssl
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from ctypes import c_ulong
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import cast

import httpx
from harness import Better, Findings, Row, at_least, in_turn, parser_for, ratio, row, tell

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.http_client.lanes import Lanes
from interlock.loopback_tls import issue_loopback_tls
from interlock.runtime.engine import Engine
from interlock.service.loading import Loaded, load

HEAD = """
site: {{name: Bench, timezone: Europe/Rome}}
connections:
  house: {{{door}, concurrency: {concurrency}, timeout: 30s, poll: 1s, stale_after: 1h}}
watch: [{points}]
devices:
"""
DEVICE = "  room{n}: {{connection: house, type: thermostat, guid: T{n}}}\n"
USER, PASSWORD = "house", "sesame"
LEAST_SHARE = 0.9
"""Of the polls that a bare loop makes in the same processor time."""
CA = "ca.pem"
WARM = 1000
"""So many polls come before those that count."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way in to the server."""

    name: str
    """Empty for the plain one."""
    connection: str
    """As a site file writes it."""
    is_safe: bool = False
    """Whether it is TLS."""
    auth: httpx.Auth | None = None
    """By which the bare loop says who it is."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is there."""

    door: Door
    port: int
    ca: Path
    """The authority behind its certificate, where it is TLS."""


LOCAL = "driver: thinknx-local, host: 127.0.0.1, port: {port}"
CLOUD = 'driver: thinknx-cloud, base_url: "https://127.0.0.1:{port}", key: A-key-of-the-kit, ca: {ca}'
PLAIN = Door("", LOCAL)
DIGEST = Door(
    "Digest",
    f"{LOCAL}, auth: digest, username: {USER}, password: {PASSWORD}",
    auth=httpx.DigestAuth(USER, PASSWORD),
)
TLS = Door("TLS", CLOUD, is_safe=True)
FEWER = 4
"""So many times fewer polls go through the doors that are not plain."""


class Answering(asyncio.Protocol):
    """Answers each request at once, with another temperature each time, and counts them."""

    def __init__(self, count: Synchronized[int]) -> None:
        self._count = count

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that ended."""
        for _ in range(data.count(b"\r\n\r\n")):
            self._count.value += 1
            body = b'{"status": "%.1f"}' % self.temperature(self._count.value)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )

    def temperature(self, number: int) -> float:
        """Return what is answered to the request of this number."""
        return 20 + number % 50 / 10


class Challenging(Answering):
    """Answers those alone who say by Digest who they are, and believes them."""

    def data_received(self, data: bytes) -> None:
        """Answer, or ask who that is."""
        if b"uthorization: Digest " in data:
            super().data_received(data)
        else:
            self._transport.write(
                b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="house", nonce="once",'
                b' qop="auth", algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n'
            )


def serve(
    pipe: Pipe,
    count: Synchronized[int],
    answering: type[Answering] = Answering,
    ca: Path | None = None,
) -> None:
    """Serve until the process is ended, over TLS where its authority has a file; tell the port first."""
    tls = issue_loopback_tls(ca) if ca else None

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: answering(count), "127.0.0.1", 0, ssl=tls)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    # Ctrl-C reaches this process as well as the one that started it, which says so.
    with suppress(KeyboardInterrupt):
        asyncio.run(forever())


def make_site(folder: Path, door: Door, port: int, points: int, concurrency: int) -> Loaded:
    """Return a site of so many thermostats that are watched."""
    path = folder / "site.yaml"
    watched = ", ".join(f"room{n}.actualtemp" for n in range(points))
    devices = "".join(DEVICE.format(n=n) for n in range(points))
    way_in = door.connection.format(port=port, ca=folder / CA)
    head = HEAD.format(door=way_in, concurrency=concurrency, points=watched)
    path.write_text(head + devices, encoding="utf-8")
    return load(path)


async def poll_bare(there: Served, polls: int, points: int, concurrency: int, *, lanes: bool) -> float:
    """Return the processor seconds that a poll takes in a bare loop of httpx."""
    door, most = there.door, 2 * concurrency
    base = f"http{'s' if door.is_safe else ''}://127.0.0.1:{there.port}"
    limits = httpx.Limits(max_connections=most + 200, max_keepalive_connections=most)
    tls = ssl.create_default_context(cafile=there.ca if door.is_safe else None)
    transport = Lanes(tls, kept=most, most=most + 200, idle_s=60) if lanes else None
    async with httpx.AsyncClient(
        base_url=base,
        timeout=None,
        limits=limits,
        transport=transport,
        trust_env=False,
        verify=tls,
        auth=door.auth,
    ) as client:

        async def ask(count: int) -> None:
            numbers = iter(range(count))

            async def ask_on() -> None:
                for number in numbers:
                    reply = await client.get(f"/api/v1/thermostat_status?guid=T{number % points}")
                    assert reply.status_code == 200

            await asyncio.gather(*(ask_on() for _ in range(concurrency)))

        await ask(WARM)
        began = time.process_time()
        await ask(polls)
        return (time.process_time() - began) / polls


async def poll_engine(loaded: Loaded, polls: int, count: Synchronized[int]) -> float:
    """Return the processor seconds that a poll takes from the timetable to the state of a running engine."""
    engine = Engine(loaded.site, loaded.rules, clock=WallClock(), journal=MemoryJournal(), seed=1)
    stop = asyncio.Event()
    before = count.value
    running = asyncio.create_task(engine.run(stop))

    async def come_to(number: int) -> None:
        while count.value - before < number:  # noqa: ASYNC110 - the server counts in another process
            await asyncio.sleep(0.02)

    await come_to(WARM)
    began, first = time.process_time(), count.value
    await come_to(WARM + polls)
    took, asked = time.process_time() - began, count.value - first
    known = len(engine.state.values)
    stop.set()
    await running
    if known < len(loaded.site.watch):
        raise SystemExit(f"{known} of {len(loaded.site.watch)} points are known")
    return took / asked


def measure(door: Door, concurrency: int, polls: int, given: argparse.Namespace) -> Sequence[Row]:
    """Return what was found at so many reads at once; the bare loop and the engine take turns."""
    count = cast("Synchronized[int]", multiprocessing.Value(c_ulong, 0))
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        ca = Path(folder) / CA
        answering = Challenging if door.auth else Answering
        serving = theirs, count, answering, ca if door.is_safe else None
        server = multiprocessing.Process(target=serve, args=serving, daemon=True)
        server.start()
        try:
            port = int(ours.recv())
            loaded = make_site(Path(folder), door, port, given.points, concurrency)
            sizes = Served(door, port, ca), polls, given.points, concurrency
            took = in_turn(
                given.rounds,
                pool=lambda: asyncio.run(poll_bare(*sizes, lanes=False)),
                bare=lambda: asyncio.run(poll_bare(*sizes, lanes=True)),
                whole=lambda: asyncio.run(poll_engine(loaded, polls, count)),
            )
        finally:
            server.terminate()
            server.join()
    us = {way: [each * 1e6 for each in seconds] for way, seconds in took.items()}
    at = f"at {concurrency}{f', {door.name}' if door.name else ''}"
    limit = LEAST_SHARE if door is PLAIN else None
    return [
        ratio(f"share of a bare loop {at}", us["bare"], us["whole"], better=Better.HIGHER, limit=limit),
        ratio(f"share of a bare loop on one pool {at}", us["pool"], us["whole"], better=Better.HIGHER),
        row(f"processor a poll, bare loop {at}", us["bare"], "µs"),
        row(f"processor a poll, bare loop on one pool {at}", us["pool"], "µs"),
        row(f"processor a poll {at}", us["whole"], "µs"),
    ]


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--polls", type=at_least(1), default=7_000, help="in each round, at each concurrency")
    parser.add_argument("--points", type=at_least(1), default=1000)
    parser.add_argument("--concurrency", type=at_least(1), nargs="+", default=[8, 32])
    given = parser.parse_args()
    rows = [each for n in given.concurrency for each in measure(PLAIN, n, given.polls, given)]
    fewer = max(given.polls // FEWER, 1)
    for door in (DIGEST, TLS):
        rows += [each for n in given.concurrency for each in measure(door, n, fewer, given)]
    tell(Findings(about={"polls": given.polls * given.rounds, "points": given.points}, rows=rows), given.json)


if __name__ == "__main__":
    main()
