"""Fails while it is imported."""

raise RuntimeError("cannot be imported")
