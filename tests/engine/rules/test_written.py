"""What a rule was made of: found out when it is asked for, and equal for equal texts."""

from interlock.config.nodes import MapNode, Mark, Node, ScalarNode, SourceFile
from interlock.rules.written import Written

FILE = SourceFile("rules.yaml", "id: a\nid: b\n")


def rule(name: str, line: int = 0) -> Node:
    at = FILE, line * len("id: a\n"), 5
    return MapNode(at, {"id": ScalarNode(at, name, name)}, {"id": at})


def test_it_stands_where_its_node_does() -> None:
    assert Written(rule("b", 1)).mark == Mark(FILE, 2, 1, 5)


def test_equal_texts_are_equal_wherever_they_stand() -> None:
    assert Written(rule("a")) == Written(rule("a", 1))
    assert hash(Written(rule("a"))) == hash(Written(rule("a", 1)))


def test_other_texts_are_others() -> None:
    assert Written(rule("a")) != Written(rule("b"))
    assert Written(rule("a")) != "a"


def test_the_digest_of_a_text_stays_what_journals_know_it_by() -> None:
    assert Written(rule("a")).digest == "6f580d13632c9682"
