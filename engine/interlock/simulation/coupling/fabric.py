"""From what a technician writes of a room to what physics needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.simulation.coupling.plan import Fabric, People, Stay
from interlock.simulation.coupling.shapes import CAPACITIES, DAY_SETS, LOSSES, Day, FabricShape

_MIDNIGHT_H = 24.0


def fabric_of(shape: FabricShape) -> Fabric:
    """Return what a zone is made of."""
    loss_w_per_m2_k = LOSSES[shape.insulation] if shape.losses is None else shape.losses / shape.area
    return Fabric(
        area_m2=shape.area,
        height_m=shape.height,
        window_m2=shape.window,
        facing_degrees=shape.facing,
        loss_w_per_m2_k=loss_w_per_m2_k,
        capacity_j_per_m2_k=CAPACITIES[shape.mass],
        air_changes_per_h=shape.air_changes,
        starts_c=shape.starts_at,
    )


def people_of(shape: FabricShape) -> People:
    """Return who is in a zone, and when."""
    if isinstance(shape.occupied, str):
        return People(number=shape.people, week=shape.occupied, airs=shape.airing)
    return People(number=shape.people, week="", stays=tuple(_stays(dict(shape.occupied))), airs=shape.airing)


def _stays(hours: Mapping[Day, tuple[tuple[float, float], ...]]) -> Iterator[Stay]:
    """Yield the stays of a week; what goes over midnight is two."""
    of_days: dict[int, tuple[tuple[float, float], ...]] = {}
    for key, days in DAY_SETS.items():
        if key in hours:
            of_days |= dict.fromkeys(days, hours[key])
    for day, windows in of_days.items():
        for start_h, end_h in windows:
            if start_h < end_h:
                yield Stay(days=frozenset({day}), from_h=start_h, to_h=end_h)
            else:
                yield Stay(days=frozenset({day}), from_h=start_h, to_h=_MIDNIGHT_H)
                yield Stay(days=frozenset({(day + 1) % 7}), from_h=0.0, to_h=end_h)
