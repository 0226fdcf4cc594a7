"""Rules from YAML text, compiled for a site that was made without files."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent

from interlock.config.nodes import ListNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.site import Site
from interlock.errors import Diagnostic
from interlock.rules.grammar import load_rules
from interlock.rules.grammar.interlocks import load_interlocks
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Rule


def rules_of(site: Site, text: str) -> Sequence[Rule]:
    """Return the rules of a YAML list; any finding fails the test."""
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("rules.yaml", dedent(text)), problems)
    assert isinstance(node, ListNode), problems
    rules, findings = load_rules(replace(site, rules=node.items))
    assert [*problems, *findings] == []
    return rules


def with_interlocks(site: Site, text: str) -> Site:
    """Return a site with the interlocks of a YAML list."""
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("site.yaml", dedent(text)), problems)
    assert isinstance(node, ListNode), problems
    assert problems == []
    return replace(site, interlocks=node.items)


def interlocks_of(site: Site, text: str) -> Sequence[Interlock]:
    """Return the interlocks of a YAML list; any finding fails the test."""
    interlocks, findings = load_interlocks(with_interlocks(site, text))
    assert findings == []
    return interlocks
