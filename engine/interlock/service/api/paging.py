"""Pages of what happened, the last one first: each goes on before the last one of the page before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Path, Query

from interlock.service.api.problems import Problem

T = TypeVar("T")
Id = Annotated[str, Path(pattern=r"^\d{1,9}-\d{1,12}$", examples=["3-17"])]
Before = Annotated[
    str | None, Query(pattern=r"^\d{1,9}-\d{1,12}$", description="those before this one", examples=["3-17"])
]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


def found_as(kind: str, name: str, found: T | None) -> T:
    """Return what was found in the journal.

    Raises:
        Problem: 404, there is nothing of this kind and name.
    """
    if found is None:
        raise Problem(404, f"the journal has no {kind} '{name}'")
    return found


async def page_before(
    last: T | None, limit: int, fetch: Callable[[T | None, int], Awaitable[Sequence[T]]]
) -> tuple[Sequence[T], T | None]:
    """Return a page, and its last one where there are more before it.

    Args:
        last: The page holds what is before it; None for the first page.
        limit: How many stand on a page at most.
        fetch: Returns so many before one, or the last ones of all.
    """
    found = await fetch(last, limit + 1)
    return found[:limit], found[limit - 1] if len(found) > limit else None
