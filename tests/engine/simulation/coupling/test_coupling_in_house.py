"""A building behind the twins of a house in virtual time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.errors import WeatherError
from interlock.model import Point, Value
from interlock.service.loading import load
from interlock.simulation.coupling import HouseCoupling, couple, plan_of
from interlock.simulation.house import House
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.virtual_time import run_virtual
from support.planned_site import DEVICES, write_site

START = datetime(2026, 7, 14, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROOM, POWER, BLIND = (
    Point("living_thermostat.actualtemp"),
    Point("living_ac.hvacpower"),
    Point("living_blind.heightlevel"),
)
PLANT = "zones:\n  living: {people: 0, window: 0, starts_at: 24}"


class Heat:
    """35 °C, until an instant from which nothing is known."""

    def __init__(self, until: datetime | None = None) -> None:
        self._until = until

    def at(self, instant: datetime) -> Outdoors:
        """Return the heat."""
        if self._until and instant >= self._until:
            raise WeatherError(f"nothing is known of {instant}")
        return Outdoors(temperature_c=35)


def live(
    folder: Path,
    story: Callable[[House, HouseCoupling], Awaitable[None]],
    *,
    rules: str = "",
    tells: bool = False,
    weather: Heat | None = None,
    devices: str = DEVICES,
    plant: str = PLANT,
) -> None:
    """Live through a story in a house with a building."""
    write_site(folder, plant, devices)
    with (folder / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(rules)
    loaded = load(folder, environ={})

    async def main() -> None:
        house = House(loaded, START, tells=tells)
        coupling = couple(house, plan_of(loaded.site), weather=weather or Heat())
        await house.switch_on()
        await story(house, coupling)
        if house.is_on:
            await house.switch_off()
        coupling.close()

    run_virtual(main())


COOL = """
rules:
  - id: cool
    triggers: [{becomes: living_thermostat.actualtemp > 25}]
    actions: [{set: {living_ac.hvacmode: cooling, living_ac.hvacsetpoint: 22, living_ac.hvacpower: on}}]
