"""The building of a site on the command line: what is wrong with it, and what it is taken for."""

import signal
from pathlib import Path

import httpx
import pytest

from support.command import Interlock
from support.flat import PASSWORD, copy_flat, read_until, start_interlock
from support.planned_site import write_site

DIGEST = httpx.DigestAuth("integrator", PASSWORD)


def test_check_reports_errors_of_the_building(tmp_path: Path, interlock: Interlock) -> None:
    done = interlock("check", write_site(tmp_path, "zones: {attic: {temperature: livin_thermostat}}"))
    assert done.code == 1
    assert "23:32: error: there is no device 'livin_thermostat'" in done.out
    assert "did you mean 'living_thermostat'?" in done.out


def test_check_is_content_with_a_sound_building(tmp_path: Path, interlock: Interlock) -> None:
    done = interlock("check", write_site(tmp_path, "zones: {attic: {area: 30}}"))
    assert (done.code, done.err) == (0, "")
    assert "no findings" in done.out


def test_simulate_prints_what_the_building_is_taken_for(tmp_path: Path, interlock: Interlock) -> None:
    done = interlock("simulate", write_site(tmp_path, "zones: {living: {area: 30}}"), "--plan")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "weather: synthetic, of the place and the season"
    assert "zone living: 30 m², 3 m² of windows to south" in lines
    assert "  living_thermostat.actualtemp: a room temperature (inferred)" in lines


def test_simulate_asks_when_it_begins(tmp_path: Path, interlock: Interlock) -> None:
    done = interlock("simulate", write_site(tmp_path))
    assert done.code == 2
    assert "say when it begins, such as 2026-01-01" in done.err


def temperature_c(url: str) -> float:
    value = httpx.get(f"{url}/simulator/points").json()["living_thermostat.actualtemp"]
    assert isinstance(value, float)
    return value


@pytest.mark.slow
def test_a_server_with_a_building_shows_it_and_obeys(tmp_path: Path) -> None:
    arguments = ("simulator", "thinknx", "--site", copy_flat(tmp_path), "--port", "0", "--plant")
    with start_interlock(*arguments, "--speed", "3600") as process:
        assert process.stdout
        [line] = read_until(process.stdout, "http://")
        url = next(word for word in line.split() if word.startswith("http://"))
        before_c = temperature_c(url)
        for call in ("hvacsetpoint", "35"), ("hvacmode", "1"), ("hvacpower", "1"):
            parameters = {"guid": "2KzQtaJXBVvwyuYCNlaXR", "cmd": call[1]}
            httpx.get(f"{url}/api/v1/{call[0]}", params=parameters, auth=DIGEST).raise_for_status()
        # So many requests take longer than the room does, in a flat whose hours are seconds.
        warmer = (temperature_c(url) > before_c + 2 for _ in range(5000))
        assert any(warmer)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.slow
def test_a_server_with_a_broken_building_is_not_started(tmp_path: Path, interlock: Interlock) -> None:
    site = write_site(tmp_path, "zones: {attic: {temperature: nobody}}")
    done = interlock("simulator", "thinknx", "--site", site, "--port", "0", "--plant")
    assert done.code == 1
    assert "there is no device 'nobody'" in done.err
