"""A batch asks each thing once, and stops where asking on is useless."""

from __future__ import annotations

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
from interlock_thinknx.batch import Batch, Question
from interlock_thinknx.wire import Request, status_request
from support.thinknx_points import thinknx_target


def lamp(number: int) -> Target:
    return thinknx_target(f"lamp{number}.power", "light", guid=f"g{number}")


LAMPS = [lamp(number) for number in range(6)]


def requests(*targets: Target) -> tuple[Request, ...]:
    return tuple(status_request(target) for target in targets)


def batch_of(targets: list[Target], last: list[Target] | None = None) -> Batch:
    return Batch(targets, requests(*last or []))


def take(batch: Batch) -> Question:
    question = batch.take()
    assert question is not None
    return question


def ask_all(batch: Batch) -> list[str]:
    taken = []
    while (question := batch.take()) is not None:
        taken.append(question.request.parameters)
    return taken


def test_questions_come_in_the_order_of_their_targets() -> None:
    assert ask_all(batch_of(LAMPS[:3])) == ["guid=g0", "guid=g1", "guid=g2"]


def test_what_was_silent_the_last_time_comes_last() -> None:
    assert ask_all(batch_of(LAMPS[:4], last=[LAMPS[2], LAMPS[0]])) == [
        "guid=g1",
        "guid=g3",
        "guid=g2",
        "guid=g0",
    ]


def test_one_question_serves_all_points_of_one_request() -> None:
    fields = [thinknx_target(f"box.{name}", "server") for name in ("version", "pbx_users")]
    batch = batch_of([fields[0], LAMPS[0], fields[1]])
    assert take(batch).targets == fields
    assert take(batch).targets == [LAMPS[0]]
    assert batch.take() is None


def test_every_target_gets_its_answer() -> None:
    batch = batch_of(LAMPS[:2])
    fault = UnknownDevice("gone")
    batch.answer(take(batch).targets[0], True)
    batch.answer(take(batch).targets[0], fault)
    assert batch.finish() == {"lamp0.power": True, "lamp1.power": fault}
    assert batch.verdict is None


def test_a_point_that_cannot_be_read_is_not_asked_for() -> None:
    batch = batch_of([thinknx_target("gate.trigger", "button")])
    assert not batch.is_open
    assert isinstance(batch.finish()["gate.trigger"], NotSupported)


@pytest.mark.parametrize("error", [AuthenticationFailed("no"), Unreachable("away")])
def test_an_error_of_the_whole_connection_answers_for_all_that_was_not_asked(error: DriverError) -> None:
    batch = batch_of(LAMPS[:4])
    first, second = take(batch), take(batch)
    batch.answer(first.targets[0], error)
    assert (batch.verdict, batch.is_open, batch.take()) == (error, False, None)
    batch.answer(second.targets[0], True)
    assert batch.finish() == {
        "lamp0.power": error,
        "lamp1.power": True,
        "lamp2.power": error,
        "lamp3.power": error,
    }


def test_the_first_verdict_stays() -> None:
    batch = batch_of(LAMPS[:3])
    first, second = AuthenticationFailed("no"), Unreachable("away")
    questions = [take(batch), take(batch)]
    batch.answer(questions[0].targets[0], first)
    batch.fail(questions[1], second, "house:5051")
    assert batch.finish() == {"lamp0.power": first, "lamp1.power": second, "lamp2.power": first}


def fail(batch: Batch, error: DriverError) -> None:
    batch.fail(take(batch), error, "house:5051")


def test_three_silences_in_a_row_end_the_batch() -> None:
    batch = batch_of(LAMPS)
    silence = TimedOut("silence")
    for _ in range(2):
        fail(batch, silence)
    assert batch.is_open
    fail(batch, silence)
    verdict = batch.verdict
    assert isinstance(verdict, Unreachable)
    assert verdict.message == "house:5051 left 3 requests in a row unanswered"
    assert batch.silent == requests(*LAMPS[:3])
    answers = batch.finish()
    assert [answers[target.point] for target in LAMPS] == [silence] * 3 + [verdict] * 3


