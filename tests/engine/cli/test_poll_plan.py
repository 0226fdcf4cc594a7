"""``interlock poll-plan``: what people read of it, and programs."""

import json
from pathlib import Path

import pytest

from interlock.cli.poll_plan import connection_lines
from interlock.service.polls import ConnectionPolls, PollLine
from support.command import Interlock
from support.flat import FlatServer
from support.live_service import live_service

SITE = """
site: {name: Shop, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 127.0.0.1, rate: 15/min, daily: 50000}
  bus: {driver: knx-raw, gateway: 127.0.0.1}
devices:
  living: {connection: house, type: thermostat, guid: a}
  lamp: {connection: house, type: light, guid: b}
  boiler: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
watch: [lamp.power, living.setpoint]
rules:
  - id: warm
    triggers: [{change: living.actualtemp}]
    condition: boiler.value
    actions: [{log: it is warm}]
"""


def line(count: int, **changes: object) -> PollLine:
    return PollLine.model_validate(
        {
            "points": tuple(f"d{number}.power" for number in range(count)),
            "urgency": "watch",
            "needed_by": ("watch",),
            "poll_s": 10,
            "interval_s": 10,
            "offset_s": 3.5,
            "requests": count,
            "stale_after_s": 30,
            **changes,
        }
    )


def shown(*lines: PollLine, **changes: object) -> list[str]:
    polls = {
        "connection": "house",
        "driver": "fake",
        "wanted_per_minute": 12,
        "asked_per_minute": 12,
        "asked_per_day": 17280,
        "polls": lines,
        "told": (),
        **changes,
    }
    return list(connection_lines(ConnectionPolls.model_validate(polls)))


def test_what_is_read_how_often_by_how_many_requests_and_for_whom() -> None:
    assert shown(line(2), line(1, interval_s=75, poll_s=60, urgency="trigger", needed_by=("rule a",))) == [
        "house (fake): 12 requests a minute, 17280 a day; no limit is set",
        "  every 10s at 3.5 s: 2 points by 2 requests (watch)",
        "    d0.power, d1.power",
        "    for watch",
        "  every 1m15s, in place of 1m, at 3.5 s: 1 point by 1 request (trigger)",
        "    d0.power",
        "    for rule a",
    ]


def test_limits_and_what_they_leave_to_polls() -> None:
    [first, *_] = shown(line(1), rate="15/1m", allowed_per_minute=14)
    assert first == "house (fake): 12 requests a minute, 17280 a day; of rate 15/1m, 14 a minute are"
    text = " ".join(shown(line(1), rate="15/1m", daily=500, allowed_per_minute=0.31))
    assert "of rate 15/1m and 500 a day, 0.31" in " ".join(text.split())


def test_nothing_is_polled_where_the_driver_is_told() -> None:
    assert shown(told=("a.value", "b.value")) == [
        "house (fake): nothing is polled",
        "  told by the driver, and not polled: a.value, b.value",
    ]


def test_long_lists_are_cut_and_no_line_is_wider_than_a_terminal() -> None:
    lines = shown(line(30, needed_by=tuple(f"rule number-{count}" for count in range(9))), finding="so " * 60)
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert "d7.power and 22 more" in text
    assert "rule number-7 and 1 more" in text
    assert "warning: so so" in text


def test_the_plan_of_a_site_as_text_and_as_json(interlock: Interlock, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    text, document = interlock("poll-plan", path), interlock("poll-plan", path, "--json")
    assert (text.code, document.code) == (0, 0)
    assert "every 15s, in place of 10s, at" in text.out
    assert "told by the driver, and not polled: boiler.value" in text.out
    told = json.loads(document.out)
    assert [(each["connection"], len(each["polls"])) for each in told["connections"]] == [
        ("house", 2),
        ("bus", 0),
    ]
    assert told["connections"][0]["polls"][0]["needed_by"] == ["rule warm"]


@pytest.mark.slow
def test_a_running_service_tells_its_plan(interlock: Interlock, flat: FlatServer) -> None:
    with live_service(flat, "rules: []\n"):
        done = interlock("poll-plan", flat.site, "--live", "--json")
    assert (done.code, done.err) == (0, "")
    assert [each["connection"] for each in json.loads(done.out)["connections"]] == ["house"]


def test_without_a_service_there_is_no_live_plan(interlock: Interlock, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    done = interlock("poll-plan", path, "--live")
    assert done.code != 0
    assert "no service runs" in done.err
