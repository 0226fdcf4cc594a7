"""``GET /v1/events``: what happens, as server-sent events.

The format is that of the WHATWG's HTML standard, section 9.2. An id is the run of the service and the number
of the occurrence in it, so that a client that comes back with its last one goes on there.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from interlock.capabilities import nearest
from interlock.service.api.auth import StillReader
from interlock.service.api.event_forms import FORMS, Kind
from interlock.service.api.problems import Problem, problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.api.telling import Wanted, form_of, kind_of
from interlock.service.onlookers.feed import Heard, Listener, Occurrence

MOST_STREAMS = 16
"""Under way at a time: each holds a connection, and work for each occurrence."""
LOST = "lost"
"""The event that says that others were lost."""
_HEARTBEAT_S = 15.0
"""So often a quiet stream says that it is there: the standard's advice, and less than proxies wait."""
_RETRY_MS = 3000
_AT_ONCE = 20
"""Occurrences that are looked at without looking after anything else: some milliseconds."""
_ID = re.compile(r"(\d{1,18})-(\d{1,18})")
_UNKNOWN = -1
"""Follows no occurrence: whoever comes back with it may have lost anything."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_Patterns = Annotated[str, Query(max_length=200)]


def routes(served: Served, *, heartbeat_s: float = _HEARTBEAT_S) -> APIRouter:
    """Return the route ``/v1/events``.

    Args:
        served: The service.
        heartbeat_s: How often a quiet stream says that it is there.
    """
    router = versioned("events")

    @router.get(
        "/events",
        summary="Tell what happens, as long as somebody listens",
        response_class=StreamingResponse,
        responses={
            200: {"description": _DESCRIPTION, "content": {"text/event-stream": _content()}},
            **problems(422, 503),
        },
    )
    async def events(
        bears_token: StillReader,
        kind: Annotated[list[Kind], Query(description="these kinds alone", max_length=50)] = [],  # noqa: B006
        point: Annotated[
            list[_Patterns],
            Query(description="what is about these points, or patterns such as living_*.*", max_length=50),
        ] = [],  # noqa: B006
        rule: Annotated[
            list[_Patterns], Query(description="what is about these rules, or patterns", max_length=50)
        ] = [],  # noqa: B006
        last_event_id: Annotated[
            str | None, Header(description="where to go on: the id of the last event", max_length=100)
        ] = None,
    ) -> StreamingResponse:
        engine, feed = served.engine, served.onlookers.feed
        _check("point", point, engine.site.targets)
        _check("rule", rule, [each.id for each in engine.rules])
        if feed.listeners >= MOST_STREAMS:
            raise Problem(
                503,
                f"{feed.listeners} streams are under way, and more are not served: end one of them",
                headers={"Retry-After": "10"},
            )
        listener = feed.listen(_after(last_event_id, engine.run_number))
        stream = _Stream(listener, Wanted(kind, point, rule), engine.run_number, heartbeat_s, bears_token)
        return StreamResponse(stream)

    return router


def _check(what: str, patterns: Sequence[str], known: Collection[str]) -> None:
    """Refuse a name that nothing has; a pattern may have something to name later."""
    for name in patterns:
        if name not in known and not re.search(r"[*?\[]", name):
            meant = nearest(name, known)
            raise Problem(
                422, f"there is no {what} '{name}'" + (f"; did you mean '{meant}'?" if meant else "")
            )


def _after(event_id: str | None, run: int) -> int | None:
    """Return the number that an id has in this run; None where there is no id."""
    if not event_id:
        return None
    found = _ID.fullmatch(event_id)
    return int(found[2]) if found and int(found[1]) == run else _UNKNOWN


class StreamResponse(StreamingResponse):
    """A stream that listens until its client goes, the service ends, or it breaks."""

    media_type = "text/event-stream"

    def __init__(self, stream: _Stream) -> None:
        super().__init__(stream.lines(), headers=_HEADERS)
        self._listener = stream.listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Listen as long as it is sent."""
        with self._listener:
            await super().__call__(scope, receive, send)


