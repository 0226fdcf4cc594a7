"""What is printed, and how: plain where nobody looks, never with a secret."""

import io
import json
import logging
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import typer
from rich.console import Console
from rich.text import Text

from interlock.cli.exits import ExitCode
from interlock.cli.output import (
    columns,
    complain,
    fail,
    is_live,
    local,
    out,
    print_json,
    say,
    show_report,
    start_logging,
    with_unit,
)
from interlock.cli.receipts import document, print_receipt, receipt_line
from interlock.model import Outcome, Receipt
from interlock.redaction import redactor
from interlock.service.logs.lines import Detail
from support.journal_entries import START, command, receipt

REPORT = """\
site.yaml:3:5: error: unknown key 'tpye'
    3 |     tpye: x
      |     ^~~~ did you mean 'type'?
site.yaml:4:1: warning: nobody reads this
1 error, 1 warning
"""


def test_a_line_is_what_it_is_without_markup(capsys: pytest.CaptureFixture[str]) -> None:
    say("[bold]not markup[/bold] :smile: 26.4 'x'")
    assert capsys.readouterr() == ("[bold]not markup[/bold] :smile: 26.4 'x'\n", "")


def test_long_lines_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    say("word " * 100)
    assert capsys.readouterr().out.count("\n") == 1


def test_secrets_are_hidden_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    redactor.register("open-sesame-7")
    say("open-sesame-7")
    complain("open-sesame-7")
    print_json(["open-sesame-7"])
    show_report(Console(), "open-sesame-7\n")
    with pytest.raises(typer.Exit):
        fail("open-sesame-7")
    captured = capsys.readouterr()
    assert (captured.out + captured.err).count("********") == 5


def test_failing_says_why_and_ends_with_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        fail("no", ExitCode.TEMPORARY)
    assert (caught.value.exit_code, capsys.readouterr().err) == (3, "no\n")


@pytest.mark.parametrize("text", ["a\x1b[2Jb", Text("a\x1b[2Jb", "bold")])
def test_what_would_act_on_the_screen_is_spelled_out(
    text: str | Text, capsys: pytest.CaptureFixture[str]
) -> None:
    say(text)
    assert capsys.readouterr().out == "a\\x1b[2Jb\n"


def test_a_complaint_may_have_lines_but_not_act_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\n\tb\x1b]0;title\x07")
    assert capsys.readouterr().err == "a\n        b\\x1b]0;title\\x07\n"


@pytest.mark.parametrize(("no_color", "expected"), [("1", "a"), ("", "\x1b[1ma\x1b[0m")])
def test_no_color_leaves_plain_text_without_bold(
    no_color: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    console = out()
    with console.capture() as capture:
        console.print(Text("a", "bold"), end="")
    assert capture.get() == expected


def test_a_report_is_colored_on_a_terminal_only() -> None:
    terminal = Console(force_terminal=True, color_system="standard", width=200, highlight=False, markup=False)
    with terminal.capture() as capture:
        show_report(terminal, REPORT)
    colored = capture.get()
    assert "\x1b[31msite.yaml:3:5: error:\x1b[0m" in colored
    assert "\x1b[33msite.yaml:4:1: warning:\x1b[0m" in colored
    assert "\x1b[32m    ^~~~ did you mean 'type'?\x1b[0m" in colored
    assert Text.from_ansi(colored).plain.rstrip() == REPORT.rstrip()


def test_a_report_is_plain_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    show_report(Console(highlight=False, markup=False), REPORT)
    assert capsys.readouterr().out == REPORT


def test_json_keeps_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"unit": "°C"})
    out = capsys.readouterr().out
    assert (json.loads(out), "°C" in out, out.endswith("}\n")) == ({"unit": "°C"}, True, True)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(26.4, "°C", "26.4 °C"), (True, "", "on"), (None, "°C", "–"), ("auto", "", "auto")],
)
def test_values_are_printed_with_their_unit(value: object, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text  # type: ignore[arg-type]


def test_times_are_the_sites() -> None:
    assert (
        local(datetime(2026, 7, 14, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Rome"))
        == "2026-07-15 01:30:00+02:00"
    )


def test_columns_are_aligned_and_end_where_their_text_ends() -> None:
    assert columns([("a", "long", "x"), ("abc", "b", "")]) == ["a    long  x", "abc  b"]
    assert columns([]) == []


def test_a_receipt_is_a_line_with_its_outcome_colored() -> None:
    line = receipt_line(Receipt(command=command(), outcome=Outcome.REFUSED, at=START, reason="no such value"))
    assert line.plain == "living_ac.hvacmode = cooling: refused: no such value"
    assert [(line.plain[span.start : span.end], span.style) for span in line.spans] == [("refused", "red")]


def test_a_receipt_without_a_value_has_none_in_its_line() -> None:
    assert receipt_line(receipt(command(value=None))).plain == "living_ac.hvacmode: accepted"


def test_a_refused_receipt_is_an_error_line_and_its_exchange_none(capsys: pytest.CaptureFixture[str]) -> None:
    refused = receipt(command(), outcome=Outcome.REFUSED, exchange="GET / -> 404")
    print_receipt(refused, "", is_json=False)
    assert capsys.readouterr() == ("  GET / -> 404\n", "living_ac.hvacmode = cooling: refused\n")


def test_a_receipt_as_json_has_everything() -> None:
    assert document(receipt(command(), exchange="GET / -> 200")) == {
        "point": "living_ac.hvacmode",
        "value": "cooling",
        "fields": {},
        "outcome": "accepted",
        "reason": "",
        "answer": None,
        "exchange": "GET / -> 200",
        "attempts": 1,
        "at": "2026-07-14T12:00:00+00:00",
    }


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "is_colored"), [("", True), ("1", False)])
def test_log_lines_have_color_on_a_terminal_unless_nobody_wants_it(
    monkeypatch: pytest.MonkeyPatch, no_color: str, is_colored: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    start_logging(Detail.EVENTS, 0)
    logging.getLogger("interlock.rule").warning("careful")
    assert ("\x1b[33m" in terminal.getvalue()) is is_colored
    assert "careful" in terminal.getvalue()


def test_standard_output_that_is_a_file_is_not_live(capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_live()
