"""A plan in lines for people: what is where, and what of it was inferred."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.simulation.coupling.plan import Plan, Thing, Tie, ZonePlan
from interlock.simulation.coupling.shapes import BEARINGS

_INFERRED = " (inferred)"


def describe(plan: Plan) -> Sequence[str]:
    """Return lines that say which zones there are, which point is what in them, and what is inferred."""
    return list(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"weather: {plan.weather.file or 'synthetic, of the place and the season'}"
    for tie in plan.outdoors:
        yield f"  {_tie(tie, plan)}"
    for zone in plan.zones:
        yield _zone(zone)
        yield from (f"  {_tie(tie, plan)}" for tie in zone.sensors)
        yield from (f"  {_thing(thing, plan)}" for thing in zone.things)
        if zone.neighbours:
            walls = ", ".join(f"{name} by {area_m2:g} m²" for name, area_m2 in zone.neighbours.items())
            yield f"  beside {walls}"
    if plan.meters:
        yield "the whole building"
        yield from (f"  {_tie(tie, plan)}" for tie in plan.meters)
    if not plan.zones:
        yield "no zones: no device has a room temperature, and the section 'plant' names none"


def _zone(zone: ZonePlan) -> str:
    fabric = zone.fabric
    facing = next((name for name, degrees in BEARINGS.items() if degrees == fabric.facing_degrees), "")
    looks = facing or f"{fabric.facing_degrees:g}°"
    marks = _INFERRED if zone.is_inferred else ""
    return f"zone {zone.name}: {fabric.area_m2:g} m², {fabric.window_m2:g} m² of windows to {looks}{marks}"


def _tie(tie: Tie, plan: Plan) -> str:
    return f"{tie.point}: {tie.role.needs.what}{_INFERRED if tie.point in plan.inferred else ''}"


def _thing(thing: Thing, plan: Plan) -> str:
    is_inferred = any(point in plan.inferred for point in thing.parts.values())
    return f"{thing.kind}: {', '.join(thing.parts.values())}{_INFERRED if is_inferred else ''}"
