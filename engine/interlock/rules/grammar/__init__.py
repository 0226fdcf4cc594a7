"""From the YAML of rules to compiled rules; every finding at once, at its very place."""

from interlock.rules.grammar.rules import load_rules

__all__ = ["load_rules"]
