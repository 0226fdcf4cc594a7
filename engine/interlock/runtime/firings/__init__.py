"""Firings at work: the actions of rules, from their beginning to their end."""
