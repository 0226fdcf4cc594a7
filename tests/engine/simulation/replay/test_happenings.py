"""What else happens in a building: it comes to the same in a replay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import Point, Value
from interlock.model import Command, Origin, OriginKind
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.replay.groups import what_differs
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import Replayed, Sources, open_record, replay, span_of
from support.past_house import live
from support.past_week import FAN, MINUTE, MODE, POWER, SITE, START, TEMPERATURE, temperature

Happening = Callable[[House, int], Awaitable[object] | None]
"""Lets something happen in a house at a minute of the story."""
BOTH = pytest.mark.parametrize("own", list(Own))
CLI = Origin(OriginKind.OPERATOR, "cli")


def past(
    folder: Path,
    happening: Happening = lambda house, minute: None,
    *,
    start: datetime = START,
    hours: int = 24,
    tells: bool = False,
    dry_run: bool = False,
    site: str = SITE,
) -> None:
    """Write the site and the journal of some hours into a folder."""

    async def story(house: House) -> None:
        give(house, {TEMPERATURE: 24.0, MODE: "auto", POWER: False, FAN: "auto"})
        await house.switch_on()
        for minute in range(0, hours * 60, 20):
            if doing := happening(house, minute):
                await doing
            give(house, {TEMPERATURE: temperature(minute * MINUTE)})
            await house.wait_until(start + (minute + 20) * MINUTE)

    (folder / "site.yaml").write_text(site)
    live(folder, start, story, tells=tells, dry_run=dry_run)


def give(house: House, values: dict[Point, Value]) -> None:
    for point, value in values.items():
        house.equipment.set_value(point, value)


def replayed(
    folder: Path, *, own: Own, start: datetime = START, hours: int = 24, begins: int = 0
) -> Replayed:
    loaded = load(folder, environ={})
    with open_record(loaded.site, Sources()) as record:
        first, last = start + begins * 60 * MINUTE, start + hours * 60 * MINUTE
        return replay(loaded, record, span_of(record, loaded, first, last, MINUTE), own)


def told(found: Replayed) -> list[str]:
    assert found.comparison is not None
    return [f"{what_differs(each)}: {each.shown}" for each in found.comparison.differences]


@BOTH
def test_devices_may_have_told_of_changes(tmp_path: Path, own: Own) -> None:
    past(tmp_path, tells=True)
    found = replayed(tmp_path, own=own)
    assert (told(found), len(found.after)) == ([], 11)


def test_the_service_may_have_run_dry(tmp_path: Path) -> None:
    past(tmp_path, dry_run=True)
    found = replayed(tmp_path, own=Own.AS_RECORDED)
    assert (told(found), len(found.after)) == ([], 10)


@BOTH
def test_clocks_may_have_been_set_back(tmp_path: Path, own: Own) -> None:
    friday = datetime(2026, 10, 24, 22, 0, 3, tzinfo=UTC) - timedelta(days=1)
    past(tmp_path, start=friday, hours=72)
    found = replayed(tmp_path, own=own, start=friday, hours=72, begins=20)
    assert told(found) == []
    sent = {f"{each.at.astimezone(found.timezone):%d %H:%M}" for each in found.after if each.point == FAN}
    assert {"24 22:00", "25 22:00"} <= sent


@BOTH
def test_an_override_may_have_been_released(tmp_path: Path, own: Own) -> None:
    def happening(house: House, minute: int) -> None:
        if minute == 11 * 60:
            command = Command(
                id=house.engine.new_id(),
                point=MODE,
                value="dry",
                origin=CLI,
                created_at=house.clock.now(),
                priority=8,
                holds=True,
            )
            house.engine.submit([command])
        elif minute == 15 * 60:
            house.engine.arbiter.let_go(CLI, [MODE], "released by operator cli")

    past(tmp_path, happening)
    found = replayed(tmp_path, own=own)
    assert told(found) == []
    modes = [f"{each.at - START} {each.value}" for each in found.after if each.point == MODE]
    assert modes == ["10:00:00 cooling", "15:00:00 cooling"]


@BOTH
@pytest.mark.parametrize("begins", [0, 20])
def test_a_rule_may_have_been_switched_off(tmp_path: Path, own: Own, begins: int) -> None:
    def happening(house: House, minute: int) -> None:
        if minute == 15 * 60:
            house.engine.runner.switch("calm", is_on=False, by="operator cli")

    past(tmp_path, happening)
    found = replayed(tmp_path, own=own, begins=begins)
    assert told(found) == []
    assert [each for each in found.after if each.who == "rule calm"] == []


@BOTH
def test_an_operator_may_have_sent_something(tmp_path: Path, own: Own) -> None:
    def happening(house: House, minute: int) -> Awaitable[object] | None:
        return house.command({FAN: "average", Point("away.value"): True}) if minute == 11 * 60 else None

    past(tmp_path, happening)
    found = replayed(tmp_path, own=own)
    assert told(found) == []
    darkened = [str(each.at - START) for each in found.after if each.who == "rule dark"]
    assert "11:00:00" in darkened


@BOTH
def test_a_sensor_may_have_been_dead(tmp_path: Path, own: Own) -> None:
    def happening(house: House, minute: int) -> None:
        if minute == 8 * 60:
            house.equipment.lose_point(TEMPERATURE)
        elif minute == 14 * 60:
            house.equipment.find_point(TEMPERATURE)

    past(tmp_path, happening)
    found = replayed(tmp_path, own=own)
    assert told(found) == []
    assert [str(each.at - START) for each in found.after if each.who == "rule cool"] == ["14:00:00"] * 2


@BOTH
def test_power_may_have_been_cut(tmp_path: Path, own: Own) -> None:
    """In the middle of a delay, which goes on after the restart."""

    def happening(house: House, minute: int) -> Awaitable[object] | None:
        if minute == 9 * 60 + 20:
            return house.cut_power()
        return house.switch_on() if minute == 9 * 60 + 40 else None

    past(tmp_path, happening)
    found = replayed(tmp_path, own=own)
    assert told(found) == []
    away = [f"{each.at - START} {each.value}" for each in found.after if each.point == "away.value"]
    assert len(away) == 2


def test_hands_may_have_been_taken_back_at_once(tmp_path: Path) -> None:
    def happening(house: House, minute: int) -> None:
        if minute == 13 * 60:
            give(house, {MODE: "heating"})

    past(tmp_path, happening, site=SITE.replace("    default:", "    manual_hold: 0\n    default:"))
    assert told(replayed(tmp_path, own=Own.PLANT)) == []
    found = replayed(tmp_path, own=Own.AS_RECORDED)
    assert told(found) == ["missing: ac.hvacmode = cooling"]
    assert found.notes[-1] == "Hands that 'manual_hold: 0' takes back at once are not noticed: ac."


def test_a_device_may_have_been_deaf(tmp_path: Path) -> None:
    """The service sent it again and again: that is the device's doing, and no rule's."""

    def happening(house: House, minute: int) -> None:
        if minute == 9 * 60:
            house.equipment.deafen(POWER)
        elif minute == 11 * 60:
            house.equipment.cure(POWER)

    past(tmp_path, happening)
    found = replayed(tmp_path, own=Own.AS_RECORDED)
    assert told(found) == []
    [repeated] = (each for each in found.notes if "repeat" in each)
    assert repeated.startswith("Commands that only repeat one that had not come about are left out: ")
