"""Whatever a plugin's code raises, one exception comes out; what is meant for the engine is not held up."""

import asyncio

import pytest

from interlock.strangers import StrangersFault, ask, ask_to_come, described


def failing(error: BaseException) -> object:
    raise error


async def failing_later(error: BaseException) -> object:
    await asyncio.sleep(0)
    raise error


async def coming() -> int:
    return 7


FAULTS = [
    (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
    (ZeroDivisionError(), "ZeroDivisionError"),
    (ValueError("one\n  two"), "ValueError: one two"),
    (SystemExit(3), "SystemExit: 3"),
    (asyncio.CancelledError(), "CancelledError"),
]


async def test_what_it_gives_comes_out() -> None:
    assert (ask(lambda: 7), await ask_to_come(coming)) == (7, 7)


@pytest.mark.parametrize(("error", "text"), FAULTS)
async def test_what_it_raises_comes_out_as_one_exception_that_names_it(
    error: BaseException, text: str
) -> None:
    with pytest.raises(StrangersFault) as at_once:
        ask(lambda: failing(error))
    with pytest.raises(StrangersFault) as later:
        await ask_to_come(lambda: failing_later(error))
    assert (str(at_once.value), str(later.value), described(error)) == (text, text, text)
    assert at_once.value.__cause__ is later.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b")])
async def test_what_is_expected_comes_out_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)):
        ask(lambda: failing(error), KeyError, ValueError)
    with pytest.raises(type(error)):
        await ask_to_come(lambda: failing_later(error), KeyError, ValueError)


def test_a_key_that_ends_the_program_ends_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(lambda: failing(KeyboardInterrupt()))


async def test_a_task_that_is_cancelled_while_it_waits_is_cancelled() -> None:
    task = asyncio.create_task(ask_to_come(asyncio.Event().wait))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_of_what_is_raised_side_by_side_the_first_is_described() -> None:
    inner = ExceptionGroup("inner", [ValueError("no\nnumber"), KeyError("x")])
    assert described(BaseExceptionGroup("outer", [inner])) == "ValueError: no number"
