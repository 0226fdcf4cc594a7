"""The connections of a site at work, those that others speak through first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.history.journal import Journal
from interlock.runtime.link import Link
from interlock.runtime.peer import LinkPeer


def make_links(
    connections: Mapping[str, Connection],
    names: Iterable[str] | None = None,
    *,
    clock: Clock,
    journal: Journal,
    dice: random.Random,
) -> dict[str, Link]:
    """Return links by name.

    Args:
        connections: Those of a site.
        names: The ones wanted, and with them what they speak through; None wants all.
        clock: Wall or virtual time.
        journal: Takes what happens to the connections.
        dice: Vary their pauses.
    """
    links: dict[str, Link] = {}
    wanted = [connections[name] for name in (connections if names is None else names)]
    through = [connections[each.through] for each in wanted if each.through is not None]
    for connection in sorted((*through, *wanted), key=_is_dependent):
        if connection.name not in links:
            peer = _peer(connection, links)
            links[connection.name] = Link(connection, clock=clock, journal=journal, dice=dice, through=peer)
    return links


async def close_links(links: Mapping[str, Link]) -> None:
    """Close the connections, those that speak through others before these."""
    for is_dependent in (True, False):
        group = [link for link in links.values() if _is_dependent(link.connection) is is_dependent]
        await asyncio.gather(*(link.close() for link in group))


def _is_dependent(connection: Connection) -> bool:
    return connection.through is not None


def _peer(connection: Connection, links: Mapping[str, Link]) -> LinkPeer | None:
    if connection.through is None:
        return None
    return LinkPeer(connection.name, links[connection.through], connection.driver.needs)
