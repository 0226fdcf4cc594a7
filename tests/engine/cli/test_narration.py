"""The demo's story, line by line, and its summary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.cli.demo_summary import show_summary
from interlock.cli.narration import Narrator
from interlock.history.records import ConnectionEvent
from interlock.model import Outcome, Point, Quality
from interlock.service.loading import Loaded, load
from interlock.service.tally import Tally
from interlock.simulation.demo import FAN, MODE, POWER, SETPOINT, Hour, Proof
from support.flat import copy_flat
from support.journal_entries import START, command, firing, minute, reading, receipt

MIDNIGHT = datetime(2026, 7, 14, tzinfo=UTC)
PROOF = Proof(
    url="http://127.0.0.1:1234",
    requests=98,
    launches=1,
    held={POWER: True, MODE: "cooling", SETPOINT: 22.0, FAN: "auto"},
    peak_c=26.1,
    last_c=25.1,
)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load(copy_flat(tmp_path))


@pytest.fixture
def narrator(loaded: Loaded) -> Narrator:
    return Narrator(loaded.site)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_it_introduces_the_rules(
    narrator: Narrator, loaded: Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    narrator.introduce(loaded)
    lines = told(capsys)
    assert lines[0] == "Flat in Milan: a hot afternoon"
    assert any(line.startswith("  cool-living-room  when it gets too warm") for line in lines)


def test_a_reading_is_told_when_its_value_is_news(
    narrator: Narrator, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, value in enumerate((26.0, 26.0, 26.4)):
        narrator.tell(reading(value, at=minute(number)))
    assert told(capsys) == [
        "14:00:00  reads     living_thermostat.actualtemp = 26 °C",
        "14:02:00  reads     living_thermostat.actualtemp = 26.4 °C, was 26",
    ]


def test_a_reading_that_is_lost_is_told_with_the_reason(
    narrator: Narrator, capsys: pytest.CaptureFixture[str]
) -> None:
    narrator.tell(reading(26.0))
    narrator.tell(reading(None, quality=Quality.FAULT, reason="no answer"))
    assert told(capsys)[1] == "14:00:00  reads     living_thermostat.actualtemp = –, was 26 (no answer)"


def test_a_firing_is_told_with_its_reason(narrator: Narrator, capsys: pytest.CaptureFixture[str]) -> None:
    narrator.tell(firing())
    assert told(capsys) == [
        "14:00:00  fires     rule cool-living-room",
        "          because   every 1m: living_thermostat.actualtemp > 26 is true",
    ]


def test_a_command_is_told_and_what_the_server_answered(
    narrator: Narrator, capsys: pytest.CaptureFixture[str]
) -> None:
    order = command()
    narrator.tell(order)
    narrator.tell(receipt(order, exchange="GET /x -> 200 {}"))
    assert told(capsys) == [
        "14:00:00  sends     living_ac.hvacmode = cooling",
        "          answer    GET /x -> 200 {}",
        "14:00:00  receipt   living_ac.hvacmode = cooling: accepted",
    ]


def test_a_command_without_a_value_and_an_exchange(
    narrator: Narrator, capsys: pytest.CaptureFixture[str]
) -> None:
    order = command(point=Point("doorbell.trigger"), value=None)
    narrator.tell(order)
    narrator.tell(receipt(order, outcome=Outcome.FAILED))
    assert told(capsys) == [
        "14:00:00  sends     doorbell.trigger",
        "14:00:00  receipt   doorbell.trigger: failed",
    ]


def test_the_network_is_told(narrator: Narrator, capsys: pytest.CaptureFixture[str]) -> None:
    narrator.tell(ConnectionEvent(START, "house", "connection house: answers again"))
    assert told(capsys) == ["14:00:00  network   connection house: answers again"]


def test_the_flats_clock_is_told_each_half_hour(
    narrator: Narrator, capsys: pytest.CaptureFixture[str]
) -> None:
    for minutes in (894, 897, 900, 906, 936):
        narrator.tell(Hour(at=MIDNIGHT + timedelta(minutes=minutes), outdoor_c=33.2))
    assert [line.strip() for line in told(capsys)] == [
        "-- 14:30 in the flat, 33 °C outdoors --",
        "-- 15:00 in the flat, 33 °C outdoors --",
        "-- 15:30 in the flat, 33 °C outdoors --",
    ]


def test_what_is_told_is_counted(narrator: Narrator) -> None:
    narrator.tell(reading(26.4))
    narrator.tell(firing())
    narrator.tell(Hour(at=MIDNIGHT, outdoor_c=20))
    assert narrator.tally.firings == {"cool-living-room": 1}


def test_the_summary_has_points_rules_commands_and_the_servers_own_view(
    loaded: Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    for entry in (reading(24.5), reading(25.1), firing(), receipt(command(firing="1-1"))):
        tally.take(entry)
    show_summary(tally, PROOF, loaded.site)
    rows = [" ".join(line.split()) for line in told(capsys)]
    for row in (
        "living_thermostat.actualtemp 24.5 °C 25.1 °C",
        "cool-living-room 1x",
        "living_ac.hvacmode cooling accepted rule cool-living-room",
        "address http://127.0.0.1:1234",
        "requests 98",
        "scene launches 1",
        "living_ac.hvacmode now cooling",
        "living_ac.hvacpower now on",
        "The rule did its work: 26.1 °C at most, 25.1 °C at the end.",
    ):
        assert row in rows


def test_what_is_missing_is_an_error_line(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    show_summary(Tally(), replace(PROOF, launches=2), loaded.site)
    captured = capsys.readouterr()
    assert captured.err == "missing: the scene was launched 2 times instead of once\n"
    assert "did its work" not in captured.out


def test_only_the_time_is_dim_and_only_the_kind_is_colored(
    narrator: Narrator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    narrator.tell(command())
    assert capsys.readouterr().out == (
        "\x1b[2m14:00:00  \x1b[0m\x1b[36msends   \x1b[0m  living_ac.hvacmode = cooling\n"
    )
