"""What goes wrong in a simulation: the grammar, when it comes, and what it does."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock import Point
from interlock.service.loading import Loaded
from interlock.simulation.faults import Fault, Kind, Mischief, Turn, read_faults, turns
from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual
from support.small_house import LAMP, MODE, TEMPERATURE, load_small_house

ROME = ZoneInfo("Europe/Rome")
HOUR = timedelta(hours=1)
MONDAY = date(2026, 7, 13)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load_small_house(tmp_path)


def stretch(day: date = MONDAY, *, days: int = 7) -> Stretch:
    first = datetime(day.year, day.month, day.day, tzinfo=ROME)
    return Stretch(begins=first.astimezone(UTC), ends=(first + days * 24 * HOUR).astimezone(UTC), zone=ROME)


def read(text: str, loaded: Loaded, within: Stretch | None = None) -> Fault:
    [fault] = read_faults([text], loaded, within or stretch())
    return fault


def spans(text: str, loaded: Loaded, within: Stretch | None = None) -> Sequence[str]:
    """When a fault comes, as local times."""
    within = within or stretch()
    found = read(text, loaded, within).when.spans(within, random.Random(0))
    return [f"{_local(begins)} to {_local(ends)}" for begins, ends in found]


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(ROME):%m-%d %H:%M %Z}"


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("house offline", Kind.OFFLINE, "house"),
        ("bus offline for 2h daily", Kind.OFFLINE, "bus"),
        ("house slow 3s 10m daily", Kind.SLOW, "house"),
        ("thermostat.actualtemp unavailable", Kind.UNAVAILABLE, "thermostat.actualtemp"),
        ("ac deaf 1h every 3d at 02:00", Kind.DEAF, "ac"),
        ("thermostat.actualtemp stuck at 19.5 weekly", Kind.STUCK, "thermostat.actualtemp"),
        ("thermostat.actualtemp offset -2 1h daily", Kind.OFFSET, "thermostat.actualtemp"),
        ("service down 5m weekly", Kind.DOWN, "service"),
    ],
)
def test_a_fault_says_what_is_wrong_with_what(text: str, kind: Kind, what: str, loaded: Loaded) -> None:
    if "stuck" in text:
        text = text.replace("weekly", "1h weekly")
    fault = read(text, loaded)
    assert (fault.text, fault.kind, fault.what) == (text, kind, what)


def test_what_else_it_says_is_read(loaded: Loaded) -> None:
    assert read("house slow 3s", loaded).lateness == timedelta(seconds=3)
    assert read("ac.hvacmode stuck at heating", loaded).value == "heating"
    assert read("ac.hvacmode stuck", loaded).value is None
    assert read("thermostat.actualtemp offset +1.5", loaded).offset == 1.5


def test_a_device_is_all_of_its_points(loaded: Loaded) -> None:
    points = read("ac deaf", loaded).points
    assert {MODE, Point("ac.hvacpower")} < set(points)
    assert all(point.device == "ac" for point in points)
    assert read("ac.hvacmode deaf", loaded).points == (MODE,)
    assert read("house offline", loaded).points == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("house offline", ["07-13 00:00 CEST to 07-20 00:00 CEST"]),
        ("house offline from 2026-07-18", ["07-18 00:00 CEST to 07-20 00:00 CEST"]),
        ("house offline from 2026-07-14T12:00 for 3h", ["07-14 12:00 CEST to 07-14 15:00 CEST"]),
        ("house offline 3h from 2026-07-14T12:00", ["07-14 12:00 CEST to 07-14 15:00 CEST"]),
        (
            "house offline from 2026-07-14T12:00 until 2026-07-15",
            ["07-14 12:00 CEST to 07-15 00:00 CEST"],
        ),
        ("house offline from 2026-07-12 for 2d", ["07-13 00:00 CEST to 07-14 00:00 CEST"]),
        (
            "house offline 10m every 3d at 02:00",
            [
                "07-13 02:00 CEST to 07-13 02:10 CEST",
                "07-16 02:00 CEST to 07-16 02:10 CEST",
                "07-19 02:00 CEST to 07-19 02:10 CEST",
            ],
        ),
        ("house offline 10m weekly on thu at 02:00", ["07-16 02:00 CEST to 07-16 02:10 CEST"]),
        ("house offline 10m weekly on thursday at 02:00", ["07-16 02:00 CEST to 07-16 02:10 CEST"]),
        ("house offline 1d weekly on sun", ["07-19 00:00 CEST to 07-20 00:00 CEST"]),
        ("house offline 10m weekly at 02:00", ["07-13 02:00 CEST to 07-13 02:10 CEST"]),
    ],
)
def test_it_comes_when_it_says(text: str, expected: Sequence[str], loaded: Loaded) -> None:
    assert spans(text, loaded) == expected


@pytest.mark.parametrize("when", ["from 2026-07-20", "1h from 2026-07-12", "from 2027-07-13T05:00 for 1h"])
def test_what_never_comes_is_a_mistake(when: str, loaded: Loaded) -> None:
    with pytest.raises(ValueError, match="it never comes in the time that is simulated"):
        spans(f"house offline {when}", loaded)


@pytest.mark.parametrize(
    "text",
    [
        "house offline",
        "house slow 20s",
        "thermostat.actualtemp offset +3",
        "thermostat.actualtemp stuck",
        "thermostat.actualtemp stuck at 21.5",
    ],
)
def test_a_fault_says_what_it_is_and_how_much(text: str, loaded: Loaded) -> None:
    [fault] = read_faults([f"{text} from 2026-07-14"], loaded, stretch())
    assert str(fault) == text


def test_without_a_time_of_day_one_is_drawn_for_each(loaded: Loaded) -> None:
    found = spans("house offline 2h daily", loaded)
    assert [each[:5] for each in found] == [f"07-{day}" for day in range(13, 20)]
    assert len({each[6:11] for each in found}) > 3
    assert all(each[:5] == each[20:25] or each.endswith("00:00 CEST") for each in found)


def test_a_weekday_alone_keeps_to_that_day(loaded: Loaded) -> None:
    found = spans("house offline 2h weekly on wed", loaded, stretch(days=60))
    assert len(found) == 9
    days = {datetime.strptime(f"2026-{each[:5]}", "%Y-%m-%d").strftime("%a") for each in found}  # noqa: DTZ007
    assert days == {"Wed"}


def test_a_pace_below_a_day_is_real_time_from_the_start(loaded: Loaded) -> None:
    found = spans("house offline 59m every 1h", loaded, stretch(days=1))
    assert [each[6:8] for each in found] == [f"{hour:02}" for hour in range(24)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 29), ["03-29 03:00 CEST to 03-29 03:10 CEST"]),
        (date(2026, 10, 25), ["10-25 02:30 CEST to 10-25 02:40 CEST"]),
    ],
)
def test_a_time_of_day_follows_the_clock_changes_as_triggers_do(
    day: date, expected: Sequence[str], loaded: Loaded
) -> None:
    assert spans("house offline 10m daily at 02:30", loaded, stretch(day, days=1)) == expected


def test_days_are_days_of_the_calendar(loaded: Loaded) -> None:
    found = spans("house offline from 2026-03-28T12:00 for 1d", loaded, stretch(date(2026, 3, 28)))
    assert found == ["03-28 12:00 CET to 03-29 12:00 CEST"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it says nothing: write for example house offline 2h daily"),
        ("hause offline", "the site has no connection, device or point 'hause'; did you mean 'house'?"),
        ("servise down", "the site has no connection, device or point 'servise'; did you mean 'service'?"),
        ("thermostat.actualtmp stuck", "did you mean 'thermostat.actualtemp'?"),
        (
            "house ofline",
            "'ofline' is not understood here: it must be one of offline and slow; did you mean 'offline'?",
        ),
        ("house", "what is wrong is missing: offline, slow"),
        ("ac offline", "'offline' is not understood here: it must be one of unavailable and deaf"),
        ("service offline", "it must be 'down'"),
        ("house slow", "a time is missing, how slow it is: write for example 10m, 2h or 3d"),
        ("house slow 20", "a duration needs its unit: write 20s or 20m"),
        ("house slow 0s", "the time, how slow it is, must be longer than 0"),
        ("house offline 2h", "when it comes is missing: write daily, weekly, every 3d"),
        ("house offline 2h dayly", "it must be one of daily, weekly, every and from; did you mean 'daily'?"),
        ("house offline daily", "'daily' is not understood here: it must be one of a length of time"),
        ("house offline 2h daily on mon", "'on' is not understood here: it must be 'at'"),
        ("house offline 2h weekly on moonday", "did you mean 'monday'?"),
        ("house offline 2h daily at 25:00", "'25:00' is no time of day: write for example 02:30"),
        ("house offline 2h daily at 2", "'2' is no time of day"),
        ("house offline 2h daily at 02:30 sharp", "'sharp' is not understood here"),
        ("house offline 1d daily", "it lasts 1d and comes every 1d: it must be over before it comes again"),
        ("house offline 10m every 5m", "it lasts 10m and comes every 5m"),
        ("house offline 10m every 5h at 02:00", "a time of day needs whole days, such as every 2d at 03:00"),
        ("house offline from tomorrow", "'tomorrow' is no date: write for example 2026-07-13"),
        ("house offline from 2026-07-14 until 2026-07-13", "it ends at 2026-07-13, which is not after"),
        ("house offline from 2026-07-14 to 2026-07-15", "it must be one of for and until"),
        ("house offline from 2026-03-29T02:30", "there is no 02:30 on 2026-03-29 in Europe/Rome"),
        ("ac.hvacmode stuck at coling", "ac.hvacmode cannot be 'coling'"),
        ("ac.hvacmode offset +3", "ac.hvacmode is no number, and has no offset"),
        ("thermostat.actualtemp offset", "'' is no offset: write for example +3 or -0.5"),
        ("thermostat.actualtemp offset nan", "'nan' is no offset"),
        ("thermostat.actualtemp offset 0", "'0' is no offset"),
        ("away.value deaf", "away.value is virtual: nothing can be wrong with it"),
        ("random dayly", "'dayly' is not understood here: it must be 'every'"),
        ("random every 5m", "random faults come every hour at most"),
    ],
)
def test_what_cannot_be_understood_says_why(text: str, message: str, loaded: Loaded) -> None:
    with pytest.raises(ValueError) as error:
        read(text, loaded)
    assert str(error.value).startswith(f"fault '{text}': ")
    assert message in str(error.value)


def test_random_faults_come_now_and_then_and_follow_from_the_seed(loaded: Loaded) -> None:
    within = stretch(days=60)
    faults = read_faults(["random"], loaded, within, seed=7)
    assert len(faults) == 20
    assert faults == read_faults(["random"], loaded, within, seed=7)
    assert faults != read_faults(["random"], loaded, within, seed=8)
    many = read_faults(["random every 6h"], loaded, within)
    assert {each.kind for each in many} == set(Kind) - {Kind.OFFSET}
    assert {each.what for each in many if each.kind is Kind.OFFLINE} == {"house", "bus"}
    assert all(each.points == (each.what,) for each in many if each.kind is Kind.STUCK)
    assert all(each.lateness for each in many if each.kind is Kind.SLOW)


@pytest.mark.parametrize(
    ("kind", "shortest", "longest"),
    [
        (Kind.OFFLINE, HOUR / 6, 3 * HOUR),
        (Kind.SLOW, HOUR / 6, HOUR),
        (Kind.UNAVAILABLE, HOUR / 2, 24 * HOUR),
        (Kind.DEAF, HOUR / 2, 6 * HOUR),
        (Kind.STUCK, HOUR, 12 * HOUR),
        (Kind.DOWN, HOUR / 60, HOUR / 6),
    ],
)
def test_random_faults_last_as_such_faults_do(
    kind: Kind, shortest: timedelta, longest: timedelta, loaded: Loaded
) -> None:
    within = stretch(days=200)
    many = [each for each in read_faults(["random every 6h"], loaded, within) if each.kind is kind]
    far = replace(within, ends=within.ends + 48 * HOUR)
    lengths = [ends - begins for each in many for begins, ends in each.when.spans(far, random.Random(0))]
    assert len(lengths) > 50
    assert shortest <= min(lengths) < max(lengths) <= longest
    assert max(lengths) - min(lengths) > (longest - shortest) / 2


def test_turns_come_in_order_ends_before_begins(loaded: Loaded) -> None:
    within = stretch(days=2)
    texts = ["house offline 1h daily at 03:00", "ac deaf 1h daily at 02:00", "bus offline from 2026-07-14"]
    found = turns(read_faults(texts, loaded, within), within, seed=0)
    assert [f"{_local(each.at)[:11]} {each.fault} {each.is_begin}" for each in found] == [
        "07-13 02:00 ac deaf True",
        "07-13 03:00 ac deaf False",
        "07-13 03:00 house offline True",
        "07-13 04:00 house offline False",
        "07-14 00:00 bus offline True",
        "07-14 02:00 ac deaf True",
        "07-14 03:00 ac deaf False",
        "07-14 03:00 house offline True",
        "07-14 04:00 house offline False",
    ]


def test_draws_follow_from_the_seed(loaded: Loaded) -> None:
    within = stretch()
    faults = read_faults(["house offline 1h daily"], loaded, within)

    def drawn(seed: int) -> Sequence[Turn]:
        return list(turns(faults, within, seed))

    assert drawn(1) == drawn(1) != drawn(2)


class Victim:
    """A house that faults happen to, at noon."""

    def __init__(self, loaded: Loaded) -> None:
        self.house = House(loaded, datetime(2026, 7, 13, 10, tzinfo=UTC), tells=True)
        self.house.equipment.set_value(TEMPERATURE, 24.0)
        self.house.equipment.set_value(LAMP, False)
        self._loaded = loaded
        self._mischief = Mischief(self.house)

    async def turn(self, text: str, *, is_begin: bool) -> None:
        fault = read(text, self._loaded)
        await self._mischief.take(Turn(at=self.house.clock.now(), fault=fault, is_begin=is_begin))
        await self.house.wait_beyond(self.house.clock.now() + timedelta(minutes=3))

    @property
    def seen(self) -> object:
        return self.house.engine.state.values.get(TEMPERATURE)


def suffer(loaded: Loaded, *story: tuple[str, bool]) -> Sequence[object]:
    """The temperature that the engine sees after each turn; ``off`` where it is off."""

    async def main() -> Sequence[object]:
        victim, seen = Victim(loaded), list[object]()
        await victim.house.switch_on()
        for text, is_begin in story:
            await victim.turn(text, is_begin=is_begin)
            seen.append(victim.seen if victim.house.is_on else "off")
        if victim.house.is_on:
            await victim.house.switch_off()
        return seen

    return run_virtual(main())


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("house offline", None),
        ("thermostat unavailable", None),
        ("thermostat.actualtemp unavailable", None),
        ("thermostat.actualtemp stuck at 30", 30.0),
        ("thermostat.actualtemp stuck", 24.0),
        ("thermostat.actualtemp offset +2.1", 26.1),
        ("service down", "off"),
    ],
)
def test_a_fault_is_felt_until_it_is_over(fault: str, seen: object, loaded: Loaded) -> None:
    assert suffer(loaded, (fault, True), (fault, False)) == [seen, 24.0]


def test_what_strikes_twice_is_over_when_both_are(loaded: Loaded) -> None:
    device, point = "thermostat unavailable", "thermostat.actualtemp unavailable"
    assert suffer(loaded, (device, True), (point, True), (device, False), (point, False)) == [
        None,
        None,
        None,
        24.0,
    ]


def test_the_last_of_two_false_values_is_shown(loaded: Loaded) -> None:
    stuck, offset = "thermostat.actualtemp stuck at 30", "thermostat.actualtemp offset +1"
    assert suffer(loaded, (stuck, True), (offset, True), (offset, False), (stuck, False)) == [30, 25, 30, 24]


def test_a_stuck_point_holds_on_to_what_it_showed(loaded: Loaded) -> None:
    async def main() -> object:
        victim = Victim(loaded)
        await victim.house.switch_on()
        await victim.turn("thermostat.actualtemp stuck", is_begin=True)
        await victim.house.happen({TEMPERATURE: 29.0})
        await victim.turn("house slow 1s", is_begin=True)
        seen = victim.seen
        await victim.house.switch_off()
        return seen

    assert run_virtual(main()) == 24.0


def test_a_deaf_device_is_cured(loaded: Loaded) -> None:
    async def main() -> Sequence[object]:
        victim = Victim(loaded)
        await victim.house.switch_on()
        await victim.turn("ac deaf", is_begin=True)
        await victim.house.command({MODE: "cooling"})
        deaf = victim.house.equipment.value(MODE)
        await victim.turn("ac deaf", is_begin=False)
        await victim.house.command({MODE: "heating"})
        await victim.house.switch_off()
        return deaf, victim.house.equipment.value(MODE)

    assert run_virtual(main()) == (None, "heating")


def test_a_slow_server_is_quick_again(loaded: Loaded) -> None:
    async def main() -> Sequence[object]:
        victim = Victim(loaded)
        await victim.house.switch_on()
        equipment, found = victim.house.equipment, []
        for is_begin in (True, False):
            await victim.turn("house slow 3s", is_begin=is_begin)
            found.append((equipment.lateness("house"), equipment.lateness("bus")))
        await victim.house.switch_off()
        return found

    three, none = timedelta(seconds=3), timedelta()
    assert run_virtual(main()) == [(three, three), (none, none)]
