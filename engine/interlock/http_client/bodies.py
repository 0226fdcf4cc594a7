"""The body of a reply: as large as it may be and no larger, also where it was packed."""

from __future__ import annotations

import zlib

from interlock.http_client.library import httpx

_PACKED = {"gzip", "x-gzip", "deflate"}
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def read_body(response: httpx.Response, longest: int) -> bytes | None:
    """Return a reply's body; None where it has more than so many bytes, of which no more are read.

    Nobody asks for packed replies, and some servers pack them all the same. httpx unpacks each piece as a
    whole, and out of one piece come a thousand times its bytes, where a server wants to do harm.

    Raises:
        httpx.HTTPError: it did not come whole, or cannot be unpacked.
    """
    body, packed = bytearray(), _packed(response)
    async for piece in response.aiter_raw():
        body += packed.unpack(piece, longest + 1 - len(body)) if packed else piece
        if len(body) > longest:
            return None
    if packed:
        packed.check_end()
    return bytes(body)


def _packed(response: httpx.Response) -> _Packed | None:
    is_packed = response.headers.get("content-encoding", "").strip().lower() in _PACKED
    return _Packed() if is_packed else None


class _Packed:
    """A body on its way that is unpacked piece by piece."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False

    def unpack(self, piece: bytes, most: int) -> bytes:
        """Return the bytes that a piece holds, or so many of them."""
        self._has_begun = True
        try:
            return self._unpacker.decompress(piece, most)
        except zlib.error as error:
            raise httpx.DecodingError(f"the answer cannot be unpacked: {error}") from error

    def check_end(self) -> None:
        """Take no part of a body for the whole; an empty one is whole, whatever its head says of it."""
        if self._has_begun and not self._unpacker.eof:
            raise httpx.ReadError("what is packed ends too early")
