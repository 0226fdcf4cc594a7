"""Names of devices and connections, and the hints for those that nothing has."""

import pytest

from interlock.config.names import connection_name_fault, device_name_fault, did_you_mean


@pytest.mark.parametrize("name", ["living_ac", "_x", "A1", "sun_blind", "ore", "on"])
def test_an_identifier_can_name_a_device(name: str) -> None:
    assert device_name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "1a", "living-ac", "a b", "küche", "a.b", "a\n", "{{ a }}"])
def test_what_expressions_could_not_hold_cannot_name_a_device(name: str) -> None:
    assert device_name_fault(name).startswith(f"'{name}' cannot name a device: use letters")


@pytest.mark.parametrize(
    "name", ["and", "or", "not", "in", "is", "if", "else", "true", "True", "none", "None", "trigger"]
)
def test_a_word_of_the_expressions_cannot_name_a_device(name: str) -> None:
    assert device_name_fault(name) == f"'{name}' cannot name a device: it is a word of the expressions"


@pytest.mark.parametrize("name", ["age", "available", "between", "now"])
def test_a_function_of_the_expressions_cannot_name_a_device(name: str) -> None:
    assert device_name_fault(name) == f"'{name}' cannot name a device: it is a function of the expressions"


@pytest.mark.parametrize("name", ["house", "bus-1", "3rd", "büro"])
def test_a_word_can_name_a_connection(name: str) -> None:
    assert connection_name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a\n"])
def test_what_is_no_word_cannot_name_a_connection(name: str) -> None:
    assert connection_name_fault(name) != ""


def test_a_hint_names_the_nearest_or_all_or_none() -> None:
    assert did_you_mean("huose", ["house", "shop"], "connections") == "did you mean 'house'?"
    assert did_you_mean("zzz", ["house", "shop"], "connections") == "connections: house, shop"
    assert did_you_mean("zzz", [], "connections") == "there are no connections"
