"""What can go wrong with a protocol simulator, switched on by a text such as ``latency:2s@power``.

`HTTP_FAULTS` are those that every HTTP server can have; a simulator adds those of its protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from interlock.capabilities import nearest
from interlock.durations import parse_duration
from interlock.protocol_server import RawReply, Reply, Request

_DRIP_S = 0.1
_PAGE = b"<html><body>interlock simulator</body></html>"


class FaultArgument(Enum):
    """What may stand behind a fault's kind, after a colon."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that is switched on."""

    text: str
    """As it was written."""
    kind: str
    argument: str = ""
    where: str = ""
    """The path, device or other place that it concerns; empty for all."""

    @property
    def seconds(self) -> float:
        """The argument as a duration."""
        return parse_duration(self.argument).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """A kind of fault: its name, and what the server does instead of answering, or to its answer.

    A kind with neither is a state that the simulator asks for by `Faults.active`.
    """

    name: str
    description: str
    """What the server does, as the rest of a sentence that begins with "the server"."""
    argument: FaultArgument = FaultArgument.NONE
    is_duration: bool = False
    """Whether the argument is one."""
    instead: Callable[[Fault, Request], Reply | RawReply] | None = None
    """Answers in place of the call: nothing is executed."""
    spoil: Callable[[Fault, Reply], Reply | RawReply] | None = None
    """Makes of a successful answer, after the call was executed, what goes out."""


def page(status: int, *headers: tuple[str, str]) -> Reply:
    """Return an HTML page with this status, as web servers answer by themselves."""
    return Reply(status=status, body=_PAGE, content_type="text/html", headers=headers)


def _rate_limit(fault: Fault, request: Request) -> Reply:
    return page(429, *([("Retry-After", fault.argument)] if fault.argument else []))


def _redirect(fault: Fault, request: Request) -> Reply:
    return page(302, ("Location", fault.argument or request.target))


def _dripping(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, drip_s=fault.seconds if fault.argument else _DRIP_S)


