"""Pydantic models over nodes: the place and the words of each kind of finding."""

from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

from interlock import AsWritten, Duration, SitePath
from interlock.config.files import read_source
from interlock.config.nodes import MapNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.validation import check_keys, validate
from interlock.errors import Diagnostic
from support.site_files import told


class Speed(Enum):
    SLOW = "slow"
    FAST = "fast"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(Strict):
    name: str = Field(description="what it is called")
    size: int = 1


class Cat(Strict):
    kind: Literal["cat"]
    lives: int = 9


class Dog(Strict):
    kind: Literal["dog"]


class Thing(Strict):
    """Every kind of field; each has a default, so that a test names what it is about alone."""

    text: str = Field("", max_length=5, pattern="^[a-z]*$")
    named: str = Field("x", min_length=1)
    number: float = Field(0, gt=-1, lt=10.5, allow_inf_nan=False)
    whole: int = Field(0, ge=1, le=20, multiple_of=2)
    switch: bool = False
    wait: Annotated[Duration, Field(ge=timedelta(seconds=1), lt=timedelta(days=2))] = timedelta(seconds=1)
    method: Literal["get", "put", "post"] = "get"
    speed: Speed = Speed.SLOW
    parts: list[Part] = []
    by_name: dict[str, Part] = {}
    either: str | list[str] = ""
    part_or_cat: Part | Cat | None = None
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    pair: tuple[int, ...] = Field((), min_length=1, max_length=2)
    when: str = Field("", alias="if")
    secret: SecretStr = SecretStr("")
    url: HttpUrl | None = None
    inner: Part | None = None
    span: tuple[int, int] = (0, 0)
    code: str = Field("xxx", min_length=3)
    few: list[int] = Field([1, 2], min_length=2)
    low: int = 0
    high: int = 0

    @model_validator(mode="after")
    def _ordered(self) -> "Thing":
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


def checked(text: str, what: str = "") -> tuple[Thing | None, list[str]]:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", text), problems, {"!secret": lambda name, mark, _: name[::-1]})
    assert node is not None
    thing = validate(Thing, node, problems, what=what)
    return thing, [told(problem).removeprefix("f.yaml:") for problem in problems]


