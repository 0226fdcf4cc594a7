"""The project that ``interlock new-driver`` writes: found, served, run, and keeping the contract."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from interlock.service.scaffolding.new_driver import write_driver_project
from support.flat import environment, read_until, start_interlock
from support.hand_installed import install

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Workshop:
    """A new driver's project, and where it is installed."""

    project: Path
    installed: Path

    @property
    def site(self) -> Path:
        return self.project / "example" / "site.yaml"

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return start_interlock(*arguments, PYTHONPATH=str(self.installed))

    def run(self, *arguments: str | Path) -> tuple[int | None, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("workshop")
    write_driver_project("acme-heat", folder / "project")
    return Workshop(folder / "project", install(folder / "project", folder / "installed"))


def test_its_own_tests_pass(workshop: Workshop) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"],
        cwd=workshop.project,
        env=environment(PYTHONPATH=str(workshop.installed)),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout


def test_it_is_listed(workshop: Workshop) -> None:
    code, out, err = workshop.run("drivers")
    assert (code, err) == (0, "")
    assert "acme-heat 0.1.0 (interlock-driver-acme-heat): Acme Heat heaters, by plain HTTP" in out
    assert "  heater  temperature (read only), setpoint, mode, boost (commands only)\n" in out


def test_its_example_has_no_findings(workshop: Workshop) -> None:
    code, out, err = workshop.run("check", workshop.site)
    assert (code, err) == (0, "")
    assert out.endswith("1 connection, 2 devices, 1 rule: no findings\n")


def test_its_rule_acts_on_its_simulator(workshop: Workshop) -> None:
    with workshop.start("simulator", "acme-heat", "--site", workshop.site, "--port", "0") as server:
        assert server.stdout
        [line] = read_until(server.stdout, "http://")
        url = next(word for word in line.split() if word.startswith("http://"))
        text = workshop.site.read_text(encoding="utf-8")
        port = urlsplit(url).port
        site = workshop.site.with_name("moved.yaml")
        site.write_text(text.replace("127.0.0.1, ", f"127.0.0.1, port: {port}, "), encoding="utf-8")
        with workshop.start("run", site) as service:
            assert service.stderr
            read_until(service.stderr, "runs Example")
            put(f"{url}/simulator/points/bathroom.temperature", b"25.5")
            lines = read_until(service.stderr, "bathroom.mode = eco")
            service.send_signal(signal.SIGTERM)
            service.communicate(timeout=30)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    assert lines[-1].endswith("bathroom.mode = eco (rule warm-enough): accepted\n")
    assert (service.returncode, server.returncode) == (0, 0)


def put(url: str, body: bytes) -> None:
    with urlopen(Request(url, data=body, method="PUT"), timeout=10) as reply:
        assert reply.status == 200
