"""``interlock install-service``: a unit that systemd itself finds sound."""

import getpass
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from interlock.durations import parse_duration
from interlock.history import sql_journal
from interlock.runtime.commands import dispatcher
from interlock.runtime.connections import link, seam
from interlock.runtime.firings import runner
from interlock.service import notifying
from interlock.service.host.unit_file import Installation, interpreter, unit_name, unit_text
from support.command import Done, Interlock

ME = getpass.getuser()


@pytest.fixture
def site(interlock: Interlock, tmp_path: Path) -> Path:
    """Return the folder of a sound site."""
    interlock("init", tmp_path / "my flat")
    return tmp_path / "my flat"


def installation(**changes: object) -> Installation:
    plain: dict[str, object] = {
        "name": "flat",
        "title": "Flat, 100 %",
        "site": Path("/srv/flat/site.yaml"),
        "journal": Path("/var/lib/flat/interlock.sqlite"),
        "user": "interlock",
        "program": Path("/opt/interlock/bin/interlock"),
        "interpreter": Path("/usr/bin/python3.11"),
    }
    return Installation(**{**plain, **changes})  # type: ignore[arg-type]


def setting(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def test_the_unit_is_written_where_units_lie(interlock: Interlock, site: Path, tmp_path: Path) -> None:
    done = interlock("install-service", site, "--user", ME, "--directory", tmp_path)
    unit = tmp_path / "interlock-my-flat.service"
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        str(unit),
        "next: systemctl daemon-reload && systemctl enable --now interlock-my-flat.service",
        "its log: journalctl -u interlock-my-flat.service -f",
    ]
    assert unit.stat().st_mode & 0o777 == 0o644
    text = unit.read_text(encoding="utf-8")
    assert setting(text, "User") == [ME]
    [command] = setting(text, "ExecStart")
    folder = str(site).replace("%", "%%")
    assert command.endswith(f'interlock run "{folder}/site.yaml" --journal "{folder}/interlock.sqlite"')
    assert setting(text, "ReadWritePaths") == [f'"{folder}"']


def test_systemd_finds_nothing_wrong_with_it(interlock: Interlock, site: Path, tmp_path: Path) -> None:
    interlock("install-service", site, "--user", ME, "--directory", tmp_path, "--name", "flat")
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze comes with Debian's package systemd"
    unit = tmp_path / "interlock-flat.service"
    asked = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert [line for line in asked.stderr.splitlines() if "interlock-flat" in line] == []


