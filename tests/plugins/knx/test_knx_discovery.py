"""What a telegram shows of a group."""

from __future__ import annotations

import pytest

from interlock import Found
from interlock_knx.discovery import found_in, guess_dpt
from interlock_knx.telegrams import Payload, Telegram, TelegramKind


@pytest.mark.parametrize(
    ("payload", "dpt"),
    [
        (0, "1"),
        (1, "1"),
        (2, "3"),
        (15, "3"),
        (b"\x00", "5"),
        (b"\x0c\x1a", "9"),
        (b"\x00" * 4, "14"),
        (b"\x00" * 3, "10"),
        (b"\x00" * 8, "19"),
        (b"\x00" * 14, "16"),
        (b"\x00" * 5, None),
    ],
)
def test_the_length_of_a_payload_suggests_a_type(payload: Payload, dpt: str | None) -> None:
    assert guess_dpt(payload) == dpt


def heard(payload: Payload | None) -> Telegram:
    return Telegram(address="1/2/3", kind=TelegramKind.WRITE, source="1.1.5", payload=payload)


def test_a_group_is_found_with_what_was_heard() -> None:
    assert found_in(heard(b"\x0c\x1a")) == Found(
        name="group 1/2/3",
        type="group",
        settings={"address": "1/2/3", "dpt": "9"},
        description="heard 0c1a from 1.1.5; DPT 9 is a guess from the length, 2 bytes",
    )
    assert found_in(heard(1)) == Found(
        name="group 1/2/3",
        type="group",
        settings={"address": "1/2/3", "dpt": "1"},
        description="heard 1 from 1.1.5; DPT 1 is a guess from the length, less than a byte",
    )


@pytest.mark.parametrize("payload", [None, b"\x00" * 6])
def test_a_telegram_without_a_usable_value_shows_nothing(payload: Payload | None) -> None:
    assert found_in(heard(payload)) is None
