"""Counts how a zone fares."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.simulation.plant.figures import S_PER_H, Band, ZoneFigures


@dataclass(slots=True, kw_only=True)
class Tally:
    """Sums and extremes of a zone's temperature; in kelvin-seconds and seconds."""

    band: Band
    lowest_c: float
    highest_c: float
    seconds: float = 0.0
    sum_c_s: float = 0.0
    cold_k_s: float = 0.0
    warm_k_s: float = 0.0
    occupied_cold_k_s: float = 0.0
    occupied_warm_k_s: float = 0.0
    occupied_s: float = 0.0
    open_s: float = 0.0

    def count(self, seconds: float, mean_c: float, end_c: float, *, is_occupied: bool, is_open: bool) -> None:
        """Count some time in which the temperature went one way, so that its ends are its extremes."""
        if end_c < self.lowest_c:
            self.lowest_c = end_c
        elif end_c > self.highest_c:
            self.highest_c = end_c
        self.seconds += seconds
        self.sum_c_s += mean_c * seconds
        if is_occupied:
            self.occupied_s += seconds
        if is_open:
            self.open_s += seconds
        if not self.band.low_c <= mean_c <= self.band.high_c:
            self._count_discomfort(seconds, mean_c, is_occupied=is_occupied)

    def figures(self, now_c: float) -> ZoneFigures:
        """Return the sums in hours; before any time has passed, the mean is what it is now."""
        return ZoneFigures(
            lowest_c=self.lowest_c,
            highest_c=self.highest_c,
            mean_c=self.sum_c_s / self.seconds if self.seconds else now_c,
            cold_k_h=self.cold_k_s / S_PER_H,
            warm_k_h=self.warm_k_s / S_PER_H,
            occupied_cold_k_h=self.occupied_cold_k_s / S_PER_H,
            occupied_warm_k_h=self.occupied_warm_k_s / S_PER_H,
            occupied_h=self.occupied_s / S_PER_H,
            window_open_h=self.open_s / S_PER_H,
        )

    def _count_discomfort(self, seconds: float, mean_c: float, *, is_occupied: bool) -> None:
        cold_k_s = max(self.band.low_c - mean_c, 0.0) * seconds
        warm_k_s = max(mean_c - self.band.high_c, 0.0) * seconds
        self.cold_k_s += cold_k_s
        self.warm_k_s += warm_k_s
        if is_occupied:
            self.occupied_cold_k_s += cold_k_s
            self.occupied_warm_k_s += warm_k_s
