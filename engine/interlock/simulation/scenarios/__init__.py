"""Scenarios: tests beside the rules, played in virtual time."""
