"""A Thinknx server without the hardware: the whole protocol over real HTTP, with faults on demand."""

from interlock_thinknx.simulator.server import ThinknxSimulator

__all__ = ["ThinknxSimulator"]
