"""What somebody asks of a running service: a defect in it is logged, and ends nothing else."""

import pytest

from interlock.errors import ConfigurationError, InterlockError, JournalError
from interlock.service.requests import attempt, keep_open


async def test_what_it_comes_to_is_returned(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> int:
        return 7

    assert (await attempt(work, "it failed"), caplog.text) == (7, "")


@pytest.mark.parametrize("error", [JournalError("full"), ConfigurationError([])])
async def test_what_cannot_be_done_is_said_by_its_error(
    error: InterlockError, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> int:
        raise error

    with pytest.raises(type(error)):
        await attempt(work, "it failed")
    assert caplog.text == ""


async def test_a_defect_is_returned_and_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    defect = ZeroDivisionError("by zero")

    async def work() -> int:
        raise defect

    assert await attempt(work, "it failed") is defect
    [record] = caplog.records
    assert (record.levelname, record.message, record.exc_info and record.exc_info[1]) == (
        "ERROR",
        "it failed",
        defect,
    )


CLOSED = "the door: closed by an error; the service goes on without, and start it again once that is mended"


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError("by a defect"), CLOSED), (JournalError("it is full"), f"{CLOSED}: it is full")],
)
async def test_a_door_that_an_error_closes_is_told_of(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def serve() -> None:
        raise error

    await keep_open("the door", serve)
    assert [(record.levelname, record.message) for record in caplog.records] == [("ERROR", said)]
