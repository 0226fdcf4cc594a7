"""Rules from YAML text, compiled for a site that was made without files."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent

from interlock.config.nodes import ListNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.site import Site
from interlock.errors import Diagnostic
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule


def rules_of(site: Site, text: str) -> Sequence[Rule]:
    """Return the rules of a YAML list; any finding fails the test."""
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("rules.yaml", dedent(text)), problems)
    assert isinstance(node, ListNode), problems
    rules, findings = load_rules(replace(site, rules=node.items))
    assert [*problems, *findings] == []
    return rules