def _then_closed(fault: Fault, reply: Reply) -> RawReply:
    headers = [("Content-Type", reply.content_type), ("Content-Length", str(reply.length)), *reply.headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return RawReply(data=f"HTTP/1.1 {reply.status} OK\r\n{head}\r\n".encode() + reply.body * reply.repeat)


HTTP_FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        name="latency",
        description="answers late, by the time given: latency:2s",
        argument=FaultArgument.REQUIRED,
        is_duration=True,
    ),
    FaultKind(name="403", description="answers as to somebody without rights", instead=lambda *_: page(403)),
    FaultKind(name="404", description="answers that there is no such page", instead=lambda *_: page(404)),
    FaultKind(
        name="429",
        description="answers that the rate limit is exceeded, with Retry-After where given: 429:30",
        argument=FaultArgument.OPTIONAL,
        instead=_rate_limit,
    ),
    FaultKind(name="500", description="answers that something went wrong", instead=lambda *_: page(500)),
    FaultKind(
        name="redirect",
        description="redirects to the same URL for ever, or to the one given: redirect:https://example.com/",
        argument=FaultArgument.OPTIONAL,
        instead=_redirect,
    ),
    FaultKind(
        name="reset",
        description="resets the connection instead of answering",
        instead=lambda *_: RawReply(reset=True),
    ),
    FaultKind(name="hang", description="never answers", instead=lambda *_: RawReply()),
    FaultKind(
        name="type",
        description="answers rightly and says that it is an HTML page",
        spoil=lambda fault, reply: replace(reply, content_type="text/html"),
    ),
    FaultKind(
        name="half",
        description="answers the first half",
        spoil=lambda fault, reply: replace(reply, body=reply.body[: len(reply.body) // 2]),
    ),
    FaultKind(
        name="rubbish",
        description="answers an HTML page with status 200",
        spoil=lambda *_: page(200),
    ),
    FaultKind(
        name="empty",
        description="answers nothing with status 200",
        spoil=lambda fault, reply: replace(reply, body=b""),
    ),
    FaultKind(
        name="huge",
        description="answers 50 MB of blanks",
        spoil=lambda fault, reply: replace(reply, body=b" " * 65_536, repeat=800),
    ),
    FaultKind(
        name="cut",
        description="closes the connection in the middle of the answer",
        spoil=lambda fault, reply: replace(reply, cut_after=len(reply.body) // 2),
    ),
    FaultKind(
        name="drip",
        description="answers byte by byte, 100 ms apart or as given: drip:1s",
        argument=FaultArgument.OPTIONAL,
        is_duration=True,
        spoil=_dripping,
    ),
    FaultKind(
        name="close",
        description="closes the connection after each answer without having said so",
        spoil=_then_closed,
    ),
)
"""What any HTTP server can do; an answer is spoiled in this order where several are switched on."""


class Faults:
    """The faults that are switched on, several at once if need be.

    Args:
        kinds: Every kind that there is.
        places: What can stand after ``@``; compared as written.
        prefix: A pattern of what may be written before a place, such as a path that all share.
        what: What a place is, for the complaint that there is none of a name.
    """

    def __init__(
        self, kinds: Sequence[FaultKind], places: Collection[str], prefix: str = "", what: str = "place"
    ) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._places = places
        self._what = what
        self._prefix = re.compile(f"^(?:{prefix})")
        self._faults: list[Fault] = []
        self._cleared = asyncio.Event()

    def texts(self) -> Sequence[str]:
        """Return the faults as they were written."""
        return tuple(fault.text for fault in self._faults)

    def add(self, text: str) -> Fault:
        """Switch on the fault that a text means, and return it.

        Raises:
            ValueError: as `read`, or there is no such place.
        """
        fault = self.read(text)
        if fault.where:
            self.require(fault.where, self._places, self._what)
        self._faults.append(fault)
        return fault

    def read(self, text: str) -> Fault:
        """Return the fault that a text ``KIND[:ARGUMENT][@PLACE]`` means, wherever its place is.

        Raises:
            ValueError: no such kind, an argument too many or too few, or no duration; the message says
                what there is.
        """
        what, _, where = text.strip().partition("@")
        name, _, argument = what.partition(":")
        self._check_argument(self._kind(name), argument)
        return Fault(text=text.strip(), kind=name, argument=argument, where=self._prefix.sub("", where))

    @staticmethod
    def require(name: str, known: Collection[str], what: str) -> None:
        """Raise ValueError where a name is not known, with the nearest that is."""
        if name not in known:
            raise ValueError(f"the simulator has no {what} '{name}'{_hint(name, known)}")

    def clear(self) -> None:
        """Switch every fault off; requests that hang are dropped."""
        self._faults.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    def remove(self, fault: Fault) -> None:
        """Switch one fault off, if it is on."""
        self._faults = [each for each in self._faults if each is not fault]

    async def cleared(self) -> None:
        """Wait until every fault is switched off by `clear`."""
        await self._cleared.wait()

    def active(self, kind: str, places: Collection[str] = ()) -> Sequence[Fault]:
        """Return the faults of a kind that concern everything or one of these places."""
        return [fault for fault in self._concerning(places) if fault.kind == kind]

    async def instead(self, request: Request, places: Collection[str]) -> Reply | RawReply | None:
        """Return what is answered instead of executing a call, or None.

        Args:
            request: The request as it came.
            places: What it concerns.
        """
        for fault in self._concerning(places):
            answer = self._kinds[fault.kind].instead
            if answer is None:
                continue
            if fault.kind == "hang":
                await self.cleared()
            return self._late(answer(fault, request), places)
        return None

    def spoil(self, reply: Reply, places: Collection[str]) -> Reply | RawReply:
        """Return a reply as the faults leave it: late, and if it was a success, damaged."""
        late = self._late(reply, places)
        if reply.status != 200:
            return late
        for kind in self._kinds.values():
            for fault in self.active(kind.name, places):
                if kind.spoil and isinstance(late, Reply):
                    late = kind.spoil(fault, late)
        return late

    def _late(self, reply: Reply | RawReply, places: Collection[str]) -> Reply | RawReply:
        if isinstance(reply, RawReply):
            return reply
        return replace(reply, delay_s=sum((fault.seconds for fault in self.active("latency", places)), 0.0))

    def _concerning(self, places: Collection[str]) -> Sequence[Fault]:
        return [fault for fault in self._faults if not fault.where or fault.where in places]

    def _kind(self, name: str) -> FaultKind:
        if name not in self._kinds:
            known = ", ".join(self._kinds)
            raise ValueError(f"'{name}' is no fault: it must be one of {known}{_hint(name, self._kinds)}")
        return self._kinds[name]

    def _check_argument(self, kind: FaultKind, argument: str) -> None:
        if argument and kind.argument is FaultArgument.NONE:
            raise ValueError(f"fault '{kind.name}' takes no argument, so ':{argument}' means nothing")
        if not argument and kind.argument is FaultArgument.REQUIRED:
            raise ValueError(f"fault '{kind.name}' needs an argument: {kind.description}")
        if argument and kind.is_duration:
            parse_duration(argument)


def _hint(name: str, known: Collection[str]) -> str:
    meant = nearest(name, known)
    return f"; did you mean '{meant}'?" if meant else ""
