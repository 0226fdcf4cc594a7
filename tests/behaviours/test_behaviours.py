"""Rules of the real world, from five families of systems, come to what they come to there, to the second."""

from pathlib import Path

import pytest

from support.behaviours import Behaviour, play_behaviour, read_behaviours

FAMILIES = {path.stem: read_behaviours(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))}
ALL = [
    pytest.param(each, id=f"{family}: {each.name}") for family, found in FAMILIES.items() for each in found
]


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ALL)
def test_a_behaviour_comes_to_the_second(behaviour: Behaviour, tmp_path: Path) -> None:
    assert play_behaviour(behaviour, tmp_path) == behaviour.expect


def test_no_two_behaviours_of_a_family_share_their_name() -> None:
    for found in FAMILIES.values():
        names = [each.name for each in found]
        assert sorted(set(names)) == sorted(names)
