"""A Founten site without the hardware: its api.cgi over real HTTP or HTTPS, with faults on demand."""

from interlock_founten.simulator.server import FountenSimulator

__all__ = ["FountenSimulator"]
