"""The building behind a site's points: what its section ``plant`` says, and what is inferred besides.

::

    Site ─▶ plan_of ─▶ Plan ─▶ couple(house, plan) ─▶ Coupling.figures()
                        └────▶ describe ─▶ lines for people

Modules: `plan` (values), `coupling` (acts on what devices hold), `describing`.
"""

from __future__ import annotations

from interlock.simulation.coupling.coupling import Coupling
from interlock.simulation.coupling.describing import describe
from interlock.simulation.coupling.in_house import HouseCoupling, couple
from interlock.simulation.coupling.plan import Plan, ZonePlan
from interlock.simulation.coupling.planning import plan_of, read_plan

__all__ = ["Coupling", "HouseCoupling", "Plan", "ZonePlan", "couple", "describe", "plan_of", "read_plan"]
