"""Keeps the search for circles of garbage away from what stays: the program, the site, its rules.

Now and then Python walks over all objects, whatever is going on. Over those of 10,000 rules that takes a
quarter of a second on a fast machine, in which nothing is decided on.
"""

from __future__ import annotations

import gc


def take_for_lasting() -> None:
    """Take all that is there now for what stays: it is looked at no more."""
    gc.freeze()


def look_once() -> None:
    """Free what an edited site has left behind, and take for lasting what is there now.

    This is the one walk over everything, at a moment that somebody has chosen who edits.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
