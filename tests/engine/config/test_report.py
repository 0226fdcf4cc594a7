"""How findings are printed: for people, programs and GitHub."""

import json

import pytest

from interlock.config.report import count, in_order, render, to_github, to_json
from interlock.errors import Diagnostic, Severity
from interlock.redaction import HIDDEN


def finding(
    message: str = "bad",
    *,
    file: str = "site.yaml",
    line: int = 7,
    column: int = 3,
    length: int = 1,
    hint: str = "",
    excerpt: str = "",
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    return Diagnostic(file, line, column, message, length, hint, excerpt, severity)


CONTROLLER = finding(
    "device 'living_ac' (hvac) has no controller 'hvacmod'",
    file="rules/cooling.yaml",
    column=16,
    length=17,
    hint="did you mean 'hvacmode'?",
    excerpt="      - set: {living_ac.hvacmod: cooling}",
)


def test_a_finding_is_shown_with_its_line_underlined_and_the_hint_behind() -> None:
    assert render([CONTROLLER]) == (
        "rules/cooling.yaml:7:16: error: device 'living_ac' (hvac) has no controller 'hvacmod'\n"
        "    7 |       - set: {living_ac.hvacmod: cooling}\n"
        "      |                ^~~~~~~~~~~~~~~~~ did you mean 'hvacmode'?\n"
        "1 error\n"
    )


def test_nothing_is_shown_for_no_findings() -> None:
    assert (render([]), count([]), to_github([]), to_json([])) == ("", "", "", "[]")


def test_findings_stand_in_the_order_of_files_lines_and_columns_each_once() -> None:
    first, second = finding(file="a.yaml", line=9), finding(file="b.yaml", line=10, column=1)
    third, fourth = finding(file="b.yaml", line=10), finding(file="b.yaml", line=11, column=1)
    assert in_order([fourth, third, first, second, third]) == [first, second, third, fourth]


def test_errors_and_warnings_are_counted() -> None:
    warning = finding("odd", severity=Severity.WARNING)
    assert count([finding(), finding(), finding("worse"), warning]) == "2 errors, 1 warning"
    assert count([warning]) == "1 warning"


def test_a_finding_without_a_line_has_its_hint_below() -> None:
    found = finding("the file cannot be read", line=1, column=1, hint="chmod it", severity=Severity.WARNING)
    assert render([found]) == "site.yaml:1:1: warning: the file cannot be read\n      chmod it\n1 warning\n"
    assert render([finding(line=1, column=1)]) == "site.yaml:1:1: error: bad\n1 error\n"


def quoted(excerpt: str, column: int, length: int) -> list[str]:
    return [
        line.split("| ", 1)[1].rstrip()
        for line in render([finding(excerpt=excerpt, column=column, length=length)]).splitlines()[1:-1]
    ]


@pytest.mark.parametrize(
    ("excerpt", "column", "length", "shown"),
    [
        ("ab: cd", 5, 2, ["ab: cd", "    ^~"]),
        ("ab: cd", 5, 9, ["ab: cd", "    ^~"]),
        ("ab:", 4, 1, ["ab:", "   ^"]),
        ("\tab: c\td", 6, 3, ["    ab: c   d", "        ^~~~~"]),
        ("a\tb", 3, 1, ["a   b", "    ^"]),
        ("名前: 値x", 5, 2, ["名前: 値x", "      ^~~"]),
        ("e\u0301a: b", 3, 1, ["e\u0301a: b", " ^"]),
        ("a\u200bb", 3, 1, ["a\ufffdb", "  ^"]),
    ],
)
def test_the_underline_stands_below_what_it_means(
    excerpt: str, column: int, length: int, shown: list[str]
) -> None:
    assert quoted(excerpt, column, length) == shown


def test_an_endless_line_is_shown_around_the_place() -> None:
    assert quoted("x" * 300 + "HERE" + "y" * 300, 301, 4) == [
        "x" * 60 + "HERE" + "y" * 136,
        " " * 60 + "^~~~",
    ]
    assert quoted("HERE" + "y" * 300, 1, 4) == ["HERE" + "y" * 196, "^~~~"]
    assert quoted("x" * 196 + "HERE", 197, 4) == ["x" * 196 + "HERE", " " * 196 + "^~~~"]


def test_nothing_in_a_file_can_steer_the_terminal() -> None:
    found = finding("unknown key '\x1b[31m\n'", hint="\x07", excerpt='"\\e[31m": 1')
    assert render([found]).splitlines()[0] == "site.yaml:7:3: error: unknown key '\ufffd[31m\ufffd'"
    assert "\x07" not in render([found])
    assert "\x07" not in render([finding(hint="\x07")])


def test_programs_get_every_field_but_the_line() -> None:
    assert json.loads(to_json([CONTROLLER])) == [
        {
            "file": "rules/cooling.yaml",
            "line": 7,
            "column": 16,
            "length": 17,
            "severity": "error",
            "message": "device 'living_ac' (hvac) has no controller 'hvacmod'",
            "hint": "did you mean 'hvacmode'?",
        }
    ]
    assert to_json([finding("Küche")]).startswith('[\n  {\n    "file"')
    assert "Küche" in to_json([finding("Küche")])


def test_github_gets_an_annotation_for_each_finding() -> None:
    warning = finding("100 %\r\nodd", file="a,b:c.yaml", severity=Severity.WARNING)
    assert to_github([CONTROLLER, warning]) == (
        "::warning file=a%2Cb%3Ac.yaml,line=7,col=3,endColumn=4::100 %25%0D%0Aodd\n"
        "::error file=rules/cooling.yaml,line=7,col=16,endColumn=33::"
        "device 'living_ac' (hvac) has no controller 'hvacmod'; did you mean 'hvacmode'?\n"
    )


@pytest.mark.parametrize(
    ("length", "column", "underline"),
    [
        (3, 12, "           ^~~~~~~~ hint"),
        (17, 12, "           ^~~~~~~~ hint"),
        (3, 14, "           ^~~~~~~~~~ hint"),
        (1, 1, "^ hint"),
    ],
)
def test_a_secret_is_shown_as_long_as_every_other(length: int, column: int, underline: str) -> None:
    found = Diagnostic(
        "site.yaml", 3, column, "no", length, "hint", excerpt=f"{{password: {HIDDEN * length}, user: x}}"
    )
    assert render([found]).splitlines()[1:3] == [
        "    3 | {password: ********, user: x}",
        f"      | {underline}",
    ]


def test_what_stands_behind_a_secret_is_underlined_where_it_is_shown() -> None:
    excerpt = f"{{password: {HIDDEN * 3}, usr: x}}"
    found = Diagnostic("site.yaml", 3, excerpt.index("usr") + 1, "no", 3, excerpt=excerpt)
    shown, underline = render([found]).splitlines()[1:3]
    assert shown[underline.index("^") :].startswith("usr: x")
    assert underline.count("~") == 2
