"""What a rule was made of: where it stands, and what tells its text from every other one."""

from __future__ import annotations

import hashlib
import json

from interlock.config.nodes import Mark, Node, plain

_JSON = json.JSONEncoder(ensure_ascii=False)


class Written:
    """A rule as it was written. Equal for equal texts, wherever they stand.

    Nothing is found out before it is asked for: of most rules that is never.
    """

    __slots__ = ("_digest", "_node")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._digest: str | None = None

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return self._node.mark

    @property
    def digest(self) -> str:
        """What tells the text from every other one."""
        if self._digest is None:
            self._digest = digest_of(self._node)
        return self._digest

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Written):
            return NotImplemented
        return self is other or self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def digest_of(node: Node) -> str:
    """Return what tells a text from every other one."""
    text = _JSON.encode(plain(node))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
