"""What comes of a simulation.

::

    journal, faults, messages ─▶ Gatherer.take ─▶ Results ─▶ tables_of ─▶ tables for people
                                                     └────▶ document_of ─▶ a document for programs

Modules: `happening` (what is taken in), `rule_figures`, `command_figures`, `point_figures`, `unrest` and
`outages` (each counts its part), `results` (all of it), `tables`, `document`.
"""

from __future__ import annotations

from interlock.simulation.results.happening import Happening, Message, Request, ServiceEnd
from interlock.simulation.results.results import Gatherer, Results

__all__ = ["Gatherer", "Happening", "Message", "Request", "Results", "ServiceEnd"]
