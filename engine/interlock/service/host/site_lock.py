"""One service to a site: two would command the same devices, whatever journals they write."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interlock.errors import InterlockError

log = logging.getLogger("interlock.service")


class SiteInUse(InterlockError):
    """Another service runs the site."""


@contextmanager
def locked_site(site: Path) -> Iterator[None]:
    """Keep other services from running a site, as long as the context lasts; it ends with the process.

    The folder is what is locked: an edit puts another file in the place of the site's, a service may not be
    allowed to write a file beside it, and every way there, by links or another mount, comes to one folder.

    Raises:
        SiteInUse: another process has it.
    """
    folder = site.resolve().parent
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SiteInUse(
            f"another service runs the site in {folder} already: interlock status asks it; "
            "a dry run may go on beside it, with a journal of its own"
        ) from None
    except OSError as error:
        # Network file systems lock no folders.
        reason = (error.strerror or str(error)).lower()
        log.warning("whether another service runs the site in %s cannot be told: %s", folder, reason)
    try:
        yield
    finally:
        os.close(descriptor)
