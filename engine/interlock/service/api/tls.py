"""The certificate that the HTTP API shows, which is renewed every few months while the service runs."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from interlock.config.service_section import Tls

log = logging.getLogger("interlock.service")


class Certificate:
    """What is shown to clients: it is read again when its files are other.

    Args:
        files: The certificate and its key.
    """

    def __init__(self, files: Tls) -> None:
        self._files = files
        self._seen: tuple[object, ...] = ()
        self._context: ssl.SSLContext | None = None
        self._said = ""

    def context(self) -> ssl.SSLContext:
        """Return what a connection that begins now uses. What cannot be used is logged once, and left.

        Raises:
            OSError: there is no certificate that could be used, and was none before.
        """
        seen = (_stamp(self._files.cert), _stamp(self._files.key))
        if self._context is None or seen != self._seen:
            self._context = self._read(self._context, seen)
        return self._context

    def _read(self, before: ssl.SSLContext | None, seen: tuple[object, ...]) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._files.cert, self._files.key, password=_no_password)
        except OSError as error:
            # ssl's own errors, which are some of these, name neither file.
            why = f"certificate {self._files.cert} with key {self._files.key} cannot be used: {_why(error)}"
            if before is None:
                raise OSError(None, why) from error
            if isinstance(error, ssl.SSLError):
                self._seen = seen
            # Other errors may be over in a moment, and the files are then as they were.
            self._say(why)
            return before
        self._seen, self._said = seen, ""
        if before is not None:
            log.info("certificate %s was read again", self._files.cert)
        return context

    def _say(self, why: str) -> None:
        if why != self._said:
            log.error("%s; the one before stays", why)
            self._said = why


def _no_password() -> str:
    # Otherwise OpenSSL asks for it at the terminal.
    return ""


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is no PEM file").replace("_", " ").lower()
    return (error.strerror or str(error)).lower()


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ino, found.st_size)
