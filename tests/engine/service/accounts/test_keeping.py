"""Virtual points by hand, where no service runs."""

from pathlib import Path

import pytest

from interlock.config.loader import load_site
from interlock.config.site import Site
from interlock.errors import NotSupported
from interlock.model import Outcome, Point
from interlock.service.by_hand.commanding import send_as_operator
from interlock.service.by_hand.reading import read_points
from interlock.service.loading import default_journal
from support.plugins import registry_of

pytestmark = pytest.mark.slow

TEXT = """\
site: {name: House, timezone: Europe/Rome}
devices: {away: {type: flag}, note: {type: text}, hall: {type: timer, duration: 5m}}
schedules: {always: {daily: [["00:00", "24:00"]]}}
"""
AWAY, NOTE, ALWAYS = Point("away.value"), Point("note.value"), Point("always.value")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    file = tmp_path / "site.yaml"
    file.write_text(TEXT, encoding="utf-8")
    loaded, findings = load_site(file, registry_of(), {})
    assert findings == []
    assert loaded is not None
    return loaded


async def test_without_a_journal_they_are_what_they_begin_with(site: Site) -> None:
    answers = await read_points(site, [AWAY, NOTE, ALWAYS])
    assert (answers[AWAY], answers[ALWAYS]) == (False, True)
    assert isinstance(answers[NOTE], NotSupported)
    assert answers[NOTE].message == "nobody has set note.value yet"


async def test_what_was_set_by_hand_is_read_and_left_to_the_service(site: Site) -> None:
    journal = default_journal(site.path)
    for point, value in ((AWAY, True), (NOTE, "back at six")):
        receipt = await send_as_operator(site, point, value, journal)
        assert receipt.outcome is Outcome.ACCEPTED
    assert dict(await read_points(site, [AWAY, NOTE])) == {AWAY: True, NOTE: "back at six"}


async def test_a_timer_cannot_be_started_where_no_service_runs_it(site: Site) -> None:
    receipt = await send_as_operator(site, Point("hall.start"), None, default_journal(site.path))
    assert receipt.outcome is Outcome.FAILED
    assert receipt.reason == "the service keeps it, and it does not run here"
