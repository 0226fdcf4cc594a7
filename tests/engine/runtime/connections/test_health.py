"""When a connection that failed is asked again."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import AuthenticationFailed, RateLimited, Unreachable
from interlock.runtime.connections.health import Backoff, Health, Turn

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
TEN_S = timedelta(seconds=10)


class EvenDice(random.Random):
    """Throws the middle of the jitter, which is none."""

    def random(self) -> float:
        return 0.5


def test_delays_double_up_to_five_minutes() -> None:
    backoff = Backoff(TEN_S, EvenDice())
    delays = [backoff.fail(NOW).total_seconds() for _ in range(8)]
    assert delays == [10, 20, 40, 80, 160, 300, 300, 300]


def test_delays_vary_by_a_fifth_at_most() -> None:
    delays = [Backoff(TEN_S, random.Random(seed)).fail(NOW).total_seconds() for seed in range(200)]
    assert 8 <= min(delays) < 8.2
    assert 11.8 < max(delays) <= 12


def test_the_peers_own_wish_is_a_lower_bound() -> None:
    assert Backoff(TEN_S, EvenDice()).fail(NOW, timedelta(seconds=90)) == timedelta(seconds=90)


def test_a_backoff_is_over_exactly_at_its_end() -> None:
    backoff = Backoff(TEN_S, EvenDice())
    backoff.fail(NOW)
    assert not backoff.is_over(NOW + timedelta(seconds=9.999))
    assert backoff.is_over(NOW + TEN_S)


def test_success_starts_afresh_and_tells_whether_it_had_failed() -> None:
    backoff = Backoff(TEN_S, EvenDice())
    backoff.fail(NOW)
    backoff.fail(NOW)
    assert backoff.succeed() is True
    assert backoff.is_over(NOW)
    assert backoff.succeed() is False
    assert backoff.fail(NOW) == TEN_S


def test_a_single_failure_is_one_that_success_tells_of() -> None:
    backoff = Backoff(TEN_S, EvenDice())
    backoff.fail(NOW)
    assert backoff.succeed() is True


def test_a_backoff_is_over_when_the_clock_was_set_back_to_before_it() -> None:
    backoff = Backoff(TEN_S, EvenDice())
    backoff.fail(NOW)
    assert not backoff.is_over(NOW)
    assert backoff.is_over(NOW - timedelta(seconds=1))


def test_a_failure_after_a_recovery_is_told_again() -> None:
    health = Health(TEN_S, EvenDice())
    told = [health.note_failure(Unreachable("refused"), NOW)]
    health.note_success()
    told.append(health.note_failure(Unreachable("refused"), NOW))
    assert told == [Turn(True, "refused; asking again in 10 s, then more rarely")] * 2


def test_a_connection_is_lost_from_its_first_failure_to_its_next_answer() -> None:
    health = Health(TEN_S, EvenDice())
    lost = [health.is_lost]
    health.note_failure(Unreachable("refused"), NOW)
    lost.append(health.is_lost)
    health.note_success()
    lost.append(health.is_lost)
    assert lost == [False, True, False]


def test_a_connection_with_wrong_credentials_is_lost() -> None:
    health = Health(TEN_S, EvenDice())
    health.note_failure(AuthenticationFailed("wrong password"), NOW)
    assert health.is_lost


def test_a_failure_is_told_once_and_its_end_once() -> None:
    health = Health(TEN_S, EvenDice())
    turns = [
        health.note_failure(Unreachable("refused"), NOW),
        health.note_failure(Unreachable("refused"), NOW),
        health.note_success(),
        health.note_success(),
    ]
    assert turns == [
        Turn(True, "refused; asking again in 10 s, then more rarely"),
        None,
        Turn(False, "answers again"),
        None,
    ]


def test_a_failure_of_another_kind_is_told_again() -> None:
    health = Health(TEN_S, EvenDice())
    health.note_failure(Unreachable("refused"), NOW)
    turn = health.note_failure(RateLimited("too many", retry_after_s=60), NOW)
    assert turn == Turn(True, "too many; asking again in 66 s, then more rarely")


def test_wrong_credentials_stop_the_connection_for_good() -> None:
    health = Health(TEN_S, EvenDice())
    error = AuthenticationFailed("wrong password")
    assert health.note_failure(error, NOW) == Turn(
        True, "wrong password; it is not asked again until its settings change"
    )
    assert health.note_failure(error, NOW) is None
    assert health.stopped is error
    assert not health.may_ask(NOW + timedelta(days=365))


@pytest.mark.parametrize(("after_s", "may_ask"), [(9, False), (10, True)])
def test_a_failed_connection_may_be_asked_after_its_backoff(after_s: int, may_ask: bool) -> None:
    health = Health(TEN_S, EvenDice())
    assert health.may_ask(NOW)
    health.note_failure(Unreachable("refused"), NOW)
    assert health.may_ask(NOW + timedelta(seconds=after_s)) is may_ask


def test_what_fails_during_a_pause_does_not_make_it_longer() -> None:
    health = Health(TEN_S, EvenDice())
    for _ in range(60):
        health.note_failure(Unreachable("refused"), NOW)
    assert health.may_ask(NOW + TEN_S)


def test_a_pause_that_the_server_asks_for_during_another_prolongs_it() -> None:
    health = Health(TEN_S, EvenDice())
    health.note_failure(Unreachable("refused"), NOW)
    health.note_failure(RateLimited("too many", retry_after_s=60), NOW + timedelta(seconds=5))
    # A tenth longer, by even dice: whoever else was told the same returns at that time too.
    assert not health.may_ask(NOW + timedelta(seconds=70.9))
    assert health.may_ask(NOW + timedelta(seconds=71))


@pytest.mark.parametrize(("share", "after_s"), [(0.0, 60), (1.0, 72)])
def test_a_pause_that_the_server_asks_for_is_never_shorter_and_a_fifth_longer_at_most(
    share: float, after_s: float
) -> None:
    class Dice(EvenDice):
        def random(self) -> float:
            return share

    health = Health(TEN_S, Dice())
    health.note_failure(RateLimited("too many", retry_after_s=60), NOW)
    assert not health.may_ask(NOW + timedelta(seconds=after_s - 0.1))
    assert health.may_ask(NOW + timedelta(seconds=after_s))


def test_how_long_the_server_still_wants_to_be_left_alone_is_known_until_it_answers() -> None:
    health = Health(TEN_S, EvenDice())
    assert health.asked_pause_s(NOW) == 0
    health.note_failure(RateLimited("too many", retry_after_s=60), NOW)
    assert health.asked_pause_s(NOW + timedelta(seconds=20)) == 40
    assert health.asked_pause_s(NOW + timedelta(seconds=61)) == 0
    health.note_success()
    assert health.asked_pause_s(NOW + timedelta(seconds=20)) == 0


def test_a_pause_that_the_server_asked_for_is_over_when_the_clock_was_set_back_to_before_it() -> None:
    health = Health(TEN_S, EvenDice())
    health.note_failure(RateLimited("too many", retry_after_s=60), NOW)
    assert health.asked_pause_s(NOW - timedelta(hours=1)) == 0


def test_a_pause_that_the_server_asked_for_ends_before_a_longer_one_of_ours() -> None:
    health = Health(TEN_S, EvenDice())
    health.note_failure(RateLimited("too many", retry_after_s=5), NOW)
    assert [health.asked_pause_s(NOW + timedelta(seconds=at_s)) for at_s in (4.5, 6)] == [0.5, 0]
