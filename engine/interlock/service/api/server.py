"""Serves an application beside the control loop, in the same event loop."""

from __future__ import annotations

import asyncio
import logging
import socket

from fastapi import FastAPI
from uvicorn import Config, Server

from interlock.config.service_section import Listen, Tls

log = logging.getLogger("interlock.service")

MOST_CONNECTIONS = 64
"""More are answered 503: the site's own connections must find file descriptors left."""
_MOST_HEADER_BYTES = 16 * 1024
_KEEP_ALIVE_S = 15
_BACKLOG = 128


class ApiServer:
    """Serves until it is cancelled.

    Args:
        app: What is served.
        listen: Where.
        tls: The certificate; None speaks plain HTTP.
    """

    def __init__(self, app: FastAPI, listen: Listen, tls: Tls | None = None) -> None:
        self._app = app
        self._listen = listen
        self._tls = tls
        self.address = ""
        """Such as ``http://127.0.0.1:8088``; empty until it can be asked."""
        self.is_open = asyncio.Event()

    async def serve(self) -> None:
        """Answer until cancelled.

        Raises:
            OSError: it cannot listen there, or the certificate cannot be read.
        """
        listening = await _bound(self._listen)
        try:
            server = Server(self._config())
            self.address = _address(listening, is_safe=self._tls is not None)
            log.info("the HTTP API is at %s", self.address)
            self.is_open.set()
            await _serve(server, listening)
        finally:
            listening.close()

    def _config(self) -> Config:
        return Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_S,
            ssl_certfile=self._tls.cert if self._tls else None,
            ssl_keyfile=self._tls.key if self._tls else None,
        )


async def _serve(server: Server, listening: socket.socket) -> None:
    # Not `serve`: it takes the signals that end the whole service.
    try:
        await server._serve([listening])
    finally:
        # Not `shutdown`: it waits for clients that listen for ever.
        for each in getattr(server, "servers", ()):
            each.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()


async def _bound(listen: Listen) -> socket.socket:
    found = await asyncio.get_running_loop().getaddrinfo(
        listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, address = found[0]
    listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    listening.setblocking(False)
    return listening


def _address(listening: socket.socket, *, is_safe: bool) -> str:
    host, port = listening.getsockname()[:2]
    return f"{'https' if is_safe else 'http'}://{Listen(host, port)}"
