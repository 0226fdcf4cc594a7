"""The nights in which clocks are set, in virtual time: as the table of docs/explanation/time.md has them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock import Point
from interlock.history.journal import MemoryJournal
from interlock.history.records import Firing
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual

SITE = """
site: {{name: Night, timezone: {zone}}}
devices:
  flag: {{type: flag}}
schedules:
  open: {{daily: [["{opens}", "{closes}"]]}}
rules:
  - {{id: at, triggers: [{{at: "{at}"}}], actions: [{{log: x}}]}}
  - {{id: date, triggers: [{{date: "{day}T{at}"}}], actions: [{{log: x}}]}}
  - {{id: cron, triggers: [{{cron: "{minute} {hour} * * *"}}], actions: [{{log: x}}]}}
  - {{id: each-half-hour, triggers: [{{cron: "*/30 * * * *"}}], actions: [{{log: x}}]}}
  - {{id: every-30m, triggers: [{{every: 30m}}], actions: [{{log: x}}]}}
  - {{id: every-1h, triggers: [{{every: 1h}}], actions: [{{log: x}}]}}
  - {{id: every-6h, triggers: [{{every: 6h}}], actions: [{{log: x}}]}}
  - {{id: opens, triggers: [{{schedule: open, to: on}}], actions: [{{log: x}}]}}
  - {{id: closes, triggers: [{{schedule: open, to: off}}], actions: [{{log: x}}]}}
  - {{id: between, triggers: [{{becomes: "between('{opens}', '{closes}')"}}], actions: [{{log: x}}]}}
  - {{id: held, triggers: [{{becomes: flag.value, for: 2h}}], actions: [{{log: x}}]}}
  - id: late
    triggers: [{{change: flag.value, to: on}}]
    actions: [{{delay: 3h}}, {{set: {{flag.value: off}}}}]
  - {{id: off, triggers: [{{change: flag.value, to: off}}], actions: [{{log: x}}]}}
"""


def fired(path: Path, zone: str, day: str, *, at: str, opens: str, closes: str) -> dict[str, str]:
    """Return when each rule fires from midnight until seven, in UTC; the flag is on from 00:59 on."""
    hour, minute = at.split(":")
    text = SITE.format(
        zone=zone, day=day, at=at, hour=int(hour), minute=int(minute), opens=opens, closes=closes
    )
    (path / "site.yaml").write_text(text, encoding="utf-8")
    loaded = load(path, environ={})
    midnight = datetime.fromisoformat(day).replace(tzinfo=loaded.site.timezone).astimezone(UTC)

    async def main() -> MemoryJournal:
        journal = MemoryJournal()
        house = House(loaded, midnight - timedelta(seconds=30), tells=False, journal=journal)
        await house.switch_on()
        await house.wait_until(midnight + timedelta(minutes=59))
        await house.happen({Point("flag.value"): True})
        last = datetime.fromisoformat(f"{day}T07:00").replace(tzinfo=loaded.site.timezone).astimezone(UTC)
        await house.wait_until(last)
        await house.switch_off()
        return journal

    found: dict[str, list[str]] = {}
    for entry in run_virtual(main()).entries:
        if isinstance(entry, Firing):
            times = found.setdefault(entry.decision.rule.id, [])
            times.append(f"{entry.decision.at:%H:%M:%S}".removesuffix(":00"))
    return {rule: " ".join(times) for rule, times in found.items()}


def test_a_night_without_another_time(tmp_path: Path) -> None:
    halves = " ".join(f"{h:02}:{m:02}" for h in (20, 21, 22, 23, 0, 1, 2) for m in (0, 30))
    assert fired(tmp_path, "Asia/Dubai", "2026-03-29", at="02:30", opens="02:15", closes="02:45") == {
        "at": "22:30",
        "date": "22:30",
        "cron": "22:30",
        "each-half-hour": halves,
        "every-30m": halves,
        "every-1h": "20:00 21:00 22:00 23:00 00:00 01:00 02:00",
        "every-6h": "20:00 02:00",
        "opens": "22:15",
        "closes": "22:45",
        "between": "22:15",
        "held": "22:59",
        "late": "20:59",
        "off": "23:59",
    }


def test_in_rome_an_hour_is_missing(tmp_path: Path) -> None:
    halves = " ".join(f"{h:02}:{m:02}" for h in (23, 0, 1, 2, 3, 4) for m in (0, 30))
    assert fired(tmp_path, "Europe/Rome", "2026-03-29", at="02:30", opens="02:15", closes="03:15") == {
        "at": "01:00",
        "date": "01:00",
        "cron": "01:00",
        "each-half-hour": halves,
        "every-30m": halves,
        "every-1h": "23:00 00:00 01:00 02:00 03:00 04:00",
        "every-6h": "23:00 04:00",
        "opens": "01:00",
        "closes": "01:15",
        "between": "01:00",
        "held": "01:59",
        "late": "23:59",
        "off": "02:59",
    }


def test_in_rome_an_hour_comes_twice(tmp_path: Path) -> None:
    halves = " ".join(f"{h:02}:{m:02}" for h in (22, 23, 0, 1, 2, 3, 4, 5) for m in (0, 30))
    assert fired(tmp_path, "Europe/Rome", "2026-10-25", at="02:30", opens="02:15", closes="03:15") == {
        "at": "00:30",
        "date": "00:30",
        "cron": "00:30",
        "each-half-hour": halves,
        "every-30m": halves,
        "every-1h": "22:00 23:00 00:00 01:00 02:00 03:00 04:00 05:00",
        "every-6h": "22:00 05:00",
        "opens": "00:15",
        "closes": "02:15",
        "between": "00:15 01:15",
        "held": "00:59",
        "late": "22:59",
        "off": "01:59",
    }


def test_on_lord_howe_half_an_hour_is_missing(tmp_path: Path) -> None:
    halves = " ".join(f"{h}:{m:02}" for h in (13, 14, 15, 16, 17, 18, 19) for m in (0, 30))
    assert fired(
        tmp_path, "Australia/Lord_Howe", "2026-10-04", at="02:15", opens="02:15", closes="03:15"
    ) == {
        "at": "15:30",
        "date": "15:30",
        "cron": "15:30",
        "each-half-hour": halves.removeprefix("13:00 "),
        "every-30m": halves.removeprefix("13:00 "),
        "every-1h": "13:30 14:30 15:30 16:00 17:00 18:00 19:00",
        "every-6h": "13:30 19:00",
        "opens": "15:30",
        "closes": "16:15",
        "between": "15:30",
        "held": "16:29",
        "late": "14:29",
        "off": "17:29",
    }


def test_on_lord_howe_half_an_hour_comes_twice(tmp_path: Path) -> None:
    halves = " ".join(f"{h}:{m:02}" for h in (13, 14, 15, 16, 17, 18, 19, 20) for m in (0, 30))
    assert fired(
        tmp_path, "Australia/Lord_Howe", "2026-04-05", at="01:45", opens="01:15", closes="02:15"
    ) == {
        "at": "14:45",
        "date": "14:45",
        "cron": "14:45",
        "each-half-hour": halves.removesuffix(" 20:30"),
        "every-30m": halves.removesuffix(" 20:30"),
        "every-1h": "13:00 14:00 15:30 16:30 17:30 18:30 19:30",
        "every-6h": "13:00 19:30",
        "opens": "14:15",
        "closes": "15:45",
        "between": "14:15",
        "held": "15:59",
        "late": "13:59",
        "off": "16:59",
    }
