"""Telling systemd how a service is, where systemd started it: the protocol of ``sd_notify(3)``."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from datetime import timedelta

log = logging.getLogger("interlock.service")

_BEATS = 3
"""Signs of life in the time that systemd waits for one."""


class ServiceManager:
    """Whoever started the service, and waits for word of it; nobody where that is not systemd.

    Args:
        environ: The process's environment, which says where to send word.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._watchdog = _watchdog(environ)

    @property
    def beat_every(self) -> timedelta | None:
        """How often it wants a sign of life, with room to spare; None for never."""
        return self._watchdog / _BEATS if self._address and self._watchdog else None

    def tell_ready(self, status: str) -> None:
        """Tell that the service works, and in a sentence at what."""
        self._send("READY=1", f"STATUS={status}")

    def tell_stopping(self) -> None:
        """Tell that the service ends what is half done."""
        self._send("STOPPING=1", "STATUS=ending what is half done")

    def beat(self) -> None:
        """Give a sign of life."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the zero byte of an abstract address.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning("systemd cannot be told anything: %s", (error.strerror or str(error)).lower())
            self._address = ""


def _watchdog(environ: Mapping[str, str]) -> timedelta | None:
    """Return the time after which systemd takes this process for dead; None where it does not."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(text)) if text.isdecimal() and int(text) > 0 else None
