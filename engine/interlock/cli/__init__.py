"""The command line: arguments, printing, exit codes. Each command is a small file; none holds logic."""

from interlock.cli.program import app, main

__all__ = ["app", "main"]
