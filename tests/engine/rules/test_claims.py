"""The priority array: who wins, and what stands behind."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.model import Origin, OriginKind, Point, Value
from interlock.rules.claims import Claim, Claims, named

LAMP, FAN = Point("lamp.power"), Point("fan.power")
START = datetime(2026, 7, 14, 12, tzinfo=UTC)


def rule(name: str, firing: str = "") -> Origin:
    return Origin(OriginKind.RULE, name, firing)


def claim(
    owner: Origin, value: Value = True, *, priority: int = 16, minute: int = 0, point: Point = LAMP
) -> Claim:
    since = START + timedelta(minutes=minute)
    return Claim(point=point, value=value, priority=priority, owner=owner, since=since)


def test_the_smallest_number_is_the_strongest() -> None:
    weak, strong = claim(rule("a"), priority=12, minute=5), claim(rule("b"), priority=8)
    assert Claims([weak, strong]).array(LAMP) == (strong, weak)


def test_among_equals_the_newest_wins() -> None:
    old, new = claim(rule("a")), claim(rule("b"), minute=1)
    assert Claims([new, old]).winner(LAMP) == new


def test_of_the_same_instant_the_name_decides() -> None:
    first, second = claim(rule("a")), claim(rule("b"))
    operator = claim(Origin(OriginKind.OPERATOR, "z"))
    for order in itertools.permutations([second, operator, first]):
        assert Claims(order).array(LAMP) == (operator, first, second)


def test_an_owner_has_one_claim_on_a_point_whichever_firing_made_it() -> None:
    claims = Claims([claim(rule("a", "1-1")), claim(rule("a", "1-7"), False)])
    assert [each.value for each in claims.array(LAMP)] == [False]
    assert claims.get(LAMP, rule("a", "1-9")) == claim(rule("a", "1-7"), False)


def test_what_was_never_claimed_has_no_winner() -> None:
    claims = Claims()
    assert (claims.winner(LAMP), claims.array(LAMP), claims.points) == (None, (), frozenset())
    assert claims.get(LAMP, rule("a")) is None


def test_the_last_claim_that_goes_leaves_nothing() -> None:
    stands = claim(rule("a"))
    claims = Claims([stands])
    claims.drop(claim(rule("b")))
    assert claims.points == {LAMP}
    claims.drop(stands)
    assert claims.points == frozenset()
    claims.drop(stands)


def test_what_an_owner_holds_comes_by_the_names_of_the_points() -> None:
    claims = Claims([claim(rule("a")), claim(rule("b")), claim(rule("a"), point=FAN)])
    assert [each.point for each in claims.held_by(rule("a", "firing"))] == [FAN, LAMP]


def test_what_is_dropped_is_held_no_more() -> None:
    lamp, fan = claim(rule("a")), claim(rule("a"), point=FAN)
    claims = Claims([lamp, claim(rule("b")), fan])
    claims.drop(lamp)
    assert claims.held_by(rule("a")) == (fan,)
    claims.drop(fan)
    assert claims.held_by(rule("a")) == ()
    assert claims.held_by(rule("b")) == (claim(rule("b")),)


def test_a_name_is_the_same_without_a_firing() -> None:
    assert named(rule("a", "1-1")) == named(rule("a")) == rule("a")


OWNERS = st.sampled_from([rule("a"), rule("b"), Origin(OriginKind.HAND, "hand")])
CLAIMS = st.builds(
    lambda owner, value, priority, minute: claim(owner, value, priority=priority, minute=minute),
    OWNERS,
    st.booleans(),
    st.integers(1, 16),
    st.integers(0, 3),
)


@given(st.lists(CLAIMS, max_size=8), st.randoms(use_true_random=False))
def test_the_array_does_not_depend_on_the_order_in_which_owners_came(
    given_claims: list[Claim], dice: object
) -> None:
    last = {each.owner: each for each in given_claims}
    shuffled = list(last.values())
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    array = Claims(given_claims).array(LAMP)
    assert array == Claims(shuffled).array(LAMP)
    assert [each.priority for each in array] == sorted(each.priority for each in array)
    assert Claims(given_claims).winner(LAMP) == (array[0] if array else None)


MOVES = st.lists(st.tuples(st.booleans(), OWNERS, st.sampled_from([LAMP, FAN])), max_size=12)


@given(MOVES)
def test_an_owner_holds_what_it_has_in_the_arrays(moves: list[tuple[bool, Origin, Point]]) -> None:
    claims = Claims()
    for is_put, owner, point in moves:
        (claims.put if is_put else claims.drop)(claim(owner, point=point))
    for owner in (rule("a"), rule("b"), Origin(OriginKind.HAND, "hand")):
        held = [claims.get(point, owner) for point in (FAN, LAMP)]
        assert claims.held_by(owner) == tuple(each for each in held if each is not None)
