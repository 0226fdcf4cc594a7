"""What commands say of a service that began without its journal: that it does not know all yet."""

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.service.control import client
from interlock.service.control.protocol import Answer, Claims, Question, ReleasedClaims, Rules
from support.command import Interlock
from support.flat import FlatServer

INCOMPLETE = "the service waits for its journal: {} that only the journal holds are not among these\n"
MODE = "living_ac.hvacmode"


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        each: each(awaits_journal=True, **values)
        for each, values in ((Claims, {"claims": ()}), (Rules, {"rules": ()}), (ReleasedClaims, {"count": 0}))
    }

    async def ask(journal: JournalPlace, question: Question, answer: type[Answer]) -> Answer:
        return told[answer]  # type: ignore[index]

    monkeypatch.setattr(client, "ask", ask)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize(
    ("command", "what"), [(("claims",), "claims"), (("rules", "list"), "firings and switches of rules")]
)
def test_what_only_the_journal_holds_is_said_to_be_missing(
    command: tuple[str, ...], what: str, flat: FlatServer, interlock: Interlock
) -> None:
    done = interlock(*command, flat.site)
    assert (done.code, one_line(done.err)) == (0, INCOMPLETE.format(what).strip())


@pytest.mark.usefixtures("late")
def test_a_release_before_the_journal_has_come_is_said_to_hold_for_what_it_holds(
    flat: FlatServer, interlock: Interlock
) -> None:
    done = interlock("release", flat.site, MODE)
    assert (done.code, one_line(done.out)) == (
        0,
        f"{MODE}: nothing is known yet to hold it; what the journal holds of it is released when that comes",
    )
