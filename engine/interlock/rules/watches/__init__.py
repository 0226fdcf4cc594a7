"""Triggers at work: each watch holds one trigger of a rule and the past that it compares with."""