def test_what_systemd_finds_wrong_is_shown(
    interlock: Interlock, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    analyze = programs / "systemd-analyze"
    analyze.write_text('#!/bin/sh\necho "$3:9: it is wrong" >&2\necho "other.service:1: it too" >&2\n')
    analyze.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    done = interlock("install-service", site, "--user", ME, "--directory", tmp_path, "--name", "flat")
    assert (done.code, done.err) == (0, f"{tmp_path / 'interlock-flat.service'}:9: it is wrong\n")


def test_it_is_hardened_watched_and_restarted() -> None:
    text = unit_text(installation())
    assert {key: setting(text, key) for key in ("Type", "Restart", "WatchdogSec", "UMask", "ExecReload")} == {
        "Type": ["notify"],
        "Restart": ["always"],
        "WatchdogSec": ["60s"],
        "UMask": ["0077"],
        "ExecReload": ["/bin/kill -HUP $MAINPID"],
    }
    assert setting(text, "ProtectSystem") == ["strict"]
    assert setting(text, "ProtectHome") == ["yes"]
    assert setting(text, "CapabilityBoundingSet") == [""]
    assert setting(text, "ReadWritePaths") == ["/var/lib/flat"]
    assert setting(text, "LimitCORE") == ["0"]
    assert setting(text, "Description") == ["Interlock runs Flat, 100 %%"]
    assert setting(text, "EnvironmentFile") == []
    assert setting(text, "RequiresMountsFor") == ["/srv/flat /var/lib/flat"]


@pytest.mark.parametrize(
    "lying",
    [
        {"site": Path("/home/me/site.yaml")},
        {"program": Path("/root/venv/bin/interlock")},
        {"interpreter": Path("/root/.pyenv/versions/3.11.7/bin/python3.11")},
        {"files": (Path("/home/me/rules/all.yaml"),)},
    ],
)
def test_what_lies_at_home_can_be_read(lying: dict[str, object]) -> None:
    assert setting(unit_text(installation(**lying)), "ProtectHome") == ["read-only"]


def test_a_service_that_ends_is_waited_for_as_long_as_that_may_take() -> None:
    # Rules that act at the end, firings, commands, connections of the site before, drivers in two groups,
    # messages, and what the journal waits for a disk: one after the other.
    longest = (
        *(runner._CLOSE_S, runner._CLOSE_S, dispatcher._CLOSE_S, link._LAST_S),
        *(seam._MARGIN_S, seam._MARGIN_S, notifying._CLOSE_S, sql_journal._PATIENCE_S),
    )
    [timeout] = setting(unit_text(installation()), "TimeoutStopSec")
    assert parse_duration(timeout).total_seconds() >= sum(longest) + 10


def test_the_environment_comes_from_a_file() -> None:
    text = unit_text(installation(environment=Path("/etc/interlock/flat 1.env")))
    assert setting(text, "EnvironmentFile") == ["/etc/interlock/flat 1.env"]


def test_words_of_the_command_line_keep_what_they_are() -> None:
    text = unit_text(installation(site=Path('/srv/a "$b" 1%\\/site.yaml')))
    [command] = setting(text, "ExecStart")
    assert command.startswith('/opt/interlock/bin/interlock run "/srv/a \\"$$b\\" 1%%\\\\/site.yaml" ')


ODD = """fl$at $$x 100%% 'it' "is" [1] \\b größe"""


def as_systemd_reads_it(text: str, folder: Path) -> str:
    """Return all that systemd says of a unit's settings, each on a line."""
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze comes with Debian's package systemd"
    unit = folder / "interlock-flat.service"
    unit.write_text(text, encoding="utf-8")
    asked = subprocess.run(
        [analyze, "verify", "--man=no", unit],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug"},
    )
    _, _, dump = asked.stdout.partition("Unit interlock-flat.service:")
    return dump.partition("-> Unit ")[0]


def test_systemd_reads_every_path_as_it_is(tmp_path: Path) -> None:
    folder, other, env = Path("/srv") / ODD, Path("/data") / ODD, Path("/etc/fl$at 100%n")
    program = Path("/opt/a $b 1%n/interlock")
    text = unit_text(
        installation(site=folder / "site.yaml", journal=other / "a.sqlite", environment=env, program=program)
    )
    dump = as_systemd_reads_it(text, tmp_path)
    assert f"ReadWritePaths: {other}\n" in dump
    assert f"RequiresMountsFor: {folder} (origin-file)\n" in dump
    assert f"RequiresMountsFor: {other} (origin-file)\n" in dump
    assert f"WorkingDirectory: {folder}\n" in dump
    assert f"EnvironmentFile: {env}\n" in dump
    # Dollar signs of the program are kept as they are, and two of an argument become one when it is run.
    words = [program, "run", folder / "site.yaml", "--journal", other / "a.sqlite"]
    given = [str(word) if word is program else str(word).replace("$", "$$") for word in words]
    shown = dump.partition("Command Line: ")[2].partition("\n")[0]
    assert shlex.split(shown.replace("\\$", "$")) == given


def test_a_folder_whose_name_ends_with_a_backslash_takes_no_line_more(tmp_path: Path) -> None:
    folder = Path("/srv/flat\\")
    dump = as_systemd_reads_it(unit_text(installation(site=folder / "site.yaml")), tmp_path)
    assert f"WorkingDirectory: {folder}\n" in dump


def test_a_title_adds_nothing_to_the_unit(tmp_path: Path) -> None:
    text = unit_text(installation(title="Flat\nRequiresMountsFor=/evil\n100 % \\"))
    assert setting(text, "Description") == ["Interlock runs Flat RequiresMountsFor=/evil 100 %%"]


def test_a_file_of_variables_is_no_pattern() -> None:
    text = unit_text(installation(environment=Path("/etc/flat [1]*?\\.env")))
    assert setting(text, "EnvironmentFile") == [r"/etc/flat \[1\]\*\?\\.env"]


@pytest.mark.parametrize("name", ["fl\nat.env", "flat.env "])
def test_a_path_that_no_line_can_hold_is_refused(
    interlock: Interlock, site: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).touch()
    done = interlock("install-service", site, "--user", ME, "--environment", tmp_path / name, "--print")
    assert done.code == 1
    assert "cannot stand in a unit: it has unprintable characters, or a space at its end" in done.err


def test_it_can_be_printed(interlock: Interlock, site: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    done = interlock("install-service", site, "--user", ME, "--directory", tmp_path, "--print")
    assert done.out.startswith("[Unit]\nDescription=Interlock runs ")
    assert done.out.endswith("WantedBy=multi-user.target\n")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--user", "nobody-at-all"), "there is no user 'nobody-at-all': make one by 'useradd --system"),
        (("--user", ME, "--name", "a/b"), "'a/b' cannot name a unit: letters, digits, '-', '_' and '.' can"),
        (("--user", ME, "--environment", "/nowhere/flat.env"), "there is no file /nowhere/flat.env"),
        (("--user", ME, "--directory", "/nowhere"), "run it as root, or give --print and install the unit"),
    ],
)
def test_what_cannot_work_is_refused(
    interlock: Interlock, site: Path, options: tuple[str, ...], complaint: str
) -> None:
    done = interlock("install-service", site, *options)
    assert done.code == 1
    assert complaint in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
