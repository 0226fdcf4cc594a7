"""A plan in lines for people, also what was inferred."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.simulation.coupling.plan import Plan


def describe(plan: Plan) -> Sequence[str]:
    """Return lines that say which zones there are, and what is in each."""
    return [zone.name for zone in plan.zones]
