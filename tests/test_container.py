"""The container's files fit the program and the unit; `tox -e container` lints them."""

import tomllib
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path

from ruamel.yaml import YAML

from interlock.cli.commands import SUMMARIES
from interlock.durations import parse_duration

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instruction(name: str) -> str:
    [line] = [line for line in DOCKERFILE.splitlines() if line.startswith(f"{name} ")]
    return line.removeprefix(f"{name} ")


def is_let_in(path: str) -> bool:
    """Whether the build sees a path, by the last line of the ignore file that is about it."""
    found = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if line.startswith("#") or not line:
            continue
        if any(fnmatch(part, pattern) for part in (path, *map(str, Path(path).parents), Path(path).name)):
            found = line.startswith("!")
    return found


def test_the_build_sees_what_the_wheel_is_made_of() -> None:
    project, wheel = PROJECT["project"], PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [
        *("pyproject.toml", project["readme"], *project["license-files"]),
        *wheel["packages"],
        *wheel["force-include"],
    ]
    assert [path for path in needed if not is_let_in(path)] == []


def test_the_build_sees_no_secrets_and_no_journals() -> None:
    hidden = (".git", ".venv", "tests", "docker/flat/site.yaml", "rules/flat/secrets.yaml")
    hidden += ("rules/flat/interlock.sqlite", "rules/flat/interlock.sqlite-wal")
    assert [path for path in hidden if is_let_in(path)] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    user, _, group = instruction("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"--uid {user} " in DOCKERFILE


def test_its_bases_are_one_and_pinned() -> None:
    bases = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM ")]
    assert len(set(bases)) == 1
    assert bases[0].partition(":")[2].count(".") == 2


def test_its_extras_and_commands_exist() -> None:
    _, _, extras = instruction("ARG").partition("=")
    assert set(extras.split(",")) <= PROJECT["project"]["optional-dependencies"].keys()
    assert {"run", "status"} <= SUMMARIES.keys()
    assert instruction("CMD").startswith('["run", ')
    assert instruction("HEALTHCHECK").endswith('CMD ["interlock", "status", "/site"]')


def test_the_example_is_shut_in_and_has_time_to_end() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    service = YAML(typ="safe").load(text)["services"]["interlock"]
    assert service["user"] == instruction("USER")
    assert (service["read_only"], service["init"], service["cap_drop"]) == (True, True, ["ALL"])
    assert service["volumes"] == ["./flat:/site"]
    assert parse_duration(service["stop_grace_period"]) == timedelta(minutes=2)
