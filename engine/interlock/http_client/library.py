"""httpx as we take it: without its command line, and with no secret in its log."""

from __future__ import annotations

import logging
import sys

from interlock.redaction import RedactingFilter, redactor

# httpx brings a command line of its own wherever click, rich and pygments are installed. Without that module
# it leaves it out, as elsewhere; to import the three would be a twelfth of the time to the first poll.
_COMMAND_LINE = "httpx._main"
_is_left_out = sys.modules.setdefault(_COMMAND_LINE, None) is None  # type: ignore[arg-type]

import httpx  # noqa: E402

if _is_left_out:
    del sys.modules[_COMMAND_LINE]

# At INFO httpx logs each URL, whose query can hold a password.
logging.getLogger("httpx").addFilter(RedactingFilter(redactor))

__all__ = ["httpx"]
