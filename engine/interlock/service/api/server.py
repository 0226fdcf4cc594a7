"""Serves an application beside the control loop, in the same event loop.

uvicorn speaks HTTP on each connection. Its server is not used: it takes the signals that end the service,
waits for clients that listen for ever, and accepts connections until no descriptor is left for the devices.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import suppress

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from interlock.config.service_section import Listen, Tls
from interlock.service.api.connection import PatientProtocol
from interlock.service.api.tls import Certificate

log = logging.getLogger("interlock.service")

MOST_CONNECTIONS = 64
"""For one more another is cut: the site's own connections must find file descriptors left."""
_MOST_HEADER_BYTES = 16 * 1024
_KEEP_ALIVE_S = 15
_HANDSHAKE_S = 5.0
_BACKLOG = 128
_NO_DESCRIPTORS_S = 1.0
"""How long nobody is let in once there are no file descriptors left."""


class ApiServer:
    """Serves until it is cancelled.

    Args:
        app: What is served.
        listen: Where.
        tls: The certificate; None speaks plain HTTP.
        most: How many connections are open at once. For one more the one is cut that has been kept for
            nothing the longest, a stranger's before that of somebody who showed a token; where something is
            done for each of them, it is the new one.
    """

    def __init__(
        self, app: ASGIApp, listen: Listen, tls: Tls | None = None, *, most: int = MOST_CONNECTIONS
    ) -> None:
        self._app = app
        self._listen = listen
        self._certificate = Certificate(tls) if tls else None
        self._most = most
        self._state = ServerState()
        self.clients: dict[asyncio.Task[None], PatientProtocol] = {}
        """One for each connection, from its first packet on."""
        self.address = ""
        """Such as ``http://127.0.0.1:8088``; empty until it can be asked."""
        self.is_open = asyncio.Event()

    async def serve(self) -> None:
        """Answer until cancelled.

        Raises:
            OSError: it cannot listen there, or the certificate cannot be used.
        """
        if self._certificate:
            self._certificate.context()
        config = self._config()
        config.load()
        # It warns of each request that is none, which a stranger can make a million of.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        with await _bound(self._listen) as listening:
            self.address = self._address(listening)
            log.info("the HTTP API is at %s", self.address)
            self.is_open.set()
            try:
                await self._accept(listening, config)
            finally:
                for each in list(self.clients):
                    self._cut(each)

    async def _accept(self, listening: socket.socket, config: Config) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("nobody is let in to the HTTP API for a moment: %s", error.strerror)
                await asyncio.sleep(_NO_DESCRIPTORS_S)
                continue
            if len(self.clients) >= self._most and not self._make_room():
                accepted.close()
                continue
            protocol = PatientProtocol(config, self._state, {})
            task = asyncio.create_task(self._meet(accepted, protocol), name="http client")
            self.clients[task] = protocol
            task.add_done_callback(lambda ended: self.clients.pop(ended, None))
            # Others have their turn, however many come at once; and it owns its socket from then on.
            await asyncio.sleep(0)

    def _make_room(self) -> bool:
        """Cut the connection that can be spared best; return whether there is one."""
        idle = [
            (protocol.is_known, protocol.idle_since, number, task)
            for number, (task, protocol) in enumerate(self.clients.items())
            if protocol.idle_since is not None
        ]
        if idle:
            *_, task = min(idle)
            self._cut(task)
        return bool(idle)

    def _cut(self, client: asyncio.Task[None]) -> None:
        self.clients.pop(client).cut()
        client.cancel()

    async def _meet(self, accepted: socket.socket, protocol: PatientProtocol) -> None:
        """Serve one connection until it is closed."""
        context = self._context()
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=context,
                ssl_handshake_timeout=_HANDSHAKE_S if context else None,
                ssl_shutdown_timeout=_HANDSHAKE_S if context else None,
            )
            await protocol.is_closed.wait()

    def _context(self) -> ssl.SSLContext | None:
        return self._certificate.context() if self._certificate else None

    def _config(self) -> Config:
        return Config(
            self._app,
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )

    def _address(self, listening: socket.socket) -> str:
        host, port = listening.getsockname()[:2]
        return f"{'https' if self._certificate else 'http'}://{Listen(host, port)}"


async def _bound(listen: Listen) -> socket.socket:
    found = await asyncio.get_running_loop().getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
    family, _, _, _, address = found[0]
    listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    listening.setblocking(False)
    return listening
