"""What goes wrong in a simulation, and when.

::

    text ─▶ read_fault ─▶ Fault(what, when) ─▶ turns ─▶ Mischief.take

Modules: `fault` (values), `reader` (the grammar), `when` (the grammar of times), `recurrence` (when it
comes), `chance` (``random``), `mischief` (does it).
"""

from __future__ import annotations

from interlock.simulation.faults.fault import Fault, Kind, Turn, turns
from interlock.simulation.faults.mischief import Mischief
from interlock.simulation.faults.reader import read_faults

__all__ = ["Fault", "Kind", "Mischief", "Turn", "read_faults", "turns"]
