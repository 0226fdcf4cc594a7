"""``interlock discover`` and ``interlock history fetch``, with a real Founten site on loopback."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.service.loading import load_devices
from interlock_founten.simulator import FountenSimulator
from support.command import Interlock
from support.flat import FlatServer
from support.loop_in_thread import in_thread

pytestmark = pytest.mark.slow


def test_a_protocol_that_lists_nothing_says_where_addresses_stand(
    interlock: Interlock, flat: FlatServer
) -> None:
    done = interlock("discover", flat.site, "house")
    assert (done.code, done.out) == (1, "")
    assert "Thinknx Configurator" in done.err


def test_an_unknown_connection_is_named_with_the_nearest(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("discover", flat.site, "hous")
    assert done.code == 2
    assert "there is no connection 'hous'; did you mean 'house'?" in done.err


def test_a_duration_that_is_none_is_refused(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("discover", flat.site, "house", "--for", "soon")
    assert (done.code, "'soon' is no duration" in done.err) == (2, True)


def test_no_history_is_told(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("history", "fetch", flat.site, "--from", "2026-07-01")
    assert done.code == 1
    assert done.err == "error: connection house: thinknx-local keeps no history\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "tomorrow"], "--from: 'tomorrow' is no time: write for example 17:36"),
        (["--from", "2026-07-02", "--to", "2026-07-01"], "--from 2026-07-02 is not before --to 2026-07-01"),
        ([], "--from"),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    interlock: Interlock, flat: FlatServer, options: list[str], message: str
) -> None:
    done = interlock("history", "fetch", flat.site, *options)
    assert (done.code, message in done.err) == (2, True)


SHOP = """
site: {{name: Shop, timezone: Europe/Rome}}
connections:
  shop: {{driver: founten, url: "{url}", username: a@example.com, password: pw}}
devices:
  lobby: {{connection: shop, type: thermostat, name: Lobby}}   # the one by the door
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A site file of a Founten site that has more thermostats than the file."""
    path = tmp_path / "site.yaml"
    hall = "  hall: {connection: shop, type: thermostat, name: Hall}\n"
    path.write_text(SHOP.format(url="http://127.0.0.1") + hall)
    known = load_devices(path)
    with in_thread() as run:
        simulator = FountenSimulator(known.connections["shop"].settings, list(known.targets.values()))
        url = run(simulator.start("127.0.0.1", 0))
        path.write_text(SHOP.format(url=url))
        yield path
        run(simulator.stop())


def test_thermostats_are_found_and_added_beside_what_stands_there(interlock: Interlock, shop: Path) -> None:
    done = interlock("discover", shop, "shop")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[:3] for line in done.out.splitlines()] == [
        ["known", "Lobby", "thermostat"],
        ["new", "Hall", "thermostat"],
    ]
    before = shop.read_text()
    added = interlock("discover", shop, "shop", "--add")
    assert added.err == f"{shop}: 1 added, 1 known already\n"
    after = shop.read_text()
    assert after.startswith(before)
    assert "hall: {connection: shop, type: thermostat, name: Hall}" in after
    assert interlock("check", shop).code == 0
    again = interlock("discover", shop, "shop", "--add", "--json")
    assert [each["is_new"] for each in json.loads(again.out)] == [False, False]
    assert shop.read_text() == after


def test_history_is_fetched_into_the_journal(interlock: Interlock, shop: Path) -> None:
    interlock("set", shop, "lobby.coolSetting", "75")
    first = interlock("history", "fetch", shop, "lobby.coolSetting", "--from", "2020-01-01")
    assert (first.code, first.err) == (0, "")
    total, point = first.out.splitlines()
    assert re.fullmatch(r"shop: \d+ values?", total)
    assert re.fullmatch(r"  lobby\.coolSetting  \d+ values?", point)
    again = interlock("history", "fetch", shop, "--from", "2020-01-01", "--json")
    told = json.loads(again.out)
    assert told["shop"]["error"] is None
    assert {"lobby.temperature", "lobby.coolSetting"} <= set(told["shop"]["points"])


def test_what_fails_is_named_beside_what_came(interlock: Interlock, shop: Path) -> None:
    away = """\
  away: {driver: founten, url: "http://127.0.0.1:1", username: a@example.com, password: pw}
devices:
  attic: {connection: away, type: thermostat, name: Attic}
  ghost: {connection: shop, type: thermostat, name: Ghost}
"""
    shop.write_text(shop.read_text().replace("devices:\n", away))
    done = interlock("history", "fetch", shop, "--from", "2020-01-01")
    assert done.code == 3
    assert done.out.startswith("shop: ")
    assert "lobby.temperature  " in done.out
    unknown, unreachable = done.err.splitlines()
    assert unknown == "error: connection shop: device ghost (name 'Ghost') is unknown to the site"
    assert unreachable.startswith("error: connection away: ")


def test_named_points_of_which_nothing_is_known_are_counted_too(interlock: Interlock, shop: Path) -> None:
    times = ("--from", "2001-01-01", "--to", "2001-01-03")
    done = interlock("history", "fetch", shop, "lobby.fan", *times)
    assert (done.code, done.out) == (0, "shop: 0 values\n  lobby.fan  0 values\n")


def test_a_time_of_which_nothing_is_known_is_told(interlock: Interlock, shop: Path) -> None:
    done = interlock("history", "fetch", shop, "--from", "2001-01-01", "--to", "2001-01-03")
    assert (done.code, done.out) == (0, "no device remembers anything of that time\n")
