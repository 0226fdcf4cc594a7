"""Messages to people: the notifiers ``email`` and ``webhook``."""

from __future__ import annotations

from collections.abc import Sequence

from interlock import Notifier, hookimpl
from interlock_notify.email import Email
from interlock_notify.webhook import Webhook


@hookimpl
def interlock_notifiers() -> Sequence[type[Notifier]]:
    """Return what sends e-mails, and what posts to web services."""
    return (Email, Webhook)
