"""What log lines look like: apart from the logging itself, because the command line names it before that."""

from __future__ import annotations

from enum import Enum


class LogForm(Enum):
    """What log lines look like."""

    AUTO = "auto"
    """For people on a terminal and in a file, for programs where systemd's journal takes them."""
    TEXT = "text"
    JSON = "json"
    """An object a line: ``at``, ``level``, ``area``, ``message``, and ``trace`` where there is one."""
