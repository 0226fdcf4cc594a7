"""The values that move through the engine."""

from datetime import UTC, datetime

import pytest

from interlock.model import (
    Command,
    Origin,
    OriginKind,
    Point,
    Quality,
    Reading,
    Value,
    format_command,
    format_value,
)

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)


def test_a_point_is_its_name_and_knows_its_parts() -> None:
    point = Point.of("living_ac", "hvacmode")
    assert (point, point.device, point.controller) == ("living_ac.hvacmode", "living_ac", "hvacmode")


@pytest.mark.parametrize(
    ("quality", "is_usable"),
    [(Quality.GOOD, True), (Quality.ASSUMED, True), (Quality.STALE, False), (Quality.FAULT, False)],
)
def test_only_good_and_assumed_readings_are_usable(quality: Quality, is_usable: bool) -> None:
    reading = Reading(point=Point("a.b"), value=0, observed_at=NOW, quality=quality)
    assert reading.is_usable is is_usable


def test_a_reading_without_a_value_is_not_usable() -> None:
    assert not Reading(point=Point("a.b"), value=None, observed_at=NOW).is_usable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "on"),
        (False, "off"),
        (26.0, "26"),
        (20.3, "20.3"),
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        ("cooling", "cooling"),
        ((255, 0, 7), "255, 0, 7"),
        (NOW, "2026-07-14T12:00:00+00:00"),
    ],
)
def test_a_value_is_written_as_in_yaml(value: object, text: str) -> None:
    assert format_value(value) == text  # type: ignore[arg-type]


def test_an_origin_names_who_commands() -> None:
    assert str(Origin(OriginKind.RULE, "cool-living-room", "3-1")) == "rule cool-living-room"
    assert str(Origin(OriginKind.HAND, "hand")) == "a hand"
    assert str(Origin(OriginKind.DEFAULT, "default")) == "its default"


@pytest.mark.parametrize(
    ("value", "fields", "text"),
    [
        (True, {}, "lamp.power = on"),
        (None, {}, "lamp.power"),
        (None, {"day": "Monday", "at": "06:30"}, "call lamp.power day=Monday at=06:30"),
        (None, {"name": "Lobby West", "heat": 21.0}, "call lamp.power name='Lobby West' heat=21"),
    ],
)
def test_commands_are_shown_as_people_write_them(
    value: Value | None, fields: dict[str, Value], text: str
) -> None:
    command = Command(
        id="1-1",
        point=Point("lamp.power"),
        value=value,
        origin=Origin(OriginKind.OPERATOR, "cli"),
        created_at=NOW,
        fields=fields,
    )
    assert format_command(command) == text
