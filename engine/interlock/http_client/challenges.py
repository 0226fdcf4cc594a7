"""A server's challenges, between httpx and what answers them."""

from __future__ import annotations

from collections.abc import Generator

from interlock.errors import CannotExecute
from interlock.http_client.library import httpx
from interlock.http_client.messages import Authentication, HttpRequest
from interlock.http_client.progress import Progress


class Answering(httpx.Auth):
    """Answers a challenge once a request, so that a wrong password is tried once."""

    def __init__(self, authentication: Authentication, request: HttpRequest, progress: Progress) -> None:
        self._authentication = authentication
        self._what = request.what
        self._progress = progress

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request, and once more where the answer to a challenge may let it in.

        Raises:
            CannotExecute: the server let its own challenge grow too old, twice.
        """
        self._sign(request)
        if not self._is_worth_repeating((yield request), is_repeated=False):
            return
        self._progress.restart()
        self._sign(request)
        if self._is_worth_repeating((yield request), is_repeated=True):
            raise CannotExecute(f"{self._what} is not let in: the server's nonces are too old as they come")

    def _sign(self, request: httpx.Request) -> None:
        target = request.url.raw_path.decode("ascii")
        credentials = self._authentication.credentials(request.method, target)
        if credentials is not None:
            request.headers.encoding = "latin-1"
            request.headers["Authorization"] = credentials

    def _is_worth_repeating(self, response: httpx.Response, *, is_repeated: bool) -> bool:
        if response.status_code != 401:
            return False
        raw = response.headers.raw
        headers = [value.decode("latin-1") for name, value in raw if name.lower() == b"www-authenticate"]
        return self._authentication.challenged(headers, is_repeated=is_repeated)
