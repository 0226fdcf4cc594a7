"""The program as a whole: help, version, and how it ends when something goes wrong."""

import gc
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from typer.core import TyperGroup
from typer.main import get_group

import interlock as package
from interlock.cli import main
from interlock.cli.commands import SUMMARIES, registered
from interlock.cli.exits import ExitCode
from interlock.cli.failures import guarded
from interlock.errors import (
    AuthenticationFailed,
    PluginError,
    RateLimited,
    RejectedValue,
    ServerFault,
    TimedOut,
    Unreachable,
)
from interlock.redaction import redactor
from support.command import Interlock
from support.flat import PROGRAM, environment

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _garbage_is_looked_for_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_version_is_the_packages(interlock: Interlock) -> None:
    done = interlock("--version")
    assert (done.code, done.out) == (0, f"interlock {package.__version__}\n")


def test_help_names_every_command_and_the_exit_codes(interlock: Interlock) -> None:
    done = interlock("--help")
    assert done.code == 0
    for name in SUMMARIES:
        assert f"\n  {name} " in done.out
    for word in ("0 fine", "1 errors in files", "2 wrong usage", "3 it may work later", "130 Ctrl-C"):
        assert word in " ".join(done.out.split())


def test_the_help_imports_typer_and_none_of_the_commands() -> None:
    program = (
        "import sys; from interlock.cli import main; sys.argv[1:] = ['--help']\n"
        "try: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(done.stderr.split())
    heavy = {"asyncio", "email", "httpx", "jinja2", "pydantic", "rich", "ruamel", "sqlalchemy", "ssl"}
    assert "Commands:" in done.stdout
    assert imported & heavy == set()
    assert {name for name in imported if name.startswith("interlock")} == {
        "interlock",
        "interlock.cli",
        "interlock.cli.commands",
        "interlock.cli.exits",
        "interlock.cli.failures",
        "interlock.cli.program",
    }


def every_command() -> Iterator[str]:
    for name, found in get_group(registered(SUMMARIES)).commands.items():
        yield from [f"{name} {part}" for part in found.commands] if isinstance(found, TyperGroup) else [name]


@pytest.mark.parametrize("command", list(every_command()))
def test_each_commands_help_has_an_example_and_the_exit_codes(interlock: Interlock, command: str) -> None:
    done = interlock(*command.split(), "--help")
    assert done.code == 0
    assert f"  Example:\n    interlock {command} " in done.out
    assert "Exit status:" in done.out


def test_without_a_command_there_is_help(interlock: Interlock) -> None:
    done = interlock()
    assert done.code == 2
    assert "Usage: interlock" in done.out + done.err


def test_an_unknown_command_is_wrong_usage_and_the_nearest_is_named(interlock: Interlock) -> None:
    done = interlock("rnu")
    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "Error: No such command 'rnu'. Did you mean 'run'?",
    )


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("sim", ["simulate", "simulator"]),
        ("check --f", ["--format"]),
        ("rules en", ["enable"]),
        ("nothing x", []),
    ],
)
def test_completion_is_offered(words: str, offered: Sequence[str]) -> None:
    given = {"COMP_WORDS": f"interlock {words}", "COMP_CWORD": str(len(words.split()))}
    done = subprocess.run(
        [PROGRAM],
        env=environment(_INTERLOCK_COMPLETE="complete_bash", **given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (offered, "")


def fail_with(error: Exception) -> int:
    def program() -> None:
        raise error

    return guarded(program)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unreachable("away"), ExitCode.TEMPORARY),
        (TimedOut("late"), ExitCode.TEMPORARY),
        (RateLimited("slower"), ExitCode.TEMPORARY),
        (ServerFault("broken"), ExitCode.TEMPORARY),
        (RejectedValue("no"), ExitCode.FINDINGS),
        (AuthenticationFailed("who?"), ExitCode.FINDINGS),
    ],
)
def test_a_driver_error_is_its_message_and_a_code(
    error: Exception, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail_with(error) == code
    assert capsys.readouterr() == ("", f"error: {error}\n")


def test_an_expected_error_is_one_line_with_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    error = PluginError("there is no driver 'thinkx'", hint="did you mean 'thinknx'?")
    assert fail_with(error) == ExitCode.FINDINGS
    assert capsys.readouterr().err == "error: there is no driver 'thinkx'; did you mean 'thinknx'?\n"


def test_an_unexpected_error_is_one_line_that_says_how_to_see_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTERLOCK_DEBUG", raising=False)
    assert fail_with(ZeroDivisionError("by zero")) == ExitCode.FINDINGS
    assert capsys.readouterr().err == (
        "error: unexpected ZeroDivisionError: by zero; set INTERLOCK_DEBUG=1 to see where\n"
    )


def test_debugging_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_DEBUG", "1")
    assert fail_with(ZeroDivisionError("by zero")) == ExitCode.FINDINGS
    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):\n")
    assert said.endswith("ZeroDivisionError: by zero\n")


def test_not_even_an_unexpected_error_tells_a_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    redactor.register("open-sesame-42")
    fail_with(ValueError("open-sesame-42"))
    monkeypatch.setenv("INTERLOCK_DEBUG", "1")
    fail_with(ValueError("open-sesame-42"))
    assert "open-sesame-42" not in capsys.readouterr().err


def test_a_program_that_ends_well_is_fine() -> None:
    assert guarded(lambda: None) == ExitCode.FINE


def test_a_reader_that_goes_away_is_no_drama() -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{shlex.quote(str(PROGRAM))} drivers | true"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("end", "code"), [(KeyboardInterrupt(), 130), (SystemExit(2), 2), (ZeroDivisionError(), 1)]
)
def test_the_process_ends_with_the_programs_code(
    end: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def program() -> None:
        raise end

    monkeypatch.setattr("interlock.cli.program.app", program)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_imported_is_seldom_looked_through_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.cli.program.app", lambda: None)
    with pytest.raises(SystemExit):
        main()
    assert gc.get_threshold()[0] == 50_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "s", "x", "--limit", "0"), "'--limit': '0' must be a whole number at least 1"),
        (("explain", "s", "x", "--limit", "many"), "'--limit': 'many' must be a whole number at least 1"),
        (
            ("simulator", "thinknx", "--site", "s", "--port", "70000"),
            "'--port': '70000' must be a whole number from 0 to 65535",
        ),
        (
            ("simulator", "thinknx", "--site", "s", "--port", "-1"),
            "'--port': '-1' must be a whole number from 0 to 65535",
        ),
    ],
)
def test_a_number_that_does_not_fit_is_wrong_usage(
    arguments: tuple[str, ...], message: str, interlock: Interlock
) -> None:
    done = interlock(*arguments)
    assert (done.code, done.err.splitlines()[-1]) == (2, f"Error: Invalid value for {message}")