def test_a_sound_node_gives_the_model() -> None:
    thing, problems = checked(
        "{wait: 1m, if: x, whole: '2', switch: on, parts: [{name: a}], secret: !secret x}"
    )
    assert problems == []
    assert thing == Thing.model_validate(
        {"wait": "1m", "if": "x", "whole": 2, "switch": True, "parts": [{"name": "a"}], "secret": "x"}
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{text: 1}", "1:8+1: error: 'text' must be a text | put it in quotes"),
        ("{text: true}", "1:8+4: error: 'text' must be a text | put it in quotes"),
        ("{text: }", "1:8+1: error: 'text' is empty: it must be a text"),
        ("{text: [a]}", "1:8+3: error: 'text' must be a text"),
        ("{text: abcdef}", "1:8+6: error: 'text' must be at most 5 characters long"),
        ("{text: 'A'}", "1:8+3: error: 'text' must be a text that matches ^[a-z]*$"),
        ("{named: ''}", "1:9+2: error: 'named' must be a text, not an empty one"),
        ("{number: x}", "1:10+1: error: 'number' must be a number"),
        ("{number: [1]}", "1:10+3: error: 'number' must be a number"),
        ("{number: -1}", "1:10+2: error: 'number' must be more than -1"),
        ("{number: 11}", "1:10+2: error: 'number' must be less than 10.5"),
        ("{number: .nan}", "1:10+4: error: 'number' must be a finite number"),
        ("{whole: 1.5}", "1:9+3: error: 'whole' must be a whole number"),
        ("{whole: x}", "1:9+1: error: 'whole' must be a whole number"),
        ("{whole: {}}", "1:9+2: error: 'whole' must be a whole number"),
        ("{whole: 0}", "1:9+1: error: 'whole' must be at least 1"),
        ("{whole: 22}", "1:9+2: error: 'whole' must be at most 20"),
        ("{whole: 3}", "1:9+1: error: 'whole' must be a multiple of 2"),
        ("{switch: maybe}", "1:10+5: error: 'switch' must be on or off"),
        ("{switch: [a]}", "1:10+3: error: 'switch' must be on or off"),
        ("{wait: 10}", "1:8+2: error: 'wait': a duration needs its unit: write 10s or 10m"),
        ("{wait: 10ms}", "1:8+4: error: 'wait' must be at least 1s"),
        ("{wait: 2d}", "1:8+2: error: 'wait' must be less than 2d"),
        ("{method: pst}", "1:10+3: error: 'method' must be get, put or post | did you mean 'post'?"),
        ("{method: 17}", "1:10+2: error: 'method' must be get, put or post"),
        ("{method: [get]}", "1:10+5: error: 'method' must be get, put or post"),
        ("{speed: fst}", "1:9+3: error: 'speed' must be slow or fast | did you mean 'fast'?"),
        ("{parts: {}}", "1:9+2: error: 'parts' must be a list"),
        ("{parts: [x]}", "1:10+1: error: item 1 of 'parts' must be a mapping of keys and values"),
        ("{parts: [{name: 1}]}", "1:17+1: error: 'name' must be a text | put it in quotes"),
        ("{parts: [{}]}", "1:10+2: error: item 1 of 'parts' needs 'name' | what it is called"),
        ("{by_name: x}", "1:11+1: error: 'by_name' must be a mapping of keys and values"),
        ("{by_name: {a: {nam: x}}}", "1:16+3: error: unknown key 'nam' | did you mean 'name'?"),
        ("{either: 3}", "1:10+1: error: 'either' must be a text or a list | put it in quotes"),
        ("{either: [3]}", None),
        ("{pet: {kind: cow}}", "1:7+11: error: 'pet' must be cat or dog"),
        ("{pet: {kind: cat, live: 3}}", "1:19+4: error: unknown key 'live' | did you mean 'lives'?"),
        ("{pair: []}", "1:8+2: error: 'pair' must be a list with something in it"),
        ("{pair: [1, 2, 3]}", "1:8+9: error: 'pair' must be a list of at most 2 items"),
        ("{span: [1]}", "1:8+3: error: 'span' needs an item 2"),
        ("{code: ab}", "1:8+2: error: 'code' must be at least 3 characters long"),
        ("{few: [1]}", "1:7+3: error: 'few' must be at least 2 items long"),
        ("{inner: {name: x, siz: 1}}", "1:19+3: error: unknown key 'siz' | did you mean 'size'?"),
        ("{inner: {}}", "1:9+2: error: 'inner' needs 'name' | what it is called"),
        ("{pair: [1, x]}", "1:12+1: error: item 2 of 'pair' must be a whole number"),
        ("{if: 3}", "1:6+1: error: 'if' must be a text | put it in quotes"),
        ("{iff: x}", "1:2+3: error: unknown key 'iff' | did you mean 'if'?"),
        ("{low: 3}", "1:1+8: error: this: low 3 is above high 0"),
        ("{texd: x, texd2: y}", None),
        ("{zzz: x}", None),
        ("[]", "1:1+2: error: this must be a mapping of keys and values"),
    ],
)
def test_a_finding_stands_at_the_key_or_value_in_our_words(text: str, expected: str | None) -> None:
    thing, problems = checked(text)
    assert thing is None
    if expected is not None:
        assert problems == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{name: how far, in %}",
            ["1:17+4: error: unknown key 'in %' | a text with a comma needs quotes between { and }"],
        ),
        (
            "{name: a, b c , size: 1}",
            ["1:11+3: error: unknown key 'b c' | a text with a comma needs quotes between { and }"],
        ),
        ("{name: a, b c: 1}", ["1:11+3: error: unknown key 'b c' | known here: name, size"]),
        ("{name: a, bc}", ["1:11+2: error: unknown key 'bc' | known here: name, size"]),
        ("{in %, name: a}", ["1:2+4: error: unknown key 'in %' | known here: name, size"]),
    ],
)
def test_what_a_comma_cuts_off_a_text_is_known_as_such(text: str, expected: list[str]) -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", text), problems)
    assert isinstance(node, MapNode)
    validate(Part, node, problems)
    assert [told(problem) for problem in problems] == [f"f.yaml:{each}" for each in expected]


def test_an_unknown_key_without_a_neighbour_lists_all_keys() -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", "{name: x, zzz: y}"), problems)
    assert node is not None
    validate(Part, node, problems)
    assert [told(problem) for problem in problems] == [
        "f.yaml:1:11+3: error: unknown key 'zzz' | known here: name, size"
    ]


class Bare(Strict):
    name: str


def test_a_missing_key_without_a_description_has_no_hint() -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", "{}"), problems)
    assert node is not None
    validate(Bare, node, problems)
    assert problems == [Diagnostic("f.yaml", 1, 1, "'name' is missing", 2, "")]


def test_the_members_of_a_union_of_models_share_their_keys() -> None:
    _, problems = checked("{part_or_cat: {name: x, kind: cat, sizes: 3}}")
    assert "1:36+5: error: unknown key 'sizes' | did you mean 'size'?" in problems


def test_a_misspelt_key_is_not_reported_as_missing_too() -> None:
    assert checked("{parts: [{nam: x}]}")[1] == ["1:11+3: error: unknown key 'nam' | did you mean 'name'?"]


