"""What the doctor says of a service that runs, and of its HTTP API."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import interlock
from interlock.config.service_section import Listen, ServiceSettings
from interlock.config.site import Site
from interlock.service.control.answers import ApiLine, ConnectionLine, JournalLine, RefusedEdit, Status
from interlock.service.doctor import Finding, Health
from interlock.service.doctor.service import judge, look_at_api
from interlock.service.tokens import Role, TokenFile
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

NOW = datetime(2026, 7, 14, 10, tzinfo=UTC)


def status(**changes: object) -> Status:
    plain: dict[str, object] = {
        "site": "Flat",
        "version": interlock.__version__,
        "started_at": NOW - timedelta(hours=1),
        "now": NOW,
        "run": 3,
        "is_dry_run": False,
        "connections": (),
        "known": 0,
        "unknown": (),
        "unknown_count": 0,
        "acting": 7,
        "shadow": 0,
        "off": 0,
        "running": 0,
        "claims": 0,
    }
    return Status.model_construct(**{**plain, **changes})  # type: ignore[arg-type]


def told(**changes: object) -> list[tuple[str, Health, str]]:
    return [(each.area, each.health, each.text) for each in judge(status(**changes))]


def test_a_service_that_runs_is_told_in_a_line() -> None:
    assert told() == [("service", Health.FINE, "run 3, since 2026-07-14 09:00 UTC: 7 rules act")]


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"off": 1}, "7 rules act, and 1 is off"),
        ({"off": 2}, "7 rules act, and 2 are off"),
        ({"is_dry_run": True}, "7 rules act; it is a dry run and sends nothing"),
    ],
)
def test_what_does_not_act_is_said(changes: dict[str, object], end: str) -> None:
    assert told(**changes)[0][2].endswith(f": {end}")


FAILING = JournalLine(
    place="/srv/flat/interlock.sqlite",
    is_written=False,
    fault="the disk is full",
    failing_since=NOW - timedelta(minutes=5),
    waiting=17,
)


def test_a_journal_that_the_service_cannot_write_is_bad() -> None:
    text = "the service cannot write it since 2026-07-14 09:55 UTC: the disk is full; 17 entries wait"
    assert told(journal=FAILING)[1:] == [("journal", Health.BAD, text)]
    early = FAILING.model_copy(update={"failing_since": None})
    text = "the service cannot write it: the disk is full; 17 entries wait"
    assert told(journal=early)[1:] == [("journal", Health.BAD, text)]


def test_one_of_a_thing_is_said_as_one() -> None:
    assert told(acting=1)[0][2].split(": ", 1)[1].startswith("1 rule acts")
    one = FAILING.model_copy(update={"failing_since": None, "waiting": 1, "lost": 1})
    assert [text for _, _, text in told(journal=one)[1:]] == [
        "the service cannot write it: the disk is full; 1 entry waits",
        "1 entry of this run is lost, which could not be written in time",
    ]


def test_a_journal_of_which_entries_are_lost_is_doubtful() -> None:
    journal = JournalLine(place="/srv/flat/interlock.sqlite", is_written=True, lost=3)
    text = "3 entries of this run are lost, which could not be written in time"
    assert told(journal=journal)[1:] == [("journal", Health.DOUBTFUL, text)]
    assert told(journal=journal.model_copy(update={"lost": 0}))[1:] == []


@pytest.mark.parametrize(("errors", "count"), [(1, "1 error"), (2, "2 errors")])
def test_an_edit_with_errors_is_doubtful(errors: int, count: str) -> None:
    edit = RefusedEdit(since=NOW, errors=errors, first="site.yaml:3: there is no device 'x'")
    text = (
        f"the service runs it as it was before an edit, which has {count} since 2026-07-14 10:00 UTC; "
        "first: site.yaml:3: there is no device 'x'"
    )
    assert told(refused_edit=edit)[1:] == [("site", Health.DOUBTFUL, text)]


def test_an_api_that_cannot_be_asked_is_bad() -> None:
    api = ApiLine(listen="127.0.0.1:8088", trouble="another program has the port")
    assert told(api=api)[1:] == [("api", Health.BAD, "the service says: another program has the port")]
    assert told(api=api.model_copy(update={"trouble": ""}))[1:] == []


def test_a_program_that_was_updated_meanwhile_is_doubtful() -> None:
    text = f"it is interlock 0.0.7, and {interlock.__version__} is installed"
    assert told(version="0.0.7")[1:] == [("service", Health.DOUBTFUL, text)]


@pytest.mark.parametrize(
    ("ago_h", "by_s", "which"),
    [
        (23, 3600.0, "forward by 1h"),
        (23, -3600.0, "back by 1h"),
        (25, 3600.0, ""),
        (-23, -86400.0, "back by 1d"),
    ],
)
def test_a_clock_that_was_set_lately_is_doubtful(ago_h: int, by_s: float, which: str) -> None:
    at = NOW - timedelta(hours=ago_h)
    text = f"the clock went {which} at {at:%Y-%m-%d %H:%M} UTC"
    expected = [("time", Health.DOUBTFUL, text)] if which else []
    assert told(clock_set_at=at, clock_set_s=by_s)[1:] == expected


def told_of(**changes: object) -> list[tuple[str, Health, str]]:
    line = ConnectionLine.model_validate(
        {"connection": "house", "driver": "thinknx-local", "is_there": True, **changes}
    )
    return told(connections=(line,))[1:]


def test_a_connection_that_the_service_is_content_with_is_not_worth_a_word() -> None:
    assert told_of(last_poll_s=0.2, requests=500) == []


def test_the_trouble_that_a_service_has_is_told() -> None:
    at = NOW - timedelta(minutes=3)
    [found] = told_of(trouble="the credentials are refused", trouble_since=at)
    text = "the service says since 2026-07-14 09:57 UTC: the credentials are refused"
    assert found == ("connection house", Health.DOUBTFUL, text)
    assert told_of(trouble="it hangs")[0][2] == "the service says: it hangs"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"overruns": 1}, "1 poll since the start took longer than until the next was due"),
        (
            {"overruns": 7, "is_late": True},
            "7 polls since the start took longer than until the next was due, and it is so now",
        ),
        ({"slowed": 1}, "1 point is read more rarely than the site says, to keep within what may be asked"),
        ({"slowed": 4}, "4 points are read more rarely than the site says, to keep within what may be asked"),
    ],
)
def test_polls_that_are_late_or_held_back_are_told(changes: dict[str, object], text: str) -> None:
    assert told_of(**changes) == [("connection house", Health.DOUBTFUL, text)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    service = ServiceSettings(listen=Listen("127.0.0.1", 1), tokens=tmp_path / "tokens.json")
    return replace(fake_site(FakeEquipment()), service=service)


async def found(site: Site, *, is_running: bool = False) -> list[Finding]:
    return list(await look_at_api(site, is_running=is_running))


async def test_a_site_without_an_api_needs_no_tokens(site: Site) -> None:
    assert await found(replace(site, service=ServiceSettings()), is_running=True) == []


async def test_without_tokens_nobody_is_let_in(site: Site) -> None:
    text, advice = "there are no tokens: nobody is let in", "make one by interlock token create"
    assert await found(site) == [Finding("api", Health.DOUBTFUL, text, advice)]


async def test_tokens_are_named_and_not_shown(site: Site) -> None:
    secret = TokenFile(site.service.tokens).create("grafana", Role.READ, NOW)
    [finding] = await found(site)
    assert finding == Finding("api", Health.FINE, f"tokens in {site.service.tokens}: grafana")
    assert secret not in finding.text


async def test_a_file_that_holds_no_tokens_is_bad(site: Site) -> None:
    site.service.tokens.write_text("rubbish")
    [finding] = await found(site)
    assert (finding.health, finding.advice) == (Health.BAD, "nobody is let in until that is mended")


async def test_an_api_that_does_not_listen_is_bad_where_a_service_runs(site: Site) -> None:
    _, door = await found(site, is_running=True)
    assert (door.health, door.text) == (Health.BAD, "nothing answers at 127.0.0.1:1")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_an_api_that_listens_is_fine(site: Site, host: str) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    listening = replace(site, service=replace(site.service, listen=Listen(host, port)))
    _, door = await found(listening, is_running=True)
    server.close()
    await server.wait_closed()
    assert door == Finding("api", Health.FINE, f"it listens at {host}:{port}")
