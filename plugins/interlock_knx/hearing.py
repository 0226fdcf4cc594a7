"""What telegrams tell: readings of the points that listen, and events that rules wait for."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from interlock import DriverError, Event, Feed, Point, Target, Value
from interlock_knx.payloads import decoded, fits_group
from interlock_knx.telegrams import Payload, Telegram, format_payload
from interlock_knx.values import group_of

log = logging.getLogger("interlock.connection.knx")


class Hearing:
    """Turns the telegrams of a bus into news about some targets.

    What is not as long as its DPT says is no value and no event: it is complained about once, and ignored.
    """

    def __init__(self, targets: Sequence[Target], feed: Feed) -> None:
        self._feed = feed
        self._listening = _by_address((group_of(target).listens_at, target) for target in targets)
        """The targets whose state travels on an address."""
        elsewhere = [target for target in targets if group_of(target).listens_at != group_of(target).address]
        self._commanded = _by_address((group_of(target).address, target) for target in elsewhere)
        """The targets that are commanded there, and whose state travels on another address."""
        self._misfits: set[str] = set()
        """Addresses whose telegrams were complained about."""

    def hear(self, telegram: Telegram, *, is_answer: bool) -> None:
        """Tell what a telegram says, at once: who reads hundreds of groups gets all answers only at the end.

        Args:
            telegram: What somebody else sent.
            is_answer: Whether it was asked for here, so that it is no event.
        """
        listening = self._listening.get(telegram.address, ())
        concerned = [*listening, *self._commanded.get(telegram.address, ())]
        fitting = self._fitting(telegram, concerned)
        told = [target for target in listening if target in fitting]
        if told and telegram.payload is not None:
            self._feed.readings({target.point: decoded(target, telegram.payload) for target in told})
        if not is_answer and (fitting or not concerned):
            self._feed.event(_event(telegram, fitting[0] if fitting else None))

    def _fitting(self, telegram: Telegram, concerned: Sequence[Target]) -> Sequence[Target]:
        if telegram.payload is None:
            return concerned
        fitting = [target for target in concerned if fits_group(target, telegram.payload)]
        if len(fitting) < len(concerned):
            odd = [target.point for target in concerned if target not in fitting]
            self._complain(telegram, telegram.payload, odd)
        return fitting

    def _complain(self, telegram: Telegram, payload: Payload, odd: Sequence[Point]) -> None:
        if telegram.address in self._misfits:
            return
        self._misfits.add(telegram.address)
        log.warning(
            "a telegram from %s to %s is ignored for %s: %s is not as long as the DPT says; said once",
            telegram.source,
            telegram.address,
            ", ".join(odd),
            format_payload(payload),
        )


def _by_address(pairs: Iterable[tuple[str, Target]]) -> Mapping[str, Sequence[Target]]:
    found: defaultdict[str, list[Target]] = defaultdict(list)
    for address, target in pairs:
        found[address].append(target)
    return dict(found)


def _event(telegram: Telegram, target: Target | None) -> Event:
    return Event(
        kind="telegram",
        name=telegram.address,
        value=_event_value(target, telegram.payload),
        point=target.point if target else None,
        data={"source": telegram.source, "kind": telegram.kind.value},
    )


def _event_value(target: Target | None, payload: Payload | None) -> Value | None:
    if payload is None:
        return None
    if target is None:
        return payload if isinstance(payload, int) else payload.hex()
    value = decoded(target, payload)
    return None if isinstance(value, DriverError) else value
