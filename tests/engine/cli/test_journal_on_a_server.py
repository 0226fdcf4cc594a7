"""A service whose journal is on a PostgreSQL server: every command, and a server that is killed meanwhile."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import Interlock
from support.flat import FlatServer, copy_flat, start_interlock
from support.live_service import Service, live_service
from support.postgres_server import PASSWORD, PostgresServer, running_server

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

RULES = """
rules:
  - id: cool
    triggers: [{becomes: living_thermostat.actualtemp > 26}]
    actions: [{set: {living_ac.hvacmode: cooling}}]
  - id: rest
    triggers: [{becomes: living_thermostat.actualtemp < 22}]
    actions: [{set: {living_ac.hvacmode: heating}}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def with_journal(site: Path, url: str) -> None:
    """Let a site keep its journal at a URL, which its secrets hold."""
    with site.open("a", encoding="utf-8") as file:
        file.write("\njournal: {url: !secret journal}\n")
    with (site.parent / "secrets.yaml").open("a", encoding="utf-8") as file:
        file.write(f"journal: {url}\n")


@pytest.fixture
def url(server: PostgresServer, tmp_path: Path) -> str:
    """Of a journal that nobody has used."""
    return server.new_place(tmp_path).url.get_secret_value()


@pytest.fixture
def service(flat: FlatServer, url: str) -> Iterator[Service]:
    with_journal(flat.site, url)
    flat.hold("living_thermostat.actualtemp", 24.0)
    with live_service(flat, RULES) as running:
        yield running


def end(service: Service) -> str:
    """End a service, and return what it had to say."""
    service.process.send_signal(signal.SIGTERM)
    _, said = service.process.communicate(timeout=60)
    assert service.process.returncode == 0
    return said


def test_control_goes_on_while_the_server_is_dead_and_history_comes_back(
    service: Service, server: PostgresServer, interlock: Interlock
) -> None:
    flat = service.flat
    flat.hold("living_thermostat.actualtemp", 27.5)
    log = service.until("living_ac.hvacmode = cooling (rule cool): accepted")
    server.kill()
    flat.hold("living_thermostat.actualtemp", 20.0)
    log += service.until("living_ac.hvacmode = heating (rule rest): accepted")
    assert flat.value("living_ac.hvacmode") == "heating"
    assert interlock("status", flat.site).code == 0
    server.start()
    log += service.until("is written again; nothing was lost")
    flat.hold("living_thermostat.actualtemp", 27.0)
    log += service.until("living_ac.hvacmode = cooling (rule cool): accepted")
    log.append(end(service))
    told = interlock("explain", flat.site, "living_ac.hvacmode")
    assert re.findall(r"= (cooling|heating)\b", told.out)[:3] == ["cooling", "heating", "cooling"]
    lost = [line for line in log if "cannot be written" in line]
    assert len(lost) == 1
    assert PASSWORD not in "".join(log) + told.out + told.err


def test_every_command_finds_the_service_and_its_journal(
    service: Service, server: PostgresServer, url: str, interlock: Interlock
) -> None:
    site = service.flat.site
    service.flat.hold("living_thermostat.actualtemp", 27.5)
    service.until("living_ac.hvacmode = cooling (rule cool): accepted")
    done = [
        interlock("status", site),
        interlock("set", site, "hall_light.power", "on"),
        interlock("claims", site),
        interlock("rules", "disable", site, "rest"),
        interlock("rules", "list", site),
        interlock("reload", site),
        interlock("explain", site, "cool"),
        interlock("explain", site, "cool", "--journal", url),
    ]
    assert [each.code for each in done] == [0] * len(done)
    doctor = interlock("doctor", site)
    assert re.search(rf"ok\s+journal\s+postgresql://interlock@127.0.0.1:{server.port}/postgres, ", doctor.out)
    end(service)
    since = ("--from", "2026-01-01")
    done += [
        interlock("rules", "list", site),
        interlock("rules", "enable", site, "rest"),
        interlock("claims", site),
        interlock("would-send", site),
        interlock("history", "export", site, "living_thermostat.actualtemp", *since),
        interlock("points", site, "--once"),
    ]
    assert "living_thermostat.actualtemp,27.5,good," in done[-2].out
    replayed = interlock("replay", site, *since)
    assert replayed.code in {0, 1}, replayed.err
    shown = "".join(each.out + each.err for each in (*done, doctor, replayed))
    assert PASSWORD not in shown
    assert [each.err for each in done if each.code] == []
    assert not (site.parent / "interlock.sqlite").exists()


def test_a_service_elsewhere_with_the_same_journal_is_refused(
    service: Service, server: PostgresServer, url: str, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = copy_flat(tmp_path / "elsewhere")
    with_journal(other, url)
    second = start_interlock("run", other)
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert said.endswith(
        f"error: journal postgresql://interlock@127.0.0.1:{server.port}/postgres cannot be used: "
        "another running service uses it\n"
    )
    assert service.process.poll() is None


def test_a_url_on_the_command_line_does_not_get_into_a_unit(flat: FlatServer, interlock: Interlock) -> None:
    url = "postgresql://interlock:hidden-three@db/flat"
    done = interlock("install-service", flat.site, "--user", "root", "--print", "--journal", url)
    assert done.code == 1
    assert "write the URL of the journal in the site file" in done.err
    assert "hidden-three" not in done.out + done.err


def test_the_unit_of_a_site_with_a_database_names_no_journal_and_starts_after_the_server(
    flat: FlatServer, interlock: Interlock
) -> None:
    with_journal(flat.site, "postgresql://interlock:hidden-four@db/flat")
    done = interlock("install-service", flat.site, "--user", "root", "--print")
    lines = done.out.splitlines()
    assert any(line.endswith(f"interlock run {flat.site}") for line in lines)
    assert "After=network-online.target time-sync.target postgresql.service" in lines
    assert f"ReadWritePaths={flat.site.parent}" in lines
    assert "hidden-four" not in done.out


def test_a_url_that_is_none_is_refused_without_its_password(flat: FlatServer, interlock: Interlock) -> None:
    done = interlock("explain", flat.site, "cool", "--journal", "mysql://a:hidden-five@db/flat")
    assert done.code == 1
    assert done.err.startswith("error: --journal: it must be the URL of a PostgreSQL database")
    assert "hidden-five" not in done.err
