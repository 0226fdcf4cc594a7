"""Founten sites by http on the loopback and by https, for the tests of servers that misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interlock.model import Point
from interlock_founten.simulator import FountenSimulator
from support.faulty_town import Vendor
from support.thinknx_vendors import SECRET

_DEVICES = """
  living: {connection: house, type: thermostat, name: Living, controllers: [temperature]}
  fridge: {connection: shop, type: thermostat, name: Fridge, controllers: [temperature]}
"""


def _plain(url: str, _: Path) -> str:
    return (
        f"driver: founten, url: '{url.replace('https:', 'http:')}', username: me@b.org, password: !secret it"
    )


def _safe(url: str, ca: Path) -> str:
    return f"driver: founten, url: '{url}', username: me@b.org, password: !secret it, ca: {ca.name}"


FOUNTEN: Mapping[str, Vendor] = {
    name: Vendor(
        simulator=FountenSimulator,
        connection=connection,
        devices=_DEVICES,
        reading=Point("living.temperature"),
        neighbour=Point("fridge.temperature"),
        secrets=f"it: {SECRET}\n",
        has_tls=connection is _safe,
    )
    for name, connection in (("founten-http", _plain), ("founten-https", _safe))
}
