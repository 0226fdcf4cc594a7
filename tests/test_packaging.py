"""The distribution as a user gets it: in an empty environment, beside a stranger's driver, and run.

The dependencies are fetched once into a wheelhouse, so that each run starts from an empty environment
without asking the network again.
"""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEED_KNX = {"knx-house"}
"""Examples that need an extra, which an environment with nothing else in it lacks."""
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
    """Return a folder that holds every wheel that is needed, fetched when the list of them has changed."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = described["project"], described["dependency-groups"]
    dependencies = [
        *project["dependencies"],
        *project["optional-dependencies"]["testing"],
        *groups["lint"],
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

    def interlock(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        plain = {"NO_COLOR": "1", "COLUMNS": "200"}
        return run(self.programs / "interlock", *arguments, cwd=self.home, **plain, **environment)

    def python(self, program: str) -> str:
        return succeed(self.programs / "python", "-I", "-c", program, cwd=self.home).strip()


@dataclass(frozen=True, slots=True)
class Wheels:
    """What can be installed without asking the network."""

    built: Path
    """Our own wheels."""
    fetched: Path
    """Everybody else's."""

    def install(self, home: Path, *names: str) -> Path:
        """Install distributions into an empty environment; return the folder of its programs."""
        environment = home / "environment"
        succeed(sys.executable, "-m", "venv", "--without-pip", environment, cwd=home)
        pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet")
        links = ("--no-index", "--find-links", self.built, "--find-links", self.fetched)
        succeed(*pip, *links, *names, cwd=home)
        return environment / "bin"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    built = tmp_path_factory.mktemp("built")
    build(ROOT, built)
    build(LAMP, built)
    wheelhouse = Path(os.environ.get("INTERLOCK_WHEELHOUSE", tmp_path_factory.mktemp("wheelhouse")))
    wheelhouse.mkdir(parents=True, exist_ok=True)
    return Wheels(built, fill_wheelhouse(wheelhouse))


@pytest.fixture(scope="module")
def installed(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("home")
    programs = wheels.install(home, "interlock", "interlock-driver-lamp")
    [wheel] = wheels.built.glob("interlock-[0-9]*.whl")
    return Installation(wheel, programs, home)


@pytest.fixture(scope="module")
def workshop(
    installed: Installation, wheels: Wheels, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """Where somebody has begun a driver: its project is in ``project``, and installed with its tools."""
    home = tmp_path_factory.mktemp("workshop")
    done = installed.interlock("new-driver", "acme-heat", home / "project")
    assert done.returncode == 0, done.stderr
    build(home / "project", wheels.built)
    programs = wheels.install(home, "interlock-driver-acme-heat[dev]", "interlock-driver-lamp[dev]")
    return Installation(installed.wheel, programs, home)


def test_the_wheel_holds_the_engine_and_the_bundled_plugin_and_nothing_else(installed: Installation) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "interlock",
        "interlock_founten",
        "interlock_knx",
        "interlock_notify",
        "interlock_thinknx",
    }
    assert {
        "interlock/py.typed",
        "interlock/examples/flat/site.yaml",
        "interlock_founten/py.typed",
        "interlock_knx/py.typed",
        "interlock_notify/py.typed",
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


def environment_of(site: Path) -> dict[str, str]:
    """What a site takes from the environment: any address, any secret."""
    names = re.findall(r"!env (\w+)", site.read_text(encoding="utf-8"))
    return {name: "https://example.org/hook" if name.endswith("URL") else "correct-horse" for name in names}


@pytest.mark.parametrize("site", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_site_is_checked_without_a_finding(installed: Installation, site: Path) -> None:
    done = installed.interlock("check", site, **environment_of(site))
    if site.parent.name in NEED_KNX:
        assert done.returncode == 1
        assert "KNXnet/IP needs the extra knx: pip install 'interlock[knx]'" in done.stdout
    else:
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


def test_a_new_drivers_tests_pass_where_it_is_installed(workshop: Installation) -> None:
    pytest_ = (workshop.programs / "python", "-I", "-m", "pytest", "-q")
    assert " passed" in succeed(*pytest_, cwd=workshop.home / "project")


@pytest.mark.parametrize("check", ["mypy", "ruff check", "ruff format --check"])
def test_a_new_driver_is_clean(workshop: Installation, check: str) -> None:
    program, *arguments = check.split()
    succeed(workshop.programs / program, *arguments, cwd=workshop.home / "project")


def test_a_new_driver_is_listed(workshop: Installation) -> None:
    done = workshop.interlock("drivers")
    assert (done.returncode, done.stderr) == (0, "")
    assert "acme-heat 0.1.0 (interlock-driver-acme-heat): " in done.stdout


def test_a_strangers_driver_keeps_the_contract(workshop: Installation) -> None:
    pytest_ = (workshop.programs / "python", "-I", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in succeed(*pytest_, cwd=LAMP)
