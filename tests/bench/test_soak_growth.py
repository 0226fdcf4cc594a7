"""What the live soak says of what a service holds as time goes by."""

from collections.abc import Callable

import pytest
from soak.held import Sample, growth_of


def samples(
    handles: Callable[[int], int] = lambda n: 20, mb: Callable[[int], float] = lambda n: 90
) -> list[Sample]:
    """Forty samples of a service that holds so much at each of them."""
    return [
        Sample(
            at_s=2.0 * n, rss_mb=mb(n), handles=handles(n), threads=8, cpu_s=0.1 * n, lines=n, journal_mb=0.1
        )
        for n in range(40)
    ]


def test_what_comes_and_goes_did_not_grow() -> None:
    assert growth_of(samples(handles=lambda n: 20 + n * 7 % 15)) == []
    assert growth_of(samples(handles=lambda n: 35 if n > 36 else 20)) == []


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (samples(handles=lambda n: 20 + n // 4), "handles grew from 22 to 27"),
        (samples(handles=lambda n: 20 + n // 3 + n * 7 % 15), "handles grew from 25 to 30"),
        (samples(mb=lambda n: 90 + n), "rss_mb grew from 109 to 129"),
    ],
)
def test_what_leaks_did(held: list[Sample], said: str) -> None:
    assert growth_of(held) == [said]
