"""The webhooks of a site: how requests from outside are known."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from interlock.config.service_section import ServiceModel
from interlock.config.webhooks import WebhookSettings
from interlock.driver import Rate
from interlock.schema.values import object_of, settings_of
from support.json_schemas import validator_of
from support.site_files import HEADER, SiteFolder

SECRET = "a-word-of-sixteen"


def section(hooks: str) -> str:
    return f"{HEADER}service:\n  listen: 127.0.0.1:8088\n  webhooks:\n    {hooks}\n"


@pytest.fixture
def house(folder: SiteFolder) -> SiteFolder:
    folder.write("secrets.yaml", f"door: {SECRET}\nshort: fifteen-letters\n")
    return folder


def test_a_site_without_webhooks_has_none(house: SiteFolder) -> None:
    assert house.sound(HEADER).service.webhooks == {}
    assert house.sound(HEADER + "service: {listen: '127.0.0.1:8088'}\n").service.webhooks == {}


def test_a_webhook_is_known_by_its_signature_as_usual(house: SiteFolder) -> None:
    hooks = house.sound(section("door: {secret: !secret door}")).service.webhooks
    assert hooks == {
        "door": WebhookSettings(
            secret=SecretStr(SECRET),
            by="signature",
            header=None,
            timestamp=None,
            rate=Rate(60, timedelta(minutes=1)),
        )
    }
    assert hooks["door"].carrier == "X-Hub-Signature-256"


def test_a_site_says_how_a_webhook_is_known(house: SiteFolder) -> None:
    hooks = house.sound(
        section(
            "door: {secret: !secret door, header: X-Mine, timestamp: X-Time, rate: 5/s}\n"
            "    bell.1: {secret: !secret door, by: token}"
        )
    ).service.webhooks
    door, bell = hooks["door"], hooks["bell.1"]
    assert (door.carrier, door.timestamp, door.rate) == ("X-Mine", "X-Time", Rate(5, timedelta(seconds=1)))
    assert (bell.by, bell.carrier) == ("token", "Authorization")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("door: {}", "5:11+2: error: 'door' needs 'secret' | what the sender knows too, as !secret NAME"),
        ("door: {secret: !secret short}", "'secret': it must have 16 characters or more"),
        ("1x: {secret: !secret door}", "'1x' is no name: use letters, digits, '_', '-' and '.'"),
        ("door: {secret: !secret door, header: X Y}", "'X Y' is no name of a header"),
        ("door: {secret: !secret door, timestamp: ''}", "'' is no name of a header"),
        ("door: {secret: !secret door, rate: fast}", "'fast' is no rate: write for example 30/min or 5/s"),
        ("door: {secret: !secret door, by: word}", "'by' must be signature or token"),
        (
            "door: {secret: !secret door, by: token, timestamp: X-Time}",
            "a token signs no 'timestamp': leave it out, or take by: signature",
        ),
        ("door: {secret: !secret door, rates: 1/s}", "unknown key 'rates' | did you mean 'rate'?"),
    ],
)
def test_what_cannot_be_is_told(house: SiteFolder, written: str, said: str) -> None:
    (found,) = house.findings(section(written))
    assert said in found
    assert "fifteen" not in found


def test_a_secret_that_is_written_out_is_a_warning(house: SiteFolder) -> None:
    (found,) = house.findings(section(f"door: {{secret: {SECRET}}}"))
    assert "warning: 'secret' is written out here | write !secret NAME" in found
    assert SECRET not in found


@pytest.mark.parametrize(("written", "is_shown"), [("token", False), ("open", True)])
def test_a_site_may_show_its_metrics(house: SiteFolder, written: str, is_shown: bool) -> None:
    site = house.sound(f"{HEADER}service: {{listen: '127.0.0.1:8088', metrics: {written}}}\n")
    assert site.service.shows_metrics is is_shown
    assert not house.sound(HEADER + "service: {listen: '127.0.0.1:8088'}\n").service.shows_metrics


def test_webhooks_that_nobody_can_reach_are_a_warning(house: SiteFolder) -> None:
    (found,) = house.findings(HEADER + "service: {webhooks: {door: {secret: !secret door}}}\n")
    assert found == (
        "site.yaml:2:11+8: warning: nobody can send these requests: the service does not listen"
        " | give listen: 127.0.0.1:8088"
    )


@pytest.mark.parametrize(
    ("hooks", "fits"),
    [
        ({"door": {"secret": "x", "by": "token", "rate": "5/s"}}, True),
        ({"door": {"by": "token"}}, False),
        ({"door": {"secret": "x", "by": "word"}}, False),
        ({"door": {"secret": "x", "colour": "red"}}, False),
    ],
)
def test_editors_know_the_keys(hooks: object, fits: bool) -> None:
    schema = object_of(ServiceModel, settings_of(ServiceModel))
    assert validator_of(schema).is_valid({"webhooks": hooks}) is fits
