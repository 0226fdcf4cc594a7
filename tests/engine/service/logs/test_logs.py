"""Log lines: how many, what they look like, and that no secret is in them."""

import io
import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.redaction import redactor
from interlock.service.logs.form import LogForm
from interlock.service.logs.lines import (
    Detail,
    FileFormatter,
    JsonFormatter,
    TerminalFormatter,
    limit_repeats,
    printable,
    set_up_logging,
    show_repeats,
    silence,
    use_clock,
    use_timezone,
)
from support.log_state import kept_logging

NOON = 1_784_023_200.0
"""2026-07-14 10:00 UTC."""


@pytest.fixture(autouse=True)
def _logging_is_kept() -> Iterator[None]:
    with kept_logging():
        yield


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def say_everything() -> None:
    """Log at each level, by our own loggers and by the libraries'."""
    for name in ("interlock.rule", "httpx", "httpcore.connection", "stranger"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "%s %s", name, logging.getLevelName(level))


@pytest.mark.parametrize(
    ("detail", "ours", "network", "others"),
    [
        (Detail.ERRORS, "ERROR", "WARNING", "WARNING"),
        (Detail.EVENTS, "INFO", "WARNING", "WARNING"),
        (Detail.DEBUG, "DEBUG", "WARNING", "WARNING"),
        (Detail.ALL, "DEBUG", "DEBUG", "DEBUG"),
    ],
)
def test_the_detail_says_from_which_level_on_lines_are_shown(
    capsys: pytest.CaptureFixture[str], detail: Detail, ours: str, network: str, others: str
) -> None:
    set_up_logging(detail)
    say_everything()
    first: dict[str, str] = {}
    for line in capsys.readouterr().err.splitlines():
        *_, name, level = line.split()
        first.setdefault(name, level)
    assert first == {
        "interlock.rule": ours,
        "httpx": network,
        "httpcore.connection": "WARNING",
        "stranger": others,
    }


def test_each_verbose_flag_goes_one_up_to_the_greatest() -> None:
    assert [Detail.of(Detail.EVENTS, count) for count in range(4)] == [
        Detail.EVENTS,
        Detail.DEBUG,
        Detail.ALL,
        Detail.ALL,
    ]


def test_setting_it_up_again_replaces_what_was(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Detail.ALL)
    set_up_logging(Detail.EVENTS)
    logging.getLogger("interlock.rule").info("once")
    logging.getLogger("httpx").info("never")
    said = capsys.readouterr().err
    assert (said.count("once"), said.count("never")) == (1, 0)
    assert len(logging.getLogger("httpx").filters) == 1


def test_secrets_are_hidden_in_lines_of_every_logger(capsys: pytest.CaptureFixture[str]) -> None:
    redactor.register("open-sesame-99", username="ali")
    set_up_logging(Detail.ALL)
    for name in ("interlock.rule", "httpx", "httpcore.http11", "stranger"):
        logging.getLogger(name).warning("it is %s", "open-sesame-99")
    said = capsys.readouterr().err
    assert (said.count("it is ********"), said.count("open-sesame-99")) == (4, 0)


def test_a_library_that_has_a_handler_of_its_own_gets_no_secret_either() -> None:
    redactor.register("open-sesame-99")
    set_up_logging(Detail.ALL)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger("httpx").addHandler(handler)
    logging.getLogger("httpx").debug("it is open-sesame-99")
    logging.getLogger("httpx").removeHandler(handler)
    assert stream.getvalue() == "it is ********\n"


def test_warnings_of_python_are_log_lines(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Detail.EVENTS)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old-fashioned", stacklevel=1)
    assert "WARNING py.warnings: " in (said := capsys.readouterr().err)
    assert "old-fashioned" in said


def record(level: int = logging.INFO) -> logging.LogRecord:
    made = logging.LogRecord("interlock.rule", level, "", 0, "rule %s fires", ("cool",), None)
    made.created = NOON
    return made


