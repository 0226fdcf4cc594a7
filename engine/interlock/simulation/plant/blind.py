"""Blinds: they take time to move, and keep out the sun by how they stand."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.simulation.plant.moment import Moment
from interlock.simulation.plant.units import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindRating:
    """What a blind is; the defaults are an external venetian blind with a tubular motor."""

    travel_s: float = 50.0
    """From one end to the other."""
    turn_s: float = 2.0
    """Of the lamellas, from level to closed."""
    open_share: float = 0.4
    """Of the sun, what comes through where it is down with lamellas level."""
    closed_share: float = 0.1
    """Of the sun, what comes through where it is down and closed. Source: EN ISO 52022-1, external."""


@dataclass(slots=True)
class _Axis:
    """Goes from a position to another at constant speed. Positions are percent."""

    full_s: float
    start: float = 0.0
    target: float = 0.0
    since_s: float = 0.0

    def at(self, now_s: float) -> float:
        gone = (now_s - self.since_s) / self.full_s * 100 if self.full_s else 100.0
        if gone >= abs(self.target - self.start):
            return self.target
        return self.start + gone if self.target > self.start else self.start - gone

    def go(self, target: float, now_s: float) -> None:
        self.start, self.target, self.since_s = self.at(now_s), target, now_s

    @property
    def arrival_s(self) -> float:
        return self.since_s + abs(self.target - self.start) / 100 * self.full_s


class Blind:
    """A blind before a window, or before several.

    Args:
        name: Unique in the building.
        rating: What it is.
        position_percent: To begin with: 0 up … 100 down.
        slats_percent: To begin with: 0 level … 100 closed.
    """

    def __init__(
        self,
        name: str,
        *,
        rating: BlindRating | None = None,
        position_percent: float = 0.0,
        slats_percent: float = 0.0,
    ) -> None:
        self.name = name
        self.rating = rating or BlindRating()
        self._height = _Axis(self.rating.travel_s, position_percent, position_percent)
        self._slats = _Axis(self.rating.turn_s, slats_percent, slats_percent)
        self._moment = Moment()
        self._hosts: list[Host] = []
        self.arrival_s = 0.0
        """When it has arrived, or had, in seconds since 1970."""
        self._resting_share = self._share(position_percent, slats_percent)

    def hang_before(self, host: Host, moment: Moment) -> None:
        """Put it before a window of a zone, which a building does when it is made."""
        self._hosts.append(host)
        self._moment = moment

    def move_to(self, percent: float) -> None:
        """Start moving: to 0 it goes up, to 100 down."""
        self._go(self._height, percent)

    def turn_to(self, percent: float) -> None:
        """Start turning the lamellas: to 0 level, to 100 closed."""
        self._go(self._slats, percent)

    def stop(self) -> None:
        """Stay where it is."""
        self._go(self._height, self.position_percent)
        self._go(self._slats, self.slats_percent)

    @property
    def position_percent(self) -> float:
        """How far it is down now."""
        return self._height.at(self._moment.now_s)

    @property
    def slats_percent(self) -> float:
        """How far its lamellas are closed now."""
        return self._slats.at(self._moment.now_s)

    @property
    def is_moving(self) -> bool:
        """Whether it moves or turns now."""
        return self.arrival_s > self._moment.now_s

    @property
    def passing_share(self) -> float:
        """Of the sun on its window, what comes through now."""
        if self._moment.now_s >= self.arrival_s:
            return self._resting_share
        return self._share(self.position_percent, self.slats_percent)

    def _share(self, position_percent: float, slats_percent: float) -> float:
        open_share, closed_share = self.rating.open_share, self.rating.closed_share
        covered_share = open_share + (closed_share - open_share) * slats_percent / 100
        return 1 + (covered_share - 1) * position_percent / 100

    def _go(self, axis: _Axis, percent: float) -> None:
        if not 0 <= percent <= 100:
            raise ValueError(f"a position of {self.name} must be within 0 and 100 %, not {percent}")
        axis.go(percent, self._moment.now_s)
        self.arrival_s = max(self._height.arrival_s, self._slats.arrival_s)
        self._resting_share = self._share(self._height.target, self._slats.target)
        for host in self._hosts:
            host.disturb()
