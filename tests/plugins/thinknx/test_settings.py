"""What a site file may say about a Thinknx server and its devices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from interlock_thinknx.settings import (
    AnalogSettings,
    BlindSettings,
    DimmerSettings,
    ServerSettings,
    ThinknxCloudSettings,
    ThinknxDeviceSettings,
    ThinknxLocalSettings,
)


def local(**fields: object) -> ThinknxLocalSettings:
    return ThinknxLocalSettings.model_validate({"host": "192.168.1.20", **fields})


def message_for(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        local(**fields)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


def test_a_host_is_enough() -> None:
    settings = local()
    assert settings.model_dump() == {
        "poll": "10s",
        "timeout": "5s",
        "concurrency": 4,
        "rate": None,
        "daily": None,
        "stale_after": None,
        "method": "GET",
        "feedback": True,
        "feedback_timeout": "10s",
        "host": "192.168.1.20",
        "port": 5051,
        "auth": "none",
        "username": "",
        "password": settings.password,
    }
    assert settings.password.get_secret_value() == ""


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        ("192.168.1.20", "http://192.168.1.20:5051"),
        ("thinknx.local", "http://thinknx.local:5051"),
        ("thinknx.local.", "http://thinknx.local.:5051"),
        ("thinknx_1", "http://thinknx_1:5051"),
        ("fe80::1", "http://[fe80::1]:5051"),
        ("[fe80::1]", "http://[fe80::1]:5051"),
    ],
)
def test_a_host_is_a_name_or_an_address(host: str, base_url: str) -> None:
    assert local(host=host).base_url == base_url


@pytest.mark.parametrize(
    "host",
    [
        "",
        "http://192.168.1.20",
        "192.168.1.20:5051",
        "192.168.1.20/api",
        "192.168.1.300",
        "user@house",
        "two words",
        "-house",
        "house-",
        "a..b",
        "häuschen",
        "x" * 64,
    ],
)
def test_anything_else_is_no_host(host: str) -> None:
    assert message_for(host=host) == (
        f"'{host}' is no host: write a name or an IP address alone, for example 192.168.1.20 or thinknx.local"
    )


@pytest.mark.parametrize("port", [1, 8080, 65535])
def test_the_port_stands_in_the_url(port: int) -> None:
    assert local(port=port).base_url == f"http://192.168.1.20:{port}"


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_is_one_of_tcp(port: int) -> None:
    assert message_for(port=port).startswith("Input should be ")


@pytest.mark.parametrize(("written", "method"), [("get", "GET"), ("Post", "POST"), ("POST", "POST")])
def test_the_method_may_be_written_in_any_case(written: str, method: str) -> None:
    assert local(method=written).method == method


@pytest.mark.parametrize("method", ["PUT", 5])
def test_no_other_method_is_taken(method: object) -> None:
    assert message_for(method=method) == "Input should be 'GET' or 'POST'"


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_authentication_takes_username_and_password(auth: str) -> None:
    settings = local(auth=auth, username="integrator", password="pa:ss")
    assert (settings.username, settings.password.get_secret_value()) == ("integrator", "pa:ss")
    assert "pa:ss" not in repr(settings)


@pytest.mark.parametrize("auth", ["basic", "digest"])
@pytest.mark.parametrize("given", [{}, {"username": "integrator"}, {"password": "secret"}])
def test_authentication_needs_both(auth: str, given: dict[str, str]) -> None:
    assert message_for(auth=auth, **given) == f"auth {auth} needs both username and password"


@pytest.mark.parametrize("given", [{"username": "integrator"}, {"password": "secret"}])
def test_credentials_without_authentication_are_a_mistake(given: dict[str, str]) -> None:
    assert message_for(**given) == (
        "username and password need auth: write auth: basic or auth: digest beside them"
    )


def test_waiting_for_no_time_is_a_mistake() -> None:
    for fields in ({"feedback_timeout": "0"}, {"feedback_timeout": "-1s"}):
        with pytest.raises(ValidationError):
            local(**fields)
        with pytest.raises(ValidationError):
            ThinknxDeviceSettings.model_validate({"guid": "a", **fields})


@pytest.mark.parametrize("guid", ["x", "Ёж+/==", "1IzPszHWAUuvzxtXBMrkzWQ" * 9, "a b"])
def test_a_guid_is_taken_as_it_is(guid: str) -> None:
    assert ThinknxDeviceSettings(guid=guid).guid == guid


@pytest.mark.parametrize("guid", [" a b", "a b ", "a b\n", "\ta b\u00a0"])
def test_a_guid_has_no_blank_at_its_ends(guid: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ThinknxDeviceSettings(guid=guid)
    assert caught.value.errors()[0]["msg"] == (
        f"Value error, '{guid}' begins or ends with a blank: write 'a b'"
    )


@pytest.mark.parametrize("guid", ["", "  "])
def test_a_guid_is_not_empty(guid: str) -> None:
    with pytest.raises(ValidationError):
        ThinknxDeviceSettings(guid=guid)


def test_a_device_follows_its_connection_unless_it_says_otherwise() -> None:
    plain = ThinknxDeviceSettings(guid="a")
    own = ThinknxDeviceSettings.model_validate({"guid": "a", "feedback": False, "feedback_timeout": "1m"})
    assert (plain.feedback, plain.feedback_timeout) == (None, None)
    assert (own.feedback, own.feedback_timeout) == (False, timedelta(minutes=1))


def test_what_else_devices_say_is_off_by_default() -> None:
    assert DimmerSettings(guid="a").light is None
    assert BlindSettings(guid="a").inverted is False
    analog = AnalogSettings(guid="a")
    assert (analog.min, analog.max, analog.unit) == (None, None, "")


def test_a_light_index_is_not_negative() -> None:
    assert DimmerSettings(guid="a", light=0).light == 0
    with pytest.raises(ValidationError):
        DimmerSettings(guid="a", light=-1)


def test_analog_limits_are_ordered_and_finite() -> None:
    with pytest.raises(ValidationError, match="min 5 must be below max 5"):
        AnalogSettings(guid="a", min=5, max=5)
    with pytest.raises(ValidationError):
        AnalogSettings(guid="a", min=float("nan"))
    with pytest.raises(ValidationError):
        AnalogSettings(guid="a", max=float("inf"))
    assert AnalogSettings(guid="a", min=5).max is None


def test_the_server_has_no_guid() -> None:
    with pytest.raises(ValidationError):
        ServerSettings.model_validate({"guid": "a"})


def cloud(**fields: object) -> ThinknxCloudSettings:
    return ThinknxCloudSettings.model_validate({"key": "K3Y", **fields})


def cloud_message_for(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        cloud(**fields)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


def test_a_key_is_enough_for_the_vendors_cloud() -> None:
    settings = cloud()
    assert (settings.base_url, settings.ca) == ("https://data.thinknx.eu", None)
    assert settings.keyed_url == "https://data.thinknx.eu/K3Y"


def test_a_key_is_percent_encoded_into_the_url() -> None:
    assert cloud(key="a+b=?#%").keyed_url == "https://data.thinknx.eu/a%2Bb%3D%3F%23%25"


@pytest.mark.parametrize(
    ("written", "base_url"),
    [
        ("https://thinknx.example.com", "https://thinknx.example.com"),
        ("https://10.0.0.5:8443/", "https://10.0.0.5:8443"),
        ("https://[fe80::1]:8443/thinknx/", "https://[fe80::1]:8443/thinknx"),
        ("HTTPS://Thinknx.example.com", "HTTPS://Thinknx.example.com"),
    ],
)
def test_a_cloud_on_premise_is_an_https_url(written: str, base_url: str) -> None:
    assert cloud(base_url=written).base_url == base_url


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("http://data.thinknx.eu", "the key would travel for everyone to read: it must begin with https:"),
        ("http://127.0.0.1:5051", "the key would travel for everyone to read: it must begin with https:"),
        ("HTTP://data.thinknx.eu", "the key would travel for everyone to read: it must begin with https:"),
        ("data.thinknx.eu", "'data.thinknx.eu' is no https URL: write for example"),
        ("ftp://data.thinknx.eu", "'ftp://data.thinknx.eu' is no https URL: write for example"),
        ("https://", "'https://' is no https URL: write for example"),
        ("https://x:99999", "'https://x:99999' is no URL: write for example"),
        ("https://[::1", "'https://[::1' is no URL: write for example"),
        ("https://me@10.0.0.5", "only a host, a port and a path can stand here: write for example"),
        ("https://10.0.0.5/?x", "only a host, a port and a path can stand here: write for example"),
        ("https://10.0.0.5/#x", "only a host, a port and a path can stand here: write for example"),
        ("https://a b", "'a b' is no host: "),
        ("https://1.2.3.400", "'1.2.3.400' is no host: "),
    ],
)
def test_what_is_no_https_url_is_refused(written: str, message: str) -> None:
    assert cloud_message_for(base_url=written).startswith(message)


@pytest.mark.parametrize("key", ["", " ", "a b", "a/api/v1", "https://data.thinknx.eu/a", ".", "..", "a\n"])
def test_what_is_more_than_a_key_is_refused_without_being_shown(key: str) -> None:
    message = cloud_message_for(key=key)
    assert message == "a key is the code alone, without blanks, slashes or the rest of a URL"


def test_a_key_in_the_url_is_refused() -> None:
    assert cloud_message_for(key="S3CRET", base_url="https://data.thinknx.eu/S3CRET") == (
        "base_url holds the key: write the key as key alone, where it is kept secret"
    )


def test_the_key_is_needed() -> None:
    with pytest.raises(ValidationError, match="key\n  Field required"):
        ThinknxCloudSettings.model_validate({})
