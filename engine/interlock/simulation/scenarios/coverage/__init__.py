"""Which parts of a site's rules its scenarios have exercised."""

from interlock.simulation.scenarios.coverage.measuring import Coverage, PartCovered, RuleCovered, measure

__all__ = ["Coverage", "PartCovered", "RuleCovered", "measure"]
