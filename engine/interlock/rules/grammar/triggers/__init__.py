"""From the YAML of triggers to triggers."""

from interlock.rules.grammar.triggers.reading import fields_brought, read_triggers

__all__ = ["fields_brought", "read_triggers"]
