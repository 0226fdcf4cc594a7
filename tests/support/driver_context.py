"""What a driver is given besides its settings, for tests that drive it without an engine."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from interlock import ConnectionSettings, Context, Limits, Peer


def context_of(
    settings: ConnectionSettings, timezone: str = "Europe/Rome", through: Peer | None = None
) -> Context:
    """Return the context of a connection of these settings."""
    return Context(limits=Limits(settings), timezone=ZoneInfo(timezone), through=through)
