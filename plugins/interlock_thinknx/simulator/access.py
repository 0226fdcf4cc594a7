"""Who may use the simulated Thinknx server: nobody asked, Basic, Digest (RFC 7616), or the cloud's key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from interlock import ConnectionSettings, Reply, Request
from interlock_thinknx.settings import ThinknxCloudSettings, ThinknxLocalSettings

_REALM = "thinknx"
_NONCES = 1000
"""How many nonces are remembered at once."""
_USES = 1000
"""How often one nonce serves."""
_DIGEST_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')

FORBIDDEN = Reply(status=403, body=b"<html><body>403 Forbidden</body></html>", content_type="text/html")
"""What wrong credentials are answered; the manual names the status alone."""


def _challenge(scheme: str) -> Reply:
    return Reply(
        status=401,
        body=b"<html><body>401 Unauthorized</body></html>",
        content_type="text/html",
        headers=(("WWW-Authenticate", scheme),),
    )


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


class Door(ABC):
    """Lets requests in or not."""

    @abstractmethod
    def admit(self, request: Request) -> str | Reply:
        """Return the decoded path behind the door, or what is answered instead."""


class OpenDoor(Door):
    """Asks for nothing."""

    def admit(self, request: Request) -> str | Reply:
        """Return the decoded path."""
        return unquote(request.path)


class BasicDoor(Door):
    """Asks for a name and a password: the manual's "Simple Auth"."""

    def __init__(self, username: str, password: SecretStr) -> None:
        self._username = username
        self._password = password

    def admit(self, request: Request) -> str | Reply:
        """Return the decoded path, a challenge, or 403 for wrong credentials."""
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return _challenge(f'Basic realm="{_REALM}"')
        return unquote(request.path) if self._is_right(token.strip()) else FORBIDDEN

    def _is_right(self, token: str) -> bool:
        try:
            given = base64.b64decode(token, validate=True)
        except binascii.Error:
            return False
        expected = f"{self._username}:{self._password.get_secret_value()}"
        return hmac.compare_digest(given, expected.encode())


class DigestDoor(Door):
    """Asks for proof of the password, fresh for every request: MD5 with ``qop=auth``."""

    def __init__(self, username: str, password: SecretStr) -> None:
        self._username = username
        self._password = password
        self._nonces: OrderedDict[str, set[str]] = OrderedDict()
        """The nonces given out, each with the counts that were used."""

    def admit(self, request: Request) -> str | Reply:
        """Return the decoded path, a challenge, or 403 for wrong credentials."""
        scheme, _, parameters = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "digest":
            return self._new_challenge()
        given = _digest_parameters(parameters)
        if not self._is_right(given, request):
            return FORBIDDEN
        if not self._is_fresh(given["nonce"], given["nc"]):
            return self._new_challenge(", stale=true")
        return unquote(request.path)

    def _new_challenge(self, more: str = "") -> Reply:
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = set()
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return _challenge(f'Digest realm="{_REALM}", qop="auth", algorithm=MD5, nonce="{nonce}"{more}')

    def _is_right(self, given: Mapping[str, str], request: Request) -> bool:
        expected = {"realm": _REALM, "uri": request.target, "qop": "auth"}
        if any(given.get(name) != value for name, value in expected.items()):
            return False
        if given.get("algorithm", "MD5").upper() != "MD5" or not given.get("cnonce"):
            return False
        if not given.get("nonce") or not re.fullmatch(r"[0-9a-fA-F]{8}", given.get("nc", "")):
            return False
        # Both are compared in any case, so that the time taken does not tell a known name.
        named = _equal(given.get("username", ""), self._username)
        return _equal(given.get("response", ""), self._proof(given, request)) and named

    def _is_fresh(self, nonce: str, count: str) -> bool:
        counts = self._nonces.get(nonce)
        if counts is None or count in counts or len(counts) >= _USES:
            return False
        counts.add(count)
        return True

    def _proof(self, given: Mapping[str, str], request: Request) -> str:
        password = self._password.get_secret_value()
        secret = _md5(f"{self._username}:{_REALM}:{password}")
        asked = _md5(f"{request.method}:{request.target}")
        return _md5(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{asked}")


class KeyDoor(Door):
    """Asks for the Integration Kit key in the path before the API, as the cloud does.

    Args:
        key: The key.
        folder: What stands before the key, such as ``/thinknx``; empty for nothing.
    """

    def __init__(self, key: SecretStr, folder: str = "") -> None:
        self._key = key
        self._folder = folder

    def admit(self, request: Request) -> str | Reply:
        """Return the decoded path behind the key, or 403."""
        key, _, rest = request.path.removeprefix(f"{self._folder}/").partition("/")
        if not _equal(unquote(key), self._key.get_secret_value()):
            return FORBIDDEN
        return "/" + unquote(rest)


def door_for(settings: ConnectionSettings) -> Door:
    """Return the door that lets a connection with these settings in, and nobody else."""
    match settings:
        case ThinknxLocalSettings(auth="basic"):
            return BasicDoor(settings.username, settings.password)
        case ThinknxLocalSettings(auth="digest"):
            return DigestDoor(settings.username, settings.password)
        case ThinknxCloudSettings():
            return KeyDoor(settings.key, urlsplit(settings.base_url).path)
        case _:
            return OpenDoor()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _digest_parameters(text: str) -> Mapping[str, str]:
    """Return the parameters of a header by name; quoted ones without quotes and backslashes."""
    found = (match.groups() for match in _DIGEST_PARAMETER.finditer(text))
    return {
        name.lower(): bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        for name, quoted, bare in found
    }