def test_two_silences_in_a_row_are_no_verdict() -> None:
    batch = batch_of(LAMPS[:2])
    for _ in range(2):
        fail(batch, TimedOut("silence"))
    assert batch.verdict is None


@pytest.mark.parametrize("answer", [True, UnknownDevice("gone")])
def test_where_something_was_answered_the_others_are_still_asked(answer: Value | DriverError) -> None:
    batch = batch_of(LAMPS)
    batch.answer(take(batch).targets[0], answer)
    silence = TimedOut("silence")
    for _ in range(4):
        fail(batch, silence)
    batch.answer(take(batch).targets[0], False)
    answers = batch.finish()
    assert [answers[target.point] for target in LAMPS] == [answer, *[silence] * 4, False]
    assert batch.verdict is None


def test_once_one_is_silent_again_the_others_that_were_wait_their_turn() -> None:
    batch = batch_of(LAMPS, last=LAMPS[1:])
    batch.answer(take(batch).targets[0], True)
    under_way, silence = take(batch), TimedOut("silence")
    fail(batch, silence)
    assert (batch.take(), batch.verdict) == (None, None)
    batch.answer(under_way.targets[0], False)
    answers = batch.finish()
    assert [answers[target.point] for target in LAMPS[:3]] == [True, False, silence]
    for target in LAMPS[3:]:
        error = answers[target.point]
        assert isinstance(error, TimedOut)
        what = f"powerstatus of device {target.device.name} (guid g{target.device.name[-1]})"
        assert error.message == f"{what} is silent, and waits its turn to be asked again"
    assert batch.silent == requests(*LAMPS[3:], LAMPS[2])


def test_what_was_never_silent_is_asked_however_many_others_are() -> None:
    batch = batch_of(LAMPS, last=LAMPS[3:])
    batch.answer(take(batch).targets[0], True)
    under_way = [take(batch) for _ in range(2)]
    fail(batch, TimedOut("silence"))
    assert ask_all(batch) == []
    for question in under_way:
        batch.fail(question, TimedOut("silence"), "house:5051")
    assert batch.silent == requests(*LAMPS[4:], LAMPS[3], *LAMPS[1:3])


def test_a_first_silence_puts_nothing_off() -> None:
    batch = batch_of(LAMPS, last=LAMPS[2:])
    batch.answer(take(batch).targets[0], True)
    fail(batch, TimedOut("silence"))
    assert ask_all(batch) == ["guid=g2", "guid=g3", "guid=g4", "guid=g5"]


def test_what_was_silent_and_answers_lets_the_others_be_asked_on() -> None:
    batch = batch_of(LAMPS, last=LAMPS)
    for _ in range(2):
        fail(batch, TimedOut("silence"))
    batch.answer(take(batch).targets[0], True)
    assert ask_all(batch) == ["guid=g3", "guid=g4", "guid=g5"]


def test_what_was_silent_stays_so_until_it_is_asked_again() -> None:
    assert batch_of(LAMPS[:2], last=LAMPS[2:]).silent == requests(*LAMPS[2:])
    away = batch_of(LAMPS[:3], last=LAMPS[1:3])
    fail(away, Unreachable("away"))
    assert away.silent == requests(*LAMPS[1:3])


def test_other_failures_are_no_silence() -> None:
    batch = batch_of(LAMPS)
    for _ in range(4):
        fail(batch, UnknownDevice("gone"))
    assert batch.is_open
    assert batch.silent == ()


def test_a_silence_after_the_verdict_changes_nothing() -> None:
    batch = batch_of(LAMPS)
    questions = [take(batch) for _ in range(4)]
    refusal = AuthenticationFailed("no")
    batch.answer(questions[0].targets[0], refusal)
    for question in questions[1:]:
        batch.fail(question, TimedOut("silence"), "house:5051")
    assert batch.verdict is refusal
