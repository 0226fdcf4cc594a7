"""The connections of a site at work, those that others speak through first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Iterable, Mapping

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.history.journal import Journal
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.peer import LinkPeer


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


def exchange_links(
    links: dict[str, Link],
    connections: Mapping[str, Connection],
    *,
    clock: Clock,
    journal: Journal,
    dice: random.Random,
) -> Collection[asyncio.Task[None]]:
    """Bring links in line with a site's connections; those whose settings are the same stay open.

    Args:
        links: Those at work, by name; changed in place.
        connections: Those of the site.
        clock: Wall or virtual time.
        journal: Takes what happens to the connections.
        dice: Vary their pauses.

    Returns:
        What ends as soon as a link is closed that is not needed any more.
    """
    kept = _unchanged(links, connections)
    closing = _retire({name: link for name, link in links.items() if name not in kept})
    links.clear()
    for connection in sorted(connections.values(), key=_is_dependent):
        name = connection.name
        links[name] = kept.get(name) or Link(
            connection,
            clock=clock,
            journal=journal,
            dice=dice,
            through=_peer(connection, links),
            after=closing.get(name),
        )
    return closing.values()


def _unchanged(links: Mapping[str, Link], connections: Mapping[str, Connection]) -> dict[str, Link]:
    same = {name: link for name, link in links.items() if connections.get(name) == link.connection}
    return {
        name: link
        for name, link in same.items()
        if link.connection.through is None or link.connection.through in same
    }


def _retire(links: Mapping[str, Link]) -> dict[str, asyncio.Task[None]]:
    """Begin to close links, those that speak through others before these."""
    closing: dict[str, asyncio.Task[None]] = {}
    for name, link in sorted(links.items(), key=lambda item: not _is_dependent(item[1].connection)):
        speaking = [closing[each] for each in closing if links[each].connection.through == name]
        closing[name] = asyncio.create_task(_close_after(link, speaking), name=f"closing {name}")
    return closing


async def _close_after(link: Link, others: Collection[asyncio.Task[None]]) -> None:
    if others:
        await asyncio.wait(others)
    await link.retire()


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
