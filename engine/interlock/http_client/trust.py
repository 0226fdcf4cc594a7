"""Whose certificates are trusted."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from interlock.errors import Unreachable
from interlock.http_client.library import httpx


async def trust_for(url: str, ca: Path | None) -> ssl.SSLContext | None:
    """Return whom to trust at an address, as `new_trust` says; None for plain HTTP, which needs no trust.

    Raises:
        Unreachable: the file is missing, or holds no certificate.
    """
    return await asyncio.to_thread(new_trust, ca) if urlsplit(url).scheme == "https" else None


def default_trust(url: str) -> ssl.SSLContext:
    """Return whom to trust at an address where nobody says: the public authorities, or for plain HTTP nobody.

    To read the authorities takes a tenth of a second, in which a service does nothing else.
    """
    is_secure = urlsplit(url).scheme == "https"
    return new_trust(None) if is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def new_trust(ca: Path | None) -> ssl.SSLContext:
    """Return what decides whether a server's certificate is trusted. It reads files, which takes a moment.

    Args:
        ca: A PEM file: what its authorities signed is trusted, and nothing else. None trusts the
            authorities that the system and Mozilla do.

    Raises:
        Unreachable: the file is missing, or holds no certificate.
    """
    if ca is None:
        trust = httpx.create_ssl_context(trust_env=False)
        trust.load_default_certs()
        return trust
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        reason = "it holds no certificate in PEM form"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise Unreachable(f"the certificate authority {ca} cannot be read: {reason}")
