"""A KNX bus without one: a KNXnet/IP gateway, and the groups of a site file behind it."""

from interlock_knx.simulator.server import KnxSimulator

__all__ = ["KnxSimulator"]
