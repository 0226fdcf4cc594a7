"""The YAML parser's complaints: place, words and hint of each kind."""

import pytest
from ruamel.yaml.error import YAMLError

from interlock.config.nodes import SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.yaml_errors import diagnostic_of
from interlock.errors import Diagnostic
from support.site_files import told

INDENT = "indent it like its neighbours"
QUOTES = "put the text in quotes"
NO_BREAK = "a no-break space stands where YAML takes plain ones | indent with plain spaces"
BEHIND_QUOTES = (
    "nothing can follow a text in quotes | put all of it in quotes, of the other kind where it holds some"
)
NO_LINE = "this line is neither 'key: value' nor '- item' | put a space behind the colon"
NO_ENTRY = f"this does not fit the mapping that begins on line 1 | {INDENT}; check quotes and brackets"
NO_ITEM = f"this does not fit the list that begins on line 1 | {INDENT}, with '- ' in front"
SIGNS = " | close the bracket, or put a text that holds a comma, a quote, a bracket or a brace in quotes"
BACKSLASH = "use single quotes, in which a backslash is itself"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", f"1:5: no key can stand here | {INDENT}; a text that holds ': ' needs quotes"),
        ("a: b\n c: d\n", f"2:3: no key can stand here | {INDENT}; a text that holds ': ' needs quotes"),
        ("a:\n\tb: 1", "2:1: a tab stands where YAML takes spaces only | indent with spaces"),
        ("a: b\n\t- c\n", "2:1: a tab stands where YAML takes spaces only | indent with spaces"),
        ("a: @b", f"1:4: no value can begin with this character | {QUOTES}"),
        ("a: `b`", f"1:4: no value can begin with this character | {QUOTES}"),
        ("a: %b", f"1:4: no value can begin with this character | {QUOTES}"),
        ("a: 1\nb\nc: 2", f"2:1: {NO_LINE}"),
        ("a: 1\nb:2\n", f"2:1: {NO_LINE}"),
        ("a: b\n- c\n", f"2:1: {NO_ENTRY}"),
        ("a: 'b'c\n", f"1:7: {BEHIND_QUOTES}"),
        ("a: 'b' == \"c\"\n", f"1:8: {BEHIND_QUOTES}"),
        ("a:\n  b: c\n\xa0\xa0d\n  e: f\n", f"4:4: {NO_BREAK}"),
        ("a: *\n", f"1:4: no text can begin with '*' or '&' | {QUOTES}"),
        ("a: [* 5]\n", f"1:5: no text can begin with '*' or '&' | {QUOTES}"),
        ("- a\nb: c\n", f"2:1: {NO_ITEM}"),
        ("x: {a: b", "1:4: this bracket is never closed"),
        ("x: [a, b\n", "1:4: this bracket is never closed"),
        ("x: [a, b\ny: c\n", "2:2: expected ',' or ']' to go on from line 1" + SIGNS),
        ("x: [a, b\ny: c", "2:2: expected ',' or ']' to go on from line 1" + SIGNS),
        ("x: {a: b\n  c: d}\n", "2:4: expected ',' or '}' to go on from line 1" + SIGNS),
        (
            "{at: 7:30}",
            "1:7: between brackets a text that holds ':' needs quotes | put it in quotes, such as \"07:30\"",
        ),
        ("}", "1:1: a value is missing here"),
        ("{a: d, ,}", "1:8: a value is missing here"),
        ("a: 'x\nb: y\n", "1:4: this quote is never closed"),
        ('a: "x', "1:4: this quote is never closed"),
        ('a: "C:\\dir"', f"1:7: this backslash escapes nothing known | {BACKSLASH}"),
        ('a: "\\xzz"', f"1:7: this escape lacks hexadecimal digits | {BACKSLASH}"),
        ('a: "\\ud800"', f"1:7: this escape is no character | {BACKSLASH}"),
        ("a: !e!x 1", f"1:4: this tag is not known | {QUOTES}"),
        ("%YAML 1.3\n---\na", "1:1: the file asks for another YAML than 1.2"),
        ("a: |x\n", f"1:4: no text can begin with '>' or '|' and go on in the same line | {QUOTES}"),
    ],
)  # fmt: skip
def test_a_syntax_error_says_what_to_do_where(text: str, expected: str) -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", text), problems)
    found = [told(problem).replace("+1: error", "").removeprefix("f.yaml:") for problem in problems]
    assert (node, found) == (None, [expected])


def test_an_error_without_a_place_stands_at_the_beginning() -> None:
    found = diagnostic_of(YAMLError("?"), SourceFile("f.yaml", "a"))
    assert told(found) == "f.yaml:1:1+1: error: the file is no YAML"
