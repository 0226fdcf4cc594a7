"""The building behind a site's points: what its section ``plant`` says, and what is inferred besides.

::

    Site ─▶ plan_of ─▶ Plan ─▶ couple(house, plan) ─▶ HouseCoupling         in virtual time
                        │      couple_server(simulator, site, …) ─▶ Coupling   behind a server
                        └────▶ describe ─▶ lines for people

| modules | |
| --- | --- |
| `plan`, `roles` | what stands behind which point, as values |
| `section`, `shapes`, `fabric`, `references` | from YAML, with findings |
| `inference`, `recognition` | from names and capabilities |
| `construction`, `furnishing`, `telling`, `scales`, `starting` | from the plan to a building and its wires |
| `coupling`, `wires`, `in_house`, `behind_server`, `life` | at work |
"""

from __future__ import annotations

from interlock.simulation.coupling.behind_server import couple_server, keep_alive
from interlock.simulation.coupling.coupling import Coupling
from interlock.simulation.coupling.describing import describe
from interlock.simulation.coupling.in_house import HouseCoupling, couple
from interlock.simulation.coupling.plan import Plan, ZonePlan
from interlock.simulation.coupling.planning import plan_of, read_plan

__all__ = [
    "Coupling",
    "HouseCoupling",
    "Plan",
    "ZonePlan",
    "couple",
    "couple_server",
    "describe",
    "keep_alive",
    "plan_of",
    "read_plan",
]
