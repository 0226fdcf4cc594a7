"""TLS for protocol servers on this machine: a certificate made afresh, and what makes clients trust it."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names by which a program reaches its own machine."""


def issue_loopback_tls(ca_file: Path, names: Collection[str] = LOOPBACK) -> ssl.SSLContext:
    """Return a TLS context for a server on this machine, and write its certificate authority to a file.

    Both are made anew by each call, and no private key is stored: who trusts the file trusts this one
    server, for as long as it runs.

    Args:
        ca_file: Where to write the authority's certificate, as PEM; an older file is replaced.
        names: The host names and addresses by which clients reach the server.

    Raises:
        OSError: the file cannot be written.
    """
    # The libraries behind it load slowly, and only simulators and tests need them.
    import trustme

    authority = trustme.CA(organization_name="Interlock simulator")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    ca_file.write_bytes(authority.cert_pem.bytes())
    return context
