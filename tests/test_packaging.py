"""The distribution as a user gets it: in an empty environment, beside a stranger's driver, and run.

The dependencies are fetched once into a wheelhouse, so that each run starts from an empty environment
without asking the network again.
"""

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "rules").rglob("site.yaml"))
LAMP = ROOT / "tests" / "third_party" / "interlock-driver-lamp"

pytestmark = pytest.mark.packaging


def run(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # PYTHONPATH and the like would let the source tree in by a side door.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def succeed(*arguments: str | Path, cwd: Path) -> str:
    done = run(*arguments, cwd=cwd)
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(project: Path, into: Path) -> None:
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", into, project, cwd=into)


def fill_wheelhouse(wheelhouse: Path) -> Path:
    """Return a folder that holds every wheel Interlock needs, fetched when the list of them has changed."""
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "dependencies"
    ]
    folder = wheelhouse / hashlib.sha256(repr(dependencies).encode()).hexdigest()[:12]
    if not (folder / ".complete").exists():
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--prefer-binary")
        succeed(*pip, "--dest", folder, *dependencies, cwd=wheelhouse.parent)
        (folder / ".complete").touch()
    return folder


@dataclass(frozen=True, slots=True)
class Installation:
    """Interlock and the lamp's driver in an environment of their own."""

    wheel: Path
    programs: Path
    home: Path

    def interlock(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(self.programs / "interlock", *arguments, cwd=self.home, NO_COLOR="1", COLUMNS="200")

    def python(self, program: str) -> str:
        return succeed(self.programs / "python", "-I", "-c", program, cwd=self.home).strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("home")
    built = tmp_path_factory.mktemp("built")
    build(ROOT, built)
    build(LAMP, built)
    wheels = sorted(built.glob("*.whl"))
    wheelhouse = Path(os.environ.get("INTERLOCK_WHEELHOUSE", tmp_path_factory.mktemp("wheelhouse")))
    wheelhouse.mkdir(parents=True, exist_ok=True)
    found = fill_wheelhouse(wheelhouse)
    environment = home / "environment"
    succeed(sys.executable, "-m", "venv", "--without-pip", environment, cwd=home)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet")
    succeed(*pip, "--no-index", "--find-links", found, *wheels, cwd=home)
    [wheel] = built.glob("interlock-[0-9]*.whl")
    return Installation(wheel, environment / "bin", home)


def test_the_wheel_holds_the_engine_and_the_bundled_plugin_and_nothing_else(installed: Installation) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "interlock",
        "interlock_founten",
        "interlock_knx",
        "interlock_thinknx",
    }
    assert {
        "interlock/py.typed",
        "interlock/examples/flat/site.yaml",
        "interlock_founten/py.typed",
        "interlock_knx/py.typed",
        "interlock_thinknx/py.typed",
    } <= set(names)


def test_the_wheel_says_what_it_is(installed: Installation) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(wheel.read(name).decode())
    assert (metadata["Name"], metadata["License-Expression"], metadata["Requires-Python"]) == (
        "interlock",
        "Apache-2.0",
        ">=3.11",
    )
    assert "60 seconds" in metadata.get_payload()


def test_the_code_that_runs_is_the_installed_one(installed: Installation) -> None:
    place = installed.python("import interlock; print(interlock.__file__)")
    assert Path(place).is_relative_to(installed.home)


def test_a_strangers_driver_is_listed_beside_the_bundled_one(installed: Installation) -> None:
    done = installed.interlock("drivers")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("thinknx-local", "lamp", "interlock-driver-lamp", "1.0"):
        assert name in done.stdout


def test_the_demo_needs_nothing_but_the_installation(installed: Installation) -> None:
    done = installed.interlock("demo", "--fast")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_site_to_start_from_is_checked_without_a_finding(installed: Installation) -> None:
    site = installed.home / "started"
    assert installed.interlock("init", site).returncode == 0
    done = installed.interlock("check", site)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("site", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_site_is_checked_without_a_finding(installed: Installation, site: Path) -> None:
    done = installed.interlock("check", site)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


DESK = """\
site: {name: Desk, timezone: Europe/Rome}
connections:
  desk: {driver: lamp, directory: lamps}
devices:
  reading: {connection: desk, type: lamp, file: reading}
rules:
  - id: bright
    condition: reading.level < 20
    actions:
      - set: {reading.level: LEVEL}
"""


def test_a_site_with_a_strangers_driver_is_checked(installed: Installation) -> None:
    site = installed.home / "desk.yaml"
    site.write_text(DESK.replace("LEVEL", "80"), encoding="utf-8")
    done = installed.interlock("check", site)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_value_that_a_strangers_driver_does_not_take_is_found(installed: Installation) -> None:
    site = installed.home / "too-bright.yaml"
    site.write_text(DESK.replace("LEVEL", "180"), encoding="utf-8")
    done = installed.interlock("check", site)
    assert done.returncode == 1
    assert "too-bright.yaml:10:" in done.stdout + done.stderr