def test_a_user_who_may_not_write_the_journal_is_refused(
    interlock: Interlock, site: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    done = interlock("install-service", site, "--user", "nobody", "--directory", tmp_path)
    assert done.code == 1
    assert "user 'nobody' cannot read" in done.err
    assert not (tmp_path / "interlock-my-flat.service").exists()


@pytest.fixture
def everybodys(interlock: Interlock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a site that everybody may read, write and run."""
    # Those that run here may stand where nobody else can look.
    monkeypatch.setattr("interlock.service.host.unit_file.installed_program", lambda: Path("/bin/true"))
    monkeypatch.setattr("interlock.service.host.unit_file.interpreter", lambda: Path("/bin/true"))
    with TemporaryDirectory(prefix="interlock-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        flat = Path(name) / "flat"
        interlock("init", flat)
        for path in (flat, *flat.rglob("*")):
            path.chmod(0o777)
        yield flat


def install_for_nobody(interlock: Interlock, flat: Path) -> Done:
    return interlock("install-service", flat, "--user", "nobody", "--directory", flat.parent)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")


@as_root
def test_a_user_who_may_do_all_that_is_needed_is_taken(interlock: Interlock, everybodys: Path) -> None:
    assert install_for_nobody(interlock, everybodys).code == 0


@as_root
def test_a_journal_that_root_has_begun_is_refused(interlock: Interlock, everybodys: Path) -> None:
    journal = everybodys / "interlock.sqlite"
    journal.touch(mode=0o644)
    done = install_for_nobody(interlock, everybodys)
    assert (done.code, done.err) == (1, f"error: user 'nobody' cannot write {journal}\n")


@as_root
@pytest.mark.parametrize("name", ["rules/cooling.yaml", "secrets.yaml", "tokens.json", "tls/cert", "tls/key"])
def test_a_file_of_the_site_that_root_keeps_to_itself_is_refused(
    interlock: Interlock, everybodys: Path, name: str
) -> None:
    with (everybodys / "site.yaml").open("a", encoding="utf-8") as site:
        site.write("service:\n  listen: 127.0.0.1:0\n  tls: {cert: tls/cert, key: tls/key}\n")
    (everybodys / "tls").mkdir()
    for each in ("tokens.json", "tls/cert", "tls/key"):
        (everybodys / each).touch(mode=0o644)
    (everybodys / name).chmod(0o600)
    done = install_for_nobody(interlock, everybodys)
    assert done.code == 1
    assert f"error: user 'nobody' cannot read {everybodys / name}\n" in done.err


@as_root
def test_a_program_whose_python_the_user_may_not_run_is_refused(
    interlock: Interlock, everybodys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = everybodys / "python3"
    python.touch(mode=0o700)
    monkeypatch.setattr("interlock.service.host.unit_file.interpreter", lambda: python)
    done = install_for_nobody(interlock, everybodys)
    assert (done.code, done.err) == (1, f"error: user 'nobody' cannot run {python}\n")


def test_the_python_is_the_one_behind_every_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.11").touch()
    (tmp_path / "python3").symlink_to("python3.11")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python3"))
    assert interpreter() == tmp_path / "python3.11"


def test_a_broken_site_is_not_installed(interlock: Interlock, site: Path, tmp_path: Path) -> None:
    (site / "site.yaml").write_text("site: [", encoding="utf-8")
    done = interlock("install-service", site, "--user", ME, "--directory", tmp_path)
    assert done.code == 1
    assert not list(tmp_path.glob("*.service"))


@pytest.mark.skipif(os.geteuid() != 0, reason="the site file belongs to whoever runs this")
def test_nobody_becomes_root_by_accident(interlock: Interlock, site: Path, tmp_path: Path) -> None:
    done = interlock("install-service", site, "--directory", tmp_path)
    assert done.code == 1
    assert "the site file belongs to root" in done.err


@pytest.mark.parametrize(
    ("folder", "name"), [("flat", "flat"), ("my flat", "my-flat"), ("Größe", "Gr-e"), ("-", "site")]
)
def test_a_unit_is_named_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert unit_name(tmp_path / folder / "site.yaml") == name