def test_all_findings_come_at_once() -> None:
    _, problems = checked("{text: 1, whole: x, parts: [{}, {name: 2}], zzzz: 1}")
    assert len(problems) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "1:1+1: error: thing 'a' must be a mapping of keys and values"),
        ("{low: 3}", "1:1+8: error: thing 'a': low 3 is above high 0"),
    ],
)
def test_the_whole_is_named_as_the_caller_says(text: str, expected: str) -> None:
    assert checked(text, "thing 'a'")[1] == [expected]


def test_a_broken_value_is_not_reported_again() -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", "{name: *x, size: *y}"), problems)
    assert node is not None
    assert validate(Part, node, problems) is None
    assert validate(Part, node.entries["name"], problems) is None  # type: ignore[union-attr]
    assert [problem.message for problem in problems] == ["this alias names no anchor before it"] * 2


class Telltale(Strict):
    host: str = ""
    secret: SecretStr = SecretStr("")

    @model_validator(mode="before")
    @classmethod
    def _tell(cls, given: object) -> object:
        raise ValueError(f"cannot use {given}")


def test_a_secret_is_hidden_whatever_a_validator_quotes() -> None:
    problems: list[Diagnostic] = []
    tags = {"!secret": lambda name, mark, _: name[::-1]}
    node = parse_yaml(SourceFile("f.yaml", "{host: [!secret abc], secret: !secret xyz}"), problems, tags)
    assert node is not None
    validate(Telltale, node, problems)
    assert [problem.message for problem in problems] == [
        "this: cannot use {'host': ['********'], 'secret': '********'}"
    ]


def test_a_bad_secret_is_not_quoted() -> None:
    _, problems = checked("{wait: !secret oof, method: !secret oof}")
    assert problems == [
        "1:8+11: error: 'wait': '********' is no duration: write for example 30s, 5m, 1h30m or 2d",
        "1:29+11: error: 'method' must be get, put or post",
    ]


def test_pydantics_own_words_serve_where_we_have_none() -> None:
    _, problems = checked("{url: x}")
    assert problems == ["1:7+1: error: 'url' must be a valid URL, relative URL without a base"]


def test_keys_are_checked_without_a_model() -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("f.yaml", "{rules: 1, rulse: 2}"), problems)
    assert isinstance(node, MapNode)
    check_keys(node, ("rules",), problems)
    check_keys(node, (), problems)
    assert [told(problem) for problem in problems] == [
        "f.yaml:1:12+5: error: unknown key 'rulse' | did you mean 'rules'?",
        "f.yaml:1:2+5: error: unknown key 'rules' | nothing can stand here",
        "f.yaml:1:12+5: error: unknown key 'rulse' | nothing can stand here",
    ]


class Numbered(Strict):
    kind: Annotated[str, AsWritten()]
    count: Annotated[str, AsWritten()] = ""


@pytest.mark.parametrize("written", ["5.010", "14.0", "9", "1e3", "'5.010'", "word"])
def test_a_text_that_looks_like_a_number_is_what_stands_in_the_file(written: str) -> None:
    node = parse_yaml(SourceFile("site.yaml", f"kind: {written}\n"), [])
    assert node is not None
    assert validate(Numbered, node, []) == Numbered(kind=written.strip("'"))


@pytest.mark.parametrize("written", ["true", "[5.010]", "null"])
def test_what_is_no_number_stays_what_it_is(written: str) -> None:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("site.yaml", f"kind: {written}\n"), [])
    assert node is not None
    assert validate(Numbered, node, problems) is None
    assert [problem.message.partition(" must")[0] for problem in problems] in (
        ["'kind'"],
        ["'kind' is empty: it"],
    )


def test_the_name_of_a_secret_number_is_not_what_was_written() -> None:
    node = parse_yaml(SourceFile("site.yaml", "kind: !secret x\n"), [], {"!secret": lambda *_: 7})
    assert node is not None
    assert validate(Numbered, node, []) is None


def test_relative_paths_of_an_included_file_count_from_the_sites_folder(tmp_path: Path) -> None:
    class Settings(BaseModel):
        plan: SitePath

    file = tmp_path / "floors" / "one.yaml"
    file.parent.mkdir()
    file.write_text("plan: ground.pdf\n", encoding="utf-8")
    own = parse_yaml(read_source(file, "house/floors/one.yaml"), [])
    included = parse_yaml(read_source(file, "house/floors/one.yaml", folder=Path("house")), [])
    assert own
    assert included
    assert validate(Settings, own, []) == Settings(plan=Path("house/floors/ground.pdf"))
    assert validate(Settings, included, []) == Settings(plan=Path("house/ground.pdf"))
