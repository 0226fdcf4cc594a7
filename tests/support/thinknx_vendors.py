"""Thinknx servers in the same network and behind the cloud, for the tests of servers that misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from interlock.model import Point
from interlock_thinknx.simulator import ThinknxSimulator
from support.faulty_town import Vendor

SECRET = "never-to-be-seen"

_DEVICES = """
  living: {connection: house, type: thermostat, guid: LIVING, controllers: [actualtemp]}
  evening: {connection: house, type: scene, guid: EVENING}
  fridge: {connection: shop, type: thermostat, guid: FRIDGE, controllers: [actualtemp]}
"""


def _local(url: str, _: Path) -> str:
    address = f"host: 127.0.0.1, port: {urlsplit(url).port}"
    return f"driver: thinknx-local, {address}, auth: basic, username: me, password: !secret it"


def _cloud(url: str, ca: Path) -> str:
    return f"driver: thinknx-cloud, base_url: '{url}', key: !secret it, ca: {ca.name}"


VENDORS: Mapping[str, Vendor] = {
    name: Vendor(
        simulator=ThinknxSimulator,
        connection=connection,
        devices=_DEVICES,
        reading=Point("living.actualtemp"),
        neighbour=Point("fridge.actualtemp"),
        secrets=f"it: {SECRET}\n",
        has_tls=connection is _cloud,
    )
    for name, connection in (("thinknx-local", _local), ("thinknx-cloud", _cloud))
}
