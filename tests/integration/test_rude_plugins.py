"""Installed plugins that misbehave cost only themselves: the program as a process, beside a sound driver."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.flat import start_interlock
from support.hand_installed import install

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

THIRD_PARTY = Path(__file__).parents[1] / "third_party"

SITE = """\
site: {name: Desk, timezone: Europe/Rome}
connections:
  desk: {driver: lamp, directory: LAMPS, poll: 100ms, timeout: 100ms, stale_after: 1m}
CONNECTIONS
devices:
  reading: {connection: desk, type: lamp, file: reading}
DEVICES
watch: [DEVICE_NAMES]
rules:
  - id: bright
    condition: reading.level < 20
    actions:
      - set: {reading.level: 80}
"""
REASONS = {
    "rude-raising": "the driver failed: RuntimeError: no manners",
    "rude-exiting": "the driver failed: SystemExit: 7",
    "rude-hanging": "the driver did not come back in time",
    "rude-lying": "the driver failed: AttributeError: 'str' object has no attribute 'get'",
    "rude-refusing": "the driver failed: ValueError: not today",
}
"""What is said of each connection whose driver misbehaves."""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sound driver and the rude ones, installed."""
    folder = tmp_path_factory.mktemp("installed")
    for project in ("interlock-driver-lamp", "interlock-drivers-rude"):
        install(THIRD_PARTY / project, folder)
    return folder


def run(plugins: Path, *arguments: str | Path) -> tuple[int | None, str, str]:
    with start_interlock(*arguments, PYTHONPATH=str(plugins)) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def write_site(folder: Path, *drivers: str) -> Path:
    """Write a site with a lamp and one thing on each of these drivers."""
    lamps = folder / "lamps"
    lamps.mkdir()
    (lamps / "reading").write_text("50", encoding="ascii")
    names = [driver.replace("-", "_") for driver in drivers]
    connections = [
        f"  {driver}: {{driver: {driver}, poll: 5s, timeout: 100ms, stale_after: 1m}}" for driver in drivers
    ]
    devices = [
        f"  {name}: {{connection: {driver}, type: thing}}"
        for name, driver in zip(names, drivers, strict=True)
    ]
    text = (
        SITE.replace("LAMPS", str(lamps))
        .replace("CONNECTIONS\n", "".join(f"{line}\n" for line in connections))
        .replace("DEVICES\n", "".join(f"{line}\n" for line in devices))
        .replace("DEVICE_NAMES", ", ".join(["reading", *names]))
    )
    site = folder / "site.yaml"
    site.write_text(text, encoding="utf-8")
    return site


def read_until_all(stream: Iterator[str], texts: set[str]) -> list[str]:
    """Return the lines up to where each of the texts has come."""
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        texts = {text for text in texts if text not in line}
        if not texts:
            return lines
    raise AssertionError(f"these never came: {texts}; instead:\n{''.join(lines)}")


def test_each_broken_plugin_is_named_with_its_reason_and_the_sound_ones_are_listed(plugins: Path) -> None:
    code, out, err = run(plugins, "drivers")
    of = "of interlock-drivers-rude 0.1"
    assert code == 1
    assert "lamp 1.0 (interlock-driver-lamp): lamps that keep their state in files" in out
    assert "thinknx-local" in out
    assert err.splitlines() == [
        f"plugin 'rude-at-import' {of}: it cannot be loaded: RuntimeError: cannot be imported",
        f"plugin 'rude-exit' {of}: it cannot be loaded: SystemExit: goodbye",
        f"plugin 'rude-hook' {of}: its hook interlock_drivers failed: LookupError: forgot them",
        f"plugin 'rude-missing' {of}: it cannot be loaded: "
        "ModuleNotFoundError: No module named 'interlock_drivers_rude.nowhere'",
        f"plugin 'rude-nonsense' {of}: its driver 'rude-nonsense' cannot be used: "
        "NoDriver is no subclass of Driver",
    ]


def test_programs_are_told_the_same(plugins: Path) -> None:
    code, out, err = run(plugins, "drivers", "--json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert [(each["plugin"], each["missing"]) for each in document["problems"]] == [
        ("rude-at-import", ""),
        ("rude-exit", ""),
        ("rude-hook", ""),
        ("rude-missing", ""),
        ("rude-nonsense", "rude-nonsense"),
    ]


def test_a_site_that_uses_none_of_them_has_no_findings(plugins: Path, tmp_path: Path) -> None:
    code, out, err = run(plugins, "check", write_site(tmp_path))
    assert (code, err) == (0, "")
    assert out.endswith("no findings\n")


def test_a_site_that_uses_one_is_told_whose_fault_it_is(plugins: Path, tmp_path: Path) -> None:
    code, out, err = run(plugins, "check", write_site(tmp_path, "rude-nonsense"))
    assert code == 1
    assert (
        "site.yaml:4:27: error: driver 'rude-nonsense' cannot be used: plugin 'rude-nonsense' of "
        in out + err
    )
    assert "NoDriver is no subclass of Driver" in out + err


def test_drivers_that_misbehave_at_work_cost_their_own_readings_alone(plugins: Path, tmp_path: Path) -> None:
    site = write_site(tmp_path, *REASONS)
    told = {f"connection {driver}: {reason}" for driver, reason in REASONS.items()}
    with start_interlock("run", site, PYTHONPATH=str(plugins)) as service:
        assert service.stderr
        read_until_all(service.stderr, told)
        expect_a_living_rule(service, tmp_path)
        code = end(service)
    assert code == 0


def test_a_driver_that_stops_the_event_loop_is_named_and_stops_nothing_for_good(
    plugins: Path, tmp_path: Path
) -> None:
    site = write_site(tmp_path, "rude-blocking")
    with start_interlock("run", site, PYTHONPATH=str(plugins)) as service:
        assert service.stderr
        read_until_all(
            service.stderr, {"connection rude-blocking: its driver rude-blocking blocked the event loop for "}
        )
        expect_a_living_rule(service, tmp_path)
        code = end(service)
    assert code == 0


def expect_a_living_rule(service: subprocess.Popen[str], folder: Path) -> None:
    """Expect that the lamp is polled, and its rule acts."""
    assert service.stderr
    (folder / "lamps" / "reading").write_text("5", encoding="ascii")
    read_until_all(service.stderr, {"reading.level = 80 (rule bright): accepted"})
    assert (folder / "lamps" / "reading").read_text(encoding="ascii") == "80"


def end(service: subprocess.Popen[str]) -> int | None:
    service.send_signal(signal.SIGTERM)
    service.communicate(timeout=60)
    return service.returncode
