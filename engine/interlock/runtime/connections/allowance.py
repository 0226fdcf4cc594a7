"""How much a connection may be asked now: by what is left of its day, and by what its server bears."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.runtime.connections.budget import DAY, FOR_POLLS
from interlock.runtime.connections.poll_plan import min_of

log = logging.getLogger("interlock.connection")

REVIEW = timedelta(minutes=10)
"""How often it is looked at whether a connection may be asked more again."""
_HALF = 0.5
"""A server that refuses requests for being too many is asked so much of what it was asked."""
_EASED = 1.25
"""And so much more at each review that finds no further refusal."""
_SETTLES = timedelta(minutes=1)
"""Refusals that come so soon after it was slowed are of requests that were made before."""
_LEAST = 1 / 3600
"""Requests a second below which a server's refusals slow nothing any more."""
_SPARED = 0.9
"""Of the even share of a day; a budget that runs out faster slows polls, and a smaller haste does not."""
_FLOOR = 0.1
"""Of the even share: where a budget is nearly used up polls go on so slowly until it is."""
_OTHER_DAYS = 3
"""How many days are known beside the one that counts now: a clock that was wrong may return to them."""


class Allowance:
    """What a connection may be asked beside what its settings say.

    A server that answers 429 is asked half as much, and then more and more again. Of a daily budget, polls
    leave a tenth to commands; what is left of the rest is spread over what is left of the day, which begins
    at midnight in the site's time.

    Args:
        connection: Its settings.
        clock: Wall or virtual time.
        requests: Returns how many requests were sent since the start.
    """

    def __init__(self, connection: Connection, clock: Clock, requests: Callable[[], int]) -> None:
        self._connection = connection
        self._clock = clock
        self._requests = requests
        self._daily = connection.settings.daily
        self.asked = 0.0
        """Requests a second that its polls come to, as they are planned."""
        self.wanted = 0.0
        """Requests a second that they would come to, were it not for what is learned here."""
        self._borne: float | None = None
        """Requests a second that the server bears; None where it has refused none lately."""
        self._left: float | None = None
        """Requests a second that are left of the day's budget, where that is less than the even share."""
        self._refused_at: timedelta | None = None
        self._slowed_at: timedelta | None = None
        self._day = self._today(clock.now())
        self._before = 0
        """Requests that were sent before this day."""
        self._others: dict[date, int] = {}
        """What was used up of other days, those last that counted last."""
        self.notice: Callable[[], None] = lambda: None
        """Is told when it may be asked less."""

    @property
    def limit(self) -> float | None:
        """Requests a second that polls may make now; None where only the settings count."""
        return min_of(self._borne, self._left)

    @property
    def is_refused(self) -> bool:
        """Whether its server lately refused requests for being too many, so that none may be sent besides."""
        return self._borne is not None

    @property
    def needs_review(self) -> bool:
        """Whether `review` is to be called from time to time."""
        return self._daily is not None or self._borne is not None

    @property
    def used_today(self) -> int:
        """How many requests of this day's budget are used up."""
        self._turn_page(self._clock.now())
        return self._requests() - self._before

    @property
    def used_by_day(self) -> Mapping[date, int]:
        """How many requests are used up of this day's budget, which comes last, and of a few before it."""
        used = self.used_today
        return {**self._others, self._day: used}

    @property
    def is_used_up(self) -> bool:
        """Whether polls have to wait for the next day."""
        return self._daily is not None and self.used_today >= self._daily * FOR_POLLS

    def resume(self, used: Mapping[date, int]) -> None:
        """Take over what an earlier run of the service used up of days' budgets."""
        self._turn_page(self._clock.now())
        self._before -= used.get(self._day, 0)
        self._others = {day: count for day, count in used.items() if day != self._day}

    def refuse(self, *, has_answered: bool = True) -> None:
        """Take note that the server refused requests for being too many.

        Args:
            has_answered: Whether it answered any since it failed before. One that refuses everything is
                away, and is not asked less and less because it is commanded meanwhile.
        """
        now = self._clock.monotonic()
        has_settled = self._slowed_at is None or now - self._slowed_at >= _SETTLES
        is_new = has_settled and (has_answered or self._borne is None)
        self._refused_at = now
        if is_new and self.asked > _LEAST:
            self._slowed_at = now
            self._borne = max(self.asked * _HALF, _LEAST)
            log.warning(
                "connection %s: its server refuses requests as too many: polls are slowed to %s a minute",
                *(self._connection.name, f"{self._borne * 60:.3g}"),
            )
            self.notice()

    def review(self) -> None:
        """Look whether it may be asked more again, and what is left of the day."""
        now = self._clock.monotonic()
        if self._borne is not None and self._refused_at is not None and now - self._refused_at >= REVIEW:
            self._ease(self._borne * _EASED)
        self._left = self._share_left()

    def _ease(self, borne: float) -> None:
        self._borne = borne if borne < self.wanted else None
        if self._borne is None:
            log.info("connection %s: polls are as frequent as planned again", self._connection.name)

    def _share_left(self) -> float | None:
        if self._daily is None:
            return None
        now = self._clock.now()
        even = self._daily * FOR_POLLS / DAY.total_seconds()
        left = self._daily * FOR_POLLS - self.used_today
        share = max(left / self._until_midnight(now).total_seconds(), even * _FLOOR)
        return share if share < even * _SPARED else None

    def _turn_page(self, now: datetime) -> None:
        today = self._today(now)
        if self._daily is None or today == self._day:
            return
        self._others[self._day] = self._requests() - self._before
        # The day may have been before, by a clock that was wrong for a while: it is no other budget.
        self._before = self._requests() - self._others.pop(today, 0)
        self._day = today
        self._others = dict(list(self._others.items())[-_OTHER_DAYS:])

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._connection.timezone).date()

    def _until_midnight(self, now: datetime) -> timedelta:
        zone = self._connection.timezone
        # Compared in UTC: where the clock is set, the day is not as long as others.
        midnight = datetime.combine(self._today(now) + DAY, time(), zone).timestamp()
        return max(timedelta(seconds=midnight - now.timestamp()), timedelta(seconds=1))
