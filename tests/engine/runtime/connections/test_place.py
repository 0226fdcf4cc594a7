"""A place among those that a connection may be asked at once: given back once, however it ends."""

import asyncio

import pytest

from interlock.runtime.connections.place import PATIENCE_S, Place
from interlock.simulation.virtual_time import run_virtual


def free(places: asyncio.Semaphore) -> bool:
    return not places.locked()


def test_it_is_held_until_the_end() -> None:
    async def main() -> list[bool]:
        places = asyncio.Semaphore(1)
        async with Place(places):
            before = free(places)
        return [before, free(places)]

    assert run_virtual(main()) == [False, True]


def test_who_takes_too_long_holds_it_no_more_and_gives_it_back_once() -> None:
    async def main() -> list[bool]:
        places = asyncio.Semaphore(1)
        async with Place(places):
            await asyncio.sleep(PATIENCE_S - 0.1)
            seen = [free(places)]
            await asyncio.sleep(0.2)
            seen.append(free(places))
        await places.acquire()
        return [*seen, free(places)]

    assert run_virtual(main()) == [False, True, False]


def test_who_fails_gives_it_back_once() -> None:
    async def main() -> list[bool]:
        places = asyncio.Semaphore(1)
        with pytest.raises(ValueError, match="no"):
            async with Place(places):
                raise ValueError("no")
        await places.acquire()
        await asyncio.sleep(2 * PATIENCE_S)
        return [free(places)]

    assert run_virtual(main()) == [False]


def test_who_is_cancelled_while_waiting_gives_nothing_back() -> None:
    async def main() -> list[bool]:
        places = asyncio.Semaphore(1)
        await places.acquire()

        async def wait() -> None:
            async with Place(places):
                raise AssertionError("there was no place")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait({waiting})
        return [free(places)]

    assert run_virtual(main()) == [False]
