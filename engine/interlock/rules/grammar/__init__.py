"""From the YAML of rules and interlocks to compiled ones; every finding at once, at its very place."""

from interlock.rules.grammar.interlocks import load_interlocks
from interlock.rules.grammar.oscillations import find_oscillations
from interlock.rules.grammar.readings import Readings
from interlock.rules.grammar.rules import load_rules

__all__ = ["Readings", "find_oscillations", "load_interlocks", "load_rules"]
