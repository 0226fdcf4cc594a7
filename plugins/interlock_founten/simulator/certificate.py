"""A certificate that no client should accept, for the fault ``certificate``."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from interlock import issue_loopback_tls


def show_wrong_certificate(tls: ssl.SSLContext, is_wanted: Callable[[], bool]) -> None:
    """Let a server show a certificate for another name, by an unknown authority, where that is wanted.

    Args:
        tls: The server's own certificate; it is shown otherwise.
        is_wanted: Asked at each new connection.
    """
    with TemporaryDirectory() as folder:
        wrong = issue_loopback_tls(Path(folder) / "ca.pem", ["other.invalid"])

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, _: str | None, __: ssl.SSLContext) -> None:
        if is_wanted():
            connection.context = wrong

    tls.sni_callback = choose
