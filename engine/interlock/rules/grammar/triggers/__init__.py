"""From the YAML of triggers to triggers."""

from interlock.rules.grammar.triggers.fields import fields_brought
from interlock.rules.grammar.triggers.reading import read_triggers

__all__ = ["fields_brought", "read_triggers"]
