"""The guide to writing a driver is followed to the letter: its files, its tests, its site and its rule."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from interlock import errors
from support.flat import environment, read_until, start_interlock
from support.hand_installed import install

pytestmark = pytest.mark.slow

GUIDE = (Path(__file__).parent.parent / "docs" / "how-to" / "write-a-driver.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', GUIDE, re.MULTILINE | re.DOTALL))
FILES = {title: text for title, text in BLOCKS.items() if " " not in title}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Where somebody followed the guide."""

    project: Path
    installed: Path

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return start_interlock(*arguments, PYTHONPATH=str(self.installed))


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    folder = tmp_path_factory.mktemp("newcomer")
    for title, text in FILES.items():
        path = folder / "project" / title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    return Newcomer(folder / "project", install(folder / "project", folder / "installed"))


def run(newcomer: Newcomer, *arguments: str | Path) -> tuple[int | None, str, str]:
    with newcomer.start(*arguments) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_files_come_in_the_order_in_which_they_are_written() -> None:
    assert list(FILES) == [
        "pyproject.toml",
        "interlock_driver_brezza/settings.py",
        "interlock_driver_brezza/controllers.py",
        "interlock_driver_brezza/driver.py",
        "interlock_driver_brezza/__init__.py",
        "interlock_driver_brezza/simulator.py",
        "tests/test_contract.py",
        "site.yaml",
        "secrets.yaml",
    ]


def test_its_driver_keeps_the_contract(newcomer: Newcomer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:asyncio", "-p", "no:cacheprovider"],
        cwd=newcomer.project,
        env=environment(PYTHONPATH=str(newcomer.installed)),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed", done.stdout)


def test_its_driver_is_listed_as_the_guide_says(newcomer: Newcomer) -> None:
    code, out, err = run(newcomer, "drivers")
    assert (code, err) == (0, "")
    assert BLOCKS["what interlock drivers lists"] in out


def test_its_site_has_no_findings(newcomer: Newcomer) -> None:
    code, out, err = run(newcomer, "check", newcomer.project / "site.yaml")
    assert (code, err) == (0, "")
    assert out.endswith("1 connection, 1 device, 1 rule: no findings\n")


def test_its_rule_acts(newcomer: Newcomer) -> None:
    site = newcomer.project / "site.yaml"
    with newcomer.start("simulator", "brezza", "--site", site, "--port", "0") as hub:
        assert hub.stdout
        [line] = read_until(hub.stdout, "http://")
        url = next(word for word in line.split() if word.startswith("http://"))
        here = f"127.0.0.1, port: {urlsplit(url).port}, poll: 500ms, stale_after: 1m,"
        moved = site.with_name("moved.yaml")
        moved.write_text(FILES["site.yaml"].replace("127.0.0.1,", here), encoding="utf-8")
        with newcomer.start("run", moved) as service:
            assert service.stderr
            read_until(service.stderr, "runs Flat")
            shower = Request(f"{url}/simulator/points/bath_unit.humidity", data=b"80", method="PUT")
            with urlopen(shower, timeout=10):
                read_until(service.stderr, BLOCKS["what interlock run logs"].strip())
            service.send_signal(signal.SIGTERM)
            service.communicate(timeout=30)
        hub.send_signal(signal.SIGTERM)
        hub.communicate(timeout=30)
    assert (service.returncode, hub.returncode) == (0, 0)


def test_each_error_that_a_driver_can_answer_stands_in_the_table() -> None:
    leaves = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.DriverError) and not kind.__subclasses__()
    ]
    assert [name for name in leaves if f"| `{name}`" not in GUIDE] == []
