"""A client of httpx without cookies: a server's are none of its protocol, and none is kept or sent back."""

from __future__ import annotations

from interlock.http_client.library import httpx


class _NoCookies(httpx.Cookies):
    """Stays empty, and spares each reply the clothes in which httpx shows it to urllib's cookie jar."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them in the response."""


class CookielessClient(httpx.AsyncClient):
    """Sends requests as httpx does, and takes no cookies."""

    cookies = _NoCookies()  # type: ignore[override]  # nobody sets it