"""


@pytest.mark.parametrize("tells", [False, True])
def test_rules_meet_a_living_room(tmp_path: Path, tells: bool) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + timedelta(hours=12))
        assert house.equipment.value(POWER) is True
        assert coupling.figures().zones["living"].highest_c == pytest.approx(25.1, abs=0.15)
        assert house.equipment.value(ROOM) == pytest.approx(22.7, abs=0.7)

    live(tmp_path, story, rules=COOL, tells=tells)


def test_the_building_is_at_the_instant_of_a_command(tmp_path: Path) -> None:
    heating = "zones:\n  living: {heating: {point: door.power, kind: electric, power: 1000}, thermostat: [],"
    heating += " hvac: [], blind: [], lamp: [], contact: []}"

    async def story(house: House, coupling: HouseCoupling) -> None:
        for seconds, is_on in ((100, True), (700, False)):
            await house.wait_until(START + timedelta(seconds=seconds))
            await house.command({Point("door.power"): is_on})
        await house.wait_until(START + 20 * MINUTE)
        [unit] = coupling.building.zones["living"].units
        assert unit.figures().electric_kwh == pytest.approx(600 / 3600, abs=1e-3)

    live(tmp_path, story, plant=heating)


def test_the_building_is_at_the_instant_of_a_hand(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        zone = coupling.building.zones["living"]
        for seconds, is_open in ((100, True), (700, False)):
            await house.wait_until(START + timedelta(seconds=seconds))
            await house.happen({Point("living_window.power"): is_open})
        await house.wait_until(START + 20 * MINUTE)
        assert zone.figures().window_open_h == pytest.approx(600 / 3600, abs=1e-3)

    live(tmp_path, story)


def test_a_closed_coupling_leaves_everything_as_it_is(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + 10 * MINUTE)
        coupling.close()
        before = house.equipment.value(ROOM)
        await house.wait_until(START + timedelta(hours=5))
        assert house.equipment.value(ROOM) == before

    live(tmp_path, story)


def test_weather_that_ends_stops_the_building_and_is_told_with_the_figures(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + timedelta(hours=3))
        with pytest.raises(WeatherError, match="nothing is known"):
            coupling.figures()
        assert house.is_on

    live(tmp_path, story, weather=Heat(until=START + timedelta(hours=1)))


def test_a_blind_moves_as_its_own_device_does(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        heights: list[Value | None] = []
        await house.wait_until(START + MINUTE)
        await house.command({Point("living_blind.updown"): "down"})
        begun = house.clock.now()
        for second in (1, 2, 3):
            await house.wait_until(begun + timedelta(seconds=second))
            heights.append(house.equipment.value(BLIND))
        assert heights[0] == pytest.approx(48, abs=3)
        assert heights[2] == 100
        await house.wait_until(begun + 3 * MINUTE)
        [blind] = coupling.building.blinds.values()
        assert blind.position_percent == 100

    live(tmp_path, story)


def test_feedback_comes_when_the_blind_has_arrived(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + MINUTE)
        begun = house.clock.now()
        [receipt] = await house.command({BLIND: 50})
        assert receipt.outcome.value == "accepted"
        assert (house.clock.now() - begun).total_seconds() == pytest.approx(1.05, abs=0.05)

    live(tmp_path, story)


def test_a_dimmer_that_is_switched_on_has_its_brightness_back(tmp_path: Path) -> None:
    level, power = Point("living_lamp.powerlevel"), Point("living_lamp.power")

    async def story(house: House, coupling: HouseCoupling) -> None:
        for point, value in ((level, 40), (power, False), (power, True)):
            await house.wait_until(house.clock.now() + MINUTE)
            await house.command({point: value})
        assert house.equipment.value(level) == 40

    live(tmp_path, story)


def test_a_device_that_lives_can_be_broken_and_deaf(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + MINUTE)
        house.equipment.deafen(BLIND)
        await house.command({BLIND: 70})
        assert house.equipment.value(BLIND) == 0
        house.equipment.cure(BLIND)
        house.equipment.lose_point(BLIND)
        [receipt] = await house.command({BLIND: 70})
        assert receipt.outcome.value in {"failed", "refused"}
        assert house.equipment.value(BLIND) == 0

    live(tmp_path, story)


def test_who_is_told_of_changes_hears_of_a_blind_that_moves(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        await house.wait_until(START + MINUTE)
        await house.command({Point("living_blind.updown"): "down"})
        await house.wait_until(START + 4 * MINUTE)
        reading = house.engine.state.reading(BLIND)
        assert reading is not None
        assert reading.value == 100

    rule = "rules: [{id: r, triggers: [{change: living_blind.heightlevel}], actions: [{log: it moves}]}]\n"
    live(tmp_path, story, tells=True, rules=rule)


def test_a_room_begins_as_warm_as_its_sensor_shows_already(tmp_path: Path) -> None:
    loaded = load(write_site(tmp_path, PLANT), environ={})

    async def main() -> None:
        house = House(loaded, START, tells=True)
        house.equipment.set_value(ROOM, 18.5)
        coupling = couple(house, plan_of(loaded.site), weather=Heat())
        assert coupling.building.zones["living"].temperature_c == 18.5
        assert coupling.building.zones["bath"].temperature_c == 25.0
        assert house.equipment.value(ROOM) == 18.5
        coupling.close()

    run_virtual(main())


def test_devices_begin_as_behind_their_server(tmp_path: Path) -> None:
    async def story(house: House, coupling: HouseCoupling) -> None:
        assert house.equipment.value(Point("living_ac.hvacsetpoint")) == 22.0
        assert house.equipment.value(Point("bath_setpoint.value")) == 21.0

    live(tmp_path, story)


def test_a_thermostat_of_its_own_will_follows_its_schedule_and_drives_its_stages(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: {name: Shop, timezone: America/Denver}\n"
        "connections:\n"
        "  shop: {driver: founten, url: 'http://127.0.0.1:8080', username: a@b.c, password: x}\n"
        "devices:\n  lobby: {connection: shop, type: thermostat, name: Lobby}\n"
        "plant:\n  every_zone: {people: 0, window: 0, starts_at: 20}\n",
        encoding="utf-8",
    )
    loaded = load(tmp_path, environ={})
    start = datetime(2026, 1, 5, 7, tzinfo=UTC)
    setting, status, room = (Point(f"lobby.{name}") for name in ("heatSetting", "runStatus", "temperature"))

    async def main() -> None:
        house = House(loaded, start, tells=False)
        coupling = couple(house, plan_of(loaded.site))
        await house.switch_on()
        add = Point("lobby.schedule_add")
        entry: dict[str, Value] = {
            "dayOfWeek": "Monday",
            "setTime": 1,
            "startTime": "06:30",
            "heatSetting": 73,
            "coolSetting": 80,
        }
        await _call(house, add, entry)
        await house.wait_until(start + timedelta(hours=6))
        assert house.equipment.value(setting) == 68
        await house.wait_until(start + timedelta(hours=6, minutes=31))
        assert (house.equipment.value(setting), house.equipment.value(status)) == (73, "Heat-Stage1")
        await house.wait_until(start + timedelta(hours=18))
        assert house.equipment.value(room) == pytest.approx(73, abs=0.8)
        gave = sum(unit.heating_kwh for unit in coupling.figures().units.values())
        assert gave > 2
        await house.switch_off()
        coupling.close()

    run_virtual(main())


async def _call(house: House, point: Point, fields: dict[str, Value]) -> None:
    from interlock.driver import Write

    target = house.site.targets[point]
    await house.equipment.perform(Write(target=target, value=None, fields=fields))


def test_two_runs_of_a_seed_are_equal(tmp_path: Path) -> None:
    def run() -> list[tuple[object, ...]]:
        seen: list[tuple[object, ...]] = []

        async def story(house: House, coupling: HouseCoupling) -> None:
            for hour in range(1, 13):
                await house.wait_until(START + timedelta(hours=hour))
                seen.append(tuple(house.equipment.value(point) for point in sorted(house.equipment.points())))

        live(tmp_path, story, rules=COOL, plant="")
        return seen

    assert run() == run()
