"""``!secret`` and ``!env``: what they give, and what is said where they give nothing."""

from pathlib import Path

from interlock.config.nodes import Node, SourceFile, plain
from interlock.config.reader import parse_yaml
from interlock.config.secrets import Secrets
from interlock.errors import Diagnostic
from support.site_files import SiteFolder, told


def read(text: str, **environ: str) -> tuple[Node | None, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    secrets = Secrets(Path("secrets.yaml"), "secrets.yaml", environ)
    return parse_yaml(SourceFile("f.yaml", text), problems, secrets.tags), problems


def findings(text: str, **environ: str) -> list[str]:
    return [told(problem) for problem in read(text, **environ)[1]]


def value(text: str, **environ: str) -> object:
    node, problems = read(text, **environ)
    assert problems == []
    assert node is not None
    return plain(node)


def test_a_secret_comes_from_the_file_beside_as_it_is_written(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "house: hunter2\npin: 0123\n'x y': \"a'b\"\n")
    assert value("[!secret house, !secret pin, !secret 'x y']") == ["hunter2", "0123", "a'b"]


def test_a_variable_comes_from_the_environment(folder: SiteFolder) -> None:
    assert value("!env PORT", PORT="5051") == "5051"


def test_without_secrets_their_file_is_not_needed(folder: SiteFolder) -> None:
    assert findings("a: 1") == []


def test_a_missing_file_is_reported_once_where_it_is_first_asked_for(folder: SiteFolder) -> None:
    assert findings("[!secret a, !secret b]") == [
        "f.yaml:1:2+9: error: there is no secrets.yaml, which !secret reads"
    ]


def test_a_missing_secret_is_reported_with_the_nearest(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "house_password: x\n")
    assert findings("[!secret house_pasword, !secret zzz]") == [
        "f.yaml:1:2+21: error: there is no 'house_pasword' in secrets.yaml | did you mean 'house_password'?",
        "f.yaml:1:25+11: error: there is no 'zzz' in secrets.yaml",
    ]


def test_a_missing_variable_is_reported_with_the_nearest(folder: SiteFolder) -> None:
    assert findings("!env PROT", PORT="1") == [
        "f.yaml:1:1+9: error: there is no 'PROT' among the environment's variables | did you mean 'PORT'?"
    ]


def test_an_empty_secret_is_none(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "house:\n")
    assert findings("!secret house") == ["f.yaml:1:1+13: error: 'house' is empty in secrets.yaml"]
    assert findings("!env HOUSE", HOUSE="") == [
        "f.yaml:1:1+10: error: 'HOUSE' is empty among the environment's variables"
    ]


def test_an_empty_file_has_no_secrets(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "# none yet\n")
    assert findings("!secret a") == ["f.yaml:1:1+9: error: there is no 'a' in secrets.yaml"]


def test_secrets_that_others_can_read_are_warned_of(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "a: b\n").chmod(0o644)
    assert findings("!secret a") == [
        "secrets.yaml:1:1+1: warning: everybody on this machine can read the secrets | chmod 600 secrets.yaml"
    ]
    Path("secrets.yaml").chmod(0o640)
    assert findings("!secret a") == []


def test_a_secret_must_be_a_text(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "a: [hunter2]\nb: hunter3\n")
    node, problems = read("[!secret a, !secret b]")
    assert [told(problem) for problem in problems] == [
        "secrets.yaml:1:1+1: error: secret 'a' must be a text",
        "f.yaml:1:2+9: error: there is no 'a' in secrets.yaml",
    ]
    assert node is not None
    assert plain(node) == [None, "hunter3"]


def test_a_file_that_is_no_mapping_is_refused(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "hunter2\n")
    assert findings("[!secret a, !secret b]") == [
        "secrets.yaml:1:1+1: error: the secrets must be a mapping of names and texts"
    ]


def test_a_file_that_cannot_be_read_is_refused(folder: SiteFolder) -> None:
    Path("secrets.yaml").mkdir()
    assert findings("!secret a") == ["secrets.yaml:1:1+1: error: the file cannot be read: it is a directory"]


def test_no_finding_in_the_secrets_shows_one(folder: SiteFolder) -> None:
    for line in (
        "a: *hunter2",
        "a: !hunter2 x",
        "a: @hunter2",
        "a: 'hunter2",
        "a: !!int hunter2",
        "- hunter2\x01",
    ):
        folder.write("secrets.yaml", line)
        problems = read("!secret b")[1]
        assert problems
        assert "hunter2" not in repr(problems)
