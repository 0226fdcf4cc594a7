"""What is polled how often and why, and where a connection's limits do not let it be."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from interlock.service.loading import Loaded, load
from interlock.service.polls import ConnectionPolls, PollLine, plan_of

SITE = """
site: {name: Shop, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 127.0.0.1%s}
  shop: {driver: founten, url: "https://shop.example/api.cgi", username: a, password: !env SHOP, poll: 1m%s}
  bus: {driver: knx-raw, gateway: 127.0.0.1}
devices:
  living: {connection: house, type: thermostat, guid: a}
  lamp: {connection: house, type: light, guid: b}
  lobby: {connection: shop, type: thermostat, name: Lobby}
  hall: {connection: shop, type: thermostat, name: Hall}
  boiler: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
watch: [lamp.power, living.setpoint, lobby.temperature, hall.temperature]
rules:
  - id: warm
    triggers: [{change: living.actualtemp}]
    condition: boiler.value
    actions: [{log: it is warm}]
  - id: never
    enabled: false
    triggers: [{change: living.tempmode}]
    actions: [{log: it is never}]
"""
HINT = "poll more rarely, or watch less; interlock poll-plan shows what is read how often"


def loaded(folder: Path, *, house: str = "", shop: str = "") -> Loaded:
    path = folder / "site.yaml"
    path.write_text(dedent(SITE) % (house, shop))
    return load(path, environ={"SHOP": "correct horse"})


def planned(folder: Path, *, house: str = "", shop: str = "") -> Mapping[str, ConnectionPolls]:
    found = loaded(folder, house=house, shop=shop)
    return {
        polls.connection: polls for polls in plan_of(found.site, found.rules, found.interlocks).connections
    }


def outline(polls: ConnectionPolls) -> list[tuple[float, float, int, tuple[str, ...], tuple[str, ...], str]]:
    return [
        (each.poll_s, each.interval_s, each.requests, each.points, each.needed_by, each.urgency)
        for each in polls.polls
    ]


def test_what_rules_in_use_and_people_need_is_polled_as_the_site_says(tmp_path: Path) -> None:
    house = planned(tmp_path)["house"]
    points = ("living.actualtemp", "living.setpoint", "lamp.power")
    assert outline(house) == [(10, 10, 3, points, ("rule warm", "watch"), "trigger")]
    assert (house.wanted_per_minute, house.asked_per_minute, house.asked_per_day) == (18, 18, 25920)
    assert (house.rate, house.daily, house.allowed_per_minute, house.finding) == ("", None, None, "")
    assert isinstance(house.polls[0], PollLine)
    assert 0 <= house.polls[0].offset_s < 10
    assert house.polls[0].stale_after_s == 30


def test_where_one_request_asks_for_all_it_is_one_request(tmp_path: Path) -> None:
    shop = planned(tmp_path)["shop"]
    points = ("lobby.temperature", "hall.temperature")
    assert outline(shop) == [(60, 60, 1, points, ("watch",), "watch")]


def test_what_a_driver_is_told_of_is_not_polled(tmp_path: Path) -> None:
    bus = planned(tmp_path)["bus"]
    assert (bus.polls, bus.told, bus.asked_per_day) == ((), ("boiler.value",), 0)


def test_a_rate_that_does_not_suffice_slows_what_is_watched_and_is_a_finding(tmp_path: Path) -> None:
    house = planned(tmp_path, house=", rate: 15/min")["house"]
    assert outline(house) == [
        (10, 10, 1, ("living.actualtemp",), ("rule warm",), "trigger"),
        (10, 15, 2, ("living.setpoint", "lamp.power"), ("watch",), "watch"),
    ]
    assert (house.wanted_per_minute, house.asked_per_minute, house.allowed_per_minute) == (18, 14, 14)
    assert house.finding == (
        "its polls take 18 requests a minute, and rate: 15/1m lets it make 14: "
        "2 points are read more rarely, such as living.setpoint every 15s in place of 10s"
    )


def test_a_daily_budget_is_spread_over_the_day(tmp_path: Path) -> None:
    shop = planned(tmp_path, shop=", daily: 640")["shop"]
    assert [(each.interval_s, each.stale_after_s) for each in shop.polls] == [(150, 450)]
    assert shop.asked_per_day == 576
    assert shop.finding == (
        "its polls take 1 request a minute, and daily: 640 lets it make 0.4: 2 points are read more rarely, "
        "such as lobby.temperature every 2m30s in place of 1m"
    )


def test_both_limits_are_named(tmp_path: Path) -> None:
    house = planned(tmp_path, house=", rate: 15/min, daily: 5000")["house"]
    assert "and rate: 15/1m and daily: 5000 let it make 3.08" in house.finding


def test_one_point_is_one_point(tmp_path: Path) -> None:
    house = planned(tmp_path, house=", rate: 15/min")["house"]
    assert "2 points are" in house.finding
    path = tmp_path / "site.yaml"
    path.write_text(path.read_text().replace("lamp.power, living.setpoint", "living.setpoint"))
    path.write_text(path.read_text().replace("rate: 15/min", "rate: 10/min"))
    found = load(path, environ={"SHOP": "correct horse"})
    [finding, *_] = [each.finding for each in plan_of(found.site, found.rules, ()).connections]
    assert "1 point is read more rarely" in finding


def test_a_plan_that_cannot_be_kept_is_a_warning_where_the_limit_stands(tmp_path: Path) -> None:
    warnings = loaded(tmp_path, house=", rate: 15/min", shop=", daily: 640").warnings
    found = [(each.line, each.message.partition(", and")[0], each.hint) for each in warnings]
    assert found == [
        (4, "connection 'house': its polls take 18 requests a minute", HINT),
        (5, "connection 'shop': its polls take 1 request a minute", HINT),
    ]


def test_limits_that_suffice_are_no_warning(tmp_path: Path) -> None:
    assert loaded(tmp_path, house=", rate: 20/min, daily: 30000").warnings == ()
