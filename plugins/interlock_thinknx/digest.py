"""HTTP Digest authentication as RFC 7616 defines it: challenges in, credentials out. No HTTP here.

Header texts are Latin-1 on both ways, so that every byte of a server's challenge goes back as it came.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from interlock import Authentication, NotSupported

_HASHES = {"md5": hashlib.md5, "sha-256": hashlib.sha256}
_SESSION = "-sess"

_PART = re.compile(
    r"""(?P<name>[\w!#$%&'*+.^`|~-]+) \s*=\s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<plain>[^\s,"]*) )
      | (?P<scheme>[\w!#$%&'*+.^`|~-]+) (?=[\s,]|$)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a server wants to be answered, by one of its ``WWW-Authenticate`` headers."""

    realm: str
    nonce: str
    opaque: str | None = None
    algorithm: str = "MD5"
    """As the server writes it."""
    has_qop: bool = False
    """Whether it takes ``auth``; without any, the older answer of RFC 2069 is given."""
    is_stale: bool = False
    """Whether only the nonce was too old: the credentials were not judged."""


def parse_challenge(headers: Iterable[str]) -> Challenge | None:
    """Return the first Digest challenge that can be met, or None where Digest is not asked for.

    Args:
        headers: Each ``WWW-Authenticate`` header of a reply; one may hold several challenges.

    Raises:
        NotSupported: Digest is asked for, but in no way that can be met.
    """
    refused: NotSupported | None = None
    for fields in _digests(headers):
        try:
            return _challenge(fields)
        except NotSupported as error:
            refused = error
    if refused:
        raise refused
    return None


class Digest(Authentication):
    """Answers one server's challenges, and counts the uses of its nonce. Not for requests side by side."""

    def __init__(self, username: str, password: str) -> None:
        self._username = _as_latin_1(username)
        self._password = _as_latin_1(password)
        self._challenge: Challenge | None = None
        self._count = 0
        self._client_nonce = ""

    def challenged(self, headers: Sequence[str], *, is_repeated: bool) -> bool:
        """Take a refusal; return whether it asks for Digest, and at the second time only for a new nonce.

        Raises:
            NotSupported: Digest is asked for, but in no way that can be met.
        """
        challenge = parse_challenge(headers)
        if challenge is None or (is_repeated and not challenge.is_stale):
            return False
        self.accept(challenge)
        return True

    def accept(self, challenge: Challenge) -> None:
        """Take a new nonce."""
        self._challenge = challenge
        self._count = 0
        # One for all uses of a nonce: the session algorithms hash it into their key once.
        self._client_nonce = secrets.token_hex(8)

    def credentials(self, method: str, target: str) -> str | None:
        """Return the next ``Authorization`` header, or None before the first challenge.

        Args:
            method: The HTTP method.
            target: Path and query, exactly as the request line carries them.
        """
        challenge = self._challenge
        if challenge is None:
            return None
        self._count += 1
        fields = {
            "username": _quote(self._username),
            "realm": _quote(challenge.realm),
            "nonce": _quote(challenge.nonce),
            "uri": _quote(target),
            "response": _quote(self._response(challenge, method, target)),
            "algorithm": challenge.algorithm,
        }
        if challenge.opaque is not None:
            fields["opaque"] = _quote(challenge.opaque)
        if challenge.has_qop:
            fields |= {"qop": "auth", "nc": f"{self._count:08x}", "cnonce": _quote(self._client_nonce)}
        return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())

    def _response(self, challenge: Challenge, method: str, uri: str) -> str:
        algorithm = challenge.algorithm.lower()
        key = _hash(algorithm, self._username, challenge.realm, self._password)
        if algorithm.endswith(_SESSION):
            key = _hash(algorithm, key, challenge.nonce, self._client_nonce)
        use = (f"{self._count:08x}", self._client_nonce, "auth") if challenge.has_qop else ()
        return _hash(algorithm, key, challenge.nonce, *use, _hash(algorithm, method, uri))


def _digests(headers: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """Yield the fields of each Digest challenge; the first value of a name counts."""
    for header in headers:
        fields: dict[str, str] = {}
        scheme = ""
        for part in _PART.finditer(header):
            if part["scheme"] is None:
                fields.setdefault(part["name"].lower(), _value(part))
                continue
            if scheme == "digest":
                yield fields
            scheme, fields = part["scheme"].lower(), {}
        if scheme == "digest":
            yield fields


def _value(part: re.Match[str]) -> str:
    quoted = part["quoted"]
    return str(part["plain"]) if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _challenge(fields: Mapping[str, str]) -> Challenge:
    algorithm = fields.get("algorithm", "MD5")
    if algorithm.lower().removesuffix(_SESSION) not in _HASHES:
        raise _unsupported(f"algorithm {algorithm[:40]!r}")
    for name in ("realm", "nonce"):
        if name not in fields:
            raise _unsupported(f"no {name}")
    ways = set(re.split(r"[\s,]+", fields.get("qop", "").strip().lower())) - {""}
    if ways and "auth" not in ways:
        raise _unsupported(f"qop {fields['qop'][:40]!r}")
    if not ways and algorithm.lower().endswith(_SESSION):
        raise _unsupported(f"algorithm {algorithm!r} without qop")
    return Challenge(
        realm=fields["realm"],
        nonce=fields["nonce"],
        opaque=fields.get("opaque"),
        algorithm=algorithm,
        has_qop=bool(ways),
        is_stale=fields.get("stale", "").lower() == "true",
    )


def _unsupported(what: str) -> NotSupported:
    return NotSupported(f"the server asks for a kind of Digest authentication that is not supported: {what}")


def _hash(algorithm: str, *parts: str) -> str:
    new = _HASHES[algorithm.removesuffix(_SESSION)]
    return new(":".join(parts).encode("latin-1")).hexdigest()


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_latin_1(text: str) -> str:
    """Return a text whose Latin-1 bytes are the given one's in UTF-8, as servers of today expect."""
    return text.encode().decode("latin-1")
