"""The body of a reply: as large as it may be and no larger, also where it was packed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

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
    body, unpack = bytearray(), _unpacking(response)
    async for piece in response.aiter_raw():
        body += unpack(piece, longest + 1 - len(body))
        if len(body) > longest:
            return None
    return bytes(body)


def _unpacking(response: httpx.Response) -> Callable[[bytes, int], bytes]:
    """Return what makes of a piece of a body its bytes, or so many of them."""
    if response.headers.get("content-encoding", "").strip().lower() not in _PACKED:
        return lambda piece, most: piece
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return unpacker.decompress(piece, most)
        except zlib.error as error:
            raise httpx.DecodingError(f"the answer cannot be unpacked: {error}") from error

    return unpack
