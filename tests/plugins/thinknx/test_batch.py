"""A batch asks each thing once, and stops where asking on is useless."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from interlock import (
    AuthenticationFailed,
    DriverError,
    NotSupported,
    Target,
    TimedOut,
    UnknownDevice,
    Unreachable,
    Value,
)
from interlock_thinknx.batch import LOOKS, Batch, Question
from interlock_thinknx.memory import Memory, Standing
from interlock_thinknx.wire import Request, status_request
from support.thinknx_points import thinknx_target

SILENCE = TimedOut("silence")


def lamp(number: int) -> Target:
    return thinknx_target(f"lamp{number}.power", "light", guid=f"g{number}")


LAMPS = [lamp(number) for number in range(6)]


def requests(targets: Sequence[Target]) -> list[Request]:
    return [status_request(target) for target in targets]


def memory_of(standing: Standing, *, silent: Sequence[Target] = (), witness: Target | None = None) -> Memory:
    memory = Memory()
    if witness:
        memory.hear(status_request(witness))
    memory.standing = standing
    memory.miss(requests(silent))
    return memory


def batch_of(targets: Sequence[Target], memory: Memory | None = None) -> Batch:
    return Batch(targets, memory or Memory())


def take(batch: Batch) -> Question:
    question = batch.take()
    assert question is not None
    return question


def answer(batch: Batch, value: Value | DriverError) -> None:
    question = take(batch)
    batch.answer(question, {target.point: value for target in question.targets})


def fail(batch: Batch, times: int, error: DriverError = SILENCE) -> None:
    for _ in range(times):
        batch.fail(take(batch), error)


def order(batch: Batch) -> str:
    """Take all that is left to ask; return the numbers of the lamps."""
    taken = ""
    while (question := batch.take()) is not None:
        taken += question.request.parameters.removeprefix("guid=g")
    return taken


def test_questions_come_in_the_order_of_their_targets() -> None:
    assert order(batch_of(LAMPS[:3])) == "012"


@pytest.mark.parametrize("standing", Standing)
def test_what_was_silent_the_last_time_comes_last_longest_silent_first(standing: Standing) -> None:
    assert order(batch_of(LAMPS[:4], memory_of(standing, silent=[LAMPS[2], LAMPS[0]]))) == "1320"


def test_one_question_serves_all_points_of_one_request() -> None:
    fields = [thinknx_target(f"box.{name}", "server") for name in ("version", "pbx_users")]
    batch = batch_of([fields[0], LAMPS[0], fields[1]])
    assert take(batch).targets == fields
    assert take(batch).targets == [LAMPS[0]]
    assert batch.take() is None


def test_every_target_gets_its_answer() -> None:
    batch = batch_of(LAMPS[:2])
    fault = UnknownDevice("gone")
    answer(batch, True)
    answer(batch, fault)
    assert batch.finish("house") == {"lamp0.power": True, "lamp1.power": fault}
    assert batch.verdict is None


def test_a_point_that_cannot_be_read_is_not_asked_for() -> None:
    gate = thinknx_target("gate.trigger", "button")
    batch = batch_of([gate, LAMPS[0]])
    assert take(batch).targets == [LAMPS[0]]
    assert batch.take() is None
    assert type(batch.finish("house")["gate.trigger"]) is NotSupported


@pytest.mark.parametrize("error", [AuthenticationFailed("no"), Unreachable("away")])
def test_an_error_of_the_whole_connection_is_the_answer_of_all_that_were_not_asked(
    error: DriverError,
) -> None:
    memory = Memory()
    batch = batch_of(LAMPS[:3], memory)
    answer(batch, True)
    fail(batch, 1, error)
    assert (batch.take(), batch.is_open, batch.verdict) == (None, False, error)
    assert batch.finish("house") == {"lamp0.power": True, "lamp1.power": error, "lamp2.power": error}
    assert memory.standing is Standing.LOST


def test_the_first_verdict_stays() -> None:
    batch = batch_of(LAMPS[:3])
    first, second = AuthenticationFailed("no"), Unreachable("away")
    questions = [take(batch), take(batch)]
    batch.answer(questions[0], {LAMPS[0].point: first})
    batch.fail(questions[1], second)
    assert batch.finish("house") == {"lamp0.power": first, "lamp1.power": second, "lamp2.power": first}


def test_a_server_that_was_lost_is_given_up_after_three_silences() -> None:
    memory = memory_of(Standing.LOST)
    batch = batch_of(LAMPS, memory)
    fail(batch, 2)
    assert batch.is_open
    fail(batch, 1)
    assert not batch.is_open
    answers = batch.finish("house:5051")
    verdict = batch.verdict
    assert isinstance(verdict, Unreachable)
    assert verdict.message == "house:5051 left 3 requests in a row unanswered"
    assert [answers[target.point] for target in LAMPS] == [verdict] * 6
    assert memory.standing is Standing.LOST


def test_what_cannot_be_read_at_all_is_not_the_silent_servers_fault() -> None:
    gate = thinknx_target("gate.trigger", "button")
    batch = batch_of([gate, *LAMPS[:3]], memory_of(Standing.LOST))
    fail(batch, 3)
    answers = batch.finish("house")
    assert [type(answers[target.point]) for target in (gate, LAMPS[0])] == [NotSupported, Unreachable]


def test_a_lost_servers_points_are_asked_in_turns() -> None:
    memory = memory_of(Standing.LOST)
    for _ in range(2):
        batch = batch_of(LAMPS, memory)
        taken = [take(batch) for _ in range(3)]
        for question in taken:
            batch.fail(question, SILENCE)
        batch.finish("house")
    assert [question.request for question in taken] == requests(LAMPS[3:])


@pytest.mark.parametrize("standing", [Standing.NEW, Standing.UP])
def test_however_many_are_dead_the_living_one_is_looked_for(standing: Standing) -> None:
    crowd = [lamp(number) for number in range(41)]
    memory = memory_of(standing)
    batch = batch_of(crowd, memory)
    fail(batch, 2)
    assert not batch.is_brief
    fail(batch, 1)
    assert batch.is_brief
    fail(batch, 37)
    answer(batch, True)
    answers = batch.finish("house")
    assert (batch.verdict, answers["lamp40.power"]) == (None, True)
    assert memory.standing is Standing.UP
    assert memory.in_turn(requests(crowd))[0] == status_request(crowd[40])


def test_a_server_that_never_answered_is_looked_at_so_often_and_no_more() -> None:
    memory = Memory()
    crowd = [lamp(number) for number in range(LOOKS + 10)]
    batch = batch_of(crowd, memory)
    fail(batch, LOOKS - 1)
    assert batch.is_open
    fail(batch, 1)
    assert not batch.is_open
    batch.finish("house")
    assert isinstance(batch.verdict, Unreachable)
    assert take(batch_of(crowd, memory)).targets == [crowd[LOOKS]]


def test_two_silences_in_a_row_are_no_verdict() -> None:
    memory = memory_of(Standing.UP)
    batch = batch_of(LAMPS[:2], memory)
    fail(batch, 2)
    batch.finish("house")
    assert (batch.verdict, memory.standing) == (None, Standing.UP)
    assert [memory.is_silent(request) for request in requests(LAMPS[:3])] == [True, True, False]


@pytest.mark.parametrize("value", [True, UnknownDevice("gone")])
def test_where_something_was_answered_silence_is_the_devices(value: Value | DriverError) -> None:
    batch = batch_of(LAMPS, memory_of(Standing.LOST))
    answer(batch, value)
    fail(batch, 4)
    answer(batch, False)
    answers = batch.finish("house")
    assert [answers[target.point] for target in LAMPS] == [value, *[SILENCE] * 4, False]
    assert batch.verdict is None


def test_an_answer_to_another_read_counts_as_well() -> None:
    memory = memory_of(Standing.UP)
    batch = batch_of(LAMPS[:3], memory)
    memory.hear(status_request(LAMPS[5]))
    fail(batch, 3)
    assert batch.witness is None
    batch.finish("house")
    assert batch.verdict is None


def test_dead_devices_alone_ask_for_a_witness() -> None:
    memory = memory_of(Standing.UP, witness=LAMPS[5])
    batch = batch_of(LAMPS[:3], memory)
    fail(batch, 2)
    assert batch.witness is None
    fail(batch, 1)
    assert batch.witness == status_request(LAMPS[5])
    memory.hear(status_request(LAMPS[5]))
    answers = batch.finish("house")
    assert [answers[target.point] for target in LAMPS[:3]] == [SILENCE] * 3
    assert (batch.verdict, memory.standing) == (None, Standing.UP)


def test_a_silent_witness_makes_the_verdict_and_nobody_is_taken_for_dead() -> None:
    memory = memory_of(Standing.UP, witness=LAMPS[5])
    batch = batch_of(LAMPS[:3], memory)
    fail(batch, 3)
    batch.finish("house")
    assert isinstance(batch.verdict, Unreachable)
    assert memory.standing is Standing.LOST
    assert not any(memory.is_silent(request) for request in requests(LAMPS))


@pytest.mark.parametrize(
    "memory", [memory_of(Standing.LOST, witness=LAMPS[5]), memory_of(Standing.UP, witness=LAMPS[0])]
)
def test_no_witness_is_called_for_a_lost_server_or_one_that_was_asked(memory: Memory) -> None:
    batch = batch_of(LAMPS[:3], memory)
    fail(batch, 3)
    assert batch.witness is None


def test_once_one_is_silent_again_the_others_that_were_wait_their_turn() -> None:
    memory = memory_of(Standing.UP, silent=LAMPS[1:])
    batch = batch_of(LAMPS, memory)
    answer(batch, True)
    under_way = take(batch)
    fail(batch, 1)
    assert (batch.take(), batch.verdict) == (None, None)
    batch.answer(under_way, {LAMPS[1].point: False})
    answers = batch.finish("house")
    assert [answers[target.point] for target in LAMPS[:3]] == [True, False, SILENCE]
    for target in LAMPS[3:]:
        error = answers[target.point]
        assert isinstance(error, TimedOut)
        what = f"powerstatus of device {target.device.name} (guid g{target.device.name[-1]})"
        assert error.message == f"{what} is silent, and is asked again when its turn comes"
    assert order(batch_of(LAMPS, memory)) == "013452"


def test_the_silence_of_silent_devices_is_no_news_of_the_server() -> None:
    memory = memory_of(Standing.UP, silent=LAMPS)
    batch = batch_of(LAMPS, memory)
    for question in [take(batch) for _ in range(4)]:
        batch.fail(question, SILENCE)
    assert not batch.is_brief
    batch.finish("house")
    assert (batch.verdict, memory.standing) == (None, Standing.UP)


def test_what_was_silent_and_answers_lets_the_others_be_asked_on() -> None:
    batch = batch_of(LAMPS, memory_of(Standing.UP, silent=LAMPS))
    answer(batch, True)
    assert order(batch) == "12345"


def test_what_got_no_turn_is_first_the_next_time() -> None:
    memory = Memory()
    batch = batch_of(LAMPS[:4], memory)
    answer(batch, True)
    take(batch)
    answers = batch.finish("house")
    late = answers["lamp3.power"]
    assert isinstance(late, TimedOut)
    assert late.message == (
        "powerstatus of device lamp3 (guid g3) had no turn: "
        "the connection's rate or concurrency is too low for its points"
    )
    assert isinstance(answers["lamp1.power"], TimedOut)
    assert order(batch_of(LAMPS, memory)) == "230145"


def test_other_failures_are_no_silence() -> None:
    memory = Memory()
    batch = batch_of(LAMPS, memory)
    fail(batch, 4, UnknownDevice("gone"))
    assert batch.is_open
    assert not batch.is_brief
    answer(batch, True)
    batch.finish("house")
    assert not any(memory.is_silent(request) for request in requests(LAMPS))


def test_a_silence_after_the_verdict_changes_nothing() -> None:
    batch = batch_of(LAMPS)
    questions = [take(batch) for _ in range(4)]
    refusal = AuthenticationFailed("no")
    batch.answer(questions[0], {LAMPS[0].point: refusal})
    for question in questions[1:]:
        batch.fail(question, SILENCE)
    batch.finish("house")
    assert batch.verdict is refusal
