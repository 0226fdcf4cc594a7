"""What a small site makes the program import: nothing that it does not use, since a start waits for it."""

import subprocess
import sys

import pytest

SITE = """
site: {name: Small, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 127.0.0.1, port: 1}
devices:
  living_thermostat: {connection: house, type: thermostat, guid: A}
rules:
  - id: warm
    condition: living_thermostat.actualtemp > 26
    actions: [{log: warm}]
"""
PROGRAM = """
import sys
from interlock.cli import awaiting, main

def show(service, new_loop):
    service.close()
    print(*sys.modules, sep="\\n")

awaiting.finish = show
main()
"""
"""Tells what is imported where the service would begin: what is imported later, comes beside its polls."""
UNUSED = (
    "fastapi",
    "holidays",
    "interlock.history.sql_journal",
    "interlock.protocol_server",
    "interlock.cli.check",
    "interlock.cli.simulate",
    "interlock.service.api",
    "interlock.service.control.answers",
    "interlock.service.control.protocol",
    "interlock.simulation.demo",
    "interlock.service.tokens",
    "interlock.simulation",
    "interlock_founten.simulator",
    "interlock_knx.ets",
    "interlock_thinknx.simulator",
    "prometheus_client",
    "pygments",
    "pytest",
    "rich",
    "sqlalchemy",
    "starlette",
    "trustme",
    "uvicorn",
    "watchfiles",
    "xknx",
    "xknxproject",
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    site = tmp_path_factory.mktemp("small") / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, "run", str(site)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return frozenset(output.split())


@pytest.mark.slow
@pytest.mark.parametrize("name", UNUSED)
def test_a_small_site_starts_without(imported: frozenset[str], name: str) -> None:
    assert name not in imported


@pytest.mark.slow
def test_a_small_site_needs_its_driver(imported: frozenset[str]) -> None:
    assert "interlock_thinknx.driver" in imported
