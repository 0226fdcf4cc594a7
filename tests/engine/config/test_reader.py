"""From YAML texts to nodes: values, places, and every refusal with its place."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.config import reader
from interlock.config.files import UnreadableFile, read_source
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode, SourceFile, plain
from interlock.config.reader import MOST_COPIES, MOST_LEVELS, parse_yaml
from interlock.errors import Diagnostic
from support.site_files import told


def shout(text: str, mark: Mark, problems: list[Diagnostic]) -> str | None:
    """Give the meaning of the tag ``!shout``, which has none for ``nothing``."""
    if text == "nothing":
        problems.append(mark.diagnostic("nothing to shout"))
        return None
    return text.upper()


def parsed(text: str) -> tuple[Node | None, list[str]]:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", text), problems, {"!shout": shout})
    return node, [told(problem) for problem in problems]


def value(text: str) -> object:
    node, problems = parsed(text)
    assert problems == []
    assert node is not None
    return plain(node)


def findings(text: str) -> list[str]:
    return [problem.removeprefix("f.yaml:") for problem in parsed(text)[1]]


def test_the_c_parser_is_in_use() -> None:
    assert vars(reader)["CParser"].__module__.endswith("_ruamel_yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# nothing\n", None),
        ("a: on\nb: yes\nc: 12:30\nd: 1_000\n", {"a": "on", "b": "yes", "c": "12:30", "d": "1_000"}),
        ("[0o14, 010, 1.5, true, ~, {f: }]", [12, 10, 1.5, True, None, {"f": None}]),
        ("a: '26'\nb: \"true\"\nc: ''\n", {"a": "26", "b": "true", "c": ""}),
        ("a: |\n  12\nb: >-\n  x\n  y\n", {"a": "12\n", "b": "x y"}),
        ("[!!str 12, !!float 1, ! 12, !!seq [1], !!map {}]", ["12", 1.0, "12", [1], {}]),
        ("- [a, {b: c}]\n- \n", [["a", {"b": "c"}], None]),
        ("a: &x {b: [1]}\nc: *x\nd: &x 2\ne: *x\n", {"a": {"b": [1]}, "c": {"b": [1]}, "d": 2, "e": 2}),
        ("&k a: 1\nb: *k\n", {"a": 1, "b": "a"}),
        ("%YAML 1.1\n---\na: on\n...\n", {"a": "on"}),
        ("a: !shout hi", {"a": "HI"}),
        ("a: !shout 'hi'", {"a": "HI"}),
        ("on: off", {"on": "off"}),
    ],
)  # fmt: skip
def test_a_text_is_resolved_by_the_core_schema(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert repr(found) == repr(expected)


def test_a_merge_fills_in_what_is_not_written() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, y: 9}\nd: {y: 9, <<: [*b, *a]}\n"
    assert value(text) == {
        "a": {"x": 1, "y": 2},
        "b": {"y": 3, "z": 4},
        "c": {"x": 1, "y": 9},
        "d": {"y": 9, "z": 4, "x": 1},
    }


def test_a_merged_key_stands_where_it_was_written() -> None:
    node, _ = parsed("a: &a {x: 1}\nb: {<<: *a}\n")
    assert isinstance(node, MapNode)
    merged = node.entries["b"]
    assert isinstance(merged, MapNode)
    assert (merged.keys["x"].line, merged.keys["x"].column) == (1, 8)


def test_what_is_written_here_stands_behind_what_is_merged_in() -> None:
    node, _ = parsed("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a, z: 4}\n")
    assert isinstance(node, MapNode)
    merged = node.entries["b"]
    assert isinstance(merged, MapNode)
    assert list(merged.entries) == list(merged.keys) == ["x", "y", "z"]


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert value("'<<': 1") == {"<<": 1}


def places(node: Node) -> Iterator[tuple[int, int, int]]:
    yield node.mark.line, node.mark.column, node.mark.length
    if isinstance(node, ListNode):
        for item in node.items:
            yield from places(item)
    elif isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield node.keys[key].line, node.keys[key].column, node.keys[key].length
            yield from places(entry)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", [(1, 1, 1)]),
        ("ä: 'ö ü'", [(1, 1, 8), (1, 1, 1), (1, 4, 5)]),
        ("- a: b # c\n  d: e\n", [(1, 1, 6), (1, 3, 4), (1, 3, 1), (1, 6, 1), (2, 3, 1), (2, 6, 1)]),
        ("a: [1,\n  2]", [(1, 1, 5), (1, 1, 1), (1, 4, 2), (1, 5, 1), (2, 3, 1)]),
        ("a: {b: c}\n", [(1, 1, 9), (1, 1, 1), (1, 4, 6), (1, 5, 1), (1, 8, 1)]),
        ("a: 'x\n  y'", [(1, 1, 5), (1, 1, 1), (1, 4, 2)]),
        ("a:\nb: |\n  x\n", [(1, 1, 2), (1, 1, 1), (1, 3, 1), (2, 1, 1), (2, 4, 1)]),
        ("a: &q !!str xy", [(1, 1, 14), (1, 1, 1), (1, 13, 2)]),
        ("a: !shout xy", [(1, 1, 12), (1, 1, 1), (1, 4, 9)]),
        ("a: &q\n  xy", [(1, 1, 5), (1, 1, 1), (1, 4, 2)]),
    ],
)
def test_every_node_and_key_has_its_place(text: str, expected: list[tuple[int, int, int]]) -> None:
    node, problems = parsed(text)
    assert problems == []
    assert node is not None
    assert list(places(node)) == expected


def test_a_scalar_keeps_how_it_was_written() -> None:
    node, _ = parsed("[0o14, '12', !shout hi, !!str \"x\"]")
    assert isinstance(node, ListNode)
    scalars = [item for item in node.items if isinstance(item, ScalarNode)]
    assert [(each.value, each.text, each.is_quoted, each.tag) for each in scalars] == [
        (12, "0o14", False, ""),
        ("12", "12", True, ""),
        ("HI", "hi", False, "!shout"),
        ("x", "x", True, ""),
    ]


UNKNOWN_TAG = "this tag is not known | put a text that begins with '!' in quotes"
TWICE = "error: key 'a' is given twice: first on line 1, column 2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, b: 2, a: 3}", [f"1:14+1: {TWICE}"]),
        ("{a: 1, 'a': 3, a: 4}", [f"1:8+3: {TWICE}", f"1:16+1: {TWICE}"]),
        ("1: x", ["1:1+1: error: a key is a text, not a number or a constant | put it in quotes"]),
        ("{true: x}", ["1:2+4: error: a key is a text, not a number or a constant | put it in quotes"]),
        ("? [a]\n: b", ["1:3+3: error: a key is a text, not a list or a mapping"]),
        ("a: {{ b.c }}", ["1:5+7: error: a template is no key or mapping | put it in quotes: '{{ … }}'"]),
        ("{{ b }}: 1", ["1:2+5: error: a template is no key or mapping | put it in quotes: '{{ … }}'"]),
        ("a: *b", ["1:4+2: error: this alias names no anchor before it | put the text in quotes"]),
        ("*b : 1", ["1:1+2: error: this alias names no anchor before it | put the text in quotes"]),
        ("a: &b [*b]", ["1:8+2: error: this alias stands inside the very thing that it names"]),
        ("a: &b {c: {d: *b}}", ["1:15+2: error: this alias stands inside the very thing that it names"]),
        ("a: !shoot x", ["1:4+8: error: this tag is not known | did you mean '!shout'?"]),
        ("a: !b.c", ["1:4+4: error: this tag is not known | write 'not b.c'"]),
        ("a: !x [1]", [f"1:4+6: error: {UNKNOWN_TAG}"]),
        ("a: !!set {b}", [f"1:4+9: error: {UNKNOWN_TAG}"]),
        ("a: !!binary x", [f"1:4+10: error: {UNKNOWN_TAG}"]),
        ("a: !!seq {}", [f"1:4+8: error: {UNKNOWN_TAG}"]),
        ("a: !!int x", ["1:10+1: error: this is no int"]),
        ("a: !shout [b]", ["1:4+10: error: !shout takes a name and nothing else"]),
        ("a: !shout nothing", ["1:4+14: error: nothing to shout"]),
        ("a: {<<: 1}", ["1:9+1: error: '<<' takes a mapping or a list of mappings"]),
        ("a: {<<: [{b: 1}, x]}", ["1:18+1: error: '<<' takes a mapping or a list of mappings"]),
        ("a: {<<: *b}", ["1:9+2: error: this alias names no anchor before it | put the text in quotes"]),
        ("a: 1\n---\nb: 2\n", ["2:1+3: error: a second document begins here: a file holds one"]),
    ],
)  # fmt: skip
def test_what_is_no_sound_yaml_is_refused_at_its_place(text: str, expected: list[str]) -> None:
    assert findings(text) == expected


def test_reading_goes_on_behind_a_finding() -> None:
    node, problems = parsed("{a: *x, b: 2, b: 3, 1: 4, c: 5}")
    assert len(problems) == 3
    assert node is not None
    assert plain(node) == {"a": None, "b": 2, "c": 5}


def test_what_could_not_be_understood_is_marked_so() -> None:
    node, _ = parsed("[*x, !y z, !!int z, !shout nothing, ~]")
    assert isinstance(node, ListNode)
    assert [isinstance(item, ScalarNode) and item.is_broken for item in node.items] == [
        True,
        True,
        True,
        True,
        False,
    ]


def test_levels_are_counted_to_the_limit() -> None:
    assert findings("[" * (MOST_LEVELS - 1) + "1" + "]" * (MOST_LEVELS - 1)) == []
    too_deep = f"1:61+1: error: more than {MOST_LEVELS} levels stand in each other here"
    assert findings("[" * MOST_LEVELS + "1" + "]" * MOST_LEVELS) == [too_deep]
    assert parsed("- " * 5000)[0] is None


def test_levels_that_aliases_stack_up_are_counted_too() -> None:
    tower = "- &a0 x\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 100))
    assert findings(tower) == [f"{MOST_LEVELS}:9+4: error: more than 60 levels stand in each other here"]
    assert findings("\n".join(tower.splitlines()[: MOST_LEVELS - 1])) == []


def test_a_bomb_of_aliases_is_refused_in_time() -> None:
    bomb = "- &a0 [x, x]\n" + "".join(f"- &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert findings(bomb) == [
        f"14:15+4: error: the aliases of this file stand for more than {MOST_COPIES} values"
    ]


def test_as_many_aliases_as_anybody_needs_are_taken() -> None:
    text = "- &a {x: 1, y: [2, 3]}\n" + "- *a\n" * (MOST_COPIES // 5)
    assert findings(text) == []
    assert findings(text + "- *a\n") != []


@given(st.text(alphabet=st.sampled_from("ab1:-,?&*!|>'\"%@`#{}[]<~. \t\n\r\\é\u2028"), max_size=60))
@example("a: &b [*b]\n<<: *b")
@example("? {{a}}\n: b")
@example("- !\n\t")
def test_no_text_breaks_the_reader_and_every_place_is_in_it(text: str) -> None:
    source = SourceFile("f.yaml", text)
    problems: list[Diagnostic] = []
    node = parse_yaml(source, problems)
    found = [(each.line, each.column, each.length) for each in problems]
    for line, column, length in [*found, *(places(node) if node else ())]:
        assert 1 <= line <= source.line_count
        assert 1 <= column <= len(source.line(line)) + 1
        assert 1 <= length <= max(len(source.line(line)) + 1 - column, 1)
    assert node is not None or problems


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf\xff")
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f.yaml")
        path.write_bytes(content)
        problems: list[Diagnostic] = []
        try:
            node = parse_yaml(read_source(path, "f.yaml"), problems)
        except UnreadableFile as error:
            node = None
            problems.append(error.diagnostic)
    assert node is not None or problems


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner)
)


@given(TREES)
def test_json_is_read_as_it_is_meant(tree: object) -> None:
    text = _json(tree)
    assert value(text) == tree


def _json(tree: object) -> str:
    """Write flow YAML in which every text is quoted with all but plain letters escaped."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_json(key)}: {_json(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(_json, tree)) + "]"
    if isinstance(tree, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in tree) + '"'
    if isinstance(tree, float):
        return {float("inf"): ".inf", float("-inf"): "-.inf"}.get(tree, repr(tree))
    if tree is None or isinstance(tree, bool):
        return {None: "null", True: "true", False: "false"}[tree]
    return str(tree)
