"""What the driver sends to set thermostats, what it refuses to send, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from interlock import (
    Answer,
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    Target,
    TimedOut,
    UnknownDevice,
    Value,
    Write,
)
from interlock.protocol_server import RawReply, Reply
from interlock_founten.wire import Unchanged
from support.founten_site import (
    NO_MATCH,
    Asked,
    Site,
    Thermostats,
    founten,
    item,
    pairs,
    refusing,
    result,
    settings_of,
    targets_of,
)
from support.founten_site import Answer as Said

pytestmark = pytest.mark.slow

LOBBY = targets_of("lobby", name="Lobby", attributes=["managed"])
HALL = targets_of("hall", serialNo="8A3-U1UW")
SALES = targets_of("sales", "group", groupName="Sales")
MANAGED = targets_of("managed", "group", where={"managed": "yes"})
CELSIUS = targets_of("lobby", name="Lobby", unit="celsius")


def lobby(**values: object) -> dict[str, object]:
    basis = {
        "name": "Lobby",
        "serialNo": "8A3-U1UX",
        "groupName": "Sales",
        "system": "Auto",
        "heatSetting": "68",
        "coolSetting": "72",
        "temperatureFormat": "Fahrenheit",
    }
    return {**basis, **values}


def hall(**values: object) -> dict[str, object]:
    return lobby(name="Hall", serialNo="8A3-U1UW", **values)


def sets(site: Site) -> list[tuple[str, str]]:
    return [(selection, value) for request, selection, value in site.calls if request == "set"]


async def test_one_moments_settings_travel_in_one_set() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.write((LOBBY["heatSetting"], 74), (LOBBY["coolSetting"], 78))
    assert answers == [74, 78]
    assert site.calls == [
        (
            "get",
            "name:Lobby;",
            "name;serialNo;temperatureFormat;heatSetting;coolSetting;minHeatSetting;maxHeatSetting;"
            "minCoolSetting;maxCoolSetting;",
        ),
        ("set", "name:Lobby;", "heatSetting:74;coolSetting:78;"),
        ("get", "name:Lobby;", "name;heatSetting;coolSetting;"),
    ]


async def test_the_receipt_shows_the_set_without_the_credentials() -> None:
    async with founten(Thermostats(lobby())) as site:
        (answer,) = await site.driver.write([Write(target=LOBBY["fan"], value="On")])
    assert isinstance(answer, Answer)
    assert answer.exchange == (
        "POST set Thermostat selection=name:Lobby; value=fan:On; -> 200 "
        '<?xml version="1.0" encoding="UTF-8"?> '
        "<result><success>1</success><message>Updated 1 thermostats.</message></result>"
    )


@pytest.mark.parametrize(
    ("controller", "given", "sent"),
    [
        ("heatSetting", 68, "68"),
        ("heatSetting", 68.0, "68"),
        ("heatSetting", "70", "70"),
        ("system", "heat", "Heat"),
        ("fan", True, "On"),
        ("systemType", "heat pump", "Heat Pump"),
        ("scheduleSetTimes", 3, "3"),
        ("scheduleSetTimes", "variable", "Variable"),
        ("anticipationDegrees", 0.1 + 0.2, "0.3"),
        ("calibrationOffet", -1.50, "-1.5"),
        ("calibrationOffset", 2, "2"),
        ("groupName", "Büro & #1 ", "Büro & #1 "),
        ("managed", "Yes", "Yes"),
        ("weight", 0, "0"),
        ("weight", 10**6, "1000000"),
        ("weight", -(10**6), "-1000000"),
    ],
)
async def test_values_travel_as_the_manual_writes_them(controller: str, given: Value, sent: str) -> None:
    thermostat = lobby()
    name = "calibrationOffet" if controller == "calibrationOffset" else controller
    async with founten(Thermostats(thermostat)) as site:
        await site.write((LOBBY[controller], given))
    assert sets(site) == [("name:Lobby;", f"{name}:{sent};")]
    assert thermostat[name] == sent


@pytest.mark.parametrize(
    ("controller", "given", "why"),
    [
        ("heatSetting", 20.5, "heatSetting cannot be 20.5: it takes an integer from -60 to 180"),
        ("heatSetting", float("nan"), "heatSetting cannot be nan: it takes an integer from -60 to 180"),
        ("heatSetting", float("inf"), "heatSetting cannot be inf: it takes an integer from -60 to 180"),
        ("heatSetting", 200, "heatSetting cannot be 200: it takes an integer from -60 to 180"),
        ("weight", -1_000_001, "weight cannot be -1e+06: 1000000 at most can be sent"),
        ("cycleRate", 10**7, "cycleRate cannot be 1e+07: 1000000 at most can be sent"),
        ("system", "Het", "system cannot be 'Het': it takes Off, Auto, Heat or Cool; did you mean 'Heat'?"),
        ("managed", "a;b", "managed cannot be 'a;b': its texts cannot hold ';'"),
        ("managed", "06:30", "managed cannot be '06:30': its texts cannot hold ':'"),
        ("managed", "a\nb", "managed cannot be 'a\nb': the protocol cannot carry '\\n'"),
    ],
)
async def test_what_cannot_be_is_not_sent(controller: str, given: Value, why: str) -> None:
    async with founten(Thermostats(lobby())) as site:
        (answer,) = await site.write((LOBBY[controller], given))
    assert answer == (RejectedValue, why)
    assert sets(site) == []


async def test_what_is_only_read_is_not_sent() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.write((LOBBY["temperature"], 70), (LOBBY["name"], "Lobby"))
    assert answers == [
        (NotSupported, f"lobby.{name} is not sent: the protocol only reads it")
        for name in ("temperature", "name")
    ]
    assert sets(site) == []


async def test_a_refused_value_costs_no_other() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.write((LOBBY["heatSetting"], 20.5), (LOBBY["fan"], "On"))
    assert [answers[0][0], answers[1]] == [RejectedValue, "On"]
    assert sets(site) == [("name:Lobby;", "fan:On;")]


@pytest.mark.parametrize(
    ("device", "selection"),
    [
        (LOBBY, "name:Lobby;"),
        (HALL, "serialNo:8A3-U1UW;"),
        (SALES, "groupName:Sales;"),
        (MANAGED, "managed:yes;"),
    ],
)
async def test_a_set_names_its_thermostats(device: Mapping[str, Target], selection: str) -> None:
    thermostats = Thermostats(lobby(managed="yes"), hall())
    async with founten(thermostats) as site:
        assert await site.write((device["fan"], "On")) == ["On"]
    assert sets(site) == [(selection, "fan:On;")]


async def test_values_for_one_attribute_travel_one_after_the_other() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.write((LOBBY["fan"], "On"), (LOBBY["system"], "Heat"), (LOBBY["fan"], "Auto"))
    assert answers == ["On", "Heat", "Auto"]
    assert [value for _, value in sets(site)] == ["fan:On;system:Heat;", "fan:Auto;"]


async def test_both_spellings_of_the_calibration_are_one_attribute() -> None:
    async with founten(Thermostats(lobby()), calibration="calibrationOffset") as site:
        await site.write((LOBBY["calibrationOffet"], 1), (LOBBY["calibrationOffset"], 2))
    assert [value for _, value in sets(site)] == ["calibrationOffset:1;", "calibrationOffset:2;"]


CROSSINGS = [
    ({"heatSetting": 73}, {}, "heatSetting not sent: heatSetting 73 would stand above coolSetting 72"),
    ({"coolSetting": 67}, {}, "coolSetting not sent: heatSetting 68 would stand above coolSetting 67"),
    (
        {"heatSetting": 80, "coolSetting": 75},
        {},
        "heatSetting and coolSetting not sent: heatSetting 80 would stand above coolSetting 75",
    ),
    (
        {"heatSetting": 59},
        {"minHeatSetting": "60"},
        "heatSetting not sent: minHeatSetting 60 would stand above heatSetting 59",
    ),
    (
        {"heatSetting": 71},
        {"maxHeatSetting": "70"},
        "heatSetting not sent: heatSetting 71 would stand above maxHeatSetting 70",
    ),
    (
        {"coolSetting": 69},
        {"minCoolSetting": "70"},
        "coolSetting not sent: minCoolSetting 70 would stand above coolSetting 69",
    ),
    (
        {"coolSetting": 81},
        {"maxCoolSetting": "80"},
        "coolSetting not sent: coolSetting 81 would stand above maxCoolSetting 80",
    ),
    (
        {"minHeatSetting": 66},
        {"maxHeatSetting": "65", "heatSetting": ""},
        "minHeatSetting not sent: minHeatSetting 66 would stand above maxHeatSetting 65",
    ),
    (
        {"maxCoolSetting": 65},
        {"minCoolSetting": "66", "coolSetting": ""},
        "maxCoolSetting not sent: minCoolSetting 66 would stand above maxCoolSetting 65",
    ),
]


@pytest.mark.parametrize(("wanted", "held", "why"), CROSSINGS)
async def test_no_setting_is_sent_past_another(
    wanted: dict[str, int], held: dict[str, object], why: str
) -> None:
    async with founten(Thermostats(lobby(**held))) as site:
        answers = await site.write(*((LOBBY[name], value) for name, value in wanted.items()))
    assert answers == [(RejectedValue, f"{why} of thermostat 'Lobby'")] * len(wanted)
    assert sets(site) == []


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        ({"heatSetting": 72}, {}),
        ({"heatSetting": 60, "minHeatSetting": 55}, {"minHeatSetting": "62"}),
        ({"heatSetting": 90}, {"coolSetting": "--"}),
        ({"heatSetting": 70}, {"maxHeatSetting": "", "minHeatSetting": "60"}),
        ({"fan": "On"}, {"heatSetting": "80"}),
    ],
)
async def test_what_passes_nothing_is_sent(wanted: dict[str, Value], held: dict[str, object]) -> None:
    async with founten(Thermostats(lobby(**held))) as site:
        answers = await site.write(*((LOBBY[name], value) for name, value in wanted.items()))
    assert answers == list(wanted.values())


async def test_what_passes_another_costs_only_what_it_concerns() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.write(
            (LOBBY["heatSetting"], 76), (LOBBY["coolSetting"], 74), (LOBBY["fan"], "On")
        )
    why = "heatSetting and coolSetting not sent: heatSetting 76 would stand above coolSetting 74"
    refused = (RejectedValue, f"{why} of thermostat 'Lobby'")
    assert answers == [refused, refused, "On"]
    assert sets(site) == [("name:Lobby;", "fan:On;")]


async def test_what_is_left_is_checked_again_with_what_is_held() -> None:
    async with founten(Thermostats(lobby(maxHeatSetting="60", heatSetting="50", coolSetting="55"))) as site:
        answers = await site.write((LOBBY["heatSetting"], 65), (LOBBY["coolSetting"], 70))
    why = "heatSetting not sent: heatSetting 65 would stand above maxHeatSetting 60 of thermostat 'Lobby'"
    assert answers == [(RejectedValue, why), 70]


async def test_every_member_of_a_group_is_checked() -> None:
    async with founten(Thermostats(lobby(), hall(coolSetting="69"))) as site:
        answers = await site.write((SALES["heatSetting"], 70))
    why = "heatSetting not sent: heatSetting 70 would stand above coolSetting 69 of thermostat 'Hall'"
    assert answers == [(RejectedValue, why)]
    assert sets(site) == []


async def test_an_unknown_thermostat_is_not_set() -> None:
    async with founten(Thermostats(hall())) as site:
        (answer,) = await site.write((LOBBY["fan"], "On"))
    assert answer == (UnknownDevice, f"get Thermostat of name:Lobby; finds no such thermostat: {NO_MATCH}")
    assert sets(site) == []


async def test_a_name_that_two_thermostats_carry_is_not_set() -> None:
    async with founten(Thermostats(lobby(), lobby())) as site:
        (answer,) = await site.write((LOBBY["fan"], "On"))
    why = "device lobby (name 'Lobby') stands for 2 thermostats: name it by its serialNo"
    assert answer == (UnknownDevice, why)
    assert sets(site) == []


async def test_a_site_that_selects_others_too_is_not_told_to_set() -> None:
    everybody = result(item(lobby()), item(hall()), item(lobby(name="lobby")))
    async with founten(lambda _: everybody) as site:
        (answer,) = await site.write((LOBBY["fan"], "On"))
    why = (
        "device lobby (name 'Lobby') is not set: the site selects 3 thermostats, of which only 1 answer to it"
    )
    assert answer == (RejectedValue, why)
    assert len(site.asked) == 1


class Stubborn(Thermostats):
    """Takes every set, and keeps what it holds where it was told to."""

    def __init__(self, *thermostats: dict[str, object], keeps: str = "", message: str = "") -> None:
        super().__init__(*thermostats)
        self._keeps = keeps
        self._message = message

    def __call__(self, asked: Asked) -> Said:
        held = [dict(each) for each in self.all]
        reply = super().__call__(asked)
        for each, before in zip(self.all, held, strict=True):
            if each["name"] == self._keeps:
                each.clear()
                each.update(before)
        return refusing(self._message) if self._message and asked.request == "set" else reply


async def test_a_thermostat_answers_what_it_made_of_a_value() -> None:
    async with founten(Stubborn(lobby(), keeps="Lobby")) as site:
        assert await site.write((LOBBY["heatSetting"], 70)) == [68]


async def test_a_member_that_did_not_follow_is_named() -> None:
    async with founten(Stubborn(lobby(), hall(), keeps="Hall")) as site:
        answers = await site.write((SALES["heatSetting"], 70), (SALES["fan"], "On"))
    assert answers == [
        (ProtocolFault, "sales.heatSetting: 1 of 2 thermostats do not hold 70 now: 'Hall'"),
        (ProtocolFault, "sales.fan: 1 of 2 thermostats do not hold On now: 'Hall'"),
    ]


async def test_a_group_that_followed_answers_its_value() -> None:
    async with founten(Thermostats(lobby(), hall())) as site:
        assert await site.write((SALES["heatSetting"], 70)) == [70]


UNCHANGED = "No thermostat attributes where changed."


async def test_nothing_changed_is_fine_where_all_is_as_it_shall_be() -> None:
    async with founten(Stubborn(lobby(), keeps="Lobby", message=UNCHANGED)) as site:
        answers = await site.write((LOBBY["heatSetting"], 68), (LOBBY["coolSetting"], 73))
    why = f"set Thermostat of name:Lobby; changed nothing: {UNCHANGED}"
    assert answers == [68, (Unchanged, why)]
    assert issubclass(Unchanged, RejectedValue)


async def test_an_empty_text_afterwards_is_what_the_thermostat_holds() -> None:
    def leave_empty(asked: Asked) -> Said:
        if asked.request == "set":
            return result()
        held = lobby(heatingType="")
        return result(item({name: held.get(name, "") for name in asked.attributes}))

    async with founten(leave_empty) as site:
        assert await site.write((LOBBY["heatingType"], "Big")) == [""]


class Afterwards(Thermostats):
    """Answers something else once it was set."""

    def __init__(self, *thermostats: dict[str, object], then: Said) -> None:
        super().__init__(*thermostats)
        self._then = then
        self._is_set = False

    def __call__(self, asked: Asked) -> Said:
        if self._is_set:
            return self._then
        self._is_set = asked.request == "set"
        return super().__call__(asked)


@pytest.mark.parametrize("then", [Reply(status=500), RawReply(reset=True), refusing("x"), result()])
async def test_a_site_that_cannot_be_read_back_has_taken_the_set_all_the_same(then: Said) -> None:
    async with founten(Afterwards(lobby(), then=then)) as site:
        (answer,) = await site.driver.write([Write(target=LOBBY["fan"], value="On")])
    assert isinstance(answer, Answer)
    assert answer.value is None
    assert "value=fan:On; -> 200" in answer.exchange
    assert "; not read back: " in answer.exchange
    assert len(sets(site)) == 1


async def test_a_thermostat_out_of_reach_leaves_it_open_whether_it_will_follow() -> None:
    async with founten(Thermostats(lobby(statusDisplay="Unreachable")), status_display=True) as site:
        (answer,) = await site.write((LOBBY["fan"], "On"))
    assert answer == (
        TimedOut,
        "the site took fan On, but thermostat 'Lobby' is not reached by its site: its values are frozen",
    )


async def test_wrong_credentials_end_a_moments_commands() -> None:
    async with founten(lambda _: Reply(status=403)) as site:
        answers = await site.write((LOBBY["fan"], "On"), (LOBBY["temperatureFormat"], "Celsius"))
    assert [kind for kind, _ in answers] == [AuthenticationFailed] * 2
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(status=503, headers=(("Retry-After", "7"),)), RawReply(reset=True), "<html></html>"]
)
async def test_whatever_breaks_before_the_set_nothing_was_set(reply: Said) -> None:
    async with founten(lambda _: reply) as site:
        (answer,) = await site.driver.write([Write(target=LOBBY["fan"], value="On")])
    assert isinstance(answer, CannotExecute)
    assert answer.message.startswith("nothing was set, because looking failed: ")
    assert not answer.may_have_acted
    assert answer.retry_after_s == (7 if isinstance(reply, Reply) else None)
    assert len(site.asked) == 1


def breaking(reply: Said) -> Thermostats:
    class Breaking(Thermostats):
        def __call__(self, asked: Asked) -> Said:
            return reply if asked.request == "set" else super().__call__(asked)

    return Breaking(lobby())


@pytest.mark.parametrize(
    ("reply", "may_have_acted"),
    [
        (RawReply(reset=True), True),
        (Reply(status=500), True),
        ("<html>", True),
        (Reply(status=429), False),
        (refusing("The dog ate it."), False),
        (refusing("Illegal value."), False),
    ],
)
async def test_a_set_that_breaks_is_sent_once_and_says_what_may_have_happened(
    reply: Said, may_have_acted: bool
) -> None:
    async with founten(breaking(reply)) as site:
        answers = await site.driver.write(
            [Write(target=LOBBY["fan"], value="On"), Write(target=LOBBY["system"], value="Off")]
        )
    assert answers[0] is answers[1]
    assert isinstance(answers[0], DriverError)
    assert answers[0].may_have_acted is may_have_acted
    assert answers[0].exchange.startswith(
        "POST set Thermostat selection=name:Lobby; value=fan:On;system:Off; -> "
    )
    assert len(sets(site)) == 1


CONVERSIONS = [
    # unit and the thermostat's format, controller, given, sent, answered
    (("celsius", "Fahrenheit"), "heatSetting", 21.5, "71", 21.67),
    (("celsius", "Fahrenheit"), "heatSetting", 20, "68", 20),
    (("celsius", "Fahrenheit"), "coolSetting", 22.5, "73", 22.78),
    (("celsius", "Fahrenheit"), "coolSetting", 27.3, "81", 27.22),
    (("celsius", "Celsius"), "heatSetting", 21, "21", 21),
    (("celsius", " celsius "), "heatSetting", 21, "21", 21),
    (("fahrenheit", "Celsius"), "heatSetting", 70, "21", 69.8),
    (("fahrenheit", "Fahrenheit"), "heatSetting", 70, "70", 70),
    (("celsius", "Fahrenheit"), "anticipationDegrees", 1, "1.8", 1),
    (("fahrenheit", "Celsius"), "calibrationOffet", -2, "-1.11", -2),
]


@pytest.mark.parametrize(("units", "controller", "given", "sent", "answered"), CONVERSIONS)
async def test_temperatures_are_converted_both_ways(
    units: tuple[str, str], controller: str, given: float, sent: str, answered: float
) -> None:
    unit, format_ = units
    target = targets_of("lobby", name="Lobby", unit=unit)[controller]
    thermostat = lobby(temperatureFormat=format_, heatSetting="-60", coolSetting="180")
    async with founten(Thermostats(thermostat)) as site:
        assert await site.write((target, given)) == [answered]
        assert await site.read(target) == {target.point: answered}
    assert sets(site) == [("name:Lobby;", f"{controller}:{sent};")]


async def test_the_connections_unit_counts_where_the_device_has_none() -> None:
    connection = settings_of(unit="celsius")
    target = targets_of("lobby", connection=connection, name="Lobby")["heatSetting"]
    async with founten(Thermostats(lobby()), unit="celsius") as site:
        assert await site.read(target) == {"lobby.heatSetting": 20}
        assert await site.write((target, 21.5)) == [21.67]
    assert (target.capability.unit, target.capability.type.value) == ("°C", "number")


async def test_a_half_degree_is_refused_where_the_thermostat_counts_in_that_unit() -> None:
    async with founten(Thermostats(lobby(temperatureFormat="Celsius", coolSetting="25"))) as site:
        (answer,) = await site.write((CELSIUS["heatSetting"], 20.5))
    assert answer == (RejectedValue, "heatSetting cannot be 20.5: it takes integers here")
    assert sets(site) == []


async def test_nothing_is_converted_by_a_format_that_nobody_knows() -> None:
    async with founten(Thermostats(lobby(temperatureFormat="Kelvin"))) as site:
        (written,) = await site.write((CELSIUS["heatSetting"], 20))
        read = await site.read(CELSIUS["heatSetting"], CELSIUS["fan"])
    why = "its temperatureFormat is 'kelvin' and not Fahrenheit or Celsius: nothing is converted"
    assert written == (ProtocolFault, why)
    assert read["lobby.heatSetting"] == (
        ProtocolFault,
        f"lobby.heatSetting of thermostat 'Lobby': {why}",
    )
    assert sets(site) == []


async def test_a_group_of_both_formats_is_not_set_by_one_value() -> None:
    sales = targets_of("sales", "group", groupName="Sales", unit="celsius")
    mixed = Thermostats(lobby(), hall(temperatureFormat="Celsius", heatSetting="18", coolSetting="25"))
    async with founten(mixed) as site:
        (refused, taken) = await site.write((sales["heatSetting"], 20), (sales["fan"], "On"))
    assert refused == (
        RejectedValue,
        "sales.heatSetting is not sent: some of device sales (groupName 'Sales') count in Fahrenheit and "
        "some in Celsius; set them one by one",
    )
    assert taken == "On"


async def test_a_change_of_format_counts_for_what_comes_after_it() -> None:
    async with founten(Thermostats(lobby(heatSetting="10", coolSetting="90"))) as site:
        await site.write((CELSIUS["temperatureFormat"], "celsius"), (CELSIUS["heatSetting"], 20))
    assert [value for _, value in sets(site)] == ["temperatureFormat:Celsius;", "heatSetting:20;"]


def test_a_fake_site_takes_pairs_apart_at_the_first_colon() -> None:
    assert pairs("startTime:06:30;a:b;") == [("startTime", "06:30"), ("a", "b")]