@pytest.fixture
def _in_rome(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_rome")
def test_on_a_terminal_a_line_is_the_time_and_the_message() -> None:
    assert TerminalFormatter(has_color=True).format(record()) == "12:00:00+02:00 rule cool fires"


@pytest.mark.usefixtures("_in_rome")
def test_on_a_terminal_warnings_and_errors_have_their_color() -> None:
    formatter = TerminalFormatter(has_color=True)
    assert formatter.format(record(logging.WARNING)) == "\x1b[33m12:00:00+02:00 rule cool fires\x1b[0m"
    assert formatter.format(record(logging.ERROR)) == "\x1b[31m12:00:00+02:00 rule cool fires\x1b[0m"
    plain = TerminalFormatter(has_color=False)
    assert plain.format(record(logging.ERROR)) == "12:00:00+02:00 rule cool fires"


@pytest.mark.usefixtures("_in_rome")
def test_in_a_file_a_line_has_date_zone_level_and_logger() -> None:
    text = FileFormatter().format(record(logging.WARNING))
    assert text == "2026-07-14T12:00:00+02:00 WARNING interlock.rule: rule cool fires"


@pytest.mark.parametrize(
    ("stream", "kind"), [(Terminal(), TerminalFormatter), (io.StringIO(), FileFormatter)]
)
def test_the_form_follows_where_standard_error_goes(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, kind: type[logging.Formatter]
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    set_up_logging(Detail.EVENTS, color=True)
    [handler] = logging.getLogger().handlers
    assert type(handler.formatter) is kind


def test_times_are_in_the_sites_zone_once_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Detail.EVENTS)
    use_timezone(ZoneInfo("Asia/Kolkata"))
    logging.getLogger("interlock").handle(record())
    assert capsys.readouterr().err == "2026-07-14T15:30:00+05:30 INFO interlock.rule: rule cool fires\n"


def test_the_handlers_of_others_keep_their_form() -> None:
    handler = logging.StreamHandler()
    logging.getLogger().addHandler(handler)
    use_timezone(ZoneInfo("Asia/Kolkata"))
    assert handler.formatter is None


@pytest.mark.parametrize("formatter", [TerminalFormatter(has_color=False), FileFormatter()])
def test_a_line_cannot_act_on_the_screen_nor_pretend_to_be_two(formatter: logging.Formatter) -> None:
    made = record()
    made.args = ("x\x1b[2J\nERROR all is lost\ud800",)
    text = formatter.format(made)
    assert text.endswith("rule x\\x1b[2J\\nERROR all is lost\\ud800 fires")


def test_a_traceback_keeps_its_lines() -> None:
    made = record()
    made.exc_text = "Traceback:\n  here"
    assert FileFormatter().format(made).endswith("rule cool fires\nTraceback:\n  here")


def test_what_is_printable_stays_as_it_is() -> None:
    assert printable("26.4 °C – fine") == "26.4 °C – fine"
    assert printable("a\n\tb\r", kept="\n\t") == "a\n\tb\\r"


def test_repeated_commands_can_be_shown_although_other_events_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(Detail.ERRORS)
    show_repeats()
    logging.getLogger("interlock.command.repeat").info("sending it again in 7 s")
    logging.getLogger("interlock.command").warning("refused")
    said = capsys.readouterr().err
    assert ("sending it again in 7 s" in said, "refused" in said) == (True, False)


@pytest.mark.usefixtures("_in_rome")
def test_for_programs_a_line_is_an_object() -> None:
    made = record(logging.WARNING)
    made.args = ("26 °C\x1b[2J",)
    text = JsonFormatter().format(made)
    assert "°C" in text
    assert json.loads(text) == {
        "at": "2026-07-14T12:00:00+02:00",
        "level": "warning",
        "area": "rule",
        "message": "rule 26 °C\\x1b[2J fires",
    }


@pytest.mark.parametrize(
    ("level", "rank"),
    [(logging.CRITICAL, "<3>"), (logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"),
     (logging.DEBUG, "<7>")],
)  # fmt: skip
def test_systemd_is_told_the_level_before_the_object(level: int, rank: str) -> None:
    text = JsonFormatter(is_ranked=True).format(record(level))
    assert text[:3] == rank
    assert json.loads(text[3:])["level"] == logging.getLevelName(level).lower()


def test_an_object_holds_the_trace_on_its_one_line() -> None:
    made = record()
    made.exc_text = "Traceback:\n  here"
    text = JsonFormatter().format(made)
    assert json.loads(text)["trace"] == "Traceback:\n  here"
    assert "\n" not in text


def test_secrets_are_hidden_in_objects_too(capsys: pytest.CaptureFixture[str]) -> None:
    redactor.register("battery-staple")
    set_up_logging(Detail.EVENTS, form=LogForm.JSON)
    try:
        raise ValueError("it is battery-staple")
    except ValueError:
        logging.getLogger("interlock.rule").exception("battery-staple")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["area"] == "rule"
    assert "battery-staple" not in line


@pytest.mark.parametrize(("is_its", "kind"), [(True, JsonFormatter), (False, FileFormatter)])
def test_systemds_journal_gets_objects(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_its: bool, kind: type[logging.Formatter]
) -> None:
    with (tmp_path / "stream").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino if is_its else found.st_ino + 1}")
        set_up_logging(Detail.EVENTS)
    [handler] = logging.getLogger().handlers
    assert type(handler.formatter) is kind
    if is_its:
        assert handler.format(record()).startswith("<6>{")


def test_people_can_have_text_from_systemd_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        set_up_logging(Detail.EVENTS, form=LogForm.TEXT)
    [handler] = logging.getLogger().handlers
    assert type(handler.formatter) is FileFormatter


def test_the_time_of_another_clock_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    set_up_logging(Detail.EVENTS)
    use_timezone(ZoneInfo("Europe/Rome"))
    use_clock(lambda: datetime.fromtimestamp(NOON, UTC))
    logging.getLogger("interlock.rule").info("rule cool fires")
    assert sys.stderr.getvalue() == "2026-07-14T12:00:00+02:00 INFO interlock.rule: rule cool fires\n"


def test_on_a_terminal_another_clock_shows_its_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    set_up_logging(Detail.EVENTS)
    use_timezone(ZoneInfo("Europe/Rome"))
    use_clock(lambda: datetime.fromtimestamp(NOON, UTC))
    logging.getLogger("interlock.rule").info("rule cool fires")
    assert sys.stderr.getvalue() == "2026-07-14T12:00:00+02:00 INFO interlock.rule: rule cool fires\n"


def test_silence_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    set_up_logging(Detail.EVENTS)
    with silence():
        logging.getLogger("interlock.rule").error("an action failed")
        logging.getLogger("stranger").error("it is heard")
    logging.getLogger("interlock.rule").info("rule cool fires")
    assert [line.split(" ", 1)[1] for line in sys.stderr.getvalue().splitlines()] == [
        "ERROR stranger: it is heard",
        "INFO interlock.rule: rule cool fires",
    ]


def test_what_comes_again_and_again_is_limited_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(Detail.EVENTS)
    limit_repeats(timedelta)
    for _ in range(100):
        logging.getLogger("interlock.rule").warning("it fails")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 10
    assert said[-1].endswith("it fails (further such lines are counted)")
