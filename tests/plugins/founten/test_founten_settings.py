"""What a site file may say about a Founten site and its thermostats."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from interlock.loopback_tls import issue_loopback_tls
from interlock_founten.settings import FountenSettings, GroupSettings, ThermostatSettings
from support.founten_site import settings_of

WRITE = "write the site's address, such as https://shop.officeclimatecontrol.net"
ALONE = "write the address alone: username and password are settings of their own"


def message(model: type[BaseModel], **given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


def refusal(**given: object) -> str:
    basis = {"url": "https://shop.example", "username": "me", "password": "secret"}
    return message(FountenSettings, **{**basis, **given})


def test_address_and_credentials_are_enough() -> None:
    settings = settings_of()
    assert settings.model_dump() == {
        "poll": "1m",
        "timeout": "15s",
        "concurrency": 4,
        "rate": None,
        "daily": None,
        "stale_after": None,
        "url": "https://shop.example/api.cgi",
        "username": "myname@gmail.com",
        "password": settings.password,
        "method": "POST",
        "ca": None,
        "unit": None,
        "calibration": "calibrationOffet",
        "status_display": False,
        "history_times": "local",
    }
    assert (settings.poll, settings.timeout) == (timedelta(minutes=1), timedelta(seconds=15))


def test_the_password_is_not_shown() -> None:
    assert "my pass" not in repr(settings_of())


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://demo.officeclimatecontrol.net", "https://demo.officeclimatecontrol.net/api.cgi"),
        ("https://demo.officeclimatecontrol.net/", "https://demo.officeclimatecontrol.net/api.cgi"),
        ("https://demo.officeclimatecontrol.net/api.cgi", "https://demo.officeclimatecontrol.net/api.cgi"),
        ("https://x.example:8443/sites/1/", "https://x.example:8443/sites/1/api.cgi"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api.cgi"),
        ("http://127.8.8.8", "http://127.8.8.8/api.cgi"),
        ("http://[::1]:80", "http://[::1]:80/api.cgi"),
        ("http://localhost:1", "http://localhost:1/api.cgi"),
    ],
)
def test_an_address_ends_in_the_apis_page(given: str, url: str) -> None:
    assert settings_of(url=given).url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("shop.example", WRITE),
        ("ftp://shop.example", WRITE),
        ("https://", WRITE),
        (
            "https://me:pw@x.example",
            ALONE,
        ),
        (
            "https://x.example/?a=b",
            ALONE,
        ),
        ("https://x.example/#a", ALONE),
        *(
            (url, "it must be https: plain http would show the password to everybody on the way")
            for url in (
                "http://shop.example",
                "http://192.168.1.5",
                "http://localhost.example",
                "http://128.0.0.1",
            )
        ),
    ],
)
def test_an_address_that_would_betray_the_password_is_refused(url: str, why: str) -> None:
    assert refusal(url=url) == why


@pytest.mark.parametrize("method", ["get", "GET", "Post"])
def test_the_method_is_written_in_any_case(method: str) -> None:
    assert settings_of(method=method).method == method.upper()


@pytest.mark.parametrize(
    "given",
    [
        {"method": "PUT"},
        {"unit": "kelvin"},
        {"calibration": "x"},
        {"username": ""},
        {"password": ""},
        {"history_times": "utc"},
    ],
)
def test_other_settings_take_what_they_name(given: dict[str, object]) -> None:
    assert refusal(**given)


def test_a_private_authority_is_a_file_of_certificates(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    issue_loopback_tls(ca)
    assert settings_of(ca=str(ca)).ca == ca


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.pem", tmp_path / "text.pem"
    empty.write_text("no certificate")
    assert refusal(ca=str(missing)) == (
        f"'{missing}' cannot be read as certificates in PEM form: No such file or directory"
    )
    assert refusal(ca=str(empty)).startswith(f"'{empty}' cannot be read as certificates in PEM form: ")


@pytest.mark.parametrize("given", [{}, {"name": "A", "serialNo": "B"}])
def test_a_thermostat_has_one_address(given: dict[str, object]) -> None:
    assert message(ThermostatSettings, **given) == "a thermostat needs either its name or its serialNo"


@pytest.mark.parametrize("given", [{}, {"groupName": "A", "where": {"managed": "yes"}}])
def test_a_group_has_one_criterion(given: dict[str, object]) -> None:
    assert message(GroupSettings, **given) == (
        "a group needs either its groupName or a where, such as where: {managed: yes}"
    )


@pytest.mark.parametrize("where", [{}, {"a": "1", "b": "2"}])
def test_a_criterion_is_one_attribute(where: dict[str, str]) -> None:
    assert message(GroupSettings, where=where).startswith("where takes one attribute: ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("a;b", "'a;b' holds ';', which the protocol cannot carry"),
        ("a:b", "'a:b' holds ':', which the protocol cannot carry"),
        ("a\x00b", "'a\x00b' holds '\\x00', which the protocol cannot carry"),
    ],
)
def test_what_the_protocol_cannot_carry_is_refused_at_load(text: str, why: str) -> None:
    assert message(ThermostatSettings, name=text) == why
    assert message(ThermostatSettings, serialNo=text) == why
    assert message(GroupSettings, groupName=text) == why
    assert message(GroupSettings, where={"managed": text}) == why
    assert message(GroupSettings, where={text: "yes"}) == why


def test_blanks_and_signs_in_names_stay() -> None:
    assert ThermostatSettings(name=" Büro & #1 ").name == " Büro & #1 "


@pytest.mark.parametrize("name", ["heatSetting", "HEATSETTING", "name", "calibrationOffset"])
def test_an_attribute_of_every_thermostat_is_not_user_defined(name: str) -> None:
    why = f"'{name}' is an attribute of every thermostat and cannot be user-defined"
    assert message(ThermostatSettings, name="A", attributes=[name]) == why
    assert message(GroupSettings, where={name: "1"}) == why


def test_a_user_defined_attribute_that_is_read_can_stand_in_an_expression() -> None:
    why = "'floor 2' cannot name a controller: use letters, digits and underscores"
    assert message(ThermostatSettings, name="A", attributes=["floor 2"]) == why
    assert GroupSettings(where={"floor 2": "yes"}).criterion == ("floor 2", "yes")


def test_a_user_defined_attribute_is_named_once() -> None:
    why = "an attribute is named twice; case does not count"
    assert message(ThermostatSettings, name="A", attributes=["managed", "Managed"]) == why


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        (ThermostatSettings(name="A"), ("name:A",)),
        (ThermostatSettings(serialNo="8A3"), ("serialNo:8A3",)),
        (GroupSettings(groupName="Sales"), ("groupName:Sales",)),
        (GroupSettings(where={"managed": "yes"}), ("managed:yes",)),
    ],
)
def test_devices_are_told_apart_by_what_selects_them(
    settings: ThermostatSettings | GroupSettings, identity: tuple[str, ...]
) -> None:
    assert settings.identity == identity