class _Stream:
    """What one client is told."""

    def __init__(
        self,
        listener: Listener,
        wanted: Wanted,
        run: int,
        heartbeat_s: float,
        bears_token: Callable[[], bool],
    ) -> None:
        self.listener = listener
        self._bears_token = bears_token
        self._wanted = wanted
        self._run = run
        self._heartbeat_s = heartbeat_s

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the text of the stream, while the service runs and the token is one."""
        now = asyncio.get_running_loop().time
        yield f"retry: {_RETRY_MS}\n{self._place()}\n".encode()
        quiet_until = now() + self._heartbeat_s
        while await self._wait(quiet_until) and self._bears_token():
            async for text in self._told(self.listener.take()):
                yield text
                quiet_until = now() + self._heartbeat_s
            if now() >= quiet_until:
                # An id without data goes into the client's Last-Event-ID, and is no event.
                yield f": nothing new\n{self._place()}\n".encode()
                quiet_until = now() + self._heartbeat_s

    async def _wait(self, until: float) -> bool:
        """Wait for something to tell, until a time of the loop; return whether the stream goes on."""
        try:
            async with asyncio.timeout_at(until):
                return await self.listener.wait()
        except TimeoutError:
            return True

    async def _told(self, heard: Heard) -> AsyncIterator[bytes]:
        if heard.lost != 0:
            yield _event(LOST, json.dumps({"count": heard.lost})).encode()
        occurrences = iter(heard.occurrences)
        while some := list(islice(occurrences, _AT_ONCE)):
            if text := "".join(self._texts(some)):
                yield text.encode()
            # Sending need not wait, and what nobody wants costs time as well: control must have its turn.
            await asyncio.sleep(0)

    def _texts(self, occurrences: Sequence[Occurrence]) -> Iterator[str]:
        for each in filter(self._wanted.includes, occurrences):
            place = f"id: {self._run}-{each.number}\n"
            yield place + _event(kind_of(each), form_of(each).model_dump_json())

    def _place(self) -> str:
        return f"id: {self._run}-{self.listener.seen}\n" if self.listener.seen >= 0 else ""


def _event(name: str, text: str) -> str:
    """Return an event; JSON has no line breaks of its own."""
    return f"event: {name}\ndata: {text}\n\n"


_DESCRIPTION = (
    "Server-sent events until the client goes, its token is revoked or the service ends. Each has an `id`, "
    "an `event`, which is its kind, and `data`, a JSON object as `contentSchema` says. What happened before "
    "is not told: ask for it once the stream has begun. With the header `Last-Event-ID`, as a browser's "
    "EventSource sends it, a stream goes on where the last one ended, as far as that is still kept. A "
    "client that is too slow loses the oldest events: `lost` says how many, or `null` where nobody counted "
    "them, and the state has to be asked for again. Comments come where nothing else does."
)


def _content() -> dict[str, object]:
    """Return the documentation of the stream: each kind with its schema and an example."""
    known = {kind.value: form.model_json_schema() for kind, form in FORMS.items()} | {LOST: _LOST}
    return {
        "schema": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"oneOf": [{**schema, "title": kind} for kind, schema in known.items()]},
        },
        "examples": {
            kind: {"summary": schema["description"], "value": _example(kind, schema)}
            for kind, schema in known.items()
        },
    }


_LOST = {
    "type": "object",
    "description": "Events were lost: the client was too slow or came too late, or the service began anew.",
    "properties": {"count": {"type": ["integer", "null"], "examples": [3]}},
    "required": ["count"],
}


def _example(kind: str, schema: dict[str, object]) -> str:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    told = {name: each["examples"][0] for name, each in properties.items()}
    return f"id: 7-42\n{_event(kind, json.dumps(told))}"
