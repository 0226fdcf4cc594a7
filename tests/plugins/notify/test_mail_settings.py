"""What the notifier ``email`` needs to know."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from interlock_notify.mail_settings import EmailSettings

BASIS: Mapping[str, object] = {
    "host": "mx.example.org",
    "from": "alarms@example.org",
    "to": "desk@example.org",
}


def settings_of(**given: object) -> EmailSettings:
    return EmailSettings.model_validate({**BASIS, **given})


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_usual_port_follows_from_the_tls(tls: str, port: int) -> None:
    assert settings_of(tls=tls).used_port == port
    assert settings_of(tls=tls, port=2525).used_port == 2525


def test_starttls_is_the_default() -> None:
    assert settings_of().tls == "starttls"


@pytest.mark.parametrize(
    "address",
    ["", "desk", "desk@", "@example.org", "a@b@c", "a@example.org\nBcc: all@example.org", "x <desk>"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    for key in ("from", "to"):
        with pytest.raises(ValidationError, match="is no e-mail address"):
            settings_of(**{key: address})


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("desk@example.org", "desk@example.org"),
        ("Desk <desk@example.org>", "Desk <desk@example.org>"),
        ("Büro <desk@example.org>", "Büro <desk@example.org>"),
    ],
)
def test_an_address_may_have_a_name(given: str, address: str) -> None:
    assert settings_of(to=given).to == (address,)


def test_somebody_must_get_the_message() -> None:
    with pytest.raises(ValidationError):
        settings_of(to=[])


@pytest.mark.parametrize("given", [{"username": "me"}, {"password": "word"}])
def test_a_username_and_a_password_belong_together(given: Mapping[str, object]) -> None:
    with pytest.raises(ValidationError, match="a username needs a password"):
        settings_of(**given)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_password_goes_without_tls_to_this_machine_alone(host: str) -> None:
    login = {"tls": "none", "username": "me", "password": "word"}
    assert settings_of(host=host, **login).username == "me"
    with pytest.raises(ValidationError, match="in the clear"):
        settings_of(**login)
    with pytest.raises(ValidationError, match="in the clear"):
        settings_of(host="192.168.1.2", **login)


def test_the_password_is_not_shown() -> None:
    assert "swordfish" not in repr(settings_of(username="me", password="swordfish"))
