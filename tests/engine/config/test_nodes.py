"""Files, places and nodes."""

import pytest

from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode, SourceFile, mark_of, plain
from interlock.config.reader import parse_yaml
from interlock.errors import Diagnostic, Severity
from interlock.redaction import HIDDEN

SOURCE = SourceFile("f.yaml", "a: 1\r\nb\x85c\u2028d\re")


def test_lines_end_where_yaml_says() -> None:
    assert [SOURCE.line(number) for number in range(7)] == ["", "a: 1", "b", "c", "d", "e", ""]
    assert SOURCE.line_count == 5
    assert SourceFile("f.yaml", "").line_count == 1
    assert SourceFile("f.yaml", "\x0ba\x1c").line_count == 1


def test_a_place_inside_another_is_on_its_line() -> None:
    assert Mark(SOURCE, 2, 3, 9).inside(4, 2) == Mark(SOURCE, 2, 7, 2)


def test_a_place_is_one_character_and_a_scalar_plain_unless_said() -> None:
    mark = Mark(SOURCE, 1, 1)
    assert mark.length == 1
    assert ScalarNode(mark, "x", "x").inner == mark


def test_a_finding_carries_its_place_and_line() -> None:
    found = Mark(SOURCE, 1, 2, 0).diagnostic("bad", hint="good", severity=Severity.WARNING)
    assert found == Diagnostic("f.yaml", 1, 2, "bad", 1, "good")
    assert (found.excerpt, found.severity) == ("a: 1", Severity.WARNING)


def test_a_secret_files_lines_are_never_shown() -> None:
    assert Mark(SourceFile("f.yaml", "a: 1", is_secret=True), 1, 1).diagnostic("bad").excerpt == ""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password: hunter2", "password: *******"),
        ("  Password:  'a, b'", "  Password:  ******"),
        ('{api_token: "a\\"}b", x: 1}', "{api_token: *******, x: 1}"),
        ("{x: 1, 'key': k3y}", "{x: 1, 'key': ***}"),
        ("api_key: abc # of the cloud", "api_key: ****# of the cloud"),
        ("pasword: hunter2", "pasword: *******"),
        ("pwd: x", "pwd: *"),
        ("client_secret: x y", "client_secret: ***"),
        ("password: 'open", "password: *****"),
        ("password: @x", "password: **"),
        ("password: !secret house", "password: !secret house"),
        ("password: !env HOUSE", "password: !env HOUSE"),
        ("password: !secrets", "password: ********"),
        ("frontKeypad: On", "frontKeypad: On"),
        ("monkey: 1", "monkey: 1"),
        ("bypass: on", "bypass: on"),
        ("password:", "password:"),
    ],
)
def test_a_credential_in_a_line_is_hidden_in_its_columns(line: str, shown: str) -> None:
    source = SourceFile("f.yaml", line)
    assert source.excerpt(1) == shown.replace("*", HIDDEN)
    assert source.line(1) == line


def scalar(text: str) -> ScalarNode:
    node = parse_yaml(SourceFile("f.yaml", text), [])
    assert isinstance(node, MapNode)
    value = node.entries["a"]
    assert isinstance(value, ScalarNode)
    return value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: x.y > 3", (1, 4)),
        ("a: 'x.y > 3'", (1, 5)),
        ('a:\n  &z "x.y > 3"', (2, 7)),
        ("a: !!str 'x.y > 3'", (1, 11)),
    ],
)
def test_the_inner_place_is_where_the_text_begins(text: str, place: tuple[int, int]) -> None:
    inner = scalar(text).inner
    assert (inner.line, inner.column, inner.length) == (*place, 7)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: one two", (1, 8, 3)),
        ("a: 'one two'", (1, 9, 3)),
        ('a: "one two"', (1, 9, 3)),
        ("a: |\n  one two\n", (2, 7, 3)),
        ("a: |\n  one\n\n   two\n", (4, 4, 3)),
        ("a: |-  # why\n   one\n   two", (3, 4, 3)),
        ("a: >\n  one\n  two\n", (1, 4, 1)),
        ("a: one\n  two", (1, 4, 3)),
        ('a: "\\x6fne two"', (1, 4, 12)),
    ],
)
def test_a_part_of_a_text_is_placed_where_that_can_be_said(text: str, place: tuple[int, int, int]) -> None:
    node = scalar(text)
    found = node.place(node.text.index("two"), 3)
    assert (found.line, found.column, found.length) == place


def test_a_node_whose_tag_gave_no_value_is_broken() -> None:
    mark = Mark(SOURCE, 1, 1)
    assert ScalarNode(mark, None, "x", tag="!secret").is_broken
    assert not ScalarNode(mark, "v", "x", tag="!secret").is_broken
    assert not ScalarNode(mark, None, "").is_broken


def test_a_tree_is_turned_into_plain_values() -> None:
    mark = Mark(SOURCE, 1, 1)
    leaf: Node = ScalarNode(mark, 1, "1")
    tree = MapNode(mark, {"a": ListNode(mark, (leaf, leaf)), "b": leaf}, {"a": mark, "b": mark})
    assert plain(tree) == {"a": [1, 1], "b": 1}
    assert list(ListNode(mark, (leaf,))) == [leaf]


def test_a_span_is_the_mark_of_its_first_line() -> None:
    source = SourceFile("f.yaml", "ab: {c: d, # so\n  e: f}\n")
    assert mark_of((source, 0, 2)) == Mark(source, 1, 1, 2)
    assert mark_of((source, 4, 19)) == Mark(source, 1, 5, len("{c: d, # so"))


def test_what_goes_on_ends_behind_what_stands_in_its_first_line() -> None:
    source = SourceFile("f.yaml", "ab: {c: d, # so\n  e: f}\n")
    first, second = ScalarNode((source, 8, 1), "d", "d"), ScalarNode((source, 21, 1), "f", "f")
    keys = {"c": (source, 5, 1), "e": (source, 18, 1)}
    node = MapNode((source, 4, 19), {"c": first, "e": second}, keys)
    assert node.mark == Mark(source, 1, 5, len("{c: d"))
    assert node.source is source
    assert dict(node.keys) == {"c": Mark(source, 1, 6, 1), "e": Mark(source, 2, 3, 1)}


def test_a_span_behind_the_text_is_moved_into_it() -> None:
    source = SourceFile("f.yaml", "ab")
    assert mark_of((source, 3, 2)) == Mark(source, 1, 3, 1)
