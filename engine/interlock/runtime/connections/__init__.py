"""Connections at work: drivers behind a seam, polled or told, with their health."""
