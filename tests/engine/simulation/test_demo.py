"""What the demonstration claims is what the server saw."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.model import Value
from interlock.simulation.demo import FAN, FAST_PACE, MODE, PACE, POWER, SETPOINT, Pace, Proof

HELD: Mapping[str, Value | None] = {POWER: True, MODE: "cooling", SETPOINT: 22.0, FAN: "auto"}
DONE = Proof(url="http://127.0.0.1:1", requests=9, launches=1, held=HELD, peak_c=26.1, last_c=25.1)  # type: ignore[arg-type]


def test_nothing_is_missing_where_the_rule_did_its_work() -> None:
    assert DONE.missing == ()


@pytest.mark.parametrize(
    ("proof", "missing"),
    [
        (replace(DONE, held={**HELD, POWER: False}), "the air conditioner is not on: it holds off"),
        (replace(DONE, held={**HELD, MODE: "auto"}), "the air conditioner is not cooling: it holds auto"),
        (replace(DONE, launches=0), "the scene was launched 0 times instead of once"),
        (replace(DONE, launches=2), "the scene was launched 2 times instead of once"),
        (replace(DONE, last_c=25.2), "the room did not cool down: 25.2 °C after 26.1 °C"),
    ],
)
def test_each_claim_is_checked(proof: Proof, missing: str) -> None:
    assert proof.missing == (missing,)


def test_everything_that_is_missing_is_told() -> None:
    cold = replace(DONE, held={**HELD, POWER: None, MODE: "auto"}, launches=0, last_c=26.1)
    assert len(cold.missing) == 4


def test_the_speed_is_how_often_an_hour_goes_into_ours() -> None:
    assert Pace(hour_s=20, tick_s=0.5, poll=timedelta(seconds=1)).speed == 180


def test_one_can_watch_the_demo_and_wait_for_the_fast_one() -> None:
    afternoon_h = 2.0
    assert 40 <= afternoon_h * PACE.hour_s <= 60
    assert afternoon_h * FAST_PACE.hour_s < 10
